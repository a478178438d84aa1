"""The few array operations that every kernel is written in, as plain NumPy.

The interpreter runs these bodies. Compiled code means the same and carries them out as loops, tiles
or BLAS calls, which `machine.lowering` and `machine.lowering_products` give for each function of
this file and for the hyperbolic tangent of `cell`. All arrays are C-contiguous rows or matrices;
`out` and `total` are written in place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def as_written(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator: compiled code keeps to the order of the operations in `function`.

    Elsewhere it may reorder sums and products, which is faster and as exact for numbers of ordinary
    size. (a * g) * g is finite where g * g is not, though, and t * p + (1 - t) * q loses its small
    p once it has become t * (p - q) + q.
    """
    function.as_written = True  # type: ignore[attr-defined]
    return function


def like(x, constant):
    """`constant` in the precision of `x`; compiled, a plain 1.0 would widen float32 to float64."""
    return np.result_type(x).type(constant)


def exp(x):
    """The exponential function."""
    return np.exp(x)


def expm1(x):
    """e^x - 1, accurate for small x."""
    return np.expm1(x)


def log(x):
    """The natural logarithm."""
    return np.log(x)


def log1p(x):
    """log(1 + x), accurate for small x."""
    return np.log1p(x)


def erf(x):
    """The error function."""
    from scipy.special import erf

    return erf(x)


def erfc(x):
    """1 - erf(x), accurate for large x."""
    from scipy.special import erfc

    return erfc(x)


def where(condition, yes, no):
    """`yes` where the condition holds, `no` elsewhere."""
    return np.where(condition, yes, no)


def add(p, q):
    return p + q


def multiply(p, q):
    return p * q


def each(function, out, p):
    """out[j] = function(p[j]) for every element j."""
    out[...] = function(p)


def each2(function, out, p, q):
    """out[j] = function(p[j], q[j]) for every element j."""
    out[...] = function(p, q)


def each3(function, out, p, q, r):
    """out[j] = function(p[j], q[j], r[j]) for every element j."""
    out[...] = function(p, q, r)


def each4(function, out, p, q, r, s):
    """out[j] = function(p[j], q[j], r[j], s[j]) for every element j."""
    out[...] = function(p, q, r, s)


def chain(out, f, p, q, derivative, x, y):
    """out[j] = f(p[j], q[j]) * derivative(x[j], y[j]) for every element j: the chain rule."""
    out[...] = f(p, q) * derivative(x, y)


def copy(out, p):
    """out[...] = p[...], of any number of axes."""
    out[...] = p


def total(row):
    """The sum of the elements of a row."""
    return row.sum()


def largest(row):
    """The largest element of a row. Of a row with NaN: NaN, or the largest of the others."""
    return row.max()


def argmax(row):
    """The place of the first of the largest elements of a row; of its first NaN, if it has one."""
    return row.argmax()


def fill_rows(out, row):
    """Write `row` (N,) into every row of `out` (M, N)."""
    out[...] = row


def add_product(total, a, b):
    """total (M, N) += a (M, K) @ b (K, N)"""
    total += a @ b


def add_product_nt(total, a, b):
    """total (M, K) += a (M, N) @ b (K, N) transposed"""
    total += a @ b.T


def pack(out, b):
    """out = b (K, N), in the order in which `add_product_of_packed` reads it: for an N that tiles
    cover (see `sizes.packing_repays`)."""
    out[...] = b


def add_product_of_packed(total, a, b):
    """total (M, N) += a (M, K) @ b (K, N), where `pack` wrote b"""
    total += a @ b


def product_tn(out, a, b):
    """out (K, N) = a (M, K) transposed @ b (M, N); M may be two axes, time and samples"""
    out[...] = a.reshape(-1, a.shape[-1]).T @ b.reshape(-1, b.shape[-1])


def add_column_sums(total, a):
    """total (N,) += the sum of the rows of a (M, N)"""
    total += a.sum(axis=0)
