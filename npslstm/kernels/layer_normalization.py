"""Layer normalization, Ba, Kiros & Hinton 2016, https://arxiv.org/abs/1607.06450, equation 4.

    (1)  mu = mean of the row     v = mean of (x - mu)^2
    (2)  s = 1 / sqrt(v + epsilon)      n = (x - mu) s
    (3)  y = gamma n + beta

Every row of x (N, C) by itself, a sample or a time step of one; gamma and beta (C,).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..primitives import like
from .normalization import inverse_root


class Weights(NamedTuple):
    """(C,) each; also their gradients."""

    gamma: np.ndarray
    beta: np.ndarray


def forward(x, weights, epsilon, normed, s, y):
    """Write y, and what the mirror needs: n as `normed` (N, C), and s (N,). epsilon (1,)."""
    N, C = x.shape
    gamma, beta = weights
    for n in range(N):
        mu, v = like(x[n, 0], 0), like(x[n, 0], 0)
        for j in range(C):
            mu += x[n, j]
        mu /= like(mu, C)
        for j in range(C):
            v += (x[n, j] - mu) * (x[n, j] - mu)
        s[n] = inverse_root(v / like(v, C) + like(v, epsilon[0]))
        for j in range(C):
            normed[n, j] = (x[n, j] - mu) * s[n]
            y[n, j] = gamma[j] * normed[n, j] + beta[j]


def backward(dy, weights, normed, s, dx, d_weights):
    """The mirror: gradients of gamma and beta, sums over all rows, and dx unless it has size 0."""
    N, C = dy.shape
    gamma, (d_gamma, d_beta) = weights.gamma, d_weights
    d_gamma[:] = 0
    d_beta[:] = 0
    for n in range(N):
        for j in range(C):
            d_gamma[j] += dy[n, j] * normed[n, j]  # (3)
            d_beta[j] += dy[n, j]
    if dx.size == 0:
        return
    for n in range(N):
        mean, share = like(s[n], 0), like(s[n], 0)
        for j in range(C):
            mean += gamma[j] * dy[n, j]
            share += gamma[j] * dy[n, j] * normed[n, j]
        mean, share = mean / like(mean, C), share / like(share, C)
        for j in range(C):  # (2) and (1) at once
            dx[n, j] = s[n] * (gamma[j] * dy[n, j] - mean - normed[n, j] * share)
