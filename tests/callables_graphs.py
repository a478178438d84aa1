"""The public callables of graphs, and of losses and metrics that are functions: see `callables`."""

from __future__ import annotations

import numpy as np

from npslstm import Input, Model, layers, losses, metrics, ops
from tests.callables import CASES, LAYER, PAIR, Case, X, Y, constructors

STATES = np.zeros((2, 3), "f4")


def two(**options):
    """Two inputs and two outputs, compiled."""
    a, b = Input((5, 2), name="a"), Input((5, 2), name="b")
    y = layers.LSTM(3)(layers.Concatenate()([a, b]))
    made = Model([a, b], [layers.Dense(1, name="p")(y), layers.Dense(1, name="q")(y)])
    made.compile(**({"optimizer": "sgd", "loss": "mse"} | options))
    return made


def mean_of(t, p):
    return ops.mean(ops.square(t - p), axis=-1)


def use_several(layer):
    layer([X, X])
    layer.get_config()


def use_one(layer):
    layer(X)
    layer.get_config()


def compile_and_fit(optimizer="sgd", loss="mse", loss_weights=None, metrics=None,
                    weighted_metrics=None):  # fmt: skip
    two(optimizer=optimizer, loss=loss, loss_weights=loss_weights, metrics=metrics,
        weighted_metrics=weighted_metrics).fit([X, X], [Y, Y], verbose=0)  # fmt: skip


def a_graph(inputs, outputs, trainable=True, name=None):
    Model(inputs, outputs, trainable, name).predict(X, verbose=0)


constructors(
    layers,
    ["Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot",
     "Attention", "AdditiveAttention"],
    {"Dot": {"axes": 1}}, use_several, LAYER,
)  # fmt: skip
constructors(
    layers, ["LayerNormalization", "Permute", "Reshape"],
    {"Permute": {"dims": (2, 1)}, "Reshape": {"target_shape": (10,)}}, use_one, LAYER,
)  # fmt: skip

FIT = {"x": [X, X], "y": [Y, Y]}
HERE = Input((5, 2))
THERE = layers.Dense(1)(HERE)
CASES |= {
    "Model": Case(lambda: a_graph, {"inputs": HERE, "outputs": THERE}),
    "calling an Add": Case(layers.Add, {"inputs": [X, X]}),
    "calling a Concatenate": Case(layers.Concatenate, {"inputs": [X, X]}),
    "calling an Attention": Case(layers.Attention, {"inputs": [X, X]}),
    "calling a Dot": Case(lambda: layers.Dot(1), {"inputs": [X, X]}),
    "calling a LayerNormalization": Case(layers.LayerNormalization, {"inputs": X}),
    "layers.add": Case(lambda: layers.add, {"inputs": [X, X]}),
    "layers.concatenate": Case(lambda: layers.concatenate, {"inputs": [X, X]}),
    "layers.dot": Case(lambda: layers.dot, {"inputs": [X, X], "axes": 1}),
    "calling an LSTM with states": Case(
        lambda: layers.LSTM(3), {"inputs": X, "initial_state": [STATES, STATES]}),
    "calling a Bidirectional with states": Case(
        lambda: layers.Bidirectional(layers.LSTM(3)),
        {"inputs": X, "initial_state": [STATES] * 4}),
    "calling a graph": Case(two, {"inputs": [X, X]}),
    "compile and fit a graph": Case(lambda: compile_and_fit),
    "fit of a graph": Case(lambda: two().fit, FIT | {"verbose": 0}, less=("epochs", "nb_epoch")),
    "evaluate of a graph": Case(lambda: two().evaluate, FIT | {"verbose": 0}),
    "predict of a graph": Case(lambda: two().predict, {"x": [X, X], "verbose": 0}),
    "train_on_batch of a graph": Case(lambda: two().train_on_batch, FIT),
    "summary of a graph": Case(lambda: two().summary, {"print_fn": len}),
    "losses.Custom": Case(
        lambda: losses.Custom, {"value": mean_of, "gradient": lambda t, p: 2 * (p - t)},
        lambda one: one(Y, Y)),
    "calling a Custom": Case(lambda: losses.Custom(mean_of, mean_of), PAIR),
    "metrics.MeanMetricWrapper": Case(
        lambda: metrics.MeanMetricWrapper, {"fn": mean_of}, lambda one: one(Y, Y)),
    "calling a MeanMetricWrapper": Case(lambda: metrics.MeanMetricWrapper(mean_of), PAIR),
}  # fmt: skip
