"""What traced expressions are written in: functions of arrays element by element, and sums.

A kernel stands beside its mirror, which adds to the errors of its arguments. The functions of
numbers are in `expression_functions`. Arrays of three axes (P, Q, R); an axis of 1 serves all of
another's.
"""

from __future__ import annotations

from ..primitives import like


def each_of_one(x, y, function):
    """y_j = function(x_j), for arrays (N,)"""
    for j in range(y.size):
        y[j] = function(x[j])


def d_each_of_one(dy, x, y, dx, derivative):
    for j in range(y.size):
        dx[j] += dy[j] * derivative(x[j], y[j])


def each_of_two(a, b, y, function):
    """y = function(a, b), for arrays of three axes"""
    for p in range(y.shape[0]):
        for q in range(y.shape[1]):
            for r in range(y.shape[2]):
                y[p, q, r] = function(entry(a, p, q, r), entry(b, p, q, r))


def d_each_of_two(dy, a, b, y, da, derivative):
    """The mirror, with respect to one of the two: da has the shape of that one."""
    for p in range(y.shape[0]):
        for q in range(y.shape[1]):
            for r in range(y.shape[2]):
                slope = derivative(entry(a, p, q, r), entry(b, p, q, r), y[p, q, r])
                da[min(p, da.shape[0] - 1), min(q, da.shape[1] - 1),
                   min(r, da.shape[2] - 1)] += dy[p, q, r] * slope  # fmt: skip


def entry(x, p, q, r):
    """x[p, q, r], where axes of 1 serve all."""
    return x[min(p, x.shape[0] - 1), min(q, x.shape[1] - 1), min(r, x.shape[2] - 1)]


def choose(c, a, b, y):
    """y = a where c is not 0, else b"""
    for p in range(y.shape[0]):
        for q in range(y.shape[1]):
            for r in range(y.shape[2]):
                chosen = entry(a, p, q, r) if entry(c, p, q, r) != 0 else entry(b, p, q, r)
                y[p, q, r] = chosen


def d_choose(dy, c, da, which):
    """The mirror, with respect to a (which 1) or b (which 0)."""
    for p in range(dy.shape[0]):
        for q in range(dy.shape[1]):
            for r in range(dy.shape[2]):
                if (entry(c, p, q, r) != 0) == (which != 0):
                    da[min(p, da.shape[0] - 1), min(q, da.shape[1] - 1),
                       min(r, da.shape[2] - 1)] += dy[p, q, r]  # fmt: skip


def add_up(x, y):
    """y (P, R) = the sum of x (P, Q, R) over q"""
    for p in range(x.shape[0]):
        for r in range(x.shape[2]):
            total = 0.0
            for q in range(x.shape[1]):
                total += x[p, q, r]
            y[p, r] = total


def d_add_up(dy, dx):
    for p in range(dx.shape[0]):
        for q in range(dx.shape[1]):
            for r in range(dx.shape[2]):
                dx[p, q, r] += dy[p, r]


def cut(x, place, y):
    """y_pqr = x at start + step * index along each axis; place (3, 2): start, step"""
    for p in range(y.shape[0]):
        for q in range(y.shape[1]):
            for r in range(y.shape[2]):
                y[p, q, r] = x[place[0, 0] + place[0, 1] * p, place[1, 0] + place[1, 1] * q,
                               place[2, 0] + place[2, 1] * r]  # fmt: skip


def d_cut(dy, place, dx):
    for p in range(dy.shape[0]):
        for q in range(dy.shape[1]):
            for r in range(dy.shape[2]):
                dx[place[0, 0] + place[0, 1] * p, place[1, 0] + place[1, 1] * q,
                   place[2, 0] + place[2, 1] * r] += dy[p, q, r]  # fmt: skip


def pull(weights, divide, factor, dy):
    """The errors of the rows' values, whose weighted sum, or mean if `divide`, is followed;
    factor (1,)"""
    for n in range(dy.size):
        scale = factor[0] * (weights[n] if weights.size else like(dy[0], 1))
        dy[n] = like(dy[n], scale / dy.size if divide else scale)
