"""Metrics: what is watched beside the loss. Names, arguments and defaults are Keras's.

A metric is the mean of one number a row over an epoch. Used by itself, a metric gathers rows with
`update_state(y_true, y_pred)`; `result()` is the mean so far. The formulas stand in
`kernels/metrics` and `kernels/losses`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import losses, targets
from .arguments import label, real_number, shown
from .arrays import as_numbers, inward, require_entries
from .config import standardize_dtype
from .identifiers import Registry, serialize, snake_case
from .kernels import losses as loss_kernels
from .kernels import metrics as kernels
from .program import Program, Signal, rows
from .watch import Watched


class Metric(Watched):
    """What all metrics share: `totals` = [sum of the rows' numbers, sum of their weights]."""

    unwatched = frozenset({"name", "totals"})
    sparse = False
    direction = "down"  # which way is better

    def __init__(self, name: str | None = None, dtype: Any = None) -> None:
        kind = type(self).__name__
        self.name = label(name, kind, in_paths=False) or snake_case(kind)
        self.dtype = standardize_dtype(dtype).name
        self.totals = np.zeros(2)

    def values(self, program: Program, y: Signal, target: np.ndarray) -> np.ndarray:
        """Add the operations that compute one number a row. Returns the array that holds them."""
        raise NotImplementedError(f"{type(self).__name__} does not define values().")

    def write(
        self, program: Program, y: Signal, target: np.ndarray, weights: np.ndarray,
        totals: np.ndarray,
    ) -> None:  # fmt: skip
        """Have a program gather this metric in `totals`. target (R, K), weights (R,) or size 0."""
        values = self.values(program, y, target)
        program.forward(kernels.accumulate, values, weights, totals)

    def value(self, total: float, count: float) -> float:
        """The metric that such totals stand for; 0 before the first row."""
        return total / count if count else 0.0

    def result(self) -> float:
        """The value so far; 0 before the first row."""
        return self.value(*self.totals.tolist())

    def reset_state(self) -> None:
        """Begin again."""
        self.totals[:] = 0

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in targets and outputs (samples, ..., units). ValueError if they do not fit."""
        output = as_numbers(y_pred, self.dtype, "y_pred")
        require_entries(output, "y_pred")
        output = output[:, None] if output.ndim == 1 else output
        target = targets.align(as_numbers(y_true, self.dtype, "y_true"), output.shape, self.sparse)
        if self.sparse:
            targets.check_labels(target, output.shape[-1])
        weights = np.zeros(0, output.dtype)
        if sample_weight is not None:
            given = targets.align_weights(sample_weight, output.shape, self.dtype)
            weights = np.ascontiguousarray(given.T).reshape(-1)
        program = Program(self.dtype)
        signal = Signal(np.ascontiguousarray(inward(output)), np.zeros(0, output.dtype))
        target = np.ascontiguousarray(rows(inward(target)))
        totals = self.totals.copy()  # of this thread alone, until they are complete
        self.write(program, signal, target, weights, totals)
        program.run(program.steps())
        self.totals[:] = totals

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> float:
        """`update_state`, then `result`."""
        self.update_state(y_true, y_pred, sample_weight)
        return self.result()

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"name": self.name, "dtype": self.dtype}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Metric:
        """The mirror of `get_config`."""
        return cls(**config)


# ---- errors -----------------------------------------------------------------------------------


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


# ---- accuracies -------------------------------------------------------------------------------


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


# ---- by name ----------------------------------------------------------------------------------

KINDS = (MeanSquaredError, MeanAbsoluteError, RootMeanSquaredError, BinaryCrossentropy,
         CategoricalCrossentropy, SparseCategoricalCrossentropy, BinaryAccuracy,
         CategoricalAccuracy, SparseCategoricalAccuracy)  # fmt: skip
SHORT = {
    "mse": MeanSquaredError,
    "MSE": MeanSquaredError,
    "mae": MeanAbsoluteError,
    "MAE": MeanAbsoluteError,
    "bce": BinaryCrossentropy,
    "BCE": BinaryCrossentropy,
}
NAMES = {snake_case(k.__name__): k for k in KINDS} | {k.__name__: k for k in KINDS} | SHORT
AUTOMATIC = {"accuracy": "Accuracy", "acc": "Accuracy",
             "crossentropy": "Crossentropy", "ce": "Crossentropy"}  # fmt: skip
registry = Registry("a metric", NAMES | {"accuracy": lambda: "accuracy"}, Metric)


def get(identifier: Any, argument: str = "identifier") -> Any:
    """The metric of a name, or itself. Raises ValueError for an unknown name."""
    return registry.get(identifier, argument)


def deserialize(config: Any) -> Any:
    """The mirror of `serialize`."""
    return get(config)


def resolve(
    identifier: Any, output_shape: tuple[Any, ...], target_shape: tuple[int, ...],
    argument: str = "metrics",
) -> Metric:  # fmt: skip
    """The metric meant by a compile argument, given the shapes of one batch, as Keras decides.

    'accuracy' is binary for one output unit, sparse if targets have an axis less than the output or
    a last axis of 1, categorical otherwise, whatever the loss. A name in the logs is the one given.
    argument: what a refusal calls it.
    """
    if isinstance(identifier, Metric):
        return identifier
    if isinstance(identifier, str) and identifier in AUTOMATIC:
        metric = by_shapes(AUTOMATIC[identifier], output_shape, target_shape)
    else:
        if any(function is identifier for function in losses.FUNCTIONS):
            identifier = identifier.__name__
        metric = get(identifier, argument)
    if not isinstance(metric, Metric):
        raise ValueError(
            f"{argument}: {shown(identifier)} cannot be used as a metric: give a name "
            f"({', '.join(sorted(NAMES))}) or an object of npslstm.metrics."
        )
    if isinstance(identifier, str):
        metric.name = identifier
    return metric


def by_shapes(kind: str, output_shape: tuple[Any, ...], target_shape: tuple[int, ...]) -> Metric:
    if output_shape[-1] == 1:
        return globals()[f"Binary{kind}"]()
    if len(target_shape) < len(output_shape) or target_shape[-1] == 1:
        return globals()[f"SparseCategorical{kind}"]()
    return globals()[f"Categorical{kind}"]()


__all__ = [
    "BinaryAccuracy", "BinaryCrossentropy", "CategoricalAccuracy", "CategoricalCrossentropy",
    "MeanAbsoluteError", "MeanSquaredError", "Metric", "RootMeanSquaredError",
    "SparseCategoricalAccuracy", "SparseCategoricalCrossentropy", "deserialize", "get", "serialize",
]  # fmt: skip
