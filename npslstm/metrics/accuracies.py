"""Metrics that count what is right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..arguments import real_number
from ..kernels import metrics as kernels
from ..program import Program, Signal
from .base import Metric


class AccuracyMetric(Metric):
    """What the accuracies share: the share of rows, or of their elements, that are right."""

    direction = "up"
    threshold = 0.5
    right: Callable[..., float]

    def values(self, program: Program, y: Signal, target: np.ndarray) -> np.ndarray:
        values, limit = program.zeros(y.rows.shape[0]), np.array([self.threshold], program.dtype)
        program.forward(kernels.accuracies, target, y.rows, limit, values, type(self).right)
        return values


class BinaryAccuracy(AccuracyMetric):
    """How often the output is on the target's side of the threshold; strictly above counts as 1."""

    right = staticmethod(kernels.binary_accuracy)

    def __init__(self, name: str = "binary_accuracy", dtype: Any = None,
                 threshold: float = 0.5) -> None:  # fmt: skip
        super().__init__(name, dtype)
        kind = "BinaryAccuracy"
        self.threshold = real_number(threshold, "threshold", kind, 0, 1, above=True)
        if self.threshold == 1:
            raise ValueError("BinaryAccuracy: threshold must be below 1; received threshold=1.")

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"threshold": self.threshold}


class CategoricalAccuracy(AccuracyMetric):
    """How often the largest output is the one-hot target's."""

    right = staticmethod(kernels.categorical_accuracy)

    def __init__(self, name: str = "categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(name, dtype)


class SparseCategoricalAccuracy(AccuracyMetric):
    """How often the largest output is the integer target's."""

    right = staticmethod(kernels.sparse_categorical_accuracy)
    sparse = True

    def __init__(self, name: str = "sparse_categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(name, dtype)
