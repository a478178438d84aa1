"""What users hand over, as arrays of numbers; the border between their axes and a program's; and
arrays of the engine's own."""

from __future__ import annotations

import math
from array import array as Buffer
from collections.abc import Iterator, Set, ValuesView
from numbers import Number
from typing import Any

import numpy as np

from .arguments import require_memory, shown
from .machine import CHECKED

MOST_AXES = 32  # of nested lists; NumPy's own arrays have at most 64
PLAIN = {bool, int, float, np.float32, np.float64, np.int64}  # entries that need no second look
CACHE_LINE = 64  # bytes


def zeros(shape: int | tuple[int, ...], dtype: Any) -> np.ndarray:
    """`np.zeros`, but beginning where a cache line does: vectors of eight numbers that lie in two
    lines are read in two steps, and NumPy's arrays begin anywhere."""
    if CHECKED != "0":
        return np.zeros(shape, dtype)  # with room behind it, what reads too far would not be seen
    size = math.prod(shape) if isinstance(shape, tuple) else shape
    itemsize = np.dtype(dtype).itemsize
    room = np.zeros(size * itemsize + CACHE_LINE, np.uint8)
    start = -room.ctypes.data % CACHE_LINE
    return room[start : start + size * itemsize].view(dtype).reshape(shape)


def as_numbers(data: Any, dtype: Any, what: str) -> np.ndarray:
    """`data` as a C-contiguous array of `dtype`; copies only if it must.

    Accepts arrays, pandas objects and anything with `__array__`, numbers, and lists of these.
    Raises ValueError for text, objects, complex numbers and ragged lists, naming `what` it was for.
    """
    return np.ascontiguousarray(as_array(data, what), dtype)


def as_weight(data: Any, shape: tuple[int, ...], dtype: Any, what: str) -> np.ndarray:
    """`as_numbers`, where a weight may be a single number, without axes."""
    array = as_numbers(data, dtype, what)
    return array.reshape(shape) if not shape and array.size == 1 else array


def as_array(data: Any, what: str) -> np.ndarray:
    """`as_numbers` in the data's own dtype, which may be one of integers, floats or bool."""
    array = data if type(data) is np.ndarray else converted(data, what)
    if array.dtype.kind not in "fiub":
        raise ValueError(
            f"{what} must hold numbers, but its dtype is {array.dtype}. Convert text and objects "
            "to numbers first, for example with array.astype('float32')."
        )
    return array


def converted(data: Any, what: str, text: bool = False) -> np.ndarray:
    """What is no plain array as one, of text too if `text`. Nothing is iterated that may have no
    end."""
    if isinstance(data, np.ma.MaskedArray) and np.ma.is_masked(data):
        raise ValueError(
            f"{what} is a masked array with masked entries, whose numbers mean nothing. Fill them, "
            "as in array.filled(-1), with a number that the data do not hold, and put Masking(-1) "
            "in front of the LSTM."
        )
    require_array_like(data, what, text)
    try:
        return np.asarray(data)
    except Exception as error:
        if isinstance(data, (list, tuple)) and isinstance(error, ValueError):
            raise ValueError(
                f"{what} must be a rectangular array of numbers; rows of different lengths were "
                "given. Pad them to one length first."
            ) from error
        raise ValueError(
            f"{what} could not be read as an array of numbers: {type(data).__name__} answered "
            f"with {type(error).__name__}. Give a NumPy array."
        ) from error


def require_array_like(data: Any, what: str, text: bool = False) -> None:
    """Raise ValueError for what NumPy would take apart item by item, or wrap up as one object:
    iterators, dicts, sets, strings, files, and objects that only look like a sequence."""
    if isinstance(data, (list, tuple)):
        require_finite_nesting(data, what, text)
    elif isinstance(data, range):
        require_memory((range_length(data),), 8, f"{what}, {shown(data)},", "Make it shorter.")
    elif not is_array_like(data) and not (text and isinstance(data, (str, bytes))):
        advice = "Give a NumPy array"
        if isinstance(data, (Iterator, Set, ValuesView)):
            advice = "If it has an end, write np.array(list(...))"
        raise ValueError(
            f"{what} must hold numbers, as an array; received {shown(data)} of type "
            f"{type(data).__name__}. {advice}."
        )


def range_length(numbers: range) -> int:
    """Its `len`, which fails beyond 2**63."""
    return max(0, (numbers.stop - numbers.start + numbers.step) // numbers.step)


ARRAY_LIKE = (np.ndarray, np.generic, Number, range, Buffer, memoryview, bytearray)
PROTOCOLS = ("__array__", "__array_interface__", "__array_struct__")


def is_array_like(data: Any) -> bool:
    """Whether NumPy can make an array of this without asking it for one item after the other."""
    kind = type(data)
    return isinstance(data, ARRAY_LIKE) or any(hasattr(kind, name) for name in PROTOCOLS)


def require_finite_nesting(data: Any, what: str, text: bool = False) -> None:
    """Raise ValueError for lists that hold themselves, or what no array can be made of."""
    sizes: dict[int, int] = {}  # of the lists that were looked through

    def size_of(items: Any, depth: int) -> int:
        """How many numbers a list, at this depth, leads to."""
        if depth > MOST_AXES:
            raise ValueError(
                f"{what} is a list that holds itself, or lists in more than {MOST_AXES} levels. "
                "Give a NumPy array (samples, time steps, features)."
            )
        if id(items) not in sizes:
            kinds = set(map(type, items))
            if not kinds <= PLAIN:
                counts = []
                for item in items:
                    if isinstance(item, (list, tuple)):
                        counts.append(size_of(item, depth + 1))
                    else:
                        require_array_like(item, f"Each entry of {what}", text)
                        counts.append(1)
                sizes[id(items)] = sum(counts)
            else:
                sizes[id(items)] = len(items)
        return sizes[id(items)]

    require_memory((size_of(data, 1),), 8, f"{what}, a list of lists,", "Give a NumPy array.")


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


def require_entries(array: np.ndarray, what: str) -> None:
    """Raise ValueError for an array without numbers, naming what there are none of."""
    if array.size == 0:
        axes = ["samples", *["time steps"] * (array.ndim > 2), *["features"] * (array.ndim > 1)]
        missing = axes[min(array.shape.index(0), len(axes) - 1)]
        raise ValueError(f"{what}: there are no {missing} in it; its shape is {array.shape}.")
    if array.ndim == 0:
        raise ValueError(f"{what} is a single number; an array with one row a sample is needed.")


def to_time_major(array: np.ndarray) -> np.ndarray:
    """(samples, time steps, ...) as a program has it, time first. Other arrays as they are."""
    return array.swapaxes(0, 1) if array.ndim >= 3 else array


def to_batch_major(array: np.ndarray) -> np.ndarray:
    """A copy of a program's array with the samples first again."""
    return np.array(array.swapaxes(0, 1) if array.ndim >= 3 else array, order="C")


def time_major_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of `to_time_major` of an array of this shape."""
    return (shape[1], shape[0], *shape[2:]) if len(shape) >= 3 else tuple(shape)
