"""Attention of both kinds, with masks of queries and values, forward and backward."""

import numpy as np

from .cases import RATE, F, T, case, descent, flat, graph_of, numbers

N, U = 4, 3  # samples, queries
# of values: padding before, in the middle and behind; none used, so that all weigh the same
VALUES = np.array([[0, 0, 1, 1, 1], [1, 0, 1, 0, 1], [1, 1, 0, 0, 0], [0] * T], bool)
QUERIES = np.array([[1, 1, 0], [0, 1, 1], [1, 1, 1], [1, 0, 1]], bool)


def attending(nn, rng, attention, masked="", apart=False, sizes=F):
    """Outputs, loss and gradients of a layer whose queries, values and keys are learned.

    masked: which of 'queries' and 'values'. apart: keys that are no values, of which there are
    other features.
    """
    L, inputs = nn.layers, [nn.Input((U, F)), nn.Input((T, F))]
    queries, values = (
        L.Masking()(x) if name in masked else x
        for name, x in zip(("queries", "values"), inputs, strict=True)
    )
    given = [L.Dense(sizes)(queries), L.Dense(2 if apart else sizes)(values)]
    if apart:
        given.append(L.Dense(sizes)(values))
    outputs = attention(given)
    model = graph_of(nn, rng, inputs, outputs, optimizer=nn.optimizers.SGD(RATE))
    x = [numbers(rng, N, U, F), numbers(rng, N, T, F)]
    for array, mask in zip(x, (QUERIES, VALUES), strict=True):
        array[~mask] = 0
    y = numbers(rng, N, *outputs.shape[1:])
    made = model.predict(x, verbose=0)
    loss = model.test_on_batch(x, y)
    return made, loss, flat(descent(model, x, y))


def of_all(found):
    """Answers of several cases in vectors."""
    outputs, losses, gradients = zip(*found, strict=True)
    return {"graph output: all": flat(outputs), "loss: all": flat(losses),
            "graph gradient: all": flat(gradients)}  # fmt: skip


def over_options(nn, rng, kind):
    layer = getattr(nn.layers, kind)
    return of_all([
        attending(nn, rng, layer(use_scale=False)),
        attending(nn, rng, layer(use_scale=True)),
        attending(nn, rng, layer(use_scale=True), apart=True),
        attending(nn, rng, layer(use_scale=True), "values"),
        attending(nn, rng, layer(use_scale=True), "queries"),
        attending(nn, rng, layer(use_scale=False), "queries and values", apart=True),
    ])  # fmt: skip


@case
def dot_product(nn, rng):
    return over_options(nn, rng, "Attention")


@case
def additive(nn, rng):
    return over_options(nn, rng, "AdditiveAttention")


@case
def to_itself(nn, rng):
    """One array in all roles, whose gradients add up; errors of masked queries go nowhere."""
    inputs = nn.Input((U, F))
    x = nn.layers.Dense(F)(nn.layers.Masking()(inputs))
    outputs = nn.layers.Add()([nn.layers.Attention()([x, x]), inputs])
    model = graph_of(nn, rng, inputs, outputs, optimizer=nn.optimizers.SGD(RATE))
    data = numbers(rng, N, U, F)
    data[~QUERIES] = 0
    found = {"graph output: all": model.predict(data, verbose=0)}
    return found | {"graph gradient: all": flat(descent(model, data, numbers(rng, N, U, F)))}
