"""Losses and metrics of one call of fit, evaluate or train_on_batch, which belong to it alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


class Results:
    """Sums over the batches so far. Steps add to them through `totals`.

    totals (rows, 2): the sum of what each batch or row of outputs contributes, and the sum of
    weights; the loss in row 0, then the metrics, then the losses of several outputs one by one.
    """

    def __init__(self, compiled: Any) -> None:
        found = compiled.decided
        self.metrics = found.metrics if found else []
        self.reported = found.reports if found else compiled.reported()
        self.totals = np.zeros((1 + len(self.metrics) + len(compiled.tracked), 2))

    def reset(self) -> None:
        """Begin again."""
        self.totals.fill(0)

    def values(self) -> dict[str, float]:
        """All results so far by name, in the order in which `evaluate` returns them."""
        totals = self.totals.tolist()
        return {name: value(*totals[row]) for name, row, value in self.reported}

    def of_epochs(self, totals: np.ndarray) -> dict[str, list[float]]:
        """The results of several epochs, whose totals (epochs, rows, 2) were kept."""
        return {name: each_of(value, totals[:, row]) for name, row, value in self.reported}

    def publish(self) -> None:
        """Let the metric objects of the model show these results, as Keras's do after a call."""
        for k, metric in enumerate(self.metrics, 1):
            metric.totals[...] = self.totals[k]


def mean(total: float, count: float) -> float:
    """The loss that such totals stand for; 0 before the first batch."""
    return total / count if count else 0.0


def each_of(value: Callable[[float, float], float], totals: np.ndarray) -> list[float]:
    """The value of each row of totals (epochs, 2); all at once where it is the mean, as it is of
    every loss: a fit of many short epochs would notice."""
    if value is not mean:
        return [value(*pair) for pair in totals.tolist()]
    sums, counts = totals.T
    with np.errstate(all="ignore"):  # inf and NaN pass silently, as they do one by one
        return np.divide(sums, counts, out=np.zeros(len(totals)), where=counts != 0).tolist()
