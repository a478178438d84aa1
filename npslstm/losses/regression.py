"""Losses of outputs that are numbers."""

from __future__ import annotations

from typing import Any

from .base import Loss


class MeanSquaredError(Loss):
    """mean of (output - target)^2"""

    def __init__(self, reduction: str | None = "sum_over_batch_size",
                 name: str = "mean_squared_error", dtype: Any = None) -> None:  # fmt: skip
        super().__init__(name, reduction, dtype)


class MeanAbsoluteError(Loss):
    """mean of |output - target|"""

    def __init__(self, reduction: str | None = "sum_over_batch_size",
                 name: str = "mean_absolute_error", dtype: Any = None) -> None:  # fmt: skip
        super().__init__(name, reduction, dtype)
