"""Losses of one row: the target t and the output y of one sample, or of one step of one sample.

Each function has its mirror, `d_<name>(t, y, scale, dy)`, which writes dy = scale * d loss / d y.
Probabilities are kept within [EPSILON, 1 - EPSILON]; outside, their gradient is zero. The versions
on logits take the numbers before softmax or sigmoid and need no such limits; `_before_softmax` and
`_before_sigmoid` are their mirrors once more, dL/dlogits read off the outputs. A label that names
no output gives NaN, as TensorFlow's does on GPUs: data may change after they were checked.
Definitions as in https://keras.io/api/losses; a row's loss is added up in float64, but for the
powers of e.
"""

from __future__ import annotations

import numpy as np

from ..primitives import as_written, exp, largest, like, log, log1p, total, where

EPSILON = 1e-7
NOWHERE = -1


# ---- regression -------------------------------------------------------------------------------


def mean_squared_error(t, y):
    total = 0.0
    for j in range(y.size):
        total += (y[j] - t[j]) * (y[j] - t[j])
    return total / y.size


def d_mean_squared_error(t, y, scale, dy):
    for j in range(y.size):
        dy[j] = scale * 2 * (y[j] - t[j]) / y.size


def mean_absolute_error(t, y):
    total = 0.0
    for j in range(y.size):
        total += abs(y[j] - t[j])
    return total / y.size


def d_mean_absolute_error(t, y, scale, dy):
    for j in range(y.size):
        dy[j] = scale * sign(y[j] - t[j]) / y.size


def sign(x):
    """-1, 0 or 1; NaN stays NaN."""
    one, zero = like(x, 1), like(x, 0)
    return where(x > zero, one, where(x < zero, -one, x))


# ---- labels -----------------------------------------------------------------------------------


def place(t, y):
    """Where in the row y the label t[0] stands: the only way from a label to an index.

    NOWHERE for NaN, infinity and any label outside the row, also those no integer can hold.
    """
    return int(t[0]) if t[0] >= 0 and t[0] < y.size else NOWHERE


def spoil(dy):
    """The gradient of a row whose label stands nowhere: NaN."""
    for j in range(dy.size):
        dy[j] = like(dy[j], np.nan)


# ---- probabilities ----------------------------------------------------------------------------


def limited(p):
    low, high = like(p, EPSILON), like(p, 1 - EPSILON)
    return where(p < low, low, where(p > high, high, p))


def within(p):
    """1 where `limited` leaves p as it is, and its gradient passes; else 0."""
    one, zero = like(p, 1), like(p, 0)
    return where(p < like(p, EPSILON), zero, where(p > like(p, 1 - EPSILON), zero, one))


@as_written
def binary_crossentropy(t, y):
    total = 0.0
    for j in range(y.size):
        p = limited(y[j])
        total -= t[j] * log(p) + (like(p, 1) - t[j]) * log(like(p, 1) - p)
    return total / y.size


@as_written
def d_binary_crossentropy(t, y, scale, dy):
    for j in range(y.size):
        p = limited(y[j])
        slope = (like(p, 1) - t[j]) / (like(p, 1) - p) - t[j] / p
        dy[j] = scale * within(y[j]) * slope / y.size


@as_written
def categorical_crossentropy(t, y):
    share = total(y)
    loss = 0.0
    for j in range(y.size):
        loss -= t[j] * log(limited(y[j] / share))
    return loss


@as_written
def d_categorical_crossentropy(t, y, scale, dy):
    share = total(y)
    dot = like(share, 0)
    for j in range(y.size):
        p = y[j] / share
        dy[j] = -within(p) * t[j] / limited(p)
        dot += p * dy[j]
    for j in range(y.size):
        dy[j] = scale * (dy[j] - dot) / share


@as_written
def sparse_categorical_crossentropy(t, y):
    label = place(t, y)
    share = 0.0
    for j in range(y.size):
        share += limited(y[j])
    return log(share) - log(limited(y[label])) if label != NOWHERE else np.nan


@as_written
def d_sparse_categorical_crossentropy(t, y, scale, dy):
    label = place(t, y)
    share = like(y[0], 0)
    for j in range(y.size):
        share += limited(y[j])
    for j in range(y.size):
        dy[j] = scale * within(y[j]) / share
    if label != NOWHERE:
        dy[label] -= scale * within(y[label]) / limited(y[label])
    else:
        spoil(dy)


# ---- logits -----------------------------------------------------------------------------------


@as_written
def binary_crossentropy_from_logits(t, y):
    total = 0.0
    for j in range(y.size):
        z = y[j]
        total += where(z < like(z, 0), like(z, 0), z) - z * t[j] + log1p(exp(-abs(z)))
    return total / y.size


@as_written
def d_binary_crossentropy_from_logits(t, y, scale, dy):
    for j in range(y.size):
        one, power = like(y[j], 1), exp(-abs(y[j]))
        # sigmoid(y) = yes / (1 + power), 1 - sigmoid(y) = no / (1 + power), neither of them rounded
        no, yes = where(y[j] < 0, one, power), where(y[j] < 0, power, one)
        dy[j] = scale * ((one - t[j]) * yes - t[j] * no) / (one + power) / y.size


def sum_of_powers(y, highest):
    """sum_k e^(y_k - highest), from which the largest y was taken off: no overflow."""
    powers = like(highest, 0)
    for j in range(y.size):
        powers += exp(y[j] - highest)
    return powers


@as_written
def categorical_crossentropy_from_logits(t, y):
    highest = largest(y)
    norm = log(sum_of_powers(y, highest))
    total = 0.0
    for j in range(y.size):
        total += t[j] * (norm - (y[j] - highest))
    return total


@as_written
def d_categorical_crossentropy_from_logits(t, y, scale, dy):
    # exact where the targets add up to 1; where they do not, this is what TensorFlow does
    highest = largest(y)
    powers = sum_of_powers(y, highest)
    for j in range(y.size):
        dy[j] = scale * (exp(y[j] - highest) / powers - t[j])


@as_written
def sparse_categorical_crossentropy_from_logits(t, y):
    label, highest = place(t, y), largest(y)
    norm = log(sum_of_powers(y, highest))
    return norm - (y[label] - highest) if label != NOWHERE else np.nan


@as_written
def d_sparse_categorical_crossentropy_from_logits(t, y, scale, dy):
    label, highest = place(t, y), largest(y)
    powers = sum_of_powers(y, highest)
    for j in range(y.size):
        dy[j] = scale * (exp(y[j] - highest) / powers)
    if label != NOWHERE:
        dy[label] -= scale
    else:
        spoil(dy)


# ---- logits, where the p that softmax or sigmoid made of them is at hand: only p - t is left ----


def d_binary_crossentropy_before_sigmoid(t, p, scale, dy):
    for j in range(p.size):
        dy[j] = scale * (p[j] - t[j]) / p.size


def d_categorical_crossentropy_before_softmax(t, p, scale, dy):
    for j in range(p.size):
        dy[j] = scale * (p[j] - t[j])


def d_sparse_categorical_crossentropy_before_softmax(t, p, scale, dy):
    for j in range(p.size):
        dy[j] = scale * p[j]
    label = place(t, p)
    if label != NOWHERE:
        dy[label] -= scale
    else:
        spoil(dy)


# ---- a batch of rows --------------------------------------------------------------------------


def forward(target, output, values, row_loss):
    """values (R,) = the loss of each row of target (R, K) and output (R, C)."""
    for n in range(values.size):
        values[n] = row_loss(target[n], output[n])


def reduce(values, weights, divide, loss):
    """loss[0] = sum of values * weights, divided by the number of values where `divide` says so.

    weights (R,), or size 0 for none. Not divided by the sum of the weights: so does Keras 3.
    """
    loss[0] = 0
    for n in range(values.size):
        loss[0] += values[n] * weights[n] if weights.size else values[n]
    if divide:
        loss[0] /= values.size


def backward(target, output, weights, divide, d_output, d_row_loss):
    """The mirror of `reduce` after `forward`: write d_output (R, C)."""
    for n in range(output.shape[0]):
        scale = weights[n] if weights.size else like(output[0, 0], 1)
        if divide:
            scale /= output.shape[0]
        d_row_loss(target[n], output[n], like(output[0, 0], scale), d_output[n])


def smooth(target, settings, smoothed):
    """Label smoothing: smoothed = target * settings[0] + settings[1]."""
    for n in range(target.shape[0]):
        for j in range(target.shape[1]):
            smoothed[n, j] = target[n, j] * settings[0] + settings[1]


def balance(weights, balanced):
    """balanced = weights scaled to a mean of 1, so that `reduce` divides by their sum."""
    total = 0.0
    for n in range(weights.size):
        total += weights[n]
    for n in range(weights.size):
        balanced[n] = weights[n] * (weights.size / total) if total != 0 else 0
