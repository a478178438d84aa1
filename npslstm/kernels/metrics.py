"""Metrics of one row, and how metrics and losses are averaged over an epoch.

A metric is the mean of a number that each row (sample, or step of a sample) contributes; the
numbers of the loss functions serve as metrics as they are.
"""

from __future__ import annotations

from ..primitives import argmax


def binary_accuracy(t, y, threshold):
    """The share of the row's outputs that are on the target's side of the threshold."""
    right = 0.0
    for j in range(y.size):
        right += t[j] == (y[j] > threshold)
    return right / y.size


def categorical_accuracy(t, y, threshold):
    """1 where the largest output stands where the largest target stands, else 0."""
    return 1.0 if argmax(t) == argmax(y) else 0.0


def sparse_categorical_accuracy(t, y, threshold):
    """1 where the largest output stands at the place that the target names, else 0."""
    return 1.0 if t[0] == argmax(y) else 0.0


def accuracies(target, output, threshold, values, row_metric):
    """values (R,) = the metric of each row of target (R, K) and output (R, C)."""
    for n in range(values.size):
        values[n] = row_metric(target[n], output[n], threshold[0])


def accumulate(values, weights, totals):
    """totals = [sum of value * weight, sum of weights] over the batches since they were cleared."""
    for n in range(values.size):
        weight = weights[n] if weights.size else 1.0
        totals[0] += values[n] * weight
        totals[1] += weight


def track_loss(loss, penalty, samples, totals):
    """totals = [sum of the batches' loss + penalty, by their samples; number of samples]"""
    totals[0] += (loss[0] + penalty[0]) * samples
    totals[1] += samples


def add_loss(loss, factor, total):
    """total += factor * loss, all of shape (1,)"""
    total[0] += factor[0] * loss[0]


def keep(totals, kept, position):
    """kept[position] = totals (1, N), which begin again: the end of an epoch."""
    for k in range(totals.size):
        kept[position[0], k] = totals[0, k]
        totals[0, k] = 0


def weigh_by_mask(mask, given, weights):
    """weights (T, B) = 0 at masked steps, else the given weight, or 1 if `given` has size 0."""
    for t in range(mask.shape[0]):
        for n in range(mask.shape[1]):
            weights[t, n] = mask[t, n]
            if given.size:
                weights[t, n] *= given[t, n]
