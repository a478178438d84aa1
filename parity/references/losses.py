"""Losses: values through evaluate and on arrays, with weights, masks of zeros and saturation."""

import numpy as np

from .cases import F, T, case, model_of, numbers

N, K = 6, 3

# loss, activation of the outputs, kind of targets
LOSSES = [
    ("mse", None, "numbers"),
    ("mae", None, "numbers"),
    ("binary_crossentropy", "sigmoid", "bits"),
    ("categorical_crossentropy", "softmax", "one-hot"),
    ("sparse_categorical_crossentropy", "softmax", "labels"),
]


def targets(rng, kind, *shape):
    """Targets for outputs of `shape`."""
    if kind == "numbers":
        return numbers(rng, *shape)
    if kind == "bits":
        return rng.integers(0, 2, shape).astype("float32")
    labels = rng.integers(0, shape[-1], shape[:-1])
    return labels if kind == "labels" else np.eye(shape[-1], dtype="float32")[labels]


@case
def of_samples(nn, rng):
    """The mean over samples; with weights still divided by their number."""
    answers = {}
    for loss, activation, kind in LOSSES:
        model = model_of(nn, rng, [nn.Input((F,)), nn.layers.Dense(K, activation)], loss=loss)
        x, y, weights = numbers(rng, N, F), targets(rng, kind, N, K), rng.uniform(0, 3, N)
        options = {"batch_size": 4, "verbose": 0}
        plain = model.evaluate(x, y, **options)
        weighted = model.evaluate(x, y, sample_weight=weights, **options)
        answers[f"loss: {loss}"] = [plain, weighted]
    return answers


@case
def of_sequences(nn, rng):
    """The mean over all time steps, with a weight for each."""
    answers = {}
    for loss, activation, kind in LOSSES:
        model = model_of(nn, rng, [nn.Input((T, F)), nn.layers.Dense(K, activation)], loss=loss)
        x, y = numbers(rng, N, T, F), targets(rng, kind, N, T, K)
        weights = rng.uniform(0, 3, (N, T))
        plain = model.evaluate(x, y, verbose=0)
        weighted = model.evaluate(x, y, sample_weight=weights, verbose=0)
        answers[f"loss: {loss}"] = [plain, weighted]
    return answers


@case
def before_training(nn, rng):
    """With outputs that know nothing: log 2 and log K."""
    answers = {}
    for loss, activation, kind in LOSSES[2:]:
        layer = nn.layers.Dense(K, activation, kernel_initializer="zeros")
        model = nn.Sequential([nn.Input((F,)), layer])
        model.compile(optimizer="sgd", loss=loss, run_eagerly=True)
        x, y = numbers(rng, N, F), targets(rng, kind, N, K)
        answers[f"loss: {loss}"] = model.evaluate(x, y, verbose=0)
    return answers


@case
def reductions(nn, rng):
    answers = {}
    y, p, weights = numbers(rng, N, K), numbers(rng, N, K), rng.uniform(0, 3, N).astype("float32")
    for reduction in ("sum_over_batch_size", "sum", "mean_with_sample_weight", "none"):
        loss = nn.losses.MeanSquaredError(reduction=reduction)
        answers[f"loss: {reduction}"] = loss(y, p)
        answers[f"loss: {reduction}, with weights"] = loss(y, p, sample_weight=weights)
    return answers


@case
def certain_probabilities(nn, rng):
    """Outputs of 0, 1 and next to them are kept away from the ends before the logarithm."""
    p = np.array([[0, 1], [1, 0], [1e-8, 1], [1e-6, 0.999999], [0, 1e-6], [0.3, 0.7]], "float32")
    labels = rng.integers(0, 2, len(p))
    hot = np.eye(2, dtype="float32")[labels]
    names = ("BinaryCrossentropy", "CategoricalCrossentropy", "SparseCategoricalCrossentropy")
    made = [getattr(nn.losses, name)(reduction="none") for name in names]
    given = (hot, hot, labels)
    return {f"loss: {name}": f(y, p) for name, f, y in zip(names, made, given, strict=True)}


@case
def probabilities_and_logits(nn, rng):
    """Probabilities that do not add up to 1, label smoothing, and numbers before the softmax."""
    p, z = rng.uniform(0.1, 0.9, (N, K)).astype("float32"), 3 * numbers(rng, N, K)
    labels = rng.integers(0, K, N)
    hot = np.eye(K, dtype="float32")[labels]
    answers = {}
    for name in ("BinaryCrossentropy", "CategoricalCrossentropy"):
        kind = getattr(nn.losses, name)
        answers[f"loss: {name}"] = kind(label_smoothing=0.2)(hot, p)
        answers[f"loss: {name} of logits"] = kind(from_logits=True)(hot, z)
    kind = nn.losses.SparseCategoricalCrossentropy
    answers["loss: sparse"] = kind()(labels, p)
    return answers | {"loss: sparse, of logits": kind(from_logits=True)(labels, z)}


@case
def saturated_outputs(nn, rng):
    """Directly after a softmax or sigmoid the loss is taken from the numbers before it, and is
    large; after TimeDistributed only the probabilities are left."""
    answers = {}
    for loss, activation, kind in LOSSES[2:]:
        for wrapped in (False, True):
            dense = nn.layers.Dense(K, activation)
            layer = nn.layers.TimeDistributed(dense) if wrapped else dense
            model = model_of(nn, rng, [nn.Input((T, F)), layer], loss=loss)
            x, y = 1e4 * numbers(rng, 2, T, F), targets(rng, kind, 2, T, K)
            answers[f"loss: {loss}, wrapped={wrapped}"] = model.evaluate(x, y, verbose=0)
    return answers
