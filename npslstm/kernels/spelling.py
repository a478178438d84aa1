"""How compiled code spells the functions of `cell` and `primitives`: loops, polynomials and BLAS.

The interpreter never reads this file. It says how an exponential, a hyperbolic tangent, a loop over
elements or a matrix product is carried out; the equations that are made of them stand in `cell`.
"""

from __future__ import annotations

import math

import numpy as np
from numba import types

from .. import cell
from . import primitives
from .blas import gemm
from .float32 import exp_float32, tanh_float32
from .options import compiled, spelled

# Products of fewer multiplications than this are plain loops: a BLAS call alone costs more.
SMALL = 6144


# ---- numbers ----------------------------------------------------------------------------------


@spelled(cell.like)
def spell_like(x, constant):
    precision = np.float32 if x == types.float32 else np.float64
    return lambda x, constant: precision(constant)


@spelled(cell.exp)
def spell_exp(x):
    if x == types.float32:
        return lambda x: exp_float32(x)
    return lambda x: np.exp(x)


@spelled(primitives.log)
def spell_log(x):
    return lambda x: np.log(x)


@spelled(primitives.log1p)
def spell_log1p(x):
    return lambda x: np.log1p(x)


@spelled(primitives.erf)
def spell_erf(x):
    return lambda x: math.erf(x)


@spelled(primitives.where)
def spell_where(condition, yes, no):
    return lambda condition, yes, no: yes if condition else no


@spelled(cell.tanh)
def spell_tanh(x):
    if x == types.float32:
        return lambda x: tanh_float32(x)
    return lambda x: np.tanh(x)


# ---- rows -------------------------------------------------------------------------------------


@spelled(primitives.each)
def spell_each(function, out, p):
    def loop(function, out, p):
        for j in range(out.size):
            out[j] = function(p[j])

    return loop


@spelled(primitives.each2)
def spell_each2(function, out, p, q):
    def loop(function, out, p, q):
        for j in range(out.size):
            out[j] = function(p[j], q[j])

    return loop


@spelled(primitives.each3)
def spell_each3(function, out, p, q, r):
    def loop(function, out, p, q, r):
        for j in range(out.size):
            out[j] = function(p[j], q[j], r[j])

    return loop


@spelled(primitives.each4)
def spell_each4(function, out, p, q, r, s):
    def loop(function, out, p, q, r, s):
        for j in range(out.size):
            out[j] = function(p[j], q[j], r[j], s[j])

    return loop


@spelled(primitives.chain)
def spell_chain(out, f, p, q, derivative, x, y):
    def loop(out, f, p, q, derivative, x, y):
        for j in range(out.size):
            out[j] = f(p[j], q[j]) * derivative(x[j], y[j])

    return loop


@spelled(primitives.copy)
def spell_copy(out, p):
    if out.ndim > 1:
        return lambda out, p: primitives.copy(out.reshape(out.size), p.reshape(p.size))

    def loop(out, p):
        for j in range(out.size):
            out[j] = p[j]

    return loop


@spelled(primitives.total)
def spell_total(row):
    def loop(row):
        total = row[0]
        for j in range(1, row.size):
            total += row[j]
        return total

    return loop


@spelled(primitives.largest)
def spell_largest(row):
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


@spelled(primitives.argmax)
def spell_argmax(row):
    def loop(row):
        place, largest = 0, row[0]
        for j in range(1, row.size):
            if largest == largest and not row[j] <= largest:
                place, largest = j, row[j]
        return place

    return loop


@spelled(primitives.fill_rows)
def spell_fill_rows(out, row):
    def loop(out, row):
        for m in range(out.shape[0]):
            to = out[m]
            for n in range(row.size):
                to[n] = row[n]

    return loop


@spelled(primitives.add_column_sums)
def spell_add_column_sums(total, a):
    def loop(total, a):
        for m in range(a.shape[0]):
            row = a[m]
            for n in range(total.size):
                total[n] += row[n]

    return loop


# ---- matrix products --------------------------------------------------------------------------
# Small ones are loops that take four rows of the second factor at a time, which spares three of
# four ways of the result through memory. BLAS counts in columns: it sees each of our matrices
# transposed, hence the order b, a.

N, T = ord("N"), ord("T")


@compiled
def add_four(out, p, q, r, s, rows, k):
    """out += p * rows[k] + q * rows[k + 1] + r * rows[k + 2] + s * rows[k + 3]"""
    row_p, row_q, row_r, row_s = rows[k], rows[k + 1], rows[k + 2], rows[k + 3]
    for n in range(out.size):
        out[n] += p * row_p[n] + q * row_q[n] + r * row_r[n] + s * row_s[n]


@compiled
def add_one(out, p, row):
    """out += p * row"""
    for n in range(out.size):
        out[n] += p * row[n]


@spelled(primitives.add_product)
def spell_add_product(total, a, b):
    def product(total, a, b):
        rows, inner = a.shape
        columns = b.shape[1]
        if rows * inner * columns < SMALL or rows == 1:
            for m in range(rows):
                for k in range(0, inner - 3, 4):
                    add_four(total[m], a[m, k], a[m, k + 1], a[m, k + 2], a[m, k + 3], b, k)
                for k in range(inner - inner % 4, inner):
                    add_one(total[m], a[m, k], b[k])
        else:
            gemm(N, N, columns, rows, inner, b, columns, a, inner, total, columns)

    return product


@spelled(primitives.add_product_nt)
def spell_add_product_nt(total, a, b):
    def product(total, a, b):
        rows, inner = a.shape
        columns = b.shape[0]
        if rows * inner * columns < SMALL or rows == 1:
            for m in range(rows):
                left, out = a[m], total[m]
                for k in range(0, columns - 3, 4):
                    row_p, row_q, row_r, row_s = b[k], b[k + 1], b[k + 2], b[k + 3]
                    p, q, r, s = out[k], out[k + 1], out[k + 2], out[k + 3]
                    for n in range(inner):
                        p += left[n] * row_p[n]
                        q += left[n] * row_q[n]
                        r += left[n] * row_r[n]
                        s += left[n] * row_s[n]
                    out[k], out[k + 1], out[k + 2], out[k + 3] = p, q, r, s
                for k in range(columns - columns % 4, columns):
                    dot, right = out[k], b[k]
                    for n in range(inner):
                        dot += left[n] * right[n]
                    out[k] = dot
        else:
            gemm(T, N, columns, rows, inner, b, inner, a, inner, total, columns)

    return product


@spelled(primitives.add_product_tn)
def spell_add_product_tn(total, a, b):
    def product(total, a, b):
        inner, rows = a.shape
        columns = b.shape[1]
        if rows * inner * columns < SMALL or inner == 1:
            for m in range(0, inner - 3, 4):
                for k in range(rows):
                    add_four(total[k], a[m, k], a[m + 1, k], a[m + 2, k], a[m + 3, k], b, m)
            for m in range(inner - inner % 4, inner):
                for k in range(rows):
                    add_one(total[k], a[m, k], b[m])
        else:
            gemm(N, T, columns, rows, inner, b, columns, a, rows, total, columns)

    return product
