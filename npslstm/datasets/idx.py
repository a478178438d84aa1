"""The IDX file format, in which MNIST was published: a header, then one byte a value.

    bytes 0, 1   zero
    byte 2       8 for unsigned bytes, the only type read here
    byte 3       number of axes
    4 per axis   its size, most significant byte first

Source: http://yann.lecun.com/exdb/mnist/, "File formats for the MNIST database".
"""

from __future__ import annotations

import gzip
import math
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ..files.reading import Reading, memory_limit, opened

UNSIGNED_BYTE = 8
AXES = 8  # more than any data set has; the byte in the header could say 255


def read_idx(path: Path) -> np.ndarray:
    """The array in an IDX file, uint8; a name that ends in .gz is unpacked.

    No more is unpacked than the header announces, and no more memory taken than a file of this size
    can fill. Raises ValueError if the file is damaged, cut short or something else, OSError if
    unreadable.
    """
    with Reading(path), opened(path) as (file, size):
        if path.suffix != ".gz":
            return read_array(file, size, size)
        try:
            with gzip.GzipFile(fileobj=file) as unpacked:
                return read_array(unpacked, size, memory_limit(size))  # type: ignore[arg-type]
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ValueError(f"it is cut short or damaged ({error}). Fetch it again.") from error


def read_array(file: BinaryIO, size: int, limit: int) -> np.ndarray:
    """The array of an open IDX file. `limit`: how many bytes `size` bytes may unpack to."""
    start = file.read(4)
    if len(start) < 4 or start[:2] != b"\0\0" or start[2] != UNSIGNED_BYTE:
        raise ValueError(
            "it is not an IDX file of unsigned bytes: those begin with the bytes 0, 0, 8; "
            f"here are {list(start[:3])}. Fetch it again."
        )
    axes = start[3]
    if axes > AXES:
        raise ValueError(f"it announces {axes} axes; at most {AXES} are read. Fetch it again.")
    sizes = file.read(4 * axes)
    shape = tuple(int.from_bytes(sizes[4 * k : 4 * k + 4], "big") for k in range(axes))
    announced = math.prod(shape)
    if len(sizes) < 4 * axes or announced > limit:
        raise ValueError(
            f"it is cut short or damaged: its header of {axes} axes, {shape}, announces "
            f"{announced:,} values, and the file has {size:,} bytes. Fetch it again."
        )
    content = np.empty(announced + 1, np.uint8)
    there = fill(file, content)
    if there != announced:
        more = "or more " if there > announced else ""
        raise ValueError(
            f"it is cut short or damaged: its header of {axes} axes, {shape}, announces "
            f"{announced:,} values, and there are {there:,} {more}of them. Fetch it again."
        )
    return content[:announced].reshape(shape)


def fill(file: BinaryIO, content: np.ndarray) -> int:
    """Read until an array of bytes is full or the file ends. Returns the number of bytes read."""
    view, there = content.data, 0
    while there < len(view):
        count = file.readinto(view[there:])  # type: ignore[attr-defined]
        if not count:
            break
        there += count
    return there
