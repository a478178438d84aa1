"""Weights that a file is about to fill: zeros, and no more of them than the file can hold."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

import numpy as np


class Reserve:
    """How many numbers the weights that are made may still have."""

    def __init__(self, numbers: int) -> None:
        self.whole = self.left = numbers

    def take(self, shape: tuple[int, ...], what: str) -> None:
        """Count a new weight. Raises ValueError if there is no room for it."""
        self.left -= math.prod(shape)
        if self.left < 0:
            raise ValueError(
                f"{what} would have shape {shape}; with it the model has more numbers than a file "
                f"of this size can hold, {self.whole:,}."
            )


_reserve: ContextVar[Reserve | None] = ContextVar("reserve", default=None)


@contextlib.contextmanager
def filled_from_file(numbers: int) -> Iterator[Reserve]:
    """Within, layers make their weights as zeros instead of drawing what is replaced at once.

    Raises ValueError where they would have more than `numbers` numbers in all.
    """
    reserve = Reserve(numbers)
    token = _reserve.set(reserve)
    try:
        yield reserve
    finally:
        _reserve.reset(token)


def first_values(initializer: Any, shape: Any, dtype: Any, what: str) -> Any:
    """The first values of the weight `what`: those of the initializer, unless a file fills it."""
    reserve = _reserve.get()
    if reserve is None:
        return initializer(shape, dtype=dtype)
    reserve.take(shape, what)
    return np.zeros(shape, dtype)
