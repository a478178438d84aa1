"""Layers that are called several times, frozen ones, and models in models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .table import EAGER, F, H, T, U, compiled, graph

# ---- shared layers -------------------------------------------------------------------------------


def siamese(nn: Any, distance: Callable[[Any, Any], Any]) -> Any:
    """Whether two sequences are of one kind, by what one LSTM makes of both."""
    L = nn.layers
    left, right = nn.Input((T, F)), nn.Input((T, F))
    shared = L.LSTM(H, name="shared")
    apart = distance(shared(left), shared(right))
    same = L.Dense(1, activation="sigmoid")(apart)
    return compiled(nn, [left, right], same, "binary_crossentropy", metrics=["accuracy"])


@graph("siamese, differences")
def siamese_differences(nn: Any) -> Any:
    def distance(a: Any, b: Any) -> Any:
        apart = nn.layers.Subtract()([a, b])
        return nn.layers.Multiply()([apart, apart])

    return siamese(nn, distance)


@graph("siamese, cosine")
def siamese_cosine(nn: Any) -> Any:
    return siamese(nn, lambda a, b: nn.layers.Dot(axes=1, normalize=True)([a, b]))


@graph("shared layers, regularized")
def shared_layers(nn: Any) -> Any:
    """Each of several layers at several places, one of them on its own output."""
    L = nn.layers
    a, b = nn.Input((T, F)), nn.Input((U, F))
    l1, l2 = nn.regularizers.L1(2.0**-6), nn.regularizers.L2(2.0**-5)
    lstm = L.LSTM(F, return_sequences=True, kernel_regularizer=l2, recurrent_regularizer=l1,
                  bias_regularizer=l2, activity_regularizer=l2)  # fmt: skip
    dense = L.Dense(F, activation="tanh", kernel_regularizer=l1, activity_regularizer=l2)
    x = dense(lstm(dense(lstm(a))))
    y = lstm(dense(b))
    last = L.LSTM(H)
    outputs = L.Dense(2, bias_regularizer=l1)(L.Concatenate()([last(x), last(y), last(a)]))
    return compiled(nn, [a, b], outputs, metrics=["mae"])


@graph("frozen layers")
def frozen_layers(nn: Any) -> Any:
    """Of the model, of a model in it, and a layer that is called twice; penalties go with them."""
    L = nn.layers
    x, inner = nn.Input((T, F)), nn.Input((T, F))
    lstm = L.LSTM(H, return_sequences=True, kernel_regularizer="l2", trainable=False)
    within = nn.Model(inner, L.Dense(F)(L.BatchNormalization()(lstm(inner))))
    within.layers[-1].trainable = False
    shared = L.Dense(F, trainable=False, kernel_regularizer="l1")
    y = L.Add()([shared(within(x)), shared(x)])
    return compiled(nn, x, L.Dense(1)(L.LSTM(2)(y)))


# ---- models in models ----------------------------------------------------------------------------


@graph("a model in a model, twice")
def model_in_model(nn: Any) -> Any:
    L = nn.layers
    inner = nn.Input((T, F))
    y = L.LSTM(H, return_sequences=True)(inner)
    within = nn.Model(inner, [L.Dense(F, activation="tanh")(y), L.LSTM(2)(y)])
    x = nn.Input((T, F))
    once = within(x)
    twice = within(once[0])
    return compiled(nn, x, [L.Concatenate()([once[1], twice[1]]), L.Dense(1)(twice[0])])


@graph("a Sequential in a model")
def sequential_in_model(nn: Any) -> Any:
    L = nn.layers
    stack = nn.Sequential([L.LSTM(H, return_sequences=True), L.BatchNormalization(), L.LSTM(3)])
    a, b = nn.Input((T, F)), nn.Input((T, F))
    built = nn.Sequential([nn.Input((3,)), L.Dense(2, activation="tanh")])
    y = L.Maximum()([built(stack(a)), built(stack(b))])
    return compiled(nn, [a, b], L.Dense(1)(y))


@graph("a model in a Sequential")
def model_in_sequential(nn: Any) -> Any:
    L = nn.layers
    x = nn.Input((T, F))
    within = nn.Model(x, L.Add()([x, L.LSTM(F, return_sequences=True)(x)]))
    model = nn.Sequential([nn.Input((T, F)), within, L.LSTM(H), L.Dense(1)])
    model.compile("rmsprop", "mse", metrics=["mae"], **EAGER)
    return model


@graph("a layer of a model, also beside it")
def layer_inside_and_outside(nn: Any) -> Any:
    L = nn.layers
    inner, x = nn.Input((T, F)), nn.Input((T, F))
    lstm = L.LSTM(F, return_sequences=True)
    within = nn.Model(inner, L.Dense(F)(lstm(inner)))
    return compiled(nn, x, L.LSTM(2)(L.Multiply()([within(x), lstm(x)])))
