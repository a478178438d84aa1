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
from .options import spelled

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


@spelled(primitives.copy)
def spell_copy(out, p):
    def loop(out, p):
        for j in range(out.size):
            out[j] = p[j]

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
# BLAS counts in columns: it sees each of our matrices transposed, hence the order b, a.

N, T = ord("N"), ord("T")


@spelled(primitives.add_product)
def spell_add_product(total, a, b):
    def product(total, a, b):
        rows, inner = a.shape
        columns = b.shape[1]
        if rows * inner * columns < SMALL or rows == 1:
            for m in range(rows):
                out = total[m]
                for k in range(inner):
                    factor, row = a[m, k], b[k]
                    for n in range(columns):
                        out[n] += factor * row[n]
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
                left = a[m]
                for k in range(columns):
                    right = b[k]
                    dot = total[m, k]
                    for n in range(inner):
                        dot += left[n] * right[n]
                    total[m, k] = dot
        else:
            gemm(T, N, columns, rows, inner, b, inner, a, inner, total, columns)

    return product


@spelled(primitives.add_product_tn)
def spell_add_product_tn(total, a, b):
    def product(total, a, b):
        inner, rows = a.shape
        columns = b.shape[1]
        if rows * inner * columns < SMALL or inner == 1:
            for m in range(inner):
                row = b[m]
                for k in range(rows):
                    factor, out = a[m, k], total[k]
                    for n in range(columns):
                        out[n] += factor * row[n]
        else:
            gemm(N, T, columns, rows, inner, b, columns, a, rows, total, columns)

    return product
