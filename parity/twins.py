"""The same layers twice, once of npslstm and once of Keras, with the same random weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras.src.utils import naming

import npslstm


def layer_twins(
    make: Callable[[Any], Any], shape: tuple[int, ...], rng: np.random.Generator
) -> tuple[Any, Any]:
    """`make(nn)` built for inputs of `shape`, with npslstm as nn and with keras."""
    ours, theirs = make(npslstm), make(keras)
    ours.ensure_built(shape)
    theirs.build(shape)
    randomize(ours, theirs, rng)
    return ours, theirs


def model_twins(make: Callable[[Any], Any], rng: np.random.Generator) -> tuple[Any, Any]:
    """The built model `make(nn)`, with npslstm as nn and with keras. Automatic names are counted
    from the beginning in both: those of outputs are keys of a History."""
    count_names_anew()
    ours, theirs = make(npslstm), make(keras)
    randomize(ours, theirs, rng)
    return ours, theirs


def count_names_anew() -> None:
    """The next Dense without a name is 'dense'. Keras's clear_session does more, and takes long."""
    npslstm.backend.clear_session()
    naming.reset_uids()


def randomize(ours: Any, theirs: Any, rng: np.random.Generator) -> None:
    """Give both the same random weights, small enough that gates do not saturate."""
    shapes = [w.shape for w in ours.get_weights()]
    names = [v.name for v in ours.weights]
    weights = [random_weight(*pair, rng) for pair in zip(names, shapes, strict=True)]
    ours.set_weights(weights)
    theirs.set_weights(weights)


def random_weight(name: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    if name == "moving_variance":
        return rng.uniform(0.5, 2.0, shape)
    inputs = shape[0] if len(shape) > 1 else 1
    return rng.normal(0.0, min(0.5, inputs**-0.5), shape)  # many inputs would saturate the gates
