"""Losses: how far outputs are from targets. Names, arguments and defaults are Keras's.

A loss is the mean of one number a row, a row being a sample, or a time step of a sample. The rows'
formulas and their gradients stand in `kernels/losses`. After a softmax or sigmoid the loss is taken
from the logits before it, which neither overflow nor saturate.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import targets
from .arrays import as_numbers, inward
from .config import standardize_dtype
from .identifiers import Registry, serialize, snake_case
from .kernels import losses as kernels
from .kernels import masking, movement
from .program import Program, Signal, rows

REDUCTIONS = ("sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none", None)


class Loss:
    """What all losses share.

    reduction: 'sum_over_batch_size' (the sum over all rows by their number, also with weights),
    'sum', 'mean_with_sample_weight' (by the sum of the weights) or 'none' (one number a row, when
    called on arrays). Raises ValueError for others.
    """

    sparse = False
    takes_logits = False  # whether there are formulas for logits

    def __init__(
        self, name: str | None = None, reduction: str | None = "sum_over_batch_size",
        dtype: Any = None,
    ) -> None:  # fmt: skip
        if reduction not in REDUCTIONS:
            known = ", ".join(repr(r) for r in REDUCTIONS)
            raise ValueError(f"A reduction is one of {known}; received {reduction!r}.")
        self.name = name or snake_case(type(self).__name__)
        self.reduction = reduction
        self.dtype = standardize_dtype(dtype).name

    # ---- the formulas --------------------------------------------------------------------------

    def formulas(self, on_logits: bool) -> tuple[Callable, Callable]:
        """The kernel of one row, and its mirror."""
        name = snake_case(type(self).__name__) + ("_from_logits" if on_logits else "")
        return getattr(kernels, name), getattr(kernels, f"d_{name}")

    def reads(self, y: Signal) -> tuple[Signal, bool]:
        """The signal that the loss is taken from, and whether that holds logits."""
        if self.takes_logits and y.logits is not None:
            return y.logits, True  # also a softmax's logits for binary_crossentropy: so does Keras
        return y, getattr(self, "from_logits", False)

    def smoothing(self, units: int) -> tuple[float, float] | None:
        """Targets become target * first + second; None to leave them as they are."""
        return None

    # ---- writing the loss into a program -------------------------------------------------------

    def write(
        self, program: Program, y: Signal, target: np.ndarray, weights: np.ndarray
    ) -> np.ndarray:
        """Add the loss of output y to a program. Returns the array (1,) that will hold it.

        target (R, K) a row for each of y's rows; weights (R,) or size 0.
        """
        source, on_logits = self.reads(y)
        value, gradient = self.formulas(on_logits)
        target = self.smoothed(program, target, y.shape[-1])
        weights = self.weighed(program, y, weights)
        divide = int(self.reduction != "sum")
        values, loss = program.zeros(source.rows.shape[0]), np.zeros(1)
        program.forward(kernels.forward, target, source.rows, values, value)
        program.forward(kernels.reduce, values, weights, divide, loss)
        if program.learns:
            arguments = target, source.rows, weights, divide
            self.write_backward(program, y, source, (*arguments, gradient))
        return loss

    def write_backward(self, program: Program, y: Signal, source: Signal, arguments: Any) -> None:
        *first, gradient = arguments
        if source is y:
            program.backward(kernels.backward, *first, y.gradient_rows, gradient)
        elif program.backward_operations[-1] is y.squash_backward:
            program.backward_operations.pop()  # the way through the activation is not taken
            program.backward(kernels.backward, *first, source.gradient_rows, gradient)
        else:  # something else pulls at the activation's output: both gradients meet at the logits
            own = np.zeros_like(source.rows)
            assert y.squash_backward is not None
            at = program.backward_operations.index(y.squash_backward)
            later = program.backward_operations[at:]
            del program.backward_operations[at:]
            program.backward(movement.add, own, source.gradient_rows)
            program.backward(kernels.backward, *first, own, gradient)
            program.backward_operations += later
            program.backward(movement.clear, y.gradient)

    def smoothed(self, program: Program, target: np.ndarray, units: int) -> np.ndarray:
        change = self.smoothing(units)
        if change is None:
            return target
        smooth = np.zeros_like(target)
        program.forward(kernels.smooth, target, np.array(change), smooth)
        return smooth

    def weighed(self, program: Program, y: Signal, weights: np.ndarray) -> np.ndarray:
        """Row weights with the mask and the reduction taken in."""
        if y.mask.size:
            T, B = y.mask.shape
            given = weights.reshape(T, B) if weights.size else program.zeros(0, 0)
            masked = program.zeros(T, B)
            program.forward(masking.weigh, y.mask, given, masked)
            weights = masked.reshape(-1)
        if self.reduction == "mean_with_sample_weight" and weights.size:
            balanced = np.zeros_like(weights)
            program.forward(kernels.balance, weights, balanced)
            weights = balanced
        return weights

    # ---- on arrays -----------------------------------------------------------------------------

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """The loss of outputs y_pred for targets y_true, as a float; an array for 'none'."""
        output = as_numbers(y_pred, self.dtype, "y_pred")
        output = output[:, None] if output.ndim == 1 else output
        target = targets.align(as_numbers(y_true, self.dtype, "y_true"), output.shape, self.sparse)
        if self.sparse:
            targets.check_labels(target, output.shape[-1])
        weights = np.zeros(0, output.dtype)
        if sample_weight is not None:
            weights = targets.align_weights(sample_weight, output.shape, self.dtype)
        program = Program(self.dtype)
        signal = Signal(np.ascontiguousarray(inward(output)), np.zeros(0, output.dtype))
        flat = np.ascontiguousarray(rows(inward(target)))
        flat_weights = np.ascontiguousarray(weights.T).reshape(-1)
        loss = self.write(program, signal, flat, flat_weights)
        program.run(program.steps())
        if self.reduction not in ("none", None):
            return output.dtype.type(loss[0])
        values = program.forward_operations[-2].arguments[2].reshape(inward(output).shape[:-1])
        values = values * flat_weights.reshape(values.shape) if weights.size else values
        return np.array(values.T, order="C")  # (T, B) or (B,): samples first again

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"name": self.name, "reduction": self.reduction}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Loss:
        """The mirror of `get_config`."""
        return cls(**config)


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
        if axis != -1:
            raise ValueError(
                f"{type(self).__name__} runs over the last axis; received axis={axis}."
            )
        if not 0 <= label_smoothing <= 1:
            raise ValueError(f"label_smoothing must be from 0 to 1; received {label_smoothing}.")
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing
        self.axis = axis

    def get_config(self) -> dict[str, Any]:
        own = {"from_logits": self.from_logits, "label_smoothing": self.label_smoothing}
        return super().get_config() | own | {"axis": self.axis}


class BinaryCrossentropy(Crossentropy):
    """Targets and outputs from 0 to 1: mean of -(t log y + (1 - t) log(1 - y))."""

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


def function_of(kind: type[Loss]) -> Callable[..., np.ndarray]:
    """The loss as a function of arrays that returns one number a row."""

    def function(y_true: Any, y_pred: Any, **options: Any) -> np.ndarray:
        return kind(reduction="none", **options)(y_true, y_pred)

    function.__name__ = function.__qualname__ = snake_case(kind.__name__)
    function.__doc__ = f"{kind.__doc__}\n\n    One number a row; options as of {kind.__name__}."
    return function


mean_squared_error = function_of(MeanSquaredError)
mean_absolute_error = function_of(MeanAbsoluteError)
binary_crossentropy = function_of(BinaryCrossentropy)
categorical_crossentropy = function_of(CategoricalCrossentropy)
sparse_categorical_crossentropy = function_of(SparseCategoricalCrossentropy)

KINDS = (MeanSquaredError, MeanAbsoluteError, BinaryCrossentropy, CategoricalCrossentropy,
         SparseCategoricalCrossentropy)  # fmt: skip
SHORT = {
    "mse": MeanSquaredError,
    "MSE": MeanSquaredError,
    "mae": MeanAbsoluteError,
    "MAE": MeanAbsoluteError,
    "bce": BinaryCrossentropy,
    "BCE": BinaryCrossentropy,
}
NAMES = {snake_case(k.__name__): k for k in KINDS} | {k.__name__: k for k in KINDS} | SHORT
FUNCTIONS = {f: k for k in KINDS if (f := globals()[snake_case(k.__name__)])}
registry = Registry("a loss", NAMES, Loss)


def get(identifier: Any) -> Loss | None:
    """The loss of a name, or itself. Raises ValueError for unknown names and foreign functions."""
    if isinstance(identifier, str) and identifier in NAMES:
        return NAMES[identifier]()
    found = registry.get(FUNCTIONS.get(identifier, identifier) if callable(identifier)
                         else identifier)  # fmt: skip
    if found is not None and not isinstance(found, Loss):
        raise ValueError(
            f"{identifier!r} is a function without a known gradient; use one of {sorted(NAMES)}."
        )
    return found


def deserialize(config: Any) -> Loss | None:
    """The mirror of `serialize`."""
    return get(config)


__all__ = [
    "BinaryCrossentropy", "CategoricalCrossentropy", "Loss", "MeanAbsoluteError",
    "MeanSquaredError", "SparseCategoricalCrossentropy", "binary_crossentropy",
    "categorical_crossentropy", "deserialize", "get", "mean_absolute_error", "mean_squared_error",
    "serialize", "sparse_categorical_crossentropy",
]  # fmt: skip
