"""A model's copy in float64: the same layers and numbers, in memory of its own.

Finite differences need the digits of float64. Layers, losses and weights are copied, the user's own
kinds too: whatever holds float32 arrays among its attributes holds float64 arrays in the copy.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from ...graph import Plan
from ...holder import Holder
from ...layers import Layer
from ...layers.experiments import experiment_of
from ...losses import Loss
from ...model import Model
from ...parameters import Variable
from ...seeding import SeedGenerator
from ...training.compiled import Compiled

OWN = {"gate", "pool", "home", "guard", "calls"}  # what each object has for itself
OWN_OF_MODELS = {
    "compiled", "history", "tensors", "calls", "own_gate", "known_gate", "pool", "known_keepers",
    "known_shapes", "kept_parameters",
}  # fmt: skip
COPIED = Layer, Loss, Variable, SeedGenerator


def float64_copy(model: Model) -> Any:
    """A compiled model that computes in float64 what `model` does, and shares nothing with it that
    changes: weights, states, streams of random numbers."""
    done: dict[int, Any] = {}
    made, compiled = wide(model, done), model.compiled
    assert compiled is not None
    loss, factors = wide(compiled.loss_argument, done), compiled.loss_weights
    made.compiled = Compiled("sgd", loss, loss_weights=factors, outputs=model.output_keys)
    return made


def wide(thing: Any, done: dict[int, Any]) -> Any:
    """A copy with float64 for float32; what is neither layer, weight nor container is shared."""
    if id(thing) in done:
        return done[id(thing)]
    new = thing
    if isinstance(thing, np.ndarray):
        new = thing.astype(np.float64 if thing.dtype == np.float32 else thing.dtype)
    elif isinstance(thing, np.random.Generator):
        new = copy.deepcopy(thing)
    elif isinstance(thing, COPIED):
        new = done[id(thing)] = copy.copy(thing)
        for name, value in list(vars(thing).items()):
            value = experiment_of(thing) if name == "changes" else value  # one that is under way
            if name not in OWN:
                vars(new)[name] = attribute(name, value, done)
    elif isinstance(thing, Holder):
        new = done[id(thing)] = type(thing).__new__(type(thing))
        for name, value in vars(thing).items():
            if name not in OWN_OF_MODELS:
                vars(new)[name] = attribute(name, value, done)
        new.have_own_programs()
    elif isinstance(thing, dict):
        new = {key: wide(value, done) for key, value in thing.items()}
    elif isinstance(thing, (list, tuple)):
        items = [wide(value, done) for value in thing]
        new = type(thing)(*items) if hasattr(thing, "_fields") else type(thing)(items)
        if isinstance(new, Plan):
            new = new._replace(dtype="float64")
    done[id(thing)] = new
    return new


def attribute(name: str, value: Any, done: dict[int, Any]) -> Any:
    """An attribute of a copied object."""
    if name == "dtype":
        return "float64"
    if name == "changes" and value is not None:
        return lambda *size: wide(value(*size), {})
    return wide(value, done)
