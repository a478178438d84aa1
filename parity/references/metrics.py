"""Metrics: averages over batches of unequal size, epochs, and the accuracies."""

import numpy as np

from .cases import F, T, case, model_of, numbers
from .losses import targets

N, K = 7, 3  # batches of 3, 3 and 1


@case
def of_unequal_batches(nn, rng):
    """The loss, too, is averaged over samples and not over batches."""
    metrics = ["mae", "mse", nn.metrics.RootMeanSquaredError()]
    model = model_of(nn, rng, [nn.Input((F,)), nn.layers.Dense(2)], metrics=metrics)
    x, y = numbers(rng, N, F), numbers(rng, N, 2)
    x[-1] *= 10
    first = model.evaluate(x, y, batch_size=3, verbose=0)
    return {"metric: once": first, "metric: again": model.evaluate(x, y, batch_size=4, verbose=0)}


@case
def with_weights(nn, rng):
    """Weights count in weighted_metrics alone."""
    options = {"metrics": ["mae"], "weighted_metrics": ["mae"]}
    model = model_of(nn, rng, [nn.Input((F,)), nn.layers.Dense(2)], **options)
    x, y, weights = numbers(rng, N, F), numbers(rng, N, 2), rng.uniform(0, 3, N)
    options = {"batch_size": 3, "verbose": 0, "return_dict": True}
    found = model.evaluate(x, y, sample_weight=weights, **options)
    return {f"metric: {name}": value for name, value in found.items()}


@case
def of_epochs(nn, rng):
    """Every epoch begins anew."""
    model = model_of(nn, rng, [nn.Input((F,)), nn.layers.Dense(2)], metrics=["mae"])
    x, y = numbers(rng, N, F), numbers(rng, N, 2)
    options = {"batch_size": 3, "epochs": 3, "shuffle": False, "verbose": 0}
    history = model.fit(x, y, validation_data=(x[:4], y[:4]), **options).history
    return {f"history: {name}": values for name, values in history.items()}


@case
def accuracies(nn, rng):
    """What 'accuracy' means depends on the shapes of outputs and targets."""
    answers = {}
    kinds = [(1, "sigmoid", "binary_crossentropy", "bits"),
             (K, "softmax", "categorical_crossentropy", "one-hot"),
             (K, "softmax", "sparse_categorical_crossentropy", "labels")]  # fmt: skip
    for units, activation, loss, kind in kinds:
        layers = [nn.Input((T, F)), nn.layers.Dense(units, activation)]
        model = model_of(nn, rng, layers, loss=loss, metrics=["accuracy"])
        x, y = numbers(rng, N, T, F), targets(rng, kind, N, T, units)
        answers[f"metric: {loss}"] = model.evaluate(x, y, batch_size=3, verbose=0)
    return answers


@case
def ties(nn, rng):
    """An output on the threshold counts as below it; of equal outputs, the first is the largest."""
    half = np.array([[0.5], [0.5], [0.6], [0.4]], "float32")
    bits = np.array([[0], [0], [1], [1]], "float32")
    equal = np.array([[0.4, 0.4, 0.2], [0.2, 0.4, 0.4], [0.3, 0.3, 0.4]], "float32")
    labels = np.array([0, 2, 2])
    hot = np.eye(3, dtype="float32")[labels]
    return {
        "metric: binary": nn.metrics.BinaryAccuracy()(bits, half),
        "metric: threshold": nn.metrics.BinaryAccuracy(threshold=0.55)(bits, half),
        "metric: categorical": nn.metrics.CategoricalAccuracy()(hot, equal),
        "metric: sparse": nn.metrics.SparseCategoricalAccuracy()(labels, equal),
    }
