"""Losses and metrics that are functions of `ops`: one text on both engines, number by number."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import npslstm
from parity.twins import model_twins

T, F, N = 4, 3, 10


def huber(nn):
    ops = nn.ops

    def loss(y_true, y_pred):
        error = ops.abs(y_true - y_pred)
        return ops.mean(ops.where(error < 0.5, error**2, error - 0.25), axis=-1)

    return loss


def quantile(nn):
    ops = nn.ops

    def loss(y_true, y_pred):
        error = y_true - y_pred
        return ops.mean(ops.maximum(0.9 * error, -0.1 * error), axis=-1)

    return loss


def log_cosh(nn):
    ops = nn.ops

    def loss(y_true, y_pred):
        error = y_pred - y_true
        return ops.mean(error + ops.log(1.0 + ops.exp(-2.0 * error)) - np.log(2.0), axis=-1)

    return loss


def root_mean_square(nn):
    ops = nn.ops
    return lambda y_true, y_pred: ops.sqrt(ops.mean(ops.square(y_pred - y_true)))


def poisson(nn):
    ops = nn.ops

    def loss(y_true, y_pred):
        rate = ops.exp(ops.clip(y_pred, -2.0, 2.0))
        return ops.mean(rate - ops.abs(y_true) * ops.log(rate + 1e-7), axis=-1)

    return loss


def scaled(nn):
    ops = nn.ops

    def loss(y_true, y_pred):
        span = ops.sum(ops.square(y_true), axis=-1, keepdims=True) + 1.0
        return ops.sum(ops.power(ops.abs(y_true - y_pred), 1.5) / span, axis=-1)

    return loss


def columns(nn):
    ops = nn.ops

    def loss(y_true, y_pred):
        first = ops.square(y_true[..., 0] - y_pred[..., 0])
        return first + 0.5 * ops.minimum(first, ops.abs(y_pred[..., 1]))

    return loss


FUNCTIONS = [huber, quantile, log_cosh, root_mean_square, poisson, scaled, columns]


def model(nn, sequences, masked):
    layers = nn.layers
    stack = [layers.Masking()] if masked else []
    stack += [layers.LSTM(5, return_sequences=sequences), layers.Dense(2)]
    return nn.Sequential([nn.Input((T, F)), *stack])


# sequences, weighted, masked
DATA = {
    "last": (False, False, False), "last, weights": (False, True, False),
    "each step, masked": (True, False, True), "each step, weights": (True, True, False),
}  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("kind", DATA)
def test_trainings_agree(rng, function, kind):
    sequences, weighted, masked = DATA[kind]
    if function is root_mean_square and sequences and (weighted or masked):
        weighted = masked = False  # one number for rows with weights of their own
    ours, theirs = model_twins(lambda nn: model(nn, sequences, masked), rng)
    x = rng.normal(0, 1, (N, T, F)).astype("float32")
    x[3, 2:] = x[5, 1:] = 0
    y = rng.normal(0, 1, (N, T, 2) if sequences else (N, 2)).astype("float32")
    weights = rng.uniform(0.5, 2, y.shape[:-1]) if weighted else None
    found = []
    for nn, one in ((npslstm, ours), (keras, theirs)):
        loss = function(nn)
        one.compile(nn.optimizers.SGD(0.125), loss, metrics=[loss], weighted_metrics=["mse"])
        options = {"epochs": 2, "batch_size": 4, "shuffle": False, "verbose": 0}
        history = one.fit(x, y, sample_weight=weights, **options).history
        found.append((history, one.get_weights()))
    (mine, w), (their, v) = found
    assert list(mine) == list(their)
    for name in mine:
        np.testing.assert_allclose(mine[name], their[name], rtol=2e-5)
    for a, b in zip(w, v, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=2e-6)
