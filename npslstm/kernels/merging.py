"""How two layers' outputs a and b (N, C) become one: each way beside its mirror.

The mirror takes dL/dy and both outputs, and writes dL/da and dL/db.
"""

from __future__ import annotations

from ..primitives import add, copy, each, each2, like
from . import combining
from .combining import Pairwise


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


def average(a, b, y):
    for n in range(a.shape[0]):
        each2(add, y[n], a[n], b[n])
        each(halve, y[n], y[n])


def d_average(dy, a, b, da, db):
    for n in range(a.shape[0]):
        each(halve, da[n], dy[n])
        each(halve, db[n], dy[n])


TABLE = {
    "concat": Pairwise(concat, d_concat), "sum": combining.TABLE["add"],
    "ave": Pairwise(average, d_average), "mul": combining.TABLE["multiply"],
}  # fmt: skip
