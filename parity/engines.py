"""What a comparison asks of a model, whichever engine it is of: one class an engine.

Arrays come with their names: '1 LSTM, h' is the h of the model's layer number 1, at every time
step, and '3 Model, 1 LSTM' that of a layer in a model in it; layers are numbered because two
engines may name them differently. What a layer makes when it is called once more has 'call 2'
behind its name, in the order in which the calls are run. Samples are the first axis.

x, y and sample_weight are arrays, or lists or dicts of them, as the model takes them.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np

Arrays = dict[str, np.ndarray]
STATES = "h", "c", "backward h", "backward c"  # of a layer, in the order of its `states`
KINDS = {"Functional": "Model"}  # what the other engine calls it


class Engine(Protocol):
    """The questions. `nn` is the module that users would import."""

    nn: Any

    def outputs(self, model: Any, x: Any) -> Arrays:
        """Of every call of every layer for one batch, without training, with their masks; of an
        LSTM h at every time step and the last c. The states of stateful layers move on."""

    def states(self, model: Any) -> Arrays:
        """h and c of every stateful layer."""

    def reset(self, model: Any) -> None:
        """Set all states to zero, and make the optimizer forget its steps."""

    def gradients(self, model: Any, x: Any, y: Any, sample_weight: Any = None) -> Arrays:
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


def numbered(model: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """Each layer with its name in a comparison, '0 LSTM'; those of a model in it behind it. Inputs
    are left out: Sequential does not have them among its layers."""
    layers = [layer for layer in model.layers if type(layer).__name__ != "InputLayer"]
    for k, layer in enumerate(layers):
        kind = type(layer).__name__
        name = f"{before}{k} {KINDS.get(kind, kind)}"
        yield name, layer
        if hasattr(layer, "layers"):
            yield from numbered(layer, f"{name}, ")


def names_of_layers(model: Any) -> dict[int, str]:
    """Names by the layers' identities; the first of a layer that several models have."""
    found: dict[int, str] = {}
    for name, layer in numbered(model):
        found.setdefault(id(layer), name)
    return found


def by_weight(model: Any, values: Any) -> Arrays:
    """Values in the order of all trainable weights, by layer and weight."""
    names: dict[int, str] = {}
    for name, layer in numbered(model):
        for k, v in enumerate(layer.weights):
            names.setdefault(id(v), f"{name}, weight {k}, {v.name}")
    pairs = zip(model.trainable_weights, values, strict=True)
    return {names[id(v)]: np.array(value) for v, value in pairs}


class Calls:
    """Collects what layers make, by the names of a comparison."""

    def __init__(self, model: Any) -> None:
        self.names = names_of_layers(model)
        self.times: dict[int, int] = {}
        self.found: Arrays = {}

    def note(self, layer: Any, arrays: dict[str, Any]) -> None:
        """One call of a layer: what it made, None for what there is not. A mask that leaves nothing
        out is none: one of the engines keeps it."""
        time = self.times[id(layer)] = self.times.get(id(layer), 0) + 1
        name = self.names[id(layer)] + (f", call {time}" if time > 1 else "")
        there = {what: np.array(a) for what, a in arrays.items() if a is not None}
        there = {what: a for what, a in there.items() if a.dtype != bool or not a.all()}
        self.found |= {f"{name}, {what}": array for what, array in there.items()}
