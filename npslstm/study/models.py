"""Which layers of a model there is something to study in: its LSTMs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..arguments import is_whole, plain, shown
from ..bundles import Weights
from ..layers import LSTM, Bidirectional
from ..model import Model


def lstm_layers(model: Any) -> list[LSTM]:
    """The LSTM layers of a model, in order, also those within a Bidirectional or a model in it.

    Raises ValueError if it is no model, or has none.
    """
    require_model(model)
    found = list(within(model))
    if not found:
        kinds = ", ".join(f"'{layer.name}' ({type(layer).__name__})" for layer in model.stacked)
        raise ValueError(
            f"Model '{model.name}' has no LSTM layer, so there are no gates to look into. Its "
            f"layers are: {kinds or 'none yet'}."
        )
    return found


def require_model(model: Any) -> None:
    """Raise ValueError unless this is a model of npslstm."""
    if isinstance(model, np.ndarray):
        raise ValueError("The model comes first, then the data: received an array as the model.")
    if not isinstance(model, Model):
        raise ValueError(
            f"A model of npslstm is needed; received {shown(model)} of "
            f"type {type(model).__name__}. A Keras model can be saved there with "
            "model.save('m.keras') and read here with npslstm.models.load_model('m.keras')."
        )


def weights_of(layer: LSTM) -> Weights:
    """Copies of the weights of a layer that was built; a bias of 0 where it has none."""
    bias = layer.bias.numpy() if layer.use_bias else np.zeros(layer.columns, layer.dtype)
    own = layer.cell_kernel.numpy().ravel() if layer.cell.own else np.zeros(0, layer.dtype)
    return Weights(layer.kernel.numpy(), layer.recurrent_kernel.numpy(), bias, own)


def within(thing: Any) -> Iterator[LSTM]:
    """The LSTMs of a model, of a model within it, and the two of a Bidirectional."""
    if isinstance(thing, LSTM):
        yield thing
    elif isinstance(thing, (Model, Bidirectional)):
        for layer in thing.sublayers:
            yield from within(layer)


def lstm_layer(model: Any, which: Any = None) -> LSTM:
    """One LSTM layer of a model: the first, or the one that `which` says.

    which: its position among the model's LSTMs, its name, or the layer itself. Raises ValueError,
    listing the LSTMs there are, for anything else.
    """
    layers = lstm_layers(model)
    if which is None:
        return layers[0]
    for position, layer in enumerate(layers):
        if which is layer or (isinstance(which, str) and which == layer.name):
            return layer
        if is_whole(plain(which)) and which in (position, position - len(layers)):
            return layer
    known = ", ".join(f"{position}: '{layer.name}'" for position, layer in enumerate(layers))
    raise ValueError(
        f"Model '{model.name}' has no LSTM layer {shown(which)}. Its LSTM layers are {known}; "
        "which of them is told by its position, its name, or the layer itself."
    )
