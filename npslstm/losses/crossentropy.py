"""Losses of outputs that are probabilities, or the logits before them."""

from __future__ import annotations

from typing import Any

from ..arguments import flag, real_number, whole_number
from .base import Loss


class Crossentropy(Loss):
    """What the crossentropies share. from_logits: outputs are numbers before softmax or sigmoid.

    label_smoothing: from 0 to 1, how far targets are drawn towards indifference.
    """

    takes_logits = True

    def __init__(
        self, from_logits: bool, label_smoothing: float, axis: int, reduction: str | None,
        name: str, dtype: Any,
    ) -> None:  # fmt: skip
        super().__init__(name, reduction, dtype)
        kind = type(self).__name__
        self.from_logits = flag(from_logits, "from_logits", kind)
        self.label_smoothing = real_number(label_smoothing, "label_smoothing", kind, 0, 1)
        self.axis = whole_number(axis, "axis", f"{kind}, which runs over the last axis", -1, -1)

    def get_config(self) -> dict[str, Any]:
        own = {"from_logits": self.from_logits, "label_smoothing": self.label_smoothing}
        return super().get_config() | own | {"axis": self.axis}


class BinaryCrossentropy(Crossentropy):
    """Targets and outputs from 0 to 1: mean of -(t log y + (1 - t) log(1 - y))."""

    partner = "sigmoid"

    def __init__(
        self, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1,
        reduction: str | None = "sum_over_batch_size", name: str = "binary_crossentropy",
        dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(from_logits, label_smoothing, axis, reduction, name, dtype)

    def smoothing(self, units: int) -> tuple[float, float] | None:
        s = self.label_smoothing
        return (1 - s, s / 2) if s else None


class CategoricalCrossentropy(Crossentropy):
    """One-hot targets, outputs that add up to 1: -sum of t log y."""

    partner = "softmax"

    def __init__(
        self, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1,
        reduction: str | None = "sum_over_batch_size", name: str = "categorical_crossentropy",
        dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(from_logits, label_smoothing, axis, reduction, name, dtype)

    def smoothing(self, units: int) -> tuple[float, float] | None:
        s = self.label_smoothing
        return (1 - s, s / units) if s else None


class SparseCategoricalCrossentropy(Crossentropy):
    """Integer labels from 0, outputs that add up to 1: -log of the label's output."""

    sparse = True
    partner = "softmax"

    def __init__(
        self, from_logits: bool = False, ignore_class: int | None = None,
        reduction: str | None = "sum_over_batch_size", axis: int = -1,
        name: str = "sparse_categorical_crossentropy", dtype: Any = None,
    ) -> None:  # fmt: skip
        if ignore_class is not None:
            raise ValueError("ignore_class is not supported: give those rows a sample_weight of 0.")
        super().__init__(from_logits, 0.0, axis, reduction, name, dtype)

    def get_config(self) -> dict[str, Any]:
        own = super().get_config() | {"ignore_class": None}
        del own["label_smoothing"]
        return own
