"""Losses that are a user's functions: followed and compiled, or in Python with a gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import targets
from ..arguments import shown, takes
from ..arrays import as_numbers, require_entries, to_batch_major, to_time_major
from ..expressions import (
    Expression,
    NotFollowedError,
    in_order,
    mean,
    reshape,
    total,
    traced,
    two,
)
from ..kernels import data_movement
from ..kernels import expressions as kernels
from ..kernels import losses as loss_kernels
from ..program import Program, Signal
from .base import SUMMED, Loss
from .expression import Place, write

WAY_OUT = (
    "Write it with the functions of npslstm.ops and with operators, as in "
    "ops.mean(ops.square(y_true - y_pred), axis=-1); or give its gradient as well: "
    "losses.Custom(value, gradient), functions of (y_true, y_pred) in NumPy."
)


class OfRows(Loss):
    """What losses share that are functions of whole arrays: targets of any last axis."""

    def align(self, target: np.ndarray, output_shape: tuple[int, ...], what: str) -> np.ndarray:
        """Targets with as many axes as outputs. Raises ValueError if others than the last differ.
        """
        require_entries(target, what)
        aligned = target[..., None] if target.shape == output_shape[:-1] else target
        if aligned.ndim != len(output_shape) or aligned.shape[:-1] != output_shape[:-1]:
            raise ValueError(
                f"{what} has shape {target.shape}; {targets.outputs(what)} has {output_shape}, and "
                f"'{self.name}' compares as many samples and time steps, with any last axis."
            )
        return aligned

    def on_arrays(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        """Its value for arrays, samples first: a number for each row, or any shape."""
        raise NotImplementedError

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """The loss of outputs y_pred for targets y_true, as a float; an array for 'none'."""
        output = as_numbers(y_pred, self.dtype, "y_pred")
        require_entries(output, "y_pred")
        output = output[:, None] if output.ndim == 1 else output
        target = self.align(as_numbers(y_true, self.dtype, "y_true"), output.shape, "y_true")
        what = f"value: what the loss '{self.name}' returns"
        value = as_numbers(self.on_arrays(target, output), self.dtype, what)
        if sample_weight is not None:
            weights = targets.align_weights(sample_weight, output.shape, self.dtype)
            value = weighted(value, weights, what)
        if self.reduction in ("none", None):
            return value
        return output.dtype.type(value.sum() if self.reduction == "sum" else value.mean())


    def reduced(
        self, program: Program, values: np.ndarray, errors: np.ndarray, weights: np.ndarray,
        factor: float,
    ) -> np.ndarray:  # fmt: skip
        """Add the sum or mean of all values; its mirror writes their errors, of size 0 where nobody
        wants them. Returns the array (1,) that will hold it."""
        loss = np.zeros(1)
        divide, d_divide = int(self.reduction != "sum"), int(self.reduction not in SUMMED)
        program.forward(loss_kernels.reduce, values, weights, divide, loss)
        if errors.size:
            program.backward(
                kernels.pull, weights, d_divide, np.array([factor], program.dtype), errors
            )
        return loss


class FunctionLoss(OfRows):
    """The loss that a function of (y_true, y_pred) computes, which is followed and compiled.

    y_true, y_pred: (samples, ..., units). It returns a number for each row, or any shape, whose
    mean is taken. Raises ValueError, saying what to write, for one that cannot be followed.
    """

    def __init__(
        self, function: Callable[..., Any], name: str | None = None,
        reduction: str | None = "sum_over_batch_size", dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(name_of(function) if name is None else name, reduction, dtype)
        self.function = function

    def on_arrays(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        return self.function(y_true, y_pred)

    def follow(self, *shapes: tuple[int, ...]) -> tuple[Expression, list[Expression]]:
        """What the function computes of targets and outputs of these shapes. Raises ValueError."""
        try:
            value, leaves = traced(self.function, *shapes)
            if not any(part is leaves[1] for part in in_order(value)):
                raise NotFollowedError("what it returns does not depend on y_pred.")
            return value, leaves
        except NotFollowedError as error:
            raise ValueError(
                f"loss: the function '{self.name}' has no known gradient: {error} {WAY_OUT}"
            ) from error
        except Exception as error:
            raise ValueError(
                f"loss: the function '{self.name}' raised {type(error).__name__} for y_true and "
                f"y_pred of shapes {shapes[0]} and {shapes[1]}: {error}"
            ) from error

    def write(
        self, program: Program, y: Signal, target: np.ndarray, weights: np.ndarray,
        factor: float = 1.0,
    ) -> np.ndarray:  # fmt: skip
        """See `Loss.write`: the function, followed for these shapes."""
        t, p = samples_first(program, y, target)
        value, leaves = self.follow(t.value.shape, p.value.shape)
        rows = p.value.shape[:-1]
        weights = self.weighed(program, y, weights)
        value = by_rows(value, rows, bool(weights.size), self.reduction in SUMMED, self.name)
        places = {id(leaf): place for leaf, place in zip(leaves, (t, p), strict=True)}
        result = write(program, value, places)
        values, errors = result.value.reshape(-1), result.gradient.reshape(-1)
        if weights.size and len(rows) == 2:  # time first, as weights are
            values, errors = turned(program, result, rows)
        return self.reduced(program, values, errors, weights, factor)


Loss.of_function = FunctionLoss


class Custom(OfRows):
    """A loss of NumPy functions: its value, and the gradient of that.

    value(y_true, y_pred): a number for each row, (samples,) or (samples, time steps); gradient:
    the derivative of each row's value with respect to y_pred, in the shape of y_pred. Both get
    copies of whole batches, samples first, and run in Python between the compiled parts of a step.
    Sample weights, masks and `reduction` are seen to. Raises ValueError for functions that return
    other shapes. `study.check_gradients` compares the two.
    """

    def __init__(
        self, value: Callable[..., Any], gradient: Callable[..., Any], name: str | None = None,
        reduction: str | None = "sum_over_batch_size", dtype: Any = None,
    ) -> None:  # fmt: skip
        for argument, given in {"value": value, "gradient": gradient}.items():
            if not callable(given) or isinstance(given, type) or not takes(given, None, None):
                raise ValueError(
                    f"{argument} of Custom is a function of (y_true, y_pred); received "
                    f"{shown(given)} of type {type(given).__name__}."
                )
        super().__init__(name_of(value) if name is None else name, reduction, dtype)
        self.value = value
        self.gradient = gradient

    def on_arrays(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        return self.value(y_true, y_pred)

    def write(
        self, program: Program, y: Signal, target: np.ndarray, weights: np.ndarray,
        factor: float = 1.0,
    ) -> np.ndarray:  # fmt: skip
        """See `Loss.write`: two asides in Python."""
        rows = y.value.shape[:-1]  # time first
        weights = self.weighed(program, y, weights)
        values, errors = program.zeros(*rows), program.zeros(*rows)
        true = target.reshape(*rows, target.shape[-1])

        def compute(function: Callable[..., Any], what: str, shape: tuple[int, ...]) -> np.ndarray:
            given = to_batch_major(true).copy(), to_batch_major(y.value).copy()
            return result_of(function, given, f"{what} of the loss '{self.name}'", shape)

        def forward() -> None:
            values[...] = compute(self.value, "value", values.T.shape).T

        def backward() -> None:
            found = to_time_major(compute(self.gradient, "gradient", to_batch_major(y.value).shape))
            y.gradient[...] = found * errors[..., None]

        program.aside(forward)
        if y.gradient.size:
            program.backward_aside(backward)
        return self.reduced(program, values.reshape(-1), errors.reshape(-1), weights, factor)


# ---- pieces --------------------------------------------------------------------------------------


def name_of(function: Callable[..., Any]) -> str:
    """What results call a user's function."""
    name = getattr(function, "__name__", type(function).__name__)
    return name.strip("<>")  # of a lambda, as Keras calls it


def weighted(values: np.ndarray, weights: np.ndarray, what: str) -> np.ndarray:
    """Values of any shape, times the weights of the rows. Raises ValueError if they do not fit."""
    while values.ndim > weights.ndim:
        values = values.mean(-1)
    try:
        return np.broadcast_to(values, weights.shape) * weights
    except ValueError:
        raise ValueError(
            f"{what} has shape {values.shape}, and the weights of samples or masked steps are for "
            f"{weights.shape}: return a number for each of them."
        ) from None


def result_of(
    function: Callable[..., Any], given: tuple[np.ndarray, ...], what: str, shape: tuple[int, ...]
) -> np.ndarray:
    """What a user's function returns, as an array of this shape. Raises ValueError for others."""
    found = as_numbers(function(*given), given[1].dtype, what)
    if found.shape != shape:
        raise ValueError(
            f"{what} returned an array of shape {found.shape}; for y_pred of shape "
            f"{given[1].shape} it returns one of shape {shape}."
        )
    return found


def samples_first(program: Program, y: Signal, target: np.ndarray) -> tuple[Place, Place]:
    """Targets and outputs as users see them, with the errors of the outputs."""
    rows, nothing = y.value.shape[:-1], program.zeros(0)
    true = target.reshape(*rows, target.shape[-1])
    if len(rows) == 1:
        return Place(true, nothing), Place(y.value, y.gradient if y.gradient.size else nothing)
    T, B = rows
    t, p = program.zeros(B, T, true.shape[-1]), program.zeros(B, T, y.value.shape[-1])
    program.forward(data_movement.swap, true, t)
    program.forward(data_movement.swap, y.value, p)
    if not y.gradient.size:
        return Place(t, nothing), Place(p, nothing)
    dp = program.zeros(*p.shape)
    program.backward(data_movement.swap, dp, y.gradient)  # runs last
    return Place(t, nothing), Place(p, dp)


def turned(
    program: Program, result: Place, rows: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Numbers (samples, time steps) and their errors, time first, as rows."""
    B, T = rows
    values = program.zeros(T, B)
    program.forward(data_movement.swap, result.value.reshape(B, T, 1), values.reshape(T, B, 1))
    if not result.gradient.size:
        return values.reshape(-1), result.gradient.reshape(-1)
    errors = program.zeros(T, B)
    program.backward(data_movement.swap, errors.reshape(T, B, 1), result.gradient.reshape(B, T, 1))
    return values.reshape(-1), errors.reshape(-1)


def by_rows(
    value: Expression, rows: tuple[int, ...], have_weights: bool, summed: bool, name: str
) -> Expression:
    """A value of any shape as a number for each row, if the rows have weights."""
    if not have_weights:
        return value if value.shape else reshape(value, (1,))
    while value.ndim > len(rows):
        value = total(value, -1) if summed else mean(value, -1)
    try:
        np.broadcast_to(np.empty(value.shape), rows)
    except ValueError:
        raise ValueError(
            f"'{name}' returns an array of shape {value.shape}, and the weights of samples "
            f"or masked steps are for {rows}: return a number for each of them."
        ) from None
    return two("add", value, np.zeros(rows))
