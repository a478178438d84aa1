"""Regularizers: penalties on large weights, added to the loss.

    penalty = l1 * sum |w| + l2 * sum w^2          (no factor 1/2)

Training reads only the two numbers `l1` and `l2`: they give both the penalty and its gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from npslstm import identifiers
from npslstm.arguments import real_number, shown
from npslstm.arrays import as_array
from npslstm.watch import Watched


class Regularizer(Watched):
    """A penalty of two strengths: `l1` on absolute values, `l2` on squares; both 0 here."""

    l1: float = 0.0
    l2: float = 0.0

    def __call__(self, w: np.ndarray) -> Any:
        """The penalty of the weights `w`, of any shape: a NumPy scalar of their dtype."""
        w = as_array(w, "w")
        penalty = w.dtype.type(0)
        # A strength of 0 leaves its term out, rather than adding 0 * inf = NaN.
        if self.l1:
            penalty = penalty + self.l1 * np.sum(np.abs(w))
        if self.l2:
            penalty = penalty + self.l2 * np.sum(np.square(w))
        return penalty

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Regularizer:
        """A new regularizer from the dict that `get_config` returned."""
        return cls(**config)


class L1(Regularizer):
    """l1 * sum |w|. Raises ValueError unless `l1` is a finite number >= 0 (None means 0.01)."""

    def __init__(self, l1: float | None = 0.01) -> None:
        self.l1 = _strength("l1", l1, default=0.01)

    def get_config(self) -> dict[str, Any]:
        """`l1`."""
        return {"l1": self.l1}


class L2(Regularizer):
    """l2 * sum w^2. Raises ValueError unless `l2` is a finite number >= 0 (None means 0.01)."""

    def __init__(self, l2: float | None = 0.01) -> None:
        self.l2 = _strength("l2", l2, default=0.01)

    def get_config(self) -> dict[str, Any]:
        """`l2`."""
        return {"l2": self.l2}


class L1L2(Regularizer):
    """l1 * sum |w| + l2 * sum w^2; a strength that is not given is 0, not 0.01 as in L1 and L2."""

    def __init__(self, l1: float | None = 0.0, l2: float | None = 0.0) -> None:
        self.l1 = _strength("l1", l1, default=0.0)
        self.l2 = _strength("l2", l2, default=0.0)

    def get_config(self) -> dict[str, Any]:
        """`l1` and `l2`."""
        return {"l1": self.l1, "l2": self.l2}


def _strength(name: str, value: Any, default: float) -> float:
    if value is None:
        return default
    return real_number(value, name, "A regularizer", low=0, example=0.01)


# Keras's other spellings of the same classes.
l1 = L1
l2 = L2
l1_l2 = L1L2

_REGISTRY = identifiers.Registry("a regularizer", identifiers.names_of(L1, L2, L1L2))


def get(identifier: Any, argument: str = "identifier") -> Any:
    """The regularizer meant by a name, class, instance, config dict or None.

    Raises ValueError for an unknown name, and for a penalty of another form than l1 and l2: its
    gradient is not known here.
    """
    if isinstance(identifier, str) and identifier == "l1_l2":
        raise ValueError(
            f"{argument}: 'l1_l2' is not a regularizer by name, since it leaves both strengths "
            "open. Write L1L2(l1=0.01, l2=0.01)."
        )
    return _supported(_REGISTRY.get(identifier, argument), argument)


def serialize(regularizer: Any) -> Any:
    """The dict {"module", "class_name", "config", "registered_name"} that describes it."""
    return identifiers.serialize(regularizer)


def deserialize(config: Any, custom_objects: Mapping[str, Callable] | None = None) -> Any:
    """The regularizer that `serialize` described; `custom_objects` maps names to your classes."""
    return _supported(_REGISTRY.deserialize(config, custom_objects), "config")


def _supported(regularizer: Any, argument: str) -> Any:
    known = isinstance(regularizer, Regularizer)
    if regularizer is None or (known and type(regularizer).__call__ is Regularizer.__call__):
        return regularizer
    raise ValueError(
        f"{argument}: {shown(regularizer)} computes a penalty of its own, and its "
        "gradient is not known. Write L1(...), L2(...) or L1L2(...), or a subclass of Regularizer "
        "that sets l1 and l2."
    )
