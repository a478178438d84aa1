"""What a comparison asks of a model, whichever engine it is of: one class an engine.

Arrays come with their names: '1 LSTM, h' is the h of the model's layer number 1, at every time
step; layers are numbered because two engines may name them differently. Samples are the first axis.
"""

from __future__ import annotations

import importlib
from typing import Any, Protocol

import numpy as np

Arrays = dict[str, np.ndarray]
STATES = "h", "c", "backward h", "backward c"  # of a layer, in the order of its `states`


class Engine(Protocol):
    """The questions. `nn` is the module that users would import."""

    nn: Any

    def outputs(self, model: Any, x: np.ndarray) -> Arrays:
        """Of every layer for one batch, without training; of an LSTM h at every time step and the
        last c. The states of stateful layers move on."""

    def states(self, model: Any) -> Arrays:
        """h and c of every stateful layer."""

    def reset(self, model: Any) -> None:
        """Set all states to zero, and make the optimizer forget its steps."""

    def gradients(self, model: Any, x: np.ndarray, y: np.ndarray) -> Arrays:
        """Of the loss of one batch in training, by every trainable weight."""

    def slots(self, model: Any) -> Arrays:
        """What the optimizer remembers."""

    def keep(self, model: Any) -> Any:
        """Copies of weights, states and what the optimizer remembers."""

    def restore(self, model: Any, kept: Any) -> None:
        """Make the model what it was when `keep` was called."""


def engine(name: str) -> Engine:
    """'npslstm' or 'keras'."""
    return importlib.import_module(f".on_{name}", __package__).ENGINE


def numbered(layers: Any) -> list[tuple[str, Any]]:
    """Each layer with its name in a comparison, '0 LSTM'."""
    return [(f"{k} {type(layer).__name__}", layer) for k, layer in enumerate(layers)]


def by_weight(layers: Any, values: Any) -> Arrays:
    """Values in the order of all trainable weights, by layer and weight."""
    weights = [(name, v) for name, layer in numbered(layers) for v in layer.trainable_weights]
    pairs = zip(weights, values, strict=True)
    return {f"{name}, {v.name}": np.array(value) for (name, v), value in pairs}
