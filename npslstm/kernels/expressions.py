"""Functions of arrays, element by element, and sums: what traced expressions are written in.

A function of numbers stands beside its derivative, and a kernel beside its mirror, which adds to
the errors of its arguments. Arrays of three axes (P, Q, R); an axis of 1 serves all of another's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..cell import sigmoid, tanh
from ..primitives import exp, expm1, like, log, log1p, where
from .losses import sign

# ---- of one number ------------------------------------------------------------------------------


class One(NamedTuple):
    """y = forward(x), and dy/dx = derivative(x, y)."""

    forward: Callable
    derivative: Callable


def negative(x):
    return -x


def d_negative(x, y):
    return like(x, -1)


def absolute(x):
    return abs(x)


def d_absolute(x, y):
    return sign(x)


def square(x):
    return x * x


def d_square(x, y):
    return x + x


def sqrt(x):
    return np.sqrt(x)


def d_sqrt(x, y):
    return like(x, 0.5) / y


def d_exp(x, y):
    return y


def d_expm1(x, y):
    return y + like(x, 1)


def d_log(x, y):
    return like(x, 1) / x


def d_log1p(x, y):
    return like(x, 1) / (like(x, 1) + x)


def d_tanh_of(x, y):
    return like(x, 1) - y * y


def d_sigmoid_of(x, y):
    return y * (like(x, 1) - y)


def nothing(x, y):
    return like(x, 0)


OF_ONE = {
    "negative": One(negative, d_negative), "absolute": One(absolute, d_absolute),
    "square": One(square, d_square), "sqrt": One(sqrt, d_sqrt), "exp": One(exp, d_exp),
    "expm1": One(expm1, d_expm1), "log": One(log, d_log), "log1p": One(log1p, d_log1p),
    "tanh": One(tanh, d_tanh_of), "sigmoid": One(sigmoid, d_sigmoid_of), "sign": One(sign, nothing),
}  # fmt: skip

# ---- of two numbers -----------------------------------------------------------------------------


class Two(NamedTuple):
    """y = forward(a, b); dy/da = to_a(a, b, y), dy/db = to_b(a, b, y)."""

    forward: Callable
    to_a: Callable
    to_b: Callable


def add(a, b):
    return a + b


def subtract(a, b):
    return a - b


def multiply(a, b):
    return a * b


def divide(a, b):
    return a / b


def power(a, b):
    return a**b


def maximum(a, b):
    return where(a >= b, a, where(b == b, b, b + a))


def minimum(a, b):
    return where(a <= b, a, where(b == b, b, b + a))


def one(a, b, y):
    return like(a, 1)


def minus_one(a, b, y):
    return like(a, -1)


def zero(a, b, y):
    return like(a, 0)


def second(a, b, y):
    return b


def first(a, b, y):
    return a


def reciprocal(a, b, y):
    return like(a, 1) / b


def minus_quotient(a, b, y):
    return -y / b


def d_base(a, b, y):
    return b * a ** (b - like(b, 1))


def d_exponent(a, b, y):
    """0 where the base is 0, as TensorFlow has it."""
    return where(a > like(a, 0), y * log(where(a > like(a, 0), a, like(a, 1))), like(a, 0))


def first_is_larger(a, b, y):
    return where(a >= b, like(a, 1), like(a, 0))


def second_is_larger(a, b, y):
    return where(a >= b, like(a, 0), like(a, 1))


def first_is_smaller(a, b, y):
    return where(a <= b, like(a, 1), like(a, 0))


def second_is_smaller(a, b, y):
    return where(a <= b, like(a, 0), like(a, 1))


def greater(a, b):
    return where(a > b, like(a, 1), like(a, 0))


def greater_equal(a, b):
    return where(a >= b, like(a, 1), like(a, 0))


def less(a, b):
    return where(a < b, like(a, 1), like(a, 0))


def less_equal(a, b):
    return where(a <= b, like(a, 1), like(a, 0))


def equal(a, b):
    return where(a == b, like(a, 1), like(a, 0))


def not_equal(a, b):
    return where(a != b, like(a, 1), like(a, 0))


OF_TWO = {
    "add": Two(add, one, one), "subtract": Two(subtract, one, minus_one),
    "multiply": Two(multiply, second, first), "divide": Two(divide, reciprocal, minus_quotient),
    "power": Two(power, d_base, d_exponent),
    "maximum": Two(maximum, first_is_larger, second_is_larger),
    "minimum": Two(minimum, first_is_smaller, second_is_smaller),
    **{f.__name__: Two(f, zero, zero)
       for f in (greater, greater_equal, less, less_equal, equal, not_equal)},
}  # fmt: skip

# ---- of arrays ----------------------------------------------------------------------------------


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
