"""Losses are the textbook's numbers, and masks and weights weigh as documented."""

from __future__ import annotations

import numpy as np
import pytest

from npslstm import losses
from npslstm.program import Program, Signal
from tests.cases import DISTRIBUTIONS, LABELS, NUMBERS, ONE_HOT, PROBABILITIES, YES_NO

t, p, d, z = YES_NO, PROBABILITIES, DISTRIBUTIONS, NUMBERS
SIGMOID, SOFTMAX = 1 / (1 + np.exp(-z)), np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
LOGITS, SMOOTH = {"from_logits": True}, {"label_smoothing": 0.2}


def binary(t, p):
    return -(t * np.log(p) + (1 - t) * np.log(1 - p)).mean(axis=1)


def categorical(t, p):
    return -(t * np.log(p)).sum(axis=1)


TEXTBOOK = [
    ("MeanSquaredError", {}, t, z, ((z - t) ** 2).mean(axis=1)),
    ("MeanAbsoluteError", {}, t, z, abs(z - t).mean(axis=1)),
    ("BinaryCrossentropy", {}, t, p, binary(t, p)),
    ("BinaryCrossentropy", LOGITS, t, z, binary(t, SIGMOID)),
    ("BinaryCrossentropy", SMOOTH, t, p, binary(0.8 * t + 0.1, p)),
    ("CategoricalCrossentropy", {}, ONE_HOT, d, categorical(ONE_HOT, d)),
    ("CategoricalCrossentropy", {}, ONE_HOT, 3 * d, categorical(ONE_HOT, d)),
    ("CategoricalCrossentropy", LOGITS, ONE_HOT, z, categorical(ONE_HOT, SOFTMAX)),
    ("CategoricalCrossentropy", SMOOTH, ONE_HOT, d, categorical(0.8 * ONE_HOT + 0.05, d)),
    ("SparseCategoricalCrossentropy", {}, LABELS, d, categorical(ONE_HOT, d)),
    ("SparseCategoricalCrossentropy", LOGITS, LABELS, z, categorical(ONE_HOT, SOFTMAX)),
]


@pytest.mark.parametrize(
    ("kind", "options", "target", "output", "rows"), TEXTBOOK, ids=[c[0] for c in TEXTBOOK]
)
def test_textbook(kind, options, target, output, rows):
    w = np.array([0.5, 0.0, 2.0, 1.0, 0.3])
    expected = {
        "none": rows * w,
        "sum": (rows * w).sum(),
        "sum_over_batch_size": (rows * w).mean(),
        "mean_with_sample_weight": (rows * w).sum() / w.sum(),
    }
    for reduction, value in expected.items():
        loss = getattr(losses, kind)(reduction=reduction, dtype="float64", **options)
        np.testing.assert_allclose(loss(target, output, w), value, rtol=1e-13)


@pytest.mark.parametrize("weighted", [False, True])
def test_the_mean_runs_over_the_steps_that_are_used(weighted):
    rng = np.random.default_rng(1)
    y, target = rng.normal(size=(4, 3, 2)), rng.normal(size=(12, 2))
    mask, w = rng.random((4, 3)) < 0.6, rng.random(12)
    program = Program(np.float64)
    signal = Signal(y, np.zeros((0, 0, 0)), mask)
    loss = losses.MeanSquaredError(dtype="float64")
    total = loss.write(program, signal, target, w if weighted else np.zeros(0))
    program.steps().run()
    rows = ((y.reshape(12, 2) - target) ** 2).mean(axis=1) * (w if weighted else 1)
    np.testing.assert_allclose(total[0], rows[mask.reshape(-1)].sum() / mask.sum(), rtol=1e-13)
