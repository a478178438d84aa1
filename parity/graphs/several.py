"""Several inputs and outputs, with their losses and metrics."""

from __future__ import annotations

from typing import Any

from .table import F, H, T, compiled, graph

LOSSES = {"price": "mse", "kind": "sparse_categorical_crossentropy"}


def two_and_two(nn: Any, loss: Any = LOSSES, **options: Any) -> Any:
    """Two inputs, two outputs, and what `compile` is to be given besides."""
    L = nn.layers
    series, facts = nn.Input((T, F), name="series"), nn.Input((2,), name="facts")
    both = L.Concatenate()([L.LSTM(H)(series), L.Dense(2, activation="relu")(facts)])
    price = L.Dense(1, name="price")(both)
    kind = L.Dense(3, activation="softmax", name="kind")(both)
    return compiled(nn, [series, facts], [price, kind], loss, **options)


@graph("two inputs, two outputs")
def by_names(nn: Any) -> Any:
    """With losses, weights of losses and metrics by the outputs' names."""
    return two_and_two(
        nn, loss_weights={"price": 0.5, "kind": 2.0},
        metrics={"kind": ["accuracy"], "price": ["mae", "mse"]},
        weighted_metrics={"price": ["mae"], "kind": ["accuracy"]},
    )  # fmt: skip


@graph("outputs at every step and at the end")
def outputs_of_two_ranks(nn: Any) -> Any:
    """With lists for all that is given by output, and nothing asked of the last one."""
    L = nn.layers
    x = nn.Input((T, F))
    steps = L.LSTM(H, return_sequences=True)(L.Masking()(x))
    outputs = [L.Dense(2)(steps), L.LSTM(3)(steps), L.Dense(2)(L.Flatten()(x))]
    return compiled(nn, x, outputs, ["mse", "mae", None], loss_weights=[2.0, 0.25, 1.0],
                    metrics=[["mae"], ["mse"], []])  # fmt: skip


@graph("dicts of inputs and outputs")
def dicts(nn: Any) -> Any:
    """Whose keys are in another order than the layers, and than the alphabet's."""
    L = nn.layers
    inputs = {"b": nn.Input((T, F), name="b"), "a": nn.Input((T, F), name="a")}
    x = L.LSTM(H)(L.Average()([inputs["a"], inputs["b"]]))
    outputs = {"z": L.Dense(2, name="z")(x), "m": L.Dense(1, name="m")(x)}
    return compiled(nn, inputs, outputs, {"m": "mae", "z": "mse"}, metrics={"z": ["mae"]},
                    loss_weights={"z": 0.25, "m": 1.0})  # fmt: skip


@graph("one loss for all outputs")
def one_loss(nn: Any) -> Any:
    """Named by their layers, automatically."""
    x = nn.Input((T, F))
    y = nn.layers.LSTM(H)(x)
    return compiled(nn, x, [nn.layers.Dense(2)(y), nn.layers.Dense(1)(y), y])


@graph("outputs that others read")
def outputs_read(nn: Any) -> Any:
    """Probabilities whose loss looks through the softmax, and that go on; one head serves two."""
    L = nn.layers
    a, b = nn.Input((T, F)), nn.Input((T, F))
    head = L.Dense(3, activation="softmax")
    lstm = L.LSTM(H)
    first, second = head(lstm(a)), head(lstm(b))
    gate = L.Dense(3, activation="sigmoid")(L.Multiply()([first, second]))
    both = L.Concatenate()([gate, first])
    outputs = {"first": first, "gate": gate, "second": second, "sum": L.Dense(1)(both)}
    losses = {"first": "categorical_crossentropy", "gate": "binary_crossentropy",
              "second": "sparse_categorical_crossentropy", "sum": "mse"}  # fmt: skip
    return compiled(nn, [a, b], outputs, losses, metrics={"second": ["accuracy"]})
