"""Optimizers: how weights follow their gradients. Names, arguments and defaults are Keras's."""

from __future__ import annotations

from typing import Any

from ..arguments import shown
from ..identifiers import Registry, names_of, serialize
from .adam import Adam
from .base import Optimizer
from .rmsprop import RMSprop
from .sgd import SGD

NAMES = {"sgd": SGD, "rmsprop": RMSprop, "adam": Adam} | names_of(SGD, RMSprop, Adam)
registry = Registry("an optimizer", NAMES, Optimizer)


def get(identifier: Any, argument: str = "identifier") -> Optimizer:
    """The optimizer of a name in any case, or itself. Raises ValueError for an unknown name."""
    if isinstance(identifier, str) and identifier.lower() in NAMES:
        identifier = identifier.lower()
    found = registry.get(identifier, argument)
    if not isinstance(found, Optimizer):
        raise ValueError(
            f"{argument}: an optimizer is needed, such as 'adam'; received {shown(identifier)}."
        )
    return found


def deserialize(config: dict[str, Any]) -> Optimizer:
    """The mirror of `serialize`."""
    return get(config)


__all__ = ["SGD", "Adam", "Optimizer", "RMSprop", "deserialize", "get", "serialize"]
