"""Which samples, time steps and units an experimenter means, and the numbers given for them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arguments import shown
from ..arrays import converted


def chosen(which: Any, size: int, what: str, where: str) -> np.ndarray:
    """`which` as numbers from 0 to size - 1: None for all, a number, a range, a slice, a list.

    Negative numbers count from the end. Raises ValueError, with the range there is, for others.
    """
    everything = np.arange(size)
    if which is None:
        return everything
    if isinstance(which, slice):
        try:
            which = everything[which]
        except Exception as error:
            raise ValueError(
                f"{what} are given as a slice of whole numbers; received {shown(which)}."
            ) from error
    numbers = np.atleast_1d(read(which, what))
    if numbers.dtype == np.bool_ and numbers.shape == (size,):
        numbers = np.flatnonzero(numbers)
    if numbers.size == 0:
        raise ValueError(
            f"None of the {size} {what} of {where} is chosen; leave the argument out for all."
        )
    if numbers.ndim != 1 or numbers.dtype.kind not in "iu":
        raise ValueError(
            f"{what} are given as a number, a range, a list of whole numbers, or {size} times True "
            f"or False; received {shown(which)}."
        )
    wrong = numbers[(numbers < -size) | (numbers >= size)]
    if wrong.size:
        raise ValueError(
            f"There is no number {wrong[0]} among the {what} of {where}: there are {size}, from 0 "
            f"to {size - 1}."
        )
    return everything[numbers]


def read(which: Any, what: str) -> np.ndarray:
    """Numbers as an array. Raises ValueError for what cannot be one."""
    if isinstance(which, range) and len(which) == 0:
        return np.zeros(0, int)
    return converted(which, what)


def spread(value: np.ndarray, shape: tuple[int, ...], what: str) -> np.ndarray:
    """A value for each of (samples, time steps, units). Raises ValueError if it does not fit."""
    try:
        return np.broadcast_to(value, shape)
    except ValueError:
        raise ValueError(
            f"The value of {what} (or factor of scale) has shape {value.shape}; it is a number or "
            f"an array for (samples, time steps, units) = {shape} as they were chosen, "
            "or with 1 in place of some."
        ) from None
