"""Matrix products: loops, tiles and BLAS give what NumPy gives, whatever the shapes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from npslstm.kernels import primitives
from npslstm.kernels.operations import Operation

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
# Epsilons of what is added up, without signs; measured 2.01 (float32), 1.53 (float64).
MOST = 3


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", KINDS)
def test_products(kind, dtype):
    rng = np.random.default_rng(1)
    for M, K, N in SHAPES:
        start, a, b = (rng.standard_normal(s) for s in [(M, N), (M, K), (K, N)])
        exact = np.longdouble
        rounded = [array.astype(dtype) for array in (start, a, b)]
        start, a, b = (array.astype(exact) for array in rounded)
        start = start * kind.startswith("add")
        total, expected = rounded[0].copy(), start + a @ b
        factors = [np.ascontiguousarray(f) for f in KINDS[kind](*rounded[1:])]
        Operation(getattr(primitives, kind), total, *factors)()
        size = abs(start) + abs(a) @ abs(b)
        off = abs(total - expected)
        assert (off[size == 0] == 0).all()  # nothing was added up
        error = (off / np.where(size, size, 1)).max() / np.finfo(dtype).eps
        assert error < MOST, (M, K, N, float(error))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_products_with_panels(dtype):
    rng = np.random.default_rng(3)
    for M, K, N in itertools.product(ROWS, INNER, (16, 48, 128)):
        total, a, b = (rng.standard_normal(s).astype(dtype) for s in [(M, N), (M, K), (K, N)])
        panels, expected = np.full_like(b, np.nan), total + a @ b
        Operation(primitives.panels, panels, b)()
        assert np.array_equal(np.sort(panels, axis=None), np.sort(b, axis=None))
        size = abs(total) + abs(a) @ abs(b)
        Operation(primitives.add_product_of_panels, total, a, panels)()
        assert (abs(total - expected) <= 2 * MOST * np.finfo(dtype).eps * size).all(), (M, K, N)


def test_time_and_samples_are_one_axis_of_a_sum():
    rng = np.random.default_rng(2)
    rows, dz = rng.random((5, 3, 4), np.float32), rng.random((5, 3, 16), np.float32)
    total = np.zeros((4, 16), np.float32)
    Operation(primitives.product_tn, total, rows, dz)()
    np.testing.assert_allclose(total, np.einsum("tbk,tbn->kn", rows, dz), rtol=1e-6)
