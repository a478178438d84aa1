"""Downloading a published file: whole and with the right checksum, or not at all."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import BinaryIO

TIMEOUT = 30.0  # seconds without an answer from the server
CHUNK = 1 << 16  # bytes


def fetch(url: str, path: Path, sha256: str) -> None:
    """Download `url` to `path`, showing progress on a terminal.

    The file gets its name only when it is complete and its SHA-256 (64 hex digits) is right: an
    interrupted or damaged download leaves what was at `path` before. Raises OSError.
    """
    from http.client import HTTPException

    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    print(f"Downloading {url} to {path}", flush=True)
    try:
        with partial.open("wb") as file:
            receive(url, file)
        if not has_digest(partial, sha256):
            raise OSError(
                f"the {partial.stat().st_size:,} bytes that arrived are incomplete or not the "
                "published file: their SHA-256 differs"
            )
        os.replace(partial, path)
    except HTTPException as error:
        raise OSError(f"the connection broke off: {error!r}") from error
    finally:
        partial.unlink(missing_ok=True)


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
            progress.advance(task, len(chunk))


def has_digest(path: Path, sha256: str) -> bool:
    """Whether this file exists and has that SHA-256."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256
