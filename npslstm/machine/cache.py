"""The folder in which compiled kernels are kept, one for each state of the sources they come from.

Numba's own cache looks only at the file of the outermost function, and would run stale code
silently. Nothing that is wrong with a folder or a file ends a program: a kernel that cannot be read
is compiled, and one that cannot be written is used from memory.
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

import numpy as np

from .cleaning import remove_unused, tidy
from .folders import make_folders, opened, parent_opened
from .sealing import sealed, unsealed

PACKAGE = pathlib.Path(__file__).parent.parent
LONGEST = 1 << 26  # bytes of a file that is read at all; a scan takes some 20 thousand


# ---- kernels ----------------------------------------------------------------------------------


def read(label: str) -> bytes | None:
    """The object file that is kept under a label; None if there is none, or a damaged one."""
    folder = cache_folder()
    if folder is not None:
        with contextlib.suppress(OSError), opened(folder) as files:
            return unsealed(key(label), files.read(file_name(label), LONGEST))
    return None


def write(label: str, code: bytes) -> None:
    """Keep an object file under a label, if that is possible."""
    folder = cache_folder()
    if folder is None:
        return
    try:
        if not folder.exists():  # somebody has thrown it away
            prepare(folder)
        with opened(folder) as files:
            files.write(file_name(label), sealed(key(label), code))
    except OSError as error:
        complain(folder, error)


def key(label: str) -> str:
    """What tells a kernel from every other one, also from those of other sources."""
    return hashlib.sha256(f"{state()} {label}".encode()).hexdigest()


def file_name(label: str) -> str:
    return f"{key(label)[:32]}.object"


# ---- the folder -------------------------------------------------------------------------------


@functools.cache
def cache_folder() -> pathlib.Path | None:
    """Where compiled kernels are kept: one folder for one state of the sources. Where that is not
    the user's alone, or cannot be made, a temporary one; None if there is no place for that either.
    """
    parent = None
    try:
        parent = place()
        folder = parent / state()[:16]
        prepare(folder)
        return folder
    except OSError as error:
        complain(parent, error)
        return temporary_folder()


def place() -> pathlib.Path:
    """NPSLSTM_CACHE_DIR; otherwise `npslstm` in the user's cache folder. Raises OSError if the user
    has none."""
    named = os.environ.get("NPSLSTM_CACHE_DIR")
    if named:
        return pathlib.Path(named).absolute()
    caches = pathlib.Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not caches.is_absolute():  # its definition says to pass over what is not
        caches = pathlib.Path(os.path.expanduser("~"), ".cache")
    if not caches.is_absolute():
        raise FileNotFoundError("there is no home folder (HOME is not set)")
    return caches / "npslstm"


@functools.cache
def state() -> str:
    """A hash of all that compiled code depends on, beside what its label says."""
    from .objects import processor

    sources = [
        PACKAGE / "primitives.py",
        PACKAGE / "changes.py",
        PACKAGE / "bundles.py",
        PACKAGE / "cell.py",
        PACKAGE / "scan.py",
        *sorted((PACKAGE / "cells").glob("*.py")),
        *sorted((PACKAGE / "kernels").glob("*.py")),
        *sorted((PACKAGE / "machine").glob("*.py")),
    ]
    found = hashlib.sha256(f"{np.__version__} {sys.version} {processor()}".encode())
    for name in ("numba", "llvmlite"):
        found.update(release(name))
    for source in sources:
        found.update(source.read_bytes())
    return found.hexdigest()


def release(package: str) -> bytes:
    """What tells one release of a package from another, without importing it or all that reads
    the descriptions of packages. Nothing, of a package that is not installed."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return b""
    file = pathlib.Path(spec.origin).with_name("_version.py")
    if file.exists():
        return file.read_bytes()
    from importlib.metadata import version

    return version(package).encode()


def prepare(folder: pathlib.Path) -> None:
    """Make the folder, if it is not there, and date it. Raises OSError if it is not the user's
    alone, or cannot be made."""
    make_folders(folder.parent)
    with parent_opened(folder.parent) as parent:
        is_new = folder.name not in parent.names()
        if is_new:
            with contextlib.suppress(FileExistsError):  # another process has made it just now
                parent.make_folder(folder.name)
        with parent.opened(folder.name) as files, contextlib.suppress(OSError):
            files.touch()  # its date says when it was used last
            tidy(files)
    if is_new:
        remove_unused(folder.parent)


def temporary_folder() -> pathlib.Path | None:
    """A folder that goes when this process ends."""
    try:
        folder = tempfile.mkdtemp(prefix="npslstm-")
    except OSError:
        return None
    owner = os.getpid()

    def remove() -> None:
        if os.getpid() == owner:  # not when a fork of this process ends
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    return pathlib.Path(folder)


# ---- what the user is told --------------------------------------------------------------------


@functools.cache
def announce() -> None:
    """Say once, on a terminal, why the first run takes seconds longer than the next."""
    with contextlib.suppress(AttributeError, ValueError):  # there is none, or it is closed
        if sys.stderr.isatty():
            say("compiling its kernels for this machine, once ...")


complaints: list[OSError] = []


def complain(folder: pathlib.Path | None, error: OSError) -> None:
    """Say why kernels are not kept, and what to do: once in a process."""
    complaints.append(error)
    if len(complaints) == 1:
        reason = f"{folder}: {error.strerror}" if error.strerror else error
        say(
            f"every process compiles its kernels anew, as they cannot be kept: {reason}. "
            "Set NPSLSTM_CACHE_DIR to a folder of yours that nobody else can write."
        )


def say(line: str) -> None:
    if sys.stderr is not None:
        with contextlib.suppress(OSError, ValueError):  # it goes to a full disk, or is closed
            print(f"npslstm: {line}", file=sys.stderr)
