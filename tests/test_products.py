"""Matrix products: loops, tiles and BLAS give what NumPy gives, whatever the shapes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from npslstm import primitives
from npslstm.machine.steps import run_once

ROWS = (1, 2, 3, 6, 7, 13, 25)
INNER = (0, 1, 2, 3, 4, 5, 8, 9, 33, 64)
COLUMNS = (1, 3, 4, 8, 12, 15, 16, 17, 26, 48, 64, 128)
BLAS = (130, 600, 260)  # more rows and numbers than tiles take, in every one of the three
STRETCHES = [(5, 2056, 12), (4, 1032, 8)]  # of dots: two and a little more, one and a little more
LARGE = [BLAS, BLAS[::-1], (20, 600, 260), *STRETCHES]
SHAPES = [*itertools.product(ROWS, INNER, COLUMNS), *LARGE]

KINDS = {
    "add_product": lambda a, b: (a, b),
    "add_product_nt": lambda a, b: (a, b.T),
    "product_tn": lambda a, b: (a.T, b),  # overwrites its result
}
# Epsilons of what is added up, without signs; measured 2.05 (float32), 1.94 (float64).
MOST = 3


def error(total, start, a, b):
    """How far total is from start + a @ b, in those epsilons."""
    start, a, b = (array.astype(np.longdouble) for array in (start, a, b))
    size = abs(start) + abs(a) @ abs(b)
    off = abs(total - (start + a @ b))
    assert (off[size == 0] == 0).all()  # nothing was added up
    return float((off / np.where(size, size, 1)).max() / np.finfo(total.dtype).eps)


def drawn(rng, dtype, M, K, N):
    """What there is to begin with, and two factors."""
    return [rng.standard_normal(shape).astype(dtype) for shape in [(M, N), (M, K), (K, N)]]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", KINDS)
def test_products(kind, dtype):
    rng = np.random.default_rng(1)
    for shape in SHAPES:
        start, a, b = drawn(rng, dtype, *shape)
        total = start.copy()
        factors = [np.ascontiguousarray(f) for f in KINDS[kind](a, b)]
        run_once(getattr(primitives, kind), total, *factors)
        assert error(total, start * kind.startswith("add"), a, b) < MOST, shape


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_products_with_packed_factors(dtype):
    rng = np.random.default_rng(3)
    for shape in itertools.product(ROWS, INNER, (16, 48, 128)):
        start, a, b = drawn(rng, dtype, *shape)
        total, packed = start.copy(), np.full_like(b, np.nan)
        run_once(primitives.pack, packed, b)
        run_once(primitives.add_product_of_packed, total, a, packed)
        assert error(total, start, a, b) < MOST, shape


def test_time_and_samples_are_one_axis_of_a_sum():
    rng = np.random.default_rng(2)
    rows, dz = rng.random((5, 3, 4), np.float32), rng.random((5, 3, 16), np.float32)
    total = np.zeros((4, 16), np.float32)
    run_once(primitives.product_tn, total, rows, dz)
    np.testing.assert_allclose(total, np.einsum("tbk,tbn->kn", rows, dz), rtol=1e-6)
