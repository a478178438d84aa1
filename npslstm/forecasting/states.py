"""A stateful model used for a moment as if it were new."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np


def keepers(model: Any) -> list[Any]:
    """The stateful layers of a model, those within others included."""
    found = getattr(model, "state_keepers", None)
    if found is not None:
        return found
    return [layer for layer in model.layers if getattr(layer, "stateful", False)]  # Keras


def is_stateful(model: Any) -> bool:
    return bool(keepers(model))


@contextmanager
def fresh_states(model: Any) -> Iterator[None]:
    """All states are zero at the beginning, and in the end, also after an error, as before."""
    layers = keepers(model)
    before = [[np.asarray(state).copy() for state in layer.states] for layer in layers]
    for layer in layers:
        layer.reset_state()
    try:
        yield
    finally:
        for layer, states in zip(layers, before, strict=True):
            put(layer, states)


def put(layer: Any, states: list[np.ndarray]) -> None:
    if hasattr(layer, "set_states"):
        layer.set_states(states)
    else:  # Keras keeps them as variables
        for variable, state in zip(layer.states, states, strict=True):
            variable.assign(state)
