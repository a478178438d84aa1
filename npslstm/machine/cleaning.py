"""What is thrown away of the cache: only what npslstm can prove it made.

A folder is npslstm's if a tag in it says so; a file in it, if its name and its first bytes do.
Everything else stays, and so does the folder that it lies in.
"""

from __future__ import annotations

import contextlib
import pathlib
import re
import time

from .folders import Folder, parent_opened
from .sealing import KIND

UNUSED_FOR = 30 * 24 * 3600  # seconds after which a folder is thrown away
GIVEN_UP = 3600  # seconds after which nobody still writes a file
FOLDER = re.compile("[0-9a-f]{16}")
OBJECT = re.compile(r"[0-9a-f]{32}\.object")
UNFINISHED = re.compile(r"npslstm-[0-9a-f]{16}\.part")  # what `Folder.write` is writing
TAG = "CACHEDIR.TAG"  # programs that make backups know it: https://bford.info/cachedir/


def tag(name: str) -> bytes:
    """What the tag of a folder of that name says, so that it says nothing of a renamed copy."""
    return (
        "Signature: 8a477f597d28d172789f06886806bc55\n"
        f"# {name}: compiled kernels of npslstm, which removes them when nobody has used them for "
        "a month.\n"
    ).encode()


def tidy(folder: Folder) -> None:
    """Tag a folder as npslstm's, if nothing else is in it, and remove what processes were writing
    when they were ended. Raises OSError."""
    names = folder.names()
    if TAG not in names and all(is_ours(folder, name) for name in names):
        folder.write(TAG, tag(folder.path.name))
    for name in filter(UNFINISHED.fullmatch, names):
        if age(folder, name) > GIVEN_UP and is_ours(folder, name):
            folder.remove(name)


def remove_unused(path: pathlib.Path) -> None:
    """Throw away the kernels of sources that nobody has run for a month; `path` is the folder that
    their folders are in."""
    with contextlib.suppress(OSError), parent_opened(path) as parent:
        for name in filter(FOLDER.fullmatch, parent.names()):
            with contextlib.suppress(OSError):  # others' folder, or another process removes it now
                if age(parent, name) > UNUSED_FOR:
                    remove_files(parent, name)
                    parent.remove_folder(name)


def remove_files(parent: Folder, name: str) -> None:
    """Remove npslstm's files out of a folder, the tag only if nothing else is left."""
    with parent.opened(name) as folder:
        if folder.read(TAG, len(tag(name)) + 1) != tag(name):
            return
        for file in folder.names():
            if is_ours(folder, file):
                folder.remove(file)
        if folder.names() == [TAG]:
            folder.remove(TAG)


def is_ours(folder: Folder, name: str) -> bool:
    """Whether npslstm made a file. One that was cut off need only begin as its files do."""
    if UNFINISHED.fullmatch(name):
        begin = 0
    elif OBJECT.fullmatch(name):
        begin = len(KIND)
    else:
        return False
    try:
        return KIND.startswith(folder.read(name, begin))
    except OSError:  # no plain file, or somebody else's
        return False


def age(folder: Folder, name: str) -> float:
    """Seconds since something was written or, of a folder, since it was used."""
    return time.time() - folder.status(name).st_mtime
