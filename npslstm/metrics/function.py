"""A metric that is a user's function of arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..arguments import shown, takes
from ..arrays import as_numbers, to_batch_major
from ..expressions import NotFollowedError, traced
from ..kernels import metrics as kernels
from ..losses.expression import write
from ..losses.function import OfRows, by_rows, name_of, samples_first, turned, weighted
from ..program import Program, Signal
from .base import Metric


class MeanMetricWrapper(Metric):
    """The mean of what a function of (y_true, y_pred) returns.

    fn: returns a number for each row, (samples,) or (samples, time steps), or any shape, whose mean
    counts. Written with `npslstm.ops`, operators or the NumPy functions that these stand for it is
    compiled; any other function is called with copies of each batch, in Python. Raises ValueError
    for what is no function of two arguments.
    """

    direction = None
    align = OfRows.align

    def __init__(self, fn: Callable[..., Any], name: str | None = None, dtype: Any = None) -> None:
        if not callable(fn) or isinstance(fn, type) or not takes(fn, None, None):
            raise ValueError(
                f"fn of MeanMetricWrapper is a function of (y_true, y_pred); received {shown(fn)}."
            )
        super().__init__(name_of(fn) if name is None else name, dtype)
        self.fn = fn

    def write(
        self, program: Program, y: Signal, target: np.ndarray, weights: np.ndarray,
        totals: np.ndarray,
    ) -> None:  # fmt: skip
        """See `Metric.write`: compiled if the function can be followed, else in Python."""
        unlearned = Signal(y.value, program.zeros(*(0,) * y.value.ndim), y.mask)
        rows = to_batch_major(y.value).shape[:-1]
        true = target.reshape(*y.value.shape[:-1], target.shape[-1])
        try:
            shapes = (to_batch_major(array).shape for array in (true, y.value))
            value, leaves = traced(self.fn, *shapes)
        except NotFollowedError:
            program.aside(lambda: self.take_in(true, y.value, weights, totals))
            return
        value = by_rows(value, rows, bool(weights.size), False, self.name)
        t, p = samples_first(program, unlearned, target)
        places = {id(leaf): place for leaf, place in zip(leaves, (t, p), strict=True)}
        result = write(program, value, places)
        values = result.value.reshape(-1)
        if weights.size and len(rows) == 2:
            values, _ = turned(program, result, rows)
        program.forward(kernels.accumulate, values, weights, totals)

    def take_in(
        self, true: np.ndarray, y: np.ndarray, weights: np.ndarray, totals: np.ndarray
    ) -> None:
        """Call the function with a batch, time first here, and add what it returns to the totals.
        Raises ValueError for what holds no numbers, or fits no rows that have weights."""
        given = to_batch_major(true).copy(), to_batch_major(y).copy()
        what = f"fn: what the metric '{self.name}' returns"
        values = as_numbers(self.fn(*given), np.float64, what)
        if not weights.size:
            totals += values.sum(), values.size
            return
        w = weights.reshape(y.shape[:-1]).T  # samples first
        totals += weighted(values, w, what).sum(), w.sum()

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"fn": self.fn}
