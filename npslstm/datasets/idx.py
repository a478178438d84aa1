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

import numpy as np

UNSIGNED_BYTE = 8


def read_idx(path: Path) -> np.ndarray:
    """The array in an IDX file, uint8; a name that ends in .gz is unpacked.

    Raises ValueError if the file is damaged, cut short or something else, OSError if unreadable.
    """
    content = unpacked(path)
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] != UNSIGNED_BYTE:
        raise ValueError(
            f"{path} is not an IDX file of unsigned bytes: those begin with the bytes 0, 0, 8; "
            f"here are {list(content[:3])}. Fetch it again."
        )
    axes, start = content[3], 4 + 4 * content[3]
    shape = tuple(int.from_bytes(content[i : i + 4], "big") for i in range(4, start, 4))
    if len(content) != start + math.prod(shape):
        raise ValueError(
            f"{path} is cut short or damaged: its header of {axes} axes, {shape}, announces "
            f"{start + math.prod(shape):,} bytes, and there are {len(content):,}. Fetch it again."
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape).copy()


def unpacked(path: Path) -> bytes:
    """The content of a file, gzipped or not. Raises ValueError if the gzip is damaged."""
    content = path.read_bytes()
    if path.suffix != ".gz":
        return content
    try:
        return gzip.decompress(content)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"{path} is cut short or damaged ({error}). Fetch it again.") from error
