"""How compiled code spells the functions of `cell` and `primitives`: loops, polynomials and BLAS.

The interpreter never reads this file. Nothing here is a second text of the LSTM: it says only how
one exponential, one elementwise loop or one matrix product is carried out.

float32 has its own exponential and hyperbolic tangent, because the C library's are called one
number at a time and these are computed sixteen at a time. float64 keeps the C library's.
  exp   n = round(x / ln 2), then a polynomial of degree 6 on [-ln 2 / 2, ln 2 / 2], times 2^n;
        coefficients of S. L. Moshier's Cephes library, single/expf.c, netlib.org/cephes
  tanh  a rational function of degree 13 / 6 on [-7.9, 7.9]; coefficients of the Eigen library,
        Eigen/src/Core/MathFunctionsImpl.h, the function TensorFlow's CPU kernels use
NaN stays NaN: every limit is written so that a comparison with NaN changes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import types
from numba.extending import overload, register_jitable

from .. import cell
from . import primitives
from .blas import gemm

# Every fast-math freedom but two: `nnan` and `ninf` would turn NaN into finite numbers.
# error_model="numpy": division by zero gives inf, and loops with a division can be vectorised.
OPTIONS: dict[str, Any] = {
    "fastmath": {"nsz", "arcp", "contract", "afn", "reassoc"},
    "error_model": "numpy",
}

# Products of fewer multiplications than this are plain loops: a BLAS call alone costs more.
SMALL = 6144


KNOWN: set[Callable] = set()


def spelled(function):
    """Decorator: the decorated function chooses how compiled code spells `function`."""
    KNOWN.add(function)
    return overload(function, jit_options=OPTIONS)


def compiled(function, options=OPTIONS):
    """Let kernels call `function`, a plain Python function, which itself stays as it is."""
    if function not in KNOWN:
        KNOWN.add(function)
        register_jitable(**options)(function)
    return function


def as_written(function):
    """`compiled`, but sums stay in the order in which they are written."""
    return compiled(function, OPTIONS | {"fastmath": {"nsz", "contract"}})


for equation in (cell.d_sigmoid, cell.d_tanh, cell.next_c, cell.next_h,
                 cell.d_o, cell.d_a, cell.d_i, cell.d_f, cell.d_g, cell.d_c_prev):  # fmt: skip
    compiled(equation)


# ---- numbers ----------------------------------------------------------------------------------

f4 = np.float32
EXP_LOWEST, EXP_HIGHEST = f4(-87.3), f4(89)  # beyond: 0 and inf
LOG2_E, LN2_HIGH, LN2_LOW = f4(1.44269504088896341), f4(0.693359375), f4(-2.12194440e-4)
EXP_5, EXP_4, EXP_3 = f4(1.9875691500e-4), f4(1.3981999507e-3), f4(8.3334519073e-3)
EXP_2, EXP_1, EXP_0 = f4(4.1665795894e-2), f4(1.6666665459e-1), f4(5.0000001201e-1)
TANH_LIMIT = f4(7.90531110763549805)
TANH_13, TANH_11 = f4(-2.76076847742355e-16), f4(2.00018790482477e-13)
TANH_9, TANH_7 = f4(-8.60467152213735e-11), f4(5.12229709037114e-08)
TANH_5, TANH_3, TANH_1 = (
    f4(1.48572235717979e-05),
    f4(6.37261928875436e-04),
    f4(4.89352455891786e-03),
)
TANH_BELOW_6, TANH_BELOW_4 = f4(1.19825839466702e-06), f4(1.18534705686654e-04)
TANH_BELOW_2, TANH_BELOW_0 = f4(2.26843463243900e-03), f4(4.89352518554385e-03)
ONE, TWO, HALF = f4(1), f4(2), f4(0.5)
EXPONENT_BIAS, MANTISSA_BITS = np.int32(127), np.int32(23)


@as_written
def exp_float32(x):
    x = EXP_HIGHEST if x > EXP_HIGHEST else x
    x = EXP_LOWEST if x < EXP_LOWEST else x
    n = np.floor(x * LOG2_E + HALF)
    r = x - n * LN2_HIGH - n * LN2_LOW
    p = ((((EXP_5 * r + EXP_4) * r + EXP_3) * r + EXP_2) * r + EXP_1) * r + EXP_0
    # 2^n as 2^(n - 1) * 2: at n = 128, 2^n itself would be inf; at n = -126 this gives 0
    return (p * (r * r) + r + ONE) * power_of_two(n - ONE) * TWO


@compiled
def power_of_two(n):
    """2^n from the bits of a float32: n goes into the exponent, the mantissa is zero."""
    return np.int32((np.int32(n) + EXPONENT_BIAS) << MANTISSA_BITS).view(np.float32)


@compiled
def tanh_float32(x):
    x = TANH_LIMIT if x > TANH_LIMIT else x
    x = -TANH_LIMIT if x < -TANH_LIMIT else x
    s = x * x
    above = (((TANH_13 * s + TANH_11) * s + TANH_9) * s + TANH_7) * s
    above = (((above + TANH_5) * s + TANH_3) * s + TANH_1) * x
    below = ((TANH_BELOW_6 * s + TANH_BELOW_4) * s + TANH_BELOW_2) * s + TANH_BELOW_0
    return above / below


@spelled(cell.like)
def spell_like(x, constant):
    precision = np.float32 if x == types.float32 else np.float64
    return lambda x, constant: precision(constant)


@spelled(primitives.exp)
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


@spelled(cell.sigmoid)
def spell_sigmoid(x):
    if x == types.float32:
        return lambda x: ONE / (ONE + exp_float32(-x))
    return lambda x: 1.0 / (1.0 + np.exp(-x))


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
