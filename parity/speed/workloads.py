"""What is timed: models of one shape, as data that every contestant builds with its own means.

    LSTM layers one on the other, BatchNormalization if `normalized`, Dense, a loss, an optimizer

The first seven are the tutorials' own models or close to them; mnist is Keras's guide; large is a
size at which nothing but matrix products counts. The numbers are random, in float32: time does not
depend on them. Samples keep their order, so that all contestants do the same work.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

SQUARED, BINARY = "mean_squared_error", "binary_crossentropy"
CATEGORICAL, LABELS = "categorical_crossentropy", "sparse_categorical_crossentropy"


@dataclass(frozen=True)
class Workload:
    """A model, its data, and how many epochs a single call of fit may train (tutorials with state
    call fit anew for every epoch). A loss says what ends the model: softmax for categorical
    crossentropy, sigmoid for the binary one; the others work on what Dense gives."""

    name: str
    samples: int
    batch: int
    steps: int
    features: int
    units: tuple[int, ...]
    outputs: int = 1
    loss: str = SQUARED
    optimizer: str = "adam"
    normalized: bool = False
    stateful: bool = False
    epochs_a_fit: int = 1000

    @property
    def steps_an_epoch(self) -> int:
        return self.samples // self.batch

    @property
    def text(self) -> str:
        """'B1 T3 F1 H4+4 adam'"""
        units = "+".join(map(str, self.units))
        return f"B{self.batch} T{self.steps} F{self.features} H{units} {self.optimizer}"

    def shortened(self, batches: int) -> Workload:
        return replace(self, samples=min(self.samples, batches * self.batch))


LETTERS = {"units": (32,), "outputs": 26, "loss": CATEGORICAL}
MNIST = Workload(
    "mnist", 6400, 64, 28, 28, (64,), 10, LABELS, "sgd", normalized=True, epochs_a_fit=10
)

TRAINING = {
    w.name: w
    for w in (
        Workload("lifecycle", 10, 10, 1, 1, (10,)),
        Workload("airline", 95, 1, 1, 1, (4,)),
        Workload("airline_stacked", 93, 1, 3, 1, (4, 4), stateful=True, epochs_a_fit=1),
        Workload("memory", 4, 1, 1, 5, (20,), 5, BINARY, stateful=True, epochs_a_fit=1),
        Workload("alphabet", 25, 1, 1, 1, **LETTERS),
        Workload("alphabet_batch", 25, 25, 1, 1, **LETTERS),
        Workload("alphabet_variable", 1000, 1, 5, 1, **LETTERS, epochs_a_fit=500),
        MNIST,
        Workload("large", 128, 64, 100, 64, (256,), epochs_a_fit=10),
    )
}
TINY = tuple(TRAINING)[:7]

PREDICTION = {
    "predict_one": replace(TRAINING["airline"], name="predict_one", samples=1),
    "predict_stateful": replace(TRAINING["memory"], name="predict_stateful", samples=1),
    "predict_mnist": replace(MNIST, name="predict_mnist", samples=64),
}


def data(workload: Workload) -> tuple[np.ndarray, np.ndarray]:
    """x (samples, time steps, features) and y as the loss wants it."""
    rng = np.random.default_rng(1)
    x = rng.random((workload.samples, workload.steps, workload.features), np.float32)
    labels = rng.integers(workload.outputs, size=workload.samples)
    if workload.loss == LABELS:
        return x, labels
    if workload.loss == SQUARED:
        return x, rng.random((workload.samples, workload.outputs), np.float32)
    return x, np.eye(workload.outputs, dtype=np.float32)[labels]


def weights(workload: Workload) -> list[np.ndarray]:
    """Initial weights in Keras's order: each LSTM's kernel, recurrent kernel and bias; gamma, beta,
    moving mean and variance of a normalisation; kernel and bias of the Dense layer."""
    rng, found, features = np.random.default_rng(2), [], workload.features

    def draw(*shape: int) -> np.ndarray:
        limit = np.sqrt(6 / sum(shape))
        return rng.uniform(-limit, limit, shape).astype(np.float32)

    for H in workload.units:
        found += [draw(features, 4 * H), draw(H, 4 * H), draw(4 * H)]
        features = H
    if workload.normalized:
        found += [1 + draw(features), draw(features), draw(features), 1 + draw(features) ** 2]
    return [*found, draw(features, workload.outputs), draw(workload.outputs)]
