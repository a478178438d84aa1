"""Batch normalization, Ioffe & Szegedy 2015, https://arxiv.org/abs/1502.03167, algorithm 1.

    (1)  mu = mean of x     v = mean of (x - mu)^2      over the N rows, for each of the C columns
    (2)  s = 1 / sqrt(v + epsilon)      n = (x - mu) s
    (3)  y = gamma n + beta
    (4)  moving = momentum * moving + (1 - momentum) * (mu or v)

Rows are samples, or the steps of all samples; a mask (N,) leaves rows out of (1), not of (3).
v is the biased variance, also in (4), as Keras 3 has it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..primitives import as_written, like

# Keras divides masked sums by the number of used rows plus this, so that no row at all gives 0.
NOTHING = 1e-7


class Weights(NamedTuple):
    """(C,) each."""

    gamma: np.ndarray
    beta: np.ndarray


class Statistics(NamedTuple):
    """Mean and variance of the columns, and s of (2); (C,) each."""

    mu: np.ndarray
    v: np.ndarray
    s: np.ndarray


class Moving(NamedTuple):
    """The running mean and variance, (C,) each."""

    mu: np.ndarray
    v: np.ndarray


class Gradients(NamedTuple):
    """Of the weights, and of mean and variance, which are working space; (C,) each."""

    gamma: np.ndarray
    beta: np.ndarray
    mu: np.ndarray
    v: np.ndarray


def statistics(x, mask, mu, v):
    """(1) Write mean and variance of the columns. Returns the number by which they were divided."""
    N, C = x.shape
    count = like(x[0, 0], N)
    if mask.size:
        count = like(x[0, 0], mask.sum() + NOTHING)
    mu[:] = 0
    v[:] = 0
    for n in range(N):
        if mask.size == 0 or mask[n]:
            for j in range(C):
                mu[j] += x[n, j]
    for j in range(C):
        mu[j] /= count
    for n in range(N):
        if mask.size == 0 or mask[n]:
            for j in range(C):
                v[j] += (x[n, j] - mu[j]) * (x[n, j] - mu[j])
    for j in range(C):
        v[j] /= count
    return count


def forward(x, mask, weights, batch, moving, settings, y):
    """Normalise with the batch's own statistics and move the moving ones.

    settings: momentum, epsilon.
    """
    mu, v, _ = batch
    statistics(x, mask, mu, v)
    momentum = like(x[0, 0], settings[0])
    for j in range(x.shape[1]):
        moving.mu[j] = moving.mu[j] * momentum + mu[j] * (like(momentum, 1) - momentum)  # (4)
        moving.v[j] = moving.v[j] * momentum + v[j] * (like(momentum, 1) - momentum)
    normalize(x, weights, batch, settings, y)


@as_written
def inverse_root(x):
    """1 / sqrt(x), 0 for infinity; the processor's estimate of it, which is faster, gives NaN."""
    return like(x, 1) / np.sqrt(x)


def normalize(x, weights, given, settings, y):
    """(2), (3) with given statistics; by itself, the forward pass of inference. Writes s."""
    N, C = x.shape
    (gamma, beta), (mu, v, s) = weights, given
    for j in range(C):
        s[j] = inverse_root(v[j] + like(v[j], settings[1]))  # (2)
    for n in range(N):
        for j in range(C):
            y[n, j] = gamma[j] * ((x[n, j] - mu[j]) * s[j]) + beta[j]  # (3)


def backward(x, mask, weights, given, dy, dx, gradients, fixed):
    """The mirror of `forward`, or of `normalize` alone where the statistics are `fixed`.

    Writes the gradients, sums over all rows, and, unless it has size 0, dx.
    """
    N, C = x.shape
    (gamma, _), (mu, _, s), (dgamma, dbeta, dmu, dv) = weights, given, gradients
    dgamma[:] = 0
    dbeta[:] = 0
    dmu[:] = 0
    dv[:] = 0
    for n in range(N):
        for j in range(C):
            dgamma[j] += dy[n, j] * (x[n, j] - mu[j]) * s[j]  # (3)
            dbeta[j] += dy[n, j]
    if dx.size == 0:
        return
    for j in range(C):
        dv[j] = gamma[j] * dgamma[j] * like(s[j], -0.5) * s[j] * s[j]  # (2)
        dmu[j] = -gamma[j] * dbeta[j] * s[j]
    count = like(x[0, 0], mask.sum() + NOTHING if mask.size else N)
    for n in range(N):  # (1) the mean's share in v: 0 but for NOTHING
        if not fixed and mask.size and mask[n]:
            for j in range(C):
                dmu[j] -= like(s[j], 2) * dv[j] * (x[n, j] - mu[j]) / count
    for n in range(N):
        counted = not fixed and (mask.size == 0 or mask[n])
        for j in range(C):
            dx[n, j] = dy[n, j] * gamma[j] * s[j]  # (2)
            if counted:  # (1)
                dx[n, j] += (dmu[j] + like(s[j], 2) * dv[j] * (x[n, j] - mu[j])) / count
