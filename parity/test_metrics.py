"""Metrics by themselves; inside models they are in test_models."""

import keras
import numpy as np
import pytest

import npslstm
from parity.differences import agree

N, T, K = 7, 4, 3
KINDS = [
    "MeanSquaredError", "MeanAbsoluteError", "RootMeanSquaredError", "BinaryAccuracy",
    "CategoricalAccuracy", "SparseCategoricalAccuracy", "BinaryCrossentropy",
    "CategoricalCrossentropy", "SparseCategoricalCrossentropy",
]  # fmt: skip


@pytest.mark.parametrize("weighted", [False, True], ids=["", "sample_weight"])
@pytest.mark.parametrize("shape", [(N, 1), (N, K), (N, T, K)], ids=str)
@pytest.mark.parametrize("name", KINDS)
def test_metric(rng, name, shape, weighted):
    """The result after each of three batches, then after a reset."""
    if shape[-1] == 1 and "ategorical" in name:
        shape = (N, 2)
    pair = getattr(npslstm.metrics, name)(), getattr(keras.metrics, name)()
    assert pair[0].name == pair[1].name
    agree("metric", pair[0].result(), float(pair[1].result()), "before the first batch")
    for batch in range(4):
        y_pred = rng.uniform(0.01, 0.99, shape).astype("float32")
        y_pred.flat[:2] = 0.5  # the threshold itself counts as 0
        labels = rng.integers(0, shape[-1], shape[:-1])
        y_true = np.eye(shape[-1], dtype="float32")[labels]
        if shape[-1] == 1:
            y_true = rng.integers(0, 2, shape).astype("float32")
        if name.startswith("Sparse"):
            y_true = labels
        weights = rng.uniform(0, 2, shape[:-1]).astype("float32") if weighted else None
        if batch == 3:
            for metric in pair:
                metric.reset_state()
        for metric in pair:
            metric.update_state(y_true, y_pred, sample_weight=weights)
        agree("metric", pair[0].result(), float(pair[1].result()), f"{name} after batch {batch}")


def test_binary_accuracy_threshold(rng):
    y_true = rng.integers(0, 2, (N, K)).astype("float32")
    y_pred = rng.uniform(0, 1, (N, K)).astype("float32")
    mine, keras_ = (nn.metrics.BinaryAccuracy(threshold=0.3) for nn in (npslstm, keras))
    agree("metric", mine(y_true, y_pred), float(keras_(y_true, y_pred)))


def test_ties_go_to_the_first(rng):
    y_pred = np.full((N, K), 1 / K, "float32")
    for name in ("CategoricalAccuracy", "SparseCategoricalAccuracy"):
        for label in range(K):
            y_true = np.full(N, label)
            if name.startswith("Cat"):
                y_true = np.eye(K, dtype="float32")[y_true]
            mine, keras_ = (getattr(nn.metrics, name)() for nn in (npslstm, keras))
            agree("metric", mine(y_true, y_pred), float(keras_(y_true, y_pred)))
