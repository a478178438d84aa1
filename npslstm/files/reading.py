"""The one place where failures while reading a file become a ValueError that names file and part.

It also holds how much memory a file may ask for: content may be compressed, but not absurdly.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

FLOOR = 1 << 24  # bytes that any file may unpack to
EXPANSION = 100  # and beyond that, how many bytes for each byte of the file; MNIST's gzip has 5
SHOWN = 600  # characters of a reason: it may quote the file

Error = BaseException | None


def memory_limit(size: int) -> int:
    """How many bytes a file of `size` bytes may unpack to."""
    return FLOOR + EXPANSION * size


class Reading:
    """A file that is being read, and the part at which reading has arrived.

        with Reading(path) as reading:
            reading.at("config.json")
            ...

    Any failure within becomes a ValueError that names both. What is not the file's fault passes
    unchanged: errors of the operating system, too little memory, a keyboard interrupt.
    """

    def __init__(self, source: Any) -> None:
        self.source = str(source)
        self.part = ""

    def at(self, part: str) -> None:
        """Say which part is read from here on."""
        self.part = part

    def __enter__(self) -> Reading:
        return self

    def __exit__(self, kind: type | None, error: Error, trace: TracebackType | None) -> None:
        if isinstance(error, Exception) and not is_outside(error):
            raise ValueError(self.sentence(shortened(reason(error)))) from error

    def sentence(self, text: str) -> str:
        """What is wrong with the file: "a.keras is ...", or with a part: "a.keras, part: it is"."""
        name = repr(self.source) if any(map(str.isspace, self.source)) else self.source
        if self.part:
            return f"{name}, {self.part}: {text}"
        return f"{name} {text.removeprefix('it ')}" if text.startswith("it ") else f"{name}: {text}"


def is_outside(error: Exception) -> bool:
    """Whether an error comes from the computer rather than from what stands in a file."""
    if isinstance(error, OSError):  # EINVAL: the file sends the reader to a negative place
        return error.errno not in (None, errno.EINVAL)
    return isinstance(error, (MemoryError, RecursionError))


def reason(error: Exception) -> str:
    """What is wrong, in a sentence."""
    if isinstance(error, ValueError) and not isinstance(error, UnicodeError):
        return str(error)
    if isinstance(error, KeyError):
        return f"the entry {error} is missing or not of its place."
    return f"it is damaged, or holds something of the wrong kind ({error or type(error).__name__})."


def shortened(text: str) -> str:
    """A text of a length that one reads."""
    return text if len(text) <= SHOWN else f"{text[: SHOWN // 2]} ... {text[-SHOWN // 2 :]}"


@contextlib.contextmanager
def opened(path: Path) -> Iterator[tuple[BinaryIO, int]]:
    """A file open for reading, and its size in bytes. Raises OSError if it is no ordinary file."""
    with open(path, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise OSError(f"'{path}' is no ordinary file.")
        yield file, status.st_size
