"""Writing a file whole or not at all: what was there before stays until the new one is complete.

The new content is written beside the old file, flushed to the disk, and then takes its name. Where
the system has files without a name (O_TMPFILE), not even a killed process leaves a part behind.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

UNNAMED = getattr(os, "O_TMPFILE", None)  # Linux
ACCESS_LIST = "system.posix_acl_access"
OPEN_FILES = "/proc/self/fd"  # through which a file without a name is given one
NAMED = os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


@contextlib.contextmanager
def replacing(path: Path, overwrite: bool = True) -> Iterator[BinaryIO]:
    """A file to write to, which becomes `path` at the end of the `with` block.

    A symbolic link stays, its target is replaced; the new file has the rights of the old one. If
    anything is raised within, nothing changes. Raises FileExistsError without `overwrite` if the
    file exists, PermissionError if it is write-protected, other OSErrors by their reason.
    """
    target = Path(os.path.realpath(path))
    old = checked_target(path, target, overwrite)
    with in_words(path), contextlib.ExitStack() as stack:
        file, part = open_part(target, stack, old)
        yield file
        file.flush()
        os.fsync(file.fileno())
        part = part or named(file, target.parent, stack)
        file.close()
        os.replace(part, target) if overwrite else claim(part, target)
    flush_folder(target.parent)


def write(path: Path, content: bytes, overwrite: bool = True) -> None:
    """`replacing`, for content that is complete."""
    with replacing(path, overwrite) as file:
        file.write(content)


# ---- before -----------------------------------------------------------------------------------


def checked_target(path: Path, target: Path, overwrite: bool) -> os.stat_result | None:
    """The state of the file that is replaced, None if there is none. Raises OSError."""
    try:
        old = os.lstat(target)
    except FileNotFoundError:
        if not target.parent.is_dir():
            raise FileNotFoundError(
                f"There is no folder '{target.parent}' to write '{path.name}' into."
            ) from None
        return None
    if not overwrite:
        raise FileExistsError(f"'{path}' exists; give overwrite=True to replace it.")
    if not stat.S_ISREG(old.st_mode):
        raise OSError(f"'{path}' is no ordinary file, so it is not replaced.")
    if not os.access(target, os.W_OK):
        raise PermissionError(f"'{path}' is write-protected, so it is not replaced.")
    return old


@contextlib.contextmanager
def in_words(path: Path) -> Iterator[None]:
    """Say of an error of the system which file could not be written, and that nothing changed."""
    try:
        yield
    except OSError as error:
        if isinstance(error, FileExistsError):
            message = f"'{path}' exists; give overwrite=True to replace it."
        elif error.errno is None:
            raise
        else:
            why = error.strerror or error
            message = f"'{path}' was not written, nothing was changed: {why}."
        raise type(error)(error.errno, message) from error


# ---- the new file -----------------------------------------------------------------------------


def open_part(
    target: Path, stack: contextlib.ExitStack, old: os.stat_result | None
) -> tuple[BinaryIO, Path | None]:
    """A new file beside the old one, with its rights; without a name where possible."""
    folder = target.parent
    rights = 0o666 if old is None else 0o600  # of a new file, less the umask
    part, descriptor = None, -1
    if UNNAMED is not None and os.path.isdir(OPEN_FILES):
        with contextlib.suppress(OSError):  # not on every file system
            descriptor = os.open(folder, os.O_RDWR | UNNAMED, rights)
    if descriptor < 0:
        part = new_name(folder)
        descriptor = os.open(part, os.O_RDWR | NAMED, rights)
        stack.callback(part.unlink, missing_ok=True)
    file = stack.enter_context(os.fdopen(descriptor, "w+b"))
    if old is not None:
        keep_rights(descriptor, old)
        keep_access_list(descriptor, target)
    return file, part


def new_name(folder: Path) -> Path:
    """A name that no other process, thread or container takes."""
    return folder / f".npslstm-{secrets.token_hex(8)}.part"


def keep_rights(descriptor: int, old: os.stat_result) -> None:
    """Give a file owner, group and mode of another one; a group that cannot be kept loses its
    rights beyond those of everybody."""
    if not hasattr(os, "fchown"):
        return
    mode = stat.S_IMODE(old.st_mode) & 0o777
    for owner in ((old.st_uid, -1), (-1, old.st_gid)):
        with contextlib.suppress(OSError):
            os.fchown(descriptor, *owner)
    if os.fstat(descriptor).st_gid != old.st_gid:
        mode &= ~0o070 | (mode & 0o007) << 3
    os.fchmod(descriptor, mode)


def keep_access_list(descriptor: int, target: Path) -> None:
    """Give a file the access list of another one: without it the mode would mean other rights."""
    if not hasattr(os, "getxattr"):
        return
    try:
        rights = os.getxattr(target, ACCESS_LIST)
    except OSError:  # it has none, or the file system has none
        return
    os.setxattr(descriptor, ACCESS_LIST, rights)


# ---- its name ---------------------------------------------------------------------------------


def named(file: BinaryIO, folder: Path, stack: contextlib.ExitStack) -> Path:
    """A file without a name under one of its own, for the moment before it takes the last one."""
    part = new_name(folder)
    stack.callback(part.unlink, missing_ok=True)
    descriptor = file.fileno()
    try:  # src_dir_fd, which an absolute path does not use, makes Python follow the link at its end
        os.link(f"{OPEN_FILES}/{descriptor}", part, src_dir_fd=descriptor, follow_symlinks=True)
    except OSError:  # files without a name are possible here, but naming them is not
        file.seek(0)
        with open(os.open(part, os.O_WRONLY | NAMED, 0o600), "wb") as copy:
            shutil.copyfileobj(file, copy)
            keep_rights(copy.fileno(), os.fstat(descriptor))
            copy.flush()
            os.fsync(copy.fileno())
    return part


def claim(part: Path, target: Path) -> None:
    """Rename to a name that is free. Raises FileExistsError, in one step where links exist."""
    try:
        os.link(part, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        os.close(os.open(target, os.O_WRONLY | NAMED))
        os.replace(part, target)


def flush_folder(folder: Path) -> None:
    """Make a new name in a folder outlast a failing computer, where the system can do that."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
