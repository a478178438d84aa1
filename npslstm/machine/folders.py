"""Folders that belong to the user and that nobody else can write, and the files in them.

Compiled code runs with all the rights of whoever loads it, so it is read only from where nobody
else can have put it. Owner and mode are asked of what has been opened, not of a name, which may
stand for something else a moment later. Windows has neither: there a folder is as safe as the
user's profile that it lies in.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import stat
from collections.abc import Iterator

HAS_OWNERS = hasattr(os, "geteuid")  # also: a folder can be opened
NOT_A_LINK = getattr(os, "O_NOFOLLOW", 0)
AT_ONCE = getattr(os, "O_NONBLOCK", 0)  # opening a pipe would wait for its writer
BINARY = getattr(os, "O_BINARY", 0)
DIRECTORY = getattr(os, "O_DIRECTORY", 0)
BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


class Folder:
    """An open folder. Its files are found through it, even if its name comes to stand for another.

    Every method raises OSError where the system or a check says no.
    """

    def __init__(self, path: pathlib.Path, descriptor: int | None) -> None:
        self.path = path
        self.descriptor = descriptor  # None where folders cannot be opened

    def within(self, name: str) -> str | pathlib.Path:
        """What the system calls a file of this folder, beside `dir_fd=self.descriptor`."""
        return self.path / name if self.descriptor is None else name

    def names(self) -> list[str]:
        return os.listdir(self.path if self.descriptor is None else self.descriptor)

    def status(self, name: str) -> os.stat_result:
        return os.stat(self.within(name), dir_fd=self.descriptor, follow_symlinks=False)

    def read(self, name: str, longest: int) -> bytes:
        """The first `longest` bytes of a file that is the user's alone."""
        flags = os.O_RDONLY | NOT_A_LINK | AT_ONCE | BINARY
        descriptor = os.open(self.within(name), flags, dir_fd=self.descriptor)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise OSError(f"{name} is no plain file")
            check(status, name)
            with open(descriptor, "rb", closefd=False) as file:
                return file.read(min(longest, status.st_size))
        finally:
            os.close(descriptor)

    def write(self, name: str, content: bytes) -> None:
        """Write a file in one step: at any moment, whoever reads it and wherever this process or
        the machine stops, there is either all of it or what was there before."""
        part = f"npslstm-{os.urandom(8).hex()}.part"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | NOT_A_LINK | BINARY
        descriptor = os.open(self.within(part), flags, 0o600, dir_fd=self.descriptor)
        try:
            with open(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(descriptor)
            self.rename(part, name)
        except BaseException:
            with contextlib.suppress(OSError):
                self.remove(part)
            raise
        if self.descriptor is not None:
            with contextlib.suppress(OSError):  # not every file system can
                os.fsync(self.descriptor)

    def touch(self) -> None:
        """Date the folder as of now."""
        os.utime(self.path if self.descriptor is None else self.descriptor)

    def rename(self, old: str, new: str) -> None:
        where = self.descriptor
        os.replace(self.within(old), self.within(new), src_dir_fd=where, dst_dir_fd=where)

    def remove(self, name: str) -> None:
        os.unlink(self.within(name), dir_fd=self.descriptor)

    def make_folder(self, name: str) -> None:
        os.mkdir(self.within(name), 0o700, dir_fd=self.descriptor)

    def remove_folder(self, name: str) -> None:
        """Remove an empty folder."""
        os.rmdir(self.within(name), dir_fd=self.descriptor)

    def opened(self, name: str) -> contextlib.AbstractContextManager[Folder]:
        """A folder in this one, while it is open and the user's alone."""
        return checked(self.path / name, self.within(name), self.descriptor)


def opened(path: pathlib.Path) -> contextlib.AbstractContextManager[Folder]:
    """A folder, while it is open and the user's alone: no link, and nobody else can write it."""
    return checked(path, path, None)


@contextlib.contextmanager
def checked(path: pathlib.Path, name: str | pathlib.Path, inside: int | None) -> Iterator[Folder]:
    if not HAS_OWNERS:
        if not path.is_dir() or path.is_symlink():
            raise NotADirectoryError(f"{path} is no folder")
        yield Folder(path, None)
        return
    descriptor = os.open(name, os.O_RDONLY | DIRECTORY | NOT_A_LINK, dir_fd=inside)
    try:
        check(os.fstat(descriptor), path)
        yield Folder(path, descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def parent_opened(path: pathlib.Path) -> Iterator[Folder]:
    """The folder that a private one lies in, while it is open.

    It may be root's, and even one that everybody can write, as /tmp is, if only owners may rename
    what is in it (the sticky bit).
    """
    if not HAS_OWNERS:
        yield Folder(path, None)
        return
    link = os.lstat(path)  # a link that somebody else has put there leads to where they want
    check_owner(link, path, root=True)
    descriptor = os.open(path, os.O_RDONLY | DIRECTORY)
    try:
        status = os.fstat(descriptor)
        check_owner(status, path, root=True)
        if not status.st_mode & stat.S_ISVTX:
            check_mode(status, path)
        yield Folder(path, descriptor)
    finally:
        os.close(descriptor)


def make_folders(path: pathlib.Path) -> None:
    """Make a folder, and the parents that it lacks, for the user alone."""
    if not path.is_dir():
        make_folders(path.parent)
        with contextlib.suppress(FileExistsError):  # another process has made it just now
            path.mkdir(mode=0o700)


def check(status: os.stat_result, path: str | pathlib.Path) -> None:
    """Raise PermissionError unless a file or folder is the user's and nobody else can write it."""
    check_owner(status, path)
    check_mode(status, path)


def check_owner(status: os.stat_result, path: str | pathlib.Path, root: bool = False) -> None:
    """root: whether it may also be root's, who can write everything anyway."""
    if HAS_OWNERS and status.st_uid != os.geteuid() and not (root and status.st_uid == 0):
        raise PermissionError(f"{path} belongs to another user (number {status.st_uid})")


def check_mode(status: os.stat_result, path: str | pathlib.Path) -> None:
    if HAS_OWNERS and status.st_mode & BY_OTHERS:
        raise PermissionError(f"{path} can be written by others (chmod go-w {path} ends that)")
