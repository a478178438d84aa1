"""What a training step must do at the least: products, other traffic in memory, and the bound.

The bound is the time of a machine that does nothing else: the products' floating point operations
at the rate of a large product, plus a copy of as many bytes as must move, both measured in this
run. A copy of that size, for what fits into a cache moves faster than what does not.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from npslstm.machine.sizes import packing_repays

from .workloads import Workload, weights

BYTES = 4  # of a float32
TRAFFIC = {"sgd": 5, "adam": 9}  # a weight and its gradient, and the moments, read and written


class Product(NamedTuple):
    """`times` products of (rows, inner) and (inner, columns); kind: the primitive that does it."""

    kind: str
    rows: int
    inner: int
    columns: int
    times: int = 1

    @property
    def flops(self) -> int:
        return 2 * self.rows * self.inner * self.columns * self.times

    @property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        """Of the result and of the two factors as they lie in memory."""
        m, k, n = self.rows, self.inner, self.columns
        a = (k, m) if self.kind == "product_tn" else (m, k)
        b = (n, k) if self.kind == "add_product_nt" else (k, n)
        return (m, n), a, b


PLAIN, NT, TN = "add_product", "add_product_nt", "product_tn"
PANELS = "add_product_of_packed"


def products(workload: Workload, parts: int = 1) -> list[Product]:
    """All products of a step; the batch in so many parts, each with products of its own.

    What is known for all time steps at once is one product; through h it goes step by step. The
    error is not taken back to the data.
    """
    T, B, F, found = workload.steps, max(1, workload.batch // parts), workload.features, []
    for k, H in enumerate(workload.units):
        through_h = PANELS if packing_repays(np.empty((H, 4 * H), np.float32), B, T) else PLAIN
        found += [
            Product(PLAIN, T * B, F, 4 * H), Product(through_h, B, H, 4 * H, T),
            Product(NT, B, 4 * H, H, T),
            Product(TN, F, T * B, 4 * H), Product(TN, H, T * B, 4 * H),
        ]  # fmt: skip
        if k:
            found.append(Product(NT, T * B, 4 * H, F))
        F = H
    U = workload.outputs
    found += [Product(PLAIN, B, F, U), Product(TN, F, B, U), Product(NT, B, U, F)]
    return [p._replace(times=p.times * parts) for p in found]


def flops(workload: Workload) -> int:
    return sum(p.flops for p in products(workload))


def traffic(workload: Workload) -> int:
    """Bytes: the batch, the record of the gates and states (written, and read on the way back), the
    errors of the gates (likewise), and the optimizer's pass over the weights."""
    T, B = workload.steps, workload.batch
    record = sum(T * B * 2 * (4 + 3 + 4) * H for H in workload.units)
    batch = B * (T * workload.features + workload.outputs)
    parameters = sum(w.size for w in weights(workload))
    return BYTES * (batch + record + TRAFFIC[workload.optimizer] * parameters)


def bound(workload: Workload, gigaflops: float, copying: float) -> float:
    """Microseconds; `copying` are those of the copy."""
    return flops(workload) / gigaflops / 1e3 + copying


def exponent(sizes: list[int], times: list[float]) -> float:
    """p of time = a size^p over the larger half: least squares through the logarithms."""
    half = len(sizes) // 2
    slope, _ = np.polyfit(np.log(sizes[half:]), np.log(times[half:]), 1)
    return float(slope)
