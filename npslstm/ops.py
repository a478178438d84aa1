"""Functions of arrays to write losses and metrics with, under Keras's names.

    def huber(y_true, y_pred):
        error = ops.abs(y_true - y_pred)
        return ops.mean(ops.where(error < 1, 0.5 * error**2, error - 0.5), axis=-1)

    model.compile("adam", loss=huber)

In a loss they are followed: the result is compiled, and its derivative is known (`expressions`).
On arrays they are NumPy's. Operators, and the functions of NumPy that have the same names, are
followed as well.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import expressions
from .expressions import Expression


def followed(*arrays: Any) -> bool:
    return any(isinstance(x, Expression) for x in arrays)


def of_one(name: str, on_arrays: Callable[[Any], Any], text: str) -> Callable[[Any], Any]:
    """A function of one array."""

    def function(x: Any) -> Any:
        return expressions.one(name, x) if followed(x) else on_arrays(x)

    function.__doc__, function.__name__, function.__qualname__ = text, name, name
    return function


def of_two(name: str, on_arrays: Callable[..., Any], text: str) -> Callable[[Any, Any], Any]:
    """A function of two arrays."""

    def function(x1: Any, x2: Any) -> Any:
        return expressions.two(name, x1, x2) if followed(x1, x2) else on_arrays(x1, x2)

    function.__doc__, function.__name__, function.__qualname__ = text, name, name
    return function


abs = absolute = of_one("absolute", np.abs, "|x|")
square = of_one("square", np.square, "x * x")
sqrt = of_one("sqrt", np.sqrt, "The square root.")
exp = of_one("exp", np.exp, "e to the power x.")
expm1 = of_one("expm1", np.expm1, "e to the power x, less 1.")
log = of_one("log", np.log, "The natural logarithm.")
log1p = of_one("log1p", np.log1p, "The natural logarithm of 1 + x.")
negative = of_one("negative", np.negative, "-x")
sign = of_one("sign", np.sign, "-1, 0 or 1.")
tanh = of_one("tanh", np.tanh, "The hyperbolic tangent.")
sigmoid = of_one("sigmoid", lambda x: 1 / (1 + np.exp(-np.asarray(x))), "1 / (1 + exp(-x))")

add = of_two("add", np.add, "x1 + x2")
subtract = of_two("subtract", np.subtract, "x1 - x2")
multiply = of_two("multiply", np.multiply, "x1 * x2")
divide = of_two("divide", np.divide, "x1 / x2")
maximum = of_two("maximum", np.maximum, "The larger of two, element by element.")
minimum = of_two("minimum", np.minimum, "The smaller of two, element by element.")
greater = of_two("greater", np.greater, "x1 > x2")
greater_equal = of_two("greater_equal", np.greater_equal, "x1 >= x2")
less = of_two("less", np.less, "x1 < x2")
less_equal = of_two("less_equal", np.less_equal, "x1 <= x2")
equal = of_two("equal", np.equal, "x1 == x2, element by element.")
not_equal = of_two("not_equal", np.not_equal, "x1 != x2, element by element.")


def power(x1: Any, x2: Any) -> Any:
    """x1 to the power x2."""
    return expressions.power(x1, x2) if followed(x1, x2) else np.power(x1, x2)


def where(condition: Any, x1: Any = None, x2: Any = None) -> Any:
    """x1 where the condition holds, x2 elsewhere. Raises ValueError without these."""
    if x1 is None or x2 is None:
        raise ValueError("where takes x1, for where the condition holds, and x2, for elsewhere.")
    if followed(condition, x1, x2):
        return expressions.where(condition, x1, x2)
    return np.where(condition, x1, x2)


def clip(x: Any, x_min: Any, x_max: Any) -> Any:
    """x within [x_min, x_max]."""
    if followed(x, x_min, x_max):
        return expressions.clip(x, x_min, x_max)
    return np.clip(x, x_min, x_max)


def sum(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The sum over an axis, several, or all."""
    if followed(x):
        return expressions.total(x, axis, keepdims)
    return np.sum(x, axis=axis, keepdims=keepdims)


def mean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The mean over an axis, several, or all."""
    if followed(x):
        return expressions.mean(x, axis, keepdims)
    return np.mean(x, axis=axis, keepdims=keepdims)


def reshape(x: Any, newshape: Any) -> Any:
    """x in another shape, in which one size may be -1."""
    return expressions.reshape(x, newshape) if followed(x) else np.reshape(x, newshape)


def expand_dims(x: Any, axis: int) -> Any:
    """x with an axis of 1 more."""
    return expressions.expand_dims(x, axis) if followed(x) else np.expand_dims(x, axis)


def squeeze(x: Any, axis: int | None = None) -> Any:
    """x without axes of 1."""
    return expressions.squeeze(x, axis) if followed(x) else np.squeeze(x, axis)


def cast(x: Any, dtype: Any) -> Any:
    """x in another dtype; in a loss or a metric all numbers have the model's."""
    return expressions.same(x) if followed(x) else np.asarray(x).astype(dtype)


def convert_to_tensor(x: Any, dtype: Any = None) -> Any:
    """x as an array."""
    return expressions.same(x) if followed(x) else np.asarray(x, dtype)


def zeros_like(x: Any, dtype: Any = None) -> Any:
    """0 for every element of x."""
    return np.zeros(x.shape) if followed(x) else np.zeros_like(x, dtype)


def ones_like(x: Any, dtype: Any = None) -> Any:
    """1 for every element of x."""
    return np.ones(x.shape) if followed(x) else np.ones_like(x, dtype)


def shape(x: Any) -> tuple[int, ...]:
    """The shape of x."""
    return tuple(x.shape) if followed(x) else np.shape(x)


__all__ = [
    "abs", "absolute", "add", "cast", "clip", "convert_to_tensor", "divide", "equal", "exp",
    "expand_dims", "expm1", "greater", "greater_equal", "less", "less_equal", "log", "log1p",
    "maximum", "mean", "minimum", "multiply", "negative", "not_equal", "ones_like", "power",
    "reshape", "shape", "sigmoid", "sign", "sqrt", "square", "squeeze", "subtract", "sum", "tanh",
    "where", "zeros_like",
]  # fmt: skip
