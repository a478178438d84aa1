"""Several arrays into one, element by element or side by side, each way beside its mirror.

    a, b, y  (N, C)      x (P, Q, R) spread over y (P', Q', R'): axes of 1 become as long as y's

More than two arrays are taken two at a time, from the left. The mirror takes dL/dy, both arrays,
and writes dL/da and dL/db.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..primitives import add, copy, each, each2, like, multiply


class Pairwise(NamedTuple):
    """y = forward(a, b) for rows, and the mirror."""

    forward: Callable[..., None]
    backward: Callable[..., None]


def negative(p):
    return -p


def difference(p, q):
    return p - q


def larger(p, q):
    """The larger of two numbers; NaN if one of them is."""
    return p if p >= q or p != p else q


def smaller(p, q):
    """The smaller of two numbers; NaN if one of them is."""
    return p if p <= q or p != p else q


# ---- element by element -------------------------------------------------------------------------


def total(a, b, y):
    """y = a + b"""
    for n in range(a.shape[0]):
        each2(add, y[n], a[n], b[n])


def d_total(dy, a, b, da, db):
    for n in range(a.shape[0]):
        copy(da[n], dy[n])
        copy(db[n], dy[n])


def subtract(a, b, y):
    """y = a - b"""
    for n in range(a.shape[0]):
        each2(difference, y[n], a[n], b[n])


def d_subtract(dy, a, b, da, db):
    for n in range(a.shape[0]):
        copy(da[n], dy[n])
        each(negative, db[n], dy[n])


def product(a, b, y):
    """y = a * b"""
    for n in range(a.shape[0]):
        each2(multiply, y[n], a[n], b[n])


def d_product(dy, a, b, da, db):
    for n in range(a.shape[0]):
        each2(multiply, da[n], dy[n], b[n])
        each2(multiply, db[n], dy[n], a[n])


def maximum(a, b, y):
    """y = the larger of a and b"""
    for n in range(a.shape[0]):
        for j in range(a.shape[1]):
            y[n, j] = larger(a[n, j], b[n, j])


def d_maximum(dy, a, b, da, db):
    """The error goes to the larger one; to a, where they are equal, as TensorFlow has it."""
    for n in range(a.shape[0]):
        for j in range(a.shape[1]):
            first = a[n, j] >= b[n, j]
            da[n, j] = dy[n, j] if first else like(dy[n, j], 0)
            db[n, j] = like(dy[n, j], 0) if first else dy[n, j]


def minimum(a, b, y):
    """y = the smaller of a and b"""
    for n in range(a.shape[0]):
        for j in range(a.shape[1]):
            y[n, j] = smaller(a[n, j], b[n, j])


def d_minimum(dy, a, b, da, db):
    """The error goes to the smaller one; to a, where they are equal."""
    for n in range(a.shape[0]):
        for j in range(a.shape[1]):
            first = a[n, j] <= b[n, j]
            da[n, j] = dy[n, j] if first else like(dy[n, j], 0)
            db[n, j] = like(dy[n, j], 0) if first else dy[n, j]


TABLE = {
    "add": Pairwise(total, d_total), "subtract": Pairwise(subtract, d_subtract),
    "multiply": Pairwise(product, d_product), "maximum": Pairwise(maximum, d_maximum),
    "minimum": Pairwise(minimum, d_minimum),
}  # fmt: skip


def scale(x, factor, y):
    """y = factor * x, for factor (1,)"""
    for n in range(x.shape[0]):
        for j in range(x.shape[1]):
            y[n, j] = x[n, j] * like(x[n, j], factor[0])


# ---- side by side -------------------------------------------------------------------------------


def put_columns(x, first, y):
    """The columns of y (N, C) from `first` on = x (N, K)"""
    for n in range(x.shape[0]):
        copy(y[n, first : first + x.shape[1]], x[n])


def take_columns(dy, first, dx):
    """The mirror of `put_columns`."""
    for n in range(dx.shape[0]):
        copy(dx[n], dy[n, first : first + dx.shape[1]])


# ---- of other shapes ----------------------------------------------------------------------------


def spread(x, y):
    """y[p, q, r] = x[p, q, r], where an axis of x that has size 1 serves all of y's."""
    for p in range(y.shape[0]):
        for q in range(y.shape[1]):
            for r in range(y.shape[2]):
                y[p, q, r] = x[min(p, x.shape[0] - 1), min(q, x.shape[1] - 1),
                               min(r, x.shape[2] - 1)]  # fmt: skip


def d_spread(dy, dx):
    """The mirror of `spread`: errors add up over the axes that were served."""
    dx[...] = 0
    for p in range(dy.shape[0]):
        for q in range(dy.shape[1]):
            for r in range(dy.shape[2]):
                dx[min(p, dx.shape[0] - 1), min(q, dx.shape[1] - 1),
                   min(r, dx.shape[2] - 1)] += dy[p, q, r]  # fmt: skip


def rearrange(x, axes, y):
    """y = x with its three axes in another order: y's axis k is x's axis axes[k]."""
    for p in range(y.shape[0]):
        for q in range(y.shape[1]):
            for r in range(y.shape[2]):
                first = p if axes[0] == 0 else q if axes[1] == 0 else r
                second = p if axes[0] == 1 else q if axes[1] == 1 else r
                third = p if axes[0] == 2 else q if axes[1] == 2 else r
                y[p, q, r] = x[first, second, third]


# ---- masks --------------------------------------------------------------------------------------


def either(a, b, mask):
    """mask (T, B) = True where a or b is."""
    for t in range(mask.shape[0]):
        for n in range(mask.shape[1]):
            mask[t, n] = a[t, n] or b[t, n]


def choose(mask, a, b, y):
    """y_n = a_n where the mask is True, else b_n, for rows"""
    for n in range(y.shape[0]):
        if mask[n]:
            copy(y[n], a[n])
        else:
            copy(y[n], b[n])


def d_choose(dy, mask, da, db):
    da[...] = 0
    db[...] = 0
    for n in range(dy.shape[0]):
        if mask[n]:
            copy(da[n], dy[n])
        else:
            copy(db[n], dy[n])


# ---- products within each sample ---------------------------------------------------------------


def batch_product(a, b, y):
    """y (B, I, J): y_ij = sum_k a_ik b_jk, for a (B, I, K) and b (B, J, K)"""
    for n in range(y.shape[0]):
        for i in range(y.shape[1]):
            for j in range(y.shape[2]):
                total = like(y[n, i, j], 0)
                for k in range(a.shape[2]):
                    total += a[n, i, k] * b[n, j, k]
                y[n, i, j] = total


def d_batch_product(dy, a, b, da, db):
    da[...] = 0
    db[...] = 0
    for n in range(dy.shape[0]):
        for i in range(dy.shape[1]):
            for j in range(dy.shape[2]):
                for k in range(a.shape[2]):
                    da[n, i, k] += dy[n, i, j] * b[n, j, k]
                    db[n, j, k] += dy[n, i, j] * a[n, i, k]


TINY = 1e-14  # a row's squared length counts as at least this, as in Keras


def to_length_one(x, lengths, y):
    """y_n = x_n / |x_n|, for rows; lengths (N,) for the mirror"""
    for n in range(x.shape[0]):
        squares = like(x[n, 0], 0)
        for j in range(x.shape[1]):
            squares += x[n, j] * x[n, j]
        lengths[n] = np.sqrt(max(squares, like(squares, TINY)))
        for j in range(x.shape[1]):
            y[n, j] = x[n, j] / lengths[n]


def d_to_length_one(dy, y, lengths, dx):
    for n in range(dy.shape[0]):
        along = like(dy[n, 0], 0)
        for j in range(dy.shape[1]):
            along += dy[n, j] * y[n, j]
        if lengths[n] * lengths[n] <= like(along, TINY):
            along = like(along, 0)
        for j in range(dy.shape[1]):
            dx[n, j] = (dy[n, j] - along * y[n, j]) / lengths[n]
