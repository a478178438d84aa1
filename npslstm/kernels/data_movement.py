"""Kernels that only move numbers: batches out of the data, sequences turned round, states kept.

Data is as the user has it, samples first: (N, F) or (N, T, F). Inside a model a batch of sequences
has its time axis first: (T, B, F). The gather kernels are where one becomes the other.
"""

from __future__ import annotations

from ..primitives import copy as write


def gather_rows(data, order, cursor, batch):
    """batch (B, F) = the rows of data (N, F) named by order[cursor], order[cursor + 1], ..."""
    for n in range(batch.shape[0]):
        write(batch[n], data[order[cursor[0] + n]])


def gather_sequences(data, order, cursor, batch):
    """batch (T, B, F) = the sequences of data (N, T, F) named by order from the cursor on."""
    for n in range(batch.shape[1]):
        sequence = data[order[cursor[0] + n]]
        for t in range(batch.shape[0]):
            write(batch[t, n], sequence[t])


def take_in(data, batch, first, end):
    """batch (T, B, F) = data (B, T, F), for the samples from `first` to before `end`."""
    for n in range(first, end):
        for t in range(batch.shape[0]):
            write(batch[t, n], data[n, t])


def scatter_rows(batch, cursor, data):
    """The rows of batch (B, F) become rows cursor, cursor + 1, ... of data (N, F)."""
    for n in range(batch.shape[0]):
        write(data[cursor[0] + n], batch[n])


def scatter_sequences(batch, cursor, data):
    """The sequences of batch (T, B, F) become sequences cursor, ... of data (N, T, F)."""
    for n in range(batch.shape[1]):
        for t in range(batch.shape[0]):
            write(data[cursor[0] + n, t], batch[t, n])


def advance(cursor, count):
    """Move on to the next batch; also how optimizers count their steps."""
    cursor[0] += count


def copy(source, target):
    """target[...] = source"""
    write(target, source)


def clear(target):
    """target[...] = 0"""
    target[...] = 0


def add(source, target):
    """target[...] += source, both (N, C)"""
    for n in range(source.shape[0]):
        for j in range(source.shape[1]):
            target[n, j] += source[n, j]


def scale(factor, target):
    """target (N, C) *= factor (1,)"""
    for n in range(target.shape[0]):
        for j in range(target.shape[1]):
            target[n, j] *= factor[0]


def reverse(source, target):
    """target = source with its first axis, time, turned round."""
    T = source.shape[0]
    for t in range(T):
        write(target[t], source[T - 1 - t])


def swap(source, target):
    """target (Q, P, F) = source (P, Q, F) with its first two axes exchanged."""
    for p in range(source.shape[0]):
        for q in range(source.shape[1]):
            write(target[q, p], source[p, q])


def repeat(source, target):
    """target[t] (B, F) = source (B, F) for every time step t."""
    for t in range(target.shape[0]):
        write(target[t], source)


def sum_repeats(d_target, d_source):
    """The mirror of `repeat`: the errors of all time steps add up."""
    d_source[...] = 0
    for t in range(d_target.shape[0]):
        for n in range(d_source.shape[0]):
            for j in range(d_source.shape[1]):
                d_source[n, j] += d_target[t, n, j]
