"""Constraints: what a weight must obey, restored after each optimizer step.

A norm is taken along `axis`. In a kernel (F, U) axis 0 runs over the F weights that lead into one
unit, so each unit has a norm of its own. epsilon() keeps a norm of 0 from dividing by 0; it also
leaves every norm short of its target by about that fraction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from npslstm import identifiers
from npslstm.arguments import axes, real_number
from npslstm.arrays import as_array
from npslstm.config import epsilon

Axis = int | Sequence[int] | None


class Constraint:
    """Maps weights to weights: `constraint(w)` -> new array. This one leaves them as they are."""

    def __call__(self, w: np.ndarray) -> np.ndarray:
        """The nearest weights that obey the constraint, of the shape and dtype of `w`."""
        return np.array(as_array(w, "w"))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Constraint:
        """A new constraint from the dict that `get_config` returned."""
        return cls(**config)


class NonNeg(Constraint):
    """No weight below 0: max(w, 0)."""

    def __call__(self, w: np.ndarray) -> np.ndarray:
        """A new array."""
        return np.maximum(as_array(w, "w"), 0)


class UnitNorm(Constraint):
    """Norm 1: w / (norm + epsilon)."""

    def __init__(self, axis: Axis = 0) -> None:
        self.axis = axes(axis, "axis", "UnitNorm")

    def __call__(self, w: np.ndarray) -> np.ndarray:
        """A new array."""
        w = as_array(w, "w")
        return w / (epsilon() + _norm(w, self.axis))

    def get_config(self) -> dict[str, Any]:
        """`axis`."""
        return {"axis": self.axis}


class MaxNorm(Constraint):
    """Norm at most `max_value`: w * min(norm, max_value) / (norm + epsilon).

    Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html, section 5.1.
    """

    def __init__(self, max_value: float = 2, axis: Axis = 0) -> None:
        self.max_value = real_number(max_value, "max_value", "MaxNorm", low=0, finite=False)
        self.axis = axes(axis, "axis", "MaxNorm")

    def __call__(self, w: np.ndarray) -> np.ndarray:
        """A new array."""
        w = as_array(w, "w")
        norm = _norm(w, self.axis)
        return w * (np.clip(norm, 0, self.max_value) / (epsilon() + norm))

    def get_config(self) -> dict[str, Any]:
        """`max_value` and `axis`."""
        return {"max_value": self.max_value, "axis": self.axis}


class MinMaxNorm(Constraint):
    """Norm between two bounds, approached by the fraction `rate` of the way at each step.

    w * (rate * clip(norm, min_value, max_value) + (1 - rate) * norm) / (norm + epsilon)
    """

    def __init__(
        self,
        min_value: float = 0.0,
        max_value: float = 1.0,
        rate: float = 1.0,
        axis: Axis = 0,
    ) -> None:
        self.min_value = real_number(min_value, "min_value", "MinMaxNorm", low=0)
        self.max_value = real_number(max_value, "max_value", "MinMaxNorm", low=0, finite=False)
        self.rate = real_number(rate, "rate", "MinMaxNorm", low=0, high=1)
        self.axis = axes(axis, "axis", "MinMaxNorm")

    def __call__(self, w: np.ndarray) -> np.ndarray:
        """A new array."""
        w = as_array(w, "w")
        norm = _norm(w, self.axis)
        within = np.clip(norm, self.min_value, self.max_value)
        target = self.rate * within + (1 - self.rate) * norm
        return w * (target / (epsilon() + norm))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            "min_value": self.min_value,
            "max_value": self.max_value,
            "rate": self.rate,
            "axis": self.axis,
        }


def _norm(w: np.ndarray, axis: Axis) -> np.ndarray:
    try:
        return np.sqrt(np.sum(np.square(w), axis=axis, keepdims=True))
    except (ValueError, IndexError) as error:
        raise ValueError(
            f"axis={axis} does not fit weights w of shape {w.shape}: it names axes of them, each "
            "once, as axis=0 does for a kernel (features, units)."
        ) from error


# Keras's other spellings of the same classes; those without an underscore are Keras 2's.
max_norm = maxnorm = MaxNorm
min_max_norm = MinMaxNorm
non_neg = nonneg = NonNeg
unit_norm = unitnorm = UnitNorm

_REGISTRY = identifiers.Registry(
    "a constraint",
    {
        **identifiers.names_of(MaxNorm, MinMaxNorm, NonNeg, UnitNorm),
        "maxnorm": MaxNorm,
        "nonneg": NonNeg,
        "unitnorm": UnitNorm,
    },
    called_with="w",
)


def get(identifier: Any, argument: str = "identifier") -> Any:
    """The constraint meant by a name, class, instance, config dict, function(w) or None.

    Raises ValueError for an unknown name.
    """
    return _REGISTRY.get(identifier, argument)


def serialize(constraint: Any) -> Any:
    """The dict {"module", "class_name", "config", "registered_name"} that describes it."""
    return identifiers.serialize(constraint)


def deserialize(config: Any, custom_objects: Mapping[str, Callable] | None = None) -> Any:
    """The constraint that `serialize` described; `custom_objects` maps names to your classes."""
    return _REGISTRY.deserialize(config, custom_objects)
