"""Arrays of numbers in .npy and .npz files, their headers checked before memory is taken.

Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from .archives import Archive
from .reading import Reading, opened

PLAIN = "biufcSUmM"  # kinds of dtype whose values stand in the file itself
AXES = 32
HEADER = 1000  # characters; NumPy writes up to 118 for such arrays


def read_npy(path: Path) -> np.ndarray:
    """The array of an .npy file. Raises ValueError if it is none, OSError if unreadable."""
    with Reading(path), opened(path) as (file, size):
        return read_array(file, size)


def read_array(file: BinaryIO, size: int) -> np.ndarray:
    """The array of an open .npy file of `size` bytes, which must be exactly its own."""
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(file, HEADER)
    elif version == (2, 0):
        shape, fortran, dtype = np.lib.format.read_array_header_2_0(file, HEADER)
    else:
        raise ValueError(f"it is an .npy file of version {version}; 1.0 and 2.0 are read.")
    if dtype.kind not in PLAIN or dtype.itemsize == 0:
        raise ValueError(f"it holds {dtype}, which are no numbers.")
    announced = math.prod(shape) * dtype.itemsize
    there = size - file.tell()
    if len(shape) > AXES or min(shape, default=0) < 0 or announced != there:
        raise ValueError(
            f"it announces an array of shape {shape} and dtype {dtype}, {announced:,} bytes, and "
            f"holds {there:,}."
        )
    content = np.empty(announced, np.uint8)
    if file.readinto(content.data) != announced:  # type: ignore[attr-defined]
        raise ValueError("it was cut short while it was read.")
    return content.view(dtype).reshape(shape, order="F" if fortran else "C")


class Npz:
    """The arrays of an .npz file, each read when it is asked for.

    Raises ValueError for a file that is none and for an array that it does not hold.
    """

    def __init__(self, file: BinaryIO, size: int, reading: Reading) -> None:
        self.archive = Archive(file, size)
        self.reading = reading

    def __contains__(self, name: Any) -> bool:
        return f"{name}.npy" in self.archive.parts

    def __iter__(self) -> Iterator[str]:
        return iter([name.removesuffix(".npy") for name in self.archive.parts])

    def __getitem__(self, name: str) -> np.ndarray:
        part = f"{name}.npy"
        self.reading.at(part)
        if part not in self.archive.parts:
            raise ValueError("there is no such array in the file.")
        content = self.archive.read(part)
        return read_array(io.BytesIO(content), len(content))
