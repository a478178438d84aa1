"""Optimizer steps over the flat vector of all trainable weights: w weights, g gradients.

`rate` (1,) holds the learning rate and `iterations` (1,) the number of steps so far; `settings`
are the rule's own constants. All of them are read at every step, so they may change in training.
"""

from __future__ import annotations

import numpy as np

from ..primitives import as_written, like


def decay(w, rate, settings):
    """Decoupled weight decay, before the step: w -= w * weight_decay * learning rate.

    Loshchilov & Hutter 2019, https://arxiv.org/abs/1711.05101, algorithm 2.
    """
    share = like(w[0], settings[0] * rate[0])
    for j in range(w.size):
        w[j] -= w[j] * share


def sgd(w, g, rate):
    """w -= learning rate * g"""
    step = like(w[0], rate[0])
    for j in range(w.size):
        w[j] -= step * g[j]


def sgd_momentum(w, g, m, rate, settings, nesterov):
    """m = momentum * m - learning rate * g;  w += m, or one step ahead of m when `nesterov`.

    Sutskever et al. 2013, https://proceedings.mlr.press/v28/sutskever13.html, section 2.
    """
    step, momentum = like(w[0], rate[0]), like(w[0], settings[0])
    for j in range(w.size):
        m[j] = momentum * m[j] - step * g[j]
        if nesterov:
            w[j] += momentum * m[j] - step * g[j]
        else:
            w[j] += m[j]


@as_written
def rmsprop(w, g, v, mean, m, rate, settings):
    """v = rho v + (1 - rho) g^2;  w -= learning rate * g / sqrt(v + epsilon)

    `mean` (centered) and `m` (momentum) have size 0 where they are not used. settings: rho,
    momentum, epsilon. Tieleman & Hinton 2012, Coursera Neural Networks for ML, lecture 6e.
    """
    step, rho = like(w[0], rate[0]), like(w[0], settings[0])
    momentum, epsilon = like(w[0], settings[1]), like(w[0], settings[2])
    rest = like(w[0], 1) - rho
    for j in range(w.size):
        v[j] = rho * v[j] + rest * (g[j] * g[j])  # inf where g^2 is: then w stays as it is
        spread = v[j]
        if mean.size:
            mean[j] = rho * mean[j] + rest * g[j]
            spread -= mean[j] * mean[j]
        spread += epsilon
        change = step * g[j] / np.sqrt(spread)
        if m.size:
            m[j] = momentum * m[j] + change
            change = m[j]
        w[j] -= change


def adam(w, g, m, v, largest_v, iterations, rate, settings):
    """m and v: running means of g and g^2;  w -= a * m / (sqrt(v) + epsilon)

    a = learning rate * sqrt(1 - beta_2^t) / (1 - beta_1^t) corrects both means for their start at
    zero. settings: beta_1, beta_2, epsilon, and beta_1 and beta_2 once more as Keras raises them to
    a power. `largest_v` has size 0 unless amsgrad.
    Kingma & Ba 2015, https://arxiv.org/abs/1412.6980, section 2, the form before algorithm 1's end.
    """
    t = float(iterations[0] + 1)
    a = rate[0] * np.sqrt(1 - settings[4] ** t) / (1 - settings[3] ** t)
    a, epsilon = like(w[0], a), like(w[0], settings[2])
    rest_1, rest_2 = like(w[0], 1 - settings[0]), like(w[0], 1 - settings[1])
    if largest_v.size:
        for j in range(w.size):
            m[j] += (g[j] - m[j]) * rest_1
            v[j] += (g[j] * g[j] - v[j]) * rest_2
            largest_v[j] = max(largest_v[j], v[j])
            w[j] -= a * m[j] / (np.sqrt(largest_v[j]) + epsilon)
    else:
        for j in range(w.size):
            m[j] += (g[j] - m[j]) * rest_1
            v[j] += (g[j] * g[j] - v[j]) * rest_2
            w[j] -= a * m[j] / (np.sqrt(v[j]) + epsilon)


# ---- gradient clipping ------------------------------------------------------------------------


def clip_values(g, limit):
    """Keep every gradient within [-limit, limit]."""
    high = like(g[0], limit[0])
    for j in range(g.size):
        if g[j] > high:
            g[j] = high
        elif g[j] < -high:
            g[j] = -high


def clip_norm(g, limit):
    """Shrink g so that its Euclidean norm is at most the limit."""
    squares = 0.0
    for j in range(g.size):
        squares += g[j] * g[j]
    norm = np.sqrt(squares)
    if norm > limit[0] or norm != norm:  # a NaN norm makes every gradient NaN
        share = like(g[0], limit[0] / norm)
        for j in range(g.size):
            g[j] *= share
