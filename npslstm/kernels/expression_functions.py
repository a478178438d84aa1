"""Functions of one and of two numbers, each beside its derivative.

By these tables a traced expression is differentiated.
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
