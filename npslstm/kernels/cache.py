"""The folder in which compiled kernels are kept, one for each state of the sources they come from.

Numba's own cache looks only at the file of the outermost function, and would run stale code
silently.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import hashlib
import importlib.util
import os
import pathlib
import shutil
import sys
import tempfile
import time

import numpy as np

PACKAGE = pathlib.Path(__file__).parent.parent
UNUSED_FOR = 30 * 24 * 3600  # seconds after which a folder is thrown away
NAME = 16  # digits of a folder's name


@functools.cache
def cache_folder() -> pathlib.Path:
    """Where compiled kernels are kept: one folder for one state of the sources.

    NPSLSTM_CACHE_DIR names its parent; otherwise it is `npslstm` in the user's cache folder.
    """
    from .objects import processor

    sources = [
        PACKAGE / "cell.py",
        PACKAGE / "scan.py",
        *sorted((PACKAGE / "kernels").glob("*.py")),
    ]
    state = hashlib.sha256(f"{np.__version__} {sys.version} {processor()}".encode())
    for name in ("numba", "llvmlite"):
        state.update(release(name))
    for source in sources:
        state.update(source.read_bytes())
    default = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    parent = os.environ.get("NPSLSTM_CACHE_DIR") or pathlib.Path(default) / "npslstm"
    folder = pathlib.Path(parent) / state.hexdigest()[:NAME]
    try:
        if not folder.exists():
            folder.mkdir(parents=True, exist_ok=True)
            remove_unused(folder.parent)
        os.utime(folder)  # its date says when it was used last
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        print(
            f"npslstm: {folder} cannot be written to, so every process compiles its kernels "
            "anew; set NPSLSTM_CACHE_DIR to a folder that can.",
            file=sys.stderr,
        )
        temporary = tempfile.mkdtemp(prefix="npslstm-")
        atexit.register(shutil.rmtree, temporary, ignore_errors=True)
        return pathlib.Path(temporary)


def release(package: str) -> bytes:
    """What tells one release of a package from another, without importing it or all that reads
    the descriptions of packages."""
    spec = importlib.util.find_spec(package)
    assert spec is not None and spec.origin is not None
    file = pathlib.Path(spec.origin).with_name("_version.py")
    if file.exists():
        return file.read_bytes()
    from importlib.metadata import version

    return version(package).encode()


def remove_unused(parent: pathlib.Path) -> None:
    """Throw away the kernels of sources that nobody has run for a month."""
    for folder in parent.iterdir():
        is_ours = len(folder.name) == NAME and not set(folder.name) - set("0123456789abcdef")
        with contextlib.suppress(OSError):  # another process throws it away
            if is_ours and time.time() - folder.stat().st_mtime > UNUSED_FOR:
                shutil.rmtree(folder, ignore_errors=True)


def write(path: pathlib.Path, content: bytes) -> None:
    """Write a file in one step, so that another process never reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}")
    part.write_bytes(content)
    part.replace(path)


@functools.cache
def announce() -> None:
    """Say once, on a terminal, why the first run takes seconds longer than the next."""
    if sys.stderr.isatty():
        print("npslstm: compiling its kernels for this machine, once ...", file=sys.stderr)
