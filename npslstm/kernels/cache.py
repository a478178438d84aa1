"""The folder in which compiled kernels are kept, one for each state of the sources they come from.

Numba's own cache looks only at the file of the outermost function, and would run stale code
silently.
"""

from __future__ import annotations

import atexit
import functools
import hashlib
import importlib.metadata
import os
import pathlib
import shutil
import sys
import tempfile

PACKAGE = pathlib.Path(__file__).parent.parent


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
    versions = [importlib.metadata.version(name) for name in ("numba", "llvmlite", "numpy")]
    state = hashlib.sha256(f"{versions} {sys.version} {processor()}".encode())
    for source in sources:
        state.update(source.read_bytes())
    default = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    parent = os.environ.get("NPSLSTM_CACHE_DIR") or pathlib.Path(default) / "npslstm"
    folder = pathlib.Path(parent) / state.hexdigest()[:16]
    try:
        folder.mkdir(parents=True, exist_ok=True)
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


def write(path: pathlib.Path, content: bytes) -> None:
    """Write a file in one step, so that another process never reads half of it."""
    part = path.with_suffix(f".{os.getpid()}")
    part.write_bytes(content)
    part.replace(path)


@functools.cache
def announce() -> None:
    """Say once, on a terminal, why the first run takes seconds longer than the next."""
    if sys.stderr.isatty():
        print("npslstm: compiling its kernels for this machine, once ...", file=sys.stderr)
