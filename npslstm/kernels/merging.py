"""How two layers' outputs a and b (N, C) become one: each way beside its mirror.

The mirror takes dL/dy and both outputs, and writes dL/da and dL/db.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..primitives import copy, each, each2, like


class Merge(NamedTuple):
    """y = forward(a, b), and the mirror."""

    forward: Callable[..., None]
    backward: Callable[..., None]


def add(p, q):
    return p + q


def multiply(p, q):
    return p * q


def halve(p):
    return p * like(p, 0.5)


# ---- y (N, 2C): a's columns, then b's -----------------------------------------------------------


def concat(a, b, y):
    C = a.shape[1]
    for n in range(a.shape[0]):
        copy(y[n, :C], a[n])
        copy(y[n, C:], b[n])


def d_concat(dy, a, b, da, db):
    C = a.shape[1]
    for n in range(a.shape[0]):
        copy(da[n], dy[n, :C])
        copy(db[n], dy[n, C:])


# ---- y (N, C) -----------------------------------------------------------------------------------


def total(a, b, y):
    for n in range(a.shape[0]):
        each2(add, y[n], a[n], b[n])


def d_total(dy, a, b, da, db):
    for n in range(a.shape[0]):
        copy(da[n], dy[n])
        copy(db[n], dy[n])


def average(a, b, y):
    for n in range(a.shape[0]):
        each2(add, y[n], a[n], b[n])
        each(halve, y[n], y[n])


def d_average(dy, a, b, da, db):
    for n in range(a.shape[0]):
        each(halve, da[n], dy[n])
        each(halve, db[n], dy[n])


def product(a, b, y):
    for n in range(a.shape[0]):
        each2(multiply, y[n], a[n], b[n])


def d_product(dy, a, b, da, db):
    for n in range(a.shape[0]):
        each2(multiply, da[n], dy[n], b[n])
        each2(multiply, db[n], dy[n], a[n])


TABLE = {
    "concat": Merge(concat, d_concat), "sum": Merge(total, d_total),
    "ave": Merge(average, d_average), "mul": Merge(product, d_product),
}  # fmt: skip
