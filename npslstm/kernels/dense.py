"""The dense layer's kernels: every row of x times the weights, plus the bias.

(1)  y = x W + b          x (N, F), W (F, U), b (U,), y (N, U)
"""

from __future__ import annotations

from ..primitives import add_column_sums, add_product, add_product_nt, fill_rows, product_tn


def forward(x, W, b, y):
    """Write y."""
    fill_rows(y, b)  # (1)
    add_product(y, x, W)


def backward(x, W, dy, dx, dW, db):
    """The mirror of `forward`: write dW, db, and dx unless it has size 0."""
    product_tn(dW, x, dy)  # (1)
    db[...] = 0
    add_column_sums(db, dy)
    if dx.size:
        dx[...] = 0
        add_product_nt(dx, dy, W)
