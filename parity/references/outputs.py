"""Several inputs and outputs: losses with weights, metrics, and data in all their forms."""

import numpy as np

from .cases import F, T, case, flat, graph_of, listed, numbers
from .graphs import ORDERED, N, answers


def two_and_two(nn):
    """Inputs by name, and two outputs."""
    L = nn.layers
    series, facts = nn.Input((T, F), name="series"), nn.Input((2,), name="facts")
    seen = L.LSTM(3, kernel_regularizer="l2", name="lstm")(series)
    both = L.Concatenate()([seen, L.Dense(2, activation="relu", name="dense")(facts)])
    outputs = L.Dense(1, name="price")(both), L.Dense(3, activation="softmax", name="kind")(both)
    return [series, facts], list(outputs)


OPTIONS = {
    "loss": {"kind": "sparse_categorical_crossentropy", "price": "mse"},
    "loss_weights": {"price": 0.5, "kind": 2.0},
    "metrics": {"kind": ["accuracy"], "price": ["mae", "mse"]},
    "weighted_metrics": {"price": ["mae"], "kind": ["accuracy"]},
}


def data(rng):
    y = [numbers(rng, N, 1), rng.integers(0, 3, N)]
    return [numbers(rng, N, T, F), numbers(rng, N, 2)], y


@case
def of_one_shape(nn, rng):
    """Which could change places, given by name in another order than the model's."""
    L, inputs = nn.layers, [nn.Input((F,), name=name) for name in "ab"]
    seen = L.Subtract()([L.Dense(F)(inputs[0]), inputs[1]])
    outputs = [L.Dense(2, activation="tanh", name="first")(seen), L.Dense(2, name="second")(seen)]
    x, y = ({name: numbers(rng, N, size) for name in names}
            for size, names in ((F, ("b", "a")), (2, ("second", "first"))))  # fmt: skip
    options = {"loss_weights": [2, 0.25], "metrics": {"second": ["mae"], "first": ["mse"]}}
    return answers(nn, rng, inputs, outputs, x, y, loss=["mse", "mae"], **options)


@case
def losses_and_metrics(nn, rng):
    """The penalty is part of the whole loss alone, and the weights of the losses are, too."""
    (x, y), weights = data(rng), [rng.uniform(0.5, 2, N) for _ in "ab"]
    given = {"sample_weight": weights}
    return answers(nn, rng, *two_and_two(nn), x, y, given=given, **OPTIONS)


@case
def of_unequal_batches(nn, rng):
    """Compiled, where Keras takes the mean of the batches for the loss of one output."""
    x = nn.Input((F,))
    outputs = [nn.layers.Dense(2, name=name)(x) for name in ("first", "second")]
    model = graph_of(nn, rng, x, outputs, loss=["mse", "mae"], run_eagerly=False)
    given = numbers(rng, N, F), [numbers(rng, N, 2) for _ in outputs]
    given[0][-1] *= 10
    history = model.fit(*given, **ORDERED | {"batch_size": 3}).history
    return {f"history: {name}": values for name, values in history.items()}


@case
def one_weighed_loss(nn, rng):
    """Of a single output, and of one beside which another is only watched."""
    found = {}
    for name, options in {
        "single": {"loss": "mse", "loss_weights": [0.25]},
        "watched": {"loss": ["mse", None], "loss_weights": [0.25, None], "metrics": [[], ["mae"]]},
    }.items():
        x = nn.Input((F,))
        y = nn.layers.Dense(2)(x)
        outputs = [y, nn.layers.Dense(2, trainable=False)(y)][: 1 + (name == "watched")]
        model = graph_of(nn, rng, x, outputs, **options)
        given = numbers(rng, N, F), [numbers(rng, N, 2) for _ in outputs]
        results = [flat([model.train_on_batch(*given)]) for _ in range(2)]
        found |= listed(f"loss: {name}", results)
    return found


@case
def probabilities_read_again(nn, rng):
    """The loss is taken from the logits of a softmax, whose outputs another layer reads."""
    L, x = nn.layers, nn.Input((F,))
    kind = L.Dense(3, activation="softmax", name="kind")(x)
    outputs = [kind, L.Dense(2, name="copy")(kind)]
    y = [np.eye(3, dtype="float32")[rng.integers(0, 3, N)], numbers(rng, N, 2)]
    scale = np.array([1, 1, 1, 1, 1, 1, 1, 100], "float32")[:, None]
    options = {"loss": ["categorical_crossentropy", "mse"], "loss_weights": [0.5, 1]}
    return answers(nn, rng, x, outputs, scale * numbers(rng, N, F), y, **options)
