"""Metrics that are losses."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import losses
from ..kernels import losses as loss_kernels
from ..program import Program, Signal
from .base import Metric


class LossMetric(Metric):
    """A metric whose rows are those of a loss, taken from the logits where the loss would be."""

    def __init__(self, loss: losses.Loss, name: str, dtype: Any) -> None:
        super().__init__(name, dtype)
        self.loss = loss
        self.sparse = loss.sparse

    def values(self, program: Program, y: Signal, target: np.ndarray) -> np.ndarray:
        source, on_logits = self.loss.reads(y)
        target = self.loss.smoothed(program, target, y.shape[-1])
        values = program.zeros(source.rows.shape[0])
        row_loss = self.loss.formulas(on_logits)[0]
        program.forward(loss_kernels.forward, target, source.rows, values, row_loss)
        return values

    def get_config(self) -> dict[str, Any]:
        own = self.loss.get_config()
        return super().get_config() | {
            k: v for k, v in own.items() if k not in ("name", "reduction")
        }


class MeanSquaredError(LossMetric):
    """mean of (output - target)^2"""

    def __init__(self, name: str = "mean_squared_error", dtype: Any = None) -> None:
        super().__init__(losses.MeanSquaredError(), name, dtype)


class MeanAbsoluteError(LossMetric):
    """mean of |output - target|"""

    def __init__(self, name: str = "mean_absolute_error", dtype: Any = None) -> None:
        super().__init__(losses.MeanAbsoluteError(), name, dtype)


class RootMeanSquaredError(LossMetric):
    """Root of the mean of (output - target)^2 over all rows, in the units of the target."""

    def __init__(self, name: str = "root_mean_squared_error", dtype: Any = None) -> None:
        super().__init__(losses.MeanSquaredError(), name, dtype)

    def value(self, total: float, count: float) -> float:
        return float(np.sqrt(super().value(total, count)))


class BinaryCrossentropy(LossMetric):
    """The loss of that name, as a metric."""

    def __init__(self, name: str = "binary_crossentropy", dtype: Any = None,
                 from_logits: bool = False, label_smoothing: float = 0) -> None:  # fmt: skip
        super().__init__(losses.BinaryCrossentropy(from_logits, label_smoothing), name, dtype)


class CategoricalCrossentropy(LossMetric):
    """The loss of that name, as a metric."""

    def __init__(self, name: str = "categorical_crossentropy", dtype: Any = None,
                 from_logits: bool = False, label_smoothing: float = 0,
                 axis: int = -1) -> None:  # fmt: skip
        loss = losses.CategoricalCrossentropy(from_logits, label_smoothing, axis)
        super().__init__(loss, name, dtype)


class SparseCategoricalCrossentropy(LossMetric):
    """The loss of that name, as a metric."""

    def __init__(self, name: str = "sparse_categorical_crossentropy", dtype: Any = None,
                 from_logits: bool = False, axis: int = -1) -> None:  # fmt: skip
        super().__init__(losses.SparseCategoricalCrossentropy(from_logits, axis=axis), name, dtype)
