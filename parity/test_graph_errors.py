"""Mistakes with graphs: both engines refuse them, and npslstm says what is wrong, by its name."""

import keras
import numpy as np
import pytest

import npslstm
from parity import graphs
from parity.graphs import F, T

N = 4
SERIES, FACTS = np.ones((N, T, F), "float32"), np.ones((N, 2), "float32")
PRICES, KINDS = np.ones((N, 1), "float32"), np.arange(N) % 3
X, Y = [SERIES, FACTS], [PRICES, KINDS]


def tensors(nn):
    return nn.Input((T, F), name="series"), nn.Input((T, F), name="other")


def siblings(nn):
    """Two inputs, and an LSTM on each."""
    a, b = tensors(nn)
    return a, b, nn.layers.LSTM(2, name="left")(a), nn.layers.LSTM(2, name="right")(b)


def nothing(nn):
    return None


def fit(**given):
    """A mistake in the data of fit."""
    return lambda nn, m: m.fit(**{"x": X, "y": Y, "verbose": 0, **given})


def compiling(**given):
    """A mistake in `compile`, which Keras finds when it trains."""

    def mistake(nn, m):
        m.compile(**{"optimizer": "sgd", "loss": graphs.LOSSES, **graphs.EAGER, **given})
        m.fit(X, Y, verbose=0)

    return mistake


def called(layer, *shapes, **options):
    """A layer called on Tensors of these shapes."""

    def mistake(nn, _):
        xs = [nn.Input(shape) for shape in shapes]
        getattr(nn.layers, layer)(name="merged", **options)(xs if len(xs) > 1 else xs[0])

    return mistake


def disconnected(nn, _):
    a, _b, left, right = siblings(nn)
    nn.Model(a, nn.layers.Add()([left, right]))


def two_of_one_name(nn, _):
    a, b = tensors(nn)
    x = nn.layers.Add()([nn.layers.Dense(2, name="same")(a), nn.layers.Dense(2, name="same")(b)])
    nn.Model([a, b], x)


def one_input_twice(nn, _):
    a, b, left, right = siblings(nn)
    nn.Model([a, a, b], [left, right])


def other_units(nn, _):
    x, h = nn.Input((T, F)), nn.Input((5,))
    nn.layers.LSTM(3, name="decoder")(x, initial_state=[h, h])


# name: (makes what the mistake is made with, the mistake, what npslstm's message names)
MISTAKES = {
    # structure
    "an input is missing": (nothing, disconnected, "'other'"),
    "two layers of one name": (nothing, two_of_one_name, "'same'"),
    "outputs that are no tensors": (
        nothing, lambda nn, _: nn.Model(tensors(nn)[0], np.ones(3)), "outputs of a Model",
    ),
    "inputs that are layers": (
        nothing, lambda nn, _: nn.Model(nn.layers.Dense(1), siblings(nn)[2]), "inputs of a Model",
    ),
    "no outputs": (nothing, lambda nn, _: nn.Model(tensors(nn)[0], []), "outputs"),
    "no such layer": (graphs.by_names, lambda nn, m: m.get_layer("cost"), "'price'"),
    # merges
    "a merge of one": (nothing, called("Add", (T, F)), "'merged'"),
    "Add of other features": (nothing, called("Add", (T, 2), (T, 3)), "'merged'"),
    "Subtract of three": (nothing, called("Subtract", (2,), (2,), (2,)), "'merged'"),
    "Concatenate of other steps": (nothing, called("Concatenate", (3, 2), (4, 2)), "'merged'"),
    "Concatenate of other ranks": (nothing, called("Concatenate", (2,), (4, 2)), "'merged'"),
    "Dot of other sizes": (nothing, called("Dot", (2,), (3,), axes=1), "'merged'"),
    "Dot without axes": (nothing, lambda nn, _: nn.layers.Dot("features"), "axes"),
    "Permute twice the same": (nothing, lambda nn, _: nn.layers.Permute((1, 1)), "dims"),
    "Reshape to another size": (
        nothing, called("Reshape", (T, F), target_shape=(5,)), "'merged'",
    ),
    "Attention on one array": (nothing, called("Attention", (T, F)), "'merged'"),
    # data
    "too few inputs": (graphs.by_names, fit(x=[SERIES]), "'series', 'facts'"),
    "one array for two inputs": (graphs.by_names, fit(x=SERIES), "'series', 'facts'"),
    "too many inputs": (graphs.by_names, fit(x=[*X, FACTS]), "'series', 'facts'"),
    "an input is not in the dict": (
        graphs.by_names, fit(x={"series": SERIES, "fact": FACTS}), "'facts'",
    ),
    "inputs of other numbers of samples": (
        graphs.by_names, fit(x=[SERIES, FACTS[:2]]), "'facts'",
    ),
    "inputs in the other order": (graphs.by_names, fit(x=X[::-1]), "'series'"),
    "too few targets": (graphs.by_names, fit(y=[PRICES]), "'price', 'kind'"),
    "one array for two targets": (graphs.by_names, fit(y=PRICES), "'price', 'kind'"),
    "targets by an unknown name": (
        graphs.by_names, fit(y={"price": PRICES, "sort": KINDS}), "'sort'|'kind'",
    ),
    "targets of other samples": (graphs.by_names, fit(y=[PRICES, KINDS[:2]]), "'kind'"),
    "weights of other samples": (
        graphs.by_names, fit(sample_weight=[np.ones(N), np.ones(2)]), "'kind'",
    ),
    "too few weights": (graphs.by_names, fit(sample_weight=[np.ones(N)]), "'price', 'kind'"),
    "class_weight for two outputs": (
        graphs.by_names, fit(class_weight={0: 2.0}), "class_weight",
    ),
    "too few to predict": (graphs.by_names, lambda nn, m: m.predict([SERIES]), "'facts'"),
    "too few to call": (graphs.by_names, lambda nn, m: m([SERIES]), "'facts'"),
    "validation_data of one input": (
        graphs.by_names, fit(validation_data=(SERIES, Y)), "validation_data",
    ),
    # compile
    "a loss for an unknown output": (
        graphs.by_names, compiling(loss={**graphs.LOSSES, "cost": "mse"}), "'cost'",
    ),
    "a loss is not in the dict": (graphs.by_names, compiling(loss={"price": "mse"}), "'kind'"),
    "loss_weights of an unknown output": (
        graphs.by_names, compiling(loss_weights={"price": 1.0, "cost": 1.0}), "'cost'",
    ),
    "too few loss_weights": (graphs.by_names, compiling(loss_weights=[1.0]), "loss_weights"),
    "metrics of an unknown output": (
        graphs.by_names, compiling(metrics={"cost": ["mae"]}), "'cost'",
    ),
    "metrics for three outputs": (
        graphs.by_names, compiling(metrics=[["mae"], ["mae"], ["mae"]]), "metrics",
    ),
}  # fmt: skip

# Keras goes on: it leaves out a loss, and finds the other two when it computes, or never.
NOT_IN_KERAS = {
    "one input twice": (nothing, one_input_twice, "twice"),
    "initial_state of other units": (nothing, other_units, "'decoder'"),
    "too few losses": (graphs.by_names, compiling(loss=["mse"]), "'price', 'kind'"),
}


@pytest.mark.filterwarnings("ignore")  # Keras warns before some of its errors
@pytest.mark.parametrize("name", MISTAKES)
def test_both_raise(name):
    make, mistake, named = MISTAKES[name]
    made = make(keras)
    with pytest.raises(Exception):  # noqa: B017 - of many kinds
        mistake(keras, made)
    refused(make, mistake, named)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", NOT_IN_KERAS)
def test_mistake_that_keras_does_not_mind(name):
    make, mistake, named = NOT_IN_KERAS[name]
    mistake(keras, make(keras))
    refused(make, mistake, named)


def refused(make, mistake, named):
    """By npslstm, which names what is wrong, and leaves the weights alone."""
    made = make(npslstm)
    before = [] if made is None else made.get_weights()
    with pytest.raises((ValueError, KeyError), match=named):
        mistake(npslstm, made)
    after = [] if made is None else made.get_weights()
    assert all((a == b).all() for a, b in zip(before, after, strict=True))
