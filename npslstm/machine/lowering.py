"""How compiled code carries out the functions of `primitives`, and tanh: loops and polynomials.

The interpreter never reads this file. It says how an exponential, a hyperbolic tangent or a loop
over elements is carried out; the equations that are made of them stand in `cell`. Matrix products
are in `lowering_products`.
"""

from __future__ import annotations

import math

import numpy as np
from numba import types

from .. import cell, primitives
from .driver import array_at
from .float32 import exp_float32, expm1_float32, tanh_float32
from .options import lowers

# ---- numbers ----------------------------------------------------------------------------------


@lowers(primitives.like)
def lower_like(x, constant):
    precision = np.float32 if x == types.float32 else np.float64
    return lambda x, constant: precision(constant)


@lowers(primitives.exp)
def lower_exp(x):
    if x == types.float32:
        return lambda x: exp_float32(x)
    return lambda x: np.exp(x)


@lowers(primitives.expm1)
def lower_expm1(x):
    if x == types.float32:
        return lambda x: expm1_float32(x)
    return lambda x: np.expm1(x)


@lowers(primitives.log)
def lower_log(x):
    return lambda x: np.log(x)


@lowers(primitives.log1p)
def lower_log1p(x):
    return lambda x: np.log1p(x)


@lowers(primitives.erf)
def lower_erf(x):
    return lambda x: math.erf(x)


@lowers(primitives.erfc)
def lower_erfc(x):
    return lambda x: math.erfc(x)


@lowers(primitives.where)
def lower_where(condition, yes, no):
    return lambda condition, yes, no: yes if condition else no


@lowers(cell.tanh)
def lower_tanh(x):
    if x == types.float32:
        return lambda x: tanh_float32(x)
    return lambda x: np.tanh(x)


# ---- rows -------------------------------------------------------------------------------------


@lowers(primitives.each)
def lower_each(function, out, p):
    def loop(function, out, p):
        for j in range(out.size):
            out[j] = function(p[j])

    return loop


@lowers(primitives.each2)
def lower_each2(function, out, p, q):
    def loop(function, out, p, q):
        for j in range(out.size):
            out[j] = function(p[j], q[j])

    return loop


@lowers(primitives.each3)
def lower_each3(function, out, p, q, r):
    def loop(function, out, p, q, r):
        for j in range(out.size):
            out[j] = function(p[j], q[j], r[j])

    return loop


@lowers(primitives.each4)
def lower_each4(function, out, p, q, r, s):
    def loop(function, out, p, q, r, s):
        for j in range(out.size):
            out[j] = function(p[j], q[j], r[j], s[j])

    return loop


@lowers(primitives.chain)
def lower_chain(out, f, p, q, derivative, x, y):
    def loop(out, f, p, q, derivative, x, y):
        for j in range(out.size):
            out[j] = f(p[j], q[j]) * derivative(x[j], y[j])

    return loop


@lowers(primitives.copy)
def lower_copy(out, p):
    if out.ndim > 1:
        return lambda out, p: primitives.copy(
            array_at(out.ctypes.data, (out.size,), out.dtype),
            array_at(p.ctypes.data, (p.size,), p.dtype),
        )

    def loop(out, p):
        for j in range(out.size):
            out[j] = p[j]

    return loop


@lowers(primitives.total)
def lower_total(row):
    def loop(row):
        total = row[0]
        for j in range(1, row.size):
            total += row[j]
        return total

    return loop


@lowers(primitives.largest)
def lower_largest(row):
    def loop(row):  # four at a time, as each comparison has to wait for the one before
        a = b = c = d = row[0]
        for j in range(0, row.size - 3, 4):
            a = row[j] if row[j] > a else a
            b = row[j + 1] if row[j + 1] > b else b
            c = row[j + 2] if row[j + 2] > c else c
            d = row[j + 3] if row[j + 3] > d else d
        for j in range(row.size - row.size % 4, row.size):
            a = row[j] if row[j] > a else a
        a, b = a if a > b else b, c if c > d else d
        return a if a > b else b

    return loop


@lowers(primitives.argmax)
def lower_argmax(row):
    def loop(row):
        place, largest = 0, row[0]
        for j in range(1, row.size):
            if largest == largest and not row[j] <= largest:
                place, largest = j, row[j]
        return place

    return loop


@lowers(primitives.fill_rows)
def lower_fill_rows(out, row):
    def loop(out, row):
        for m in range(out.shape[0]):
            to = out[m]
            for n in range(row.size):
                to[n] = row[n]

    return loop


@lowers(primitives.add_column_sums)
def lower_add_column_sums(total, a):
    def loop(total, a):
        for m in range(a.shape[0]):
            row = a[m]
            for n in range(total.size):
                total[n] += row[n]

    return loop
