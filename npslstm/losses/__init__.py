"""Losses: how far outputs are from targets. Names, arguments and defaults are Keras's."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from ..identifiers import Registry, serialize, snake_case, unknown_arguments
from .base import Loss
from .crossentropy import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
)
from .function import Custom, FunctionLoss
from .regression import MeanAbsoluteError, MeanSquaredError


def function_of(kind: type[Loss]) -> Callable[..., np.ndarray]:
    """The loss as a function of arrays that returns one number a row."""

    known = set(inspect.signature(kind).parameters) - {"reduction", "name", "dtype"}

    def function(y_true: Any, y_pred: Any, **options: Any) -> np.ndarray:
        unknown = {name: value for name, value in options.items() if name not in known}
        if unknown:
            raise ValueError(unknown_arguments(kind, unknown))
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


def get(identifier: Any, argument: str = "identifier") -> Loss | None:
    """The loss of a name, or itself. Raises ValueError for unknown names and foreign functions."""
    if isinstance(identifier, str) and identifier in NAMES:
        return NAMES[identifier]()
    known = next((kind for f, kind in FUNCTIONS.items() if f is identifier), identifier)
    found = registry.get(known, argument)
    if found is None or isinstance(found, FunctionLoss):
        return found
    if not isinstance(found, Loss):
        return FunctionLoss(found)
    if hasattr(found, "call"):  # a class of the user's, as Keras has them
        return FunctionLoss(found.call, found.name, found.reduction, found.dtype)
    return found


def deserialize(config: Any) -> Loss | None:
    """The mirror of `serialize`."""
    return get(config)


__all__ = [
    "BinaryCrossentropy", "CategoricalCrossentropy", "Custom", "Loss", "MeanAbsoluteError",
    "MeanSquaredError", "SparseCategoricalCrossentropy", "binary_crossentropy",
    "categorical_crossentropy", "deserialize", "get", "mean_absolute_error", "mean_squared_error",
    "serialize", "sparse_categorical_crossentropy",
]  # fmt: skip
