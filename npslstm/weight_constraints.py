"""Constraints of weights, applied after each step."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from .arrays import as_array
from .parameters import Variable


def constraint_actions(variables: Sequence[Variable]) -> list[Callable[[], None]]:
    """What restores the constraints of such weights after a step."""
    return [constrain(v) for v in variables if v.constraint is not None]


def constrain(variable: Variable) -> Callable[[], None]:
    """What brings a weight back within its constraint. Raises ValueError, before any step, if that
    makes something else of it than a weight."""
    constrained(variable, variable.value.copy())

    def action() -> None:
        variable.value[...] = constrained(variable, variable.value)

    return action


def constrained(variable: Variable, value: np.ndarray) -> np.ndarray:
    """The nearest value that a weight may have."""
    what = f"What the constraint of weight '{variable.name}' returns"
    nearest = as_array(variable.constraint(value), what)
    if nearest.shape != value.shape:
        raise ValueError(
            f"{what} has shape {nearest.shape}; it must be a new value of the weight, of shape "
            f"{value.shape}."
        )
    return nearest
