"""What users hand over, as arrays of numbers; the border between their axes and a program's; and
arrays of the engine's own."""

from __future__ import annotations

from typing import Any

import numpy as np

from .kernels import CHECKED

CACHE_LINE = 64  # bytes


def zeros(shape: int | tuple[int, ...], dtype: Any) -> np.ndarray:
    """`np.zeros`, but beginning where a cache line does: vectors of eight numbers that lie in two
    lines are read in two steps, and NumPy's arrays begin anywhere."""
    if CHECKED != "0":
        return np.zeros(shape, dtype)  # with room behind it, what reads too far would not be seen
    size, itemsize = int(np.prod(shape)), np.dtype(dtype).itemsize
    room = np.zeros(size * itemsize + CACHE_LINE, np.uint8)
    start = -room.ctypes.data % CACHE_LINE
    return room[start : start + size * itemsize].view(dtype).reshape(shape)


def as_numbers(data: Any, dtype: Any, what: str) -> np.ndarray:
    """`data` as a C-contiguous array of `dtype`; copies only if it must.

    Accepts arrays, pandas objects and anything with `__array__`. Raises ValueError for text,
    objects, complex numbers and ragged lists, naming `what` it was for.
    """
    try:
        array = np.asarray(data)
    except ValueError as error:
        raise ValueError(
            f"{what} must be a rectangular array of numbers; rows of different lengths were "
            "given. Pad them to one length first."
        ) from error
    if array.dtype.kind not in "fiub":
        raise ValueError(
            f"{what} must hold numbers, but its dtype is {array.dtype}. Convert text and objects "
            "to numbers first, for example with array.astype('float32')."
        )
    return np.ascontiguousarray(array, dtype)


def as_data(data: Any, dtype: Any, what: str) -> np.ndarray:
    """`as_numbers` for fit, evaluate and predict, which like Keras take arrays and not lists."""
    if isinstance(data, (list, tuple)):
        raise ValueError(
            f"{what} is a Python {type(data).__name__}; an array is needed. "
            f"Write np.array({what})"
            + (", of shape (samples, time steps, features)." if what == "x" else ".")
        )
    if data is None:
        raise ValueError(f"{what} is missing: it was given as None.")
    array = as_numbers(data, dtype, what)
    if array.ndim == 0:
        raise ValueError(f"{what} is a single number; an array with one row a sample is needed.")
    return array


def inward(array: np.ndarray) -> np.ndarray:
    """(samples, time steps, ...) as a program has it, time first. Other arrays as they are."""
    return array.swapaxes(0, 1) if array.ndim >= 3 else array


def outward(array: np.ndarray) -> np.ndarray:
    """A copy of a program's array with the samples first again."""
    return np.array(array.swapaxes(0, 1) if array.ndim >= 3 else array, order="C")


def inward_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of `inward` of an array of this shape."""
    return (shape[1], shape[0], *shape[2:]) if len(shape) >= 3 else tuple(shape)
