"""Downloading a published file: whole and with the right checksum, or not at all."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import BinaryIO

from ..files.reading import opened
from ..files.writing import replacing

TIMEOUT = 30.0  # seconds without an answer from the server
CHUNK = 1 << 16  # bytes
LIMIT = 1 << 28  # bytes, more than any data set here has: a server may send without end


def fetch(url: str, path: Path, sha256: str) -> None:
    """Download `url` to `path`, showing progress on a terminal.

    The file gets its name only when it is complete and its SHA-256 (64 hex digits) is right: an
    interrupted or damaged download leaves what was at `path` before. Raises OSError.
    """
    from http.client import HTTPException

    print(f"Downloading {url} to {path}", flush=True)
    try:
        with replacing(path) as file:
            receive(url, file)
            arrived = file.tell()
            file.seek(0)
            if hashlib.file_digest(file, "sha256").hexdigest() != sha256:  # type: ignore[arg-type]
                raise OSError(
                    f"the {arrived:,} bytes that arrived are incomplete or not the published "
                    "file: their SHA-256 differs"
                )
    except HTTPException as error:
        raise OSError(f"the connection broke off: {error!r}") from error


def receive(url: str, file: BinaryIO) -> None:
    """Write the answer of `url` to an open file, with a bar if standard output is a terminal."""
    from urllib.request import urlopen

    from rich.console import Console
    from rich.progress import Progress

    console = Console()
    with (
        urlopen(url, timeout=TIMEOUT) as response,
        Progress(console=console, transient=True, disable=not console.is_interactive) as progress,
    ):
        size = response.headers.get("Content-Length")
        task = progress.add_task(url.rpartition("/")[2], total=int(size) if size else None)
        while chunk := response.read(CHUNK):
            file.write(chunk)
            if file.tell() > LIMIT:
                raise OSError(f"more than {LIMIT:,} bytes arrived, which are no data set")
            progress.advance(task, len(chunk))



def content_with(path: Path, sha256: str) -> bytes | None:
    """The content of this file if it exists and has that SHA-256, else None.

    What is used is what was checked: the file is not opened a second time.
    """
    if not path.is_file():
        return None
    with opened(path) as (file, size):
        content = file.read() if size <= LIMIT else b""
    return content if hashlib.sha256(content).hexdigest() == sha256 else None
