"""Equation (1) of `cell` in pieces: rows (x or h_prev) times a weight, and its mirrors.

A scan is given one set of these functions for x and one for h. Without dropout there is one matrix
product for all gates. With dropout each gate sees the rows through a mask of its own, `drops[k]`
for gate k, the same at every time step.

    z (B, 4H)    rows (B, K)    weight (K, 4H)    drops (4, B, K), or size 0
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..primitives import add_product, add_product_nt, add_product_of_packed, pack, product_tn


class Product(NamedTuple):
    """z += rows @ weight at one time step, and its mirrors."""

    forward: Callable[..., None]
    d_rows: Callable[..., None]
    d_weight: Callable[..., None]


# ---- the same rows for all gates ----------------------------------------------------------------


def plain(z, rows, drops, weight):
    """z += rows @ weight"""
    add_product(z, rows, weight)


def d_plain_rows(d_rows, dz, drops, weight):
    """The mirror of `plain` for its rows, at one time step."""
    add_product_nt(d_rows, dz, weight)


def d_plain_weight(d_weight, rows, drops, dz):
    """The mirror of `plain` for its weight, over all time steps: rows (T, B, K), dz (T, B, 4H).

    d_weight is overwritten."""
    product_tn(d_weight, rows, dz)


# ---- the same, of a weight that was packed once for all time steps -------------------


def packed(z, rows, drops, weight):
    """z += rows @ weight, where `write_packed` wrote the weight"""
    add_product_of_packed(z, rows, weight)


def write_packed(weight, out):
    """out = weight, ordered for `packed`"""
    pack(out, weight)


# ---- through a mask for each gate ---------------------------------------------------------------


def dropped(z, rows, drops, weight):
    """z_k += (rows * drops[k]) @ weight_k for each gate k"""
    gates, H = drops.shape[0], weight.shape[1] // drops.shape[0]
    for n in range(rows.shape[0]):
        for j in range(rows.shape[1]):
            for k in range(gates):
                factor = rows[n, j] * drops[k, n, j]
                for m in range(k * H, (k + 1) * H):
                    z[n, m] += factor * weight[j, m]


def d_dropped_rows(d_rows, dz, drops, weight):
    """The mirror of `dropped` for its rows, at one time step."""
    gates, H = drops.shape[0], weight.shape[1] // drops.shape[0]
    for n in range(d_rows.shape[0]):
        for j in range(d_rows.shape[1]):
            for k in range(gates):
                for m in range(k * H, (k + 1) * H):
                    d_rows[n, j] += drops[k, n, j] * dz[n, m] * weight[j, m]


def d_dropped_weight(d_weight, rows, drops, dz):
    """The mirror of `dropped` for its weight, over all time steps; d_weight is overwritten."""
    gates, H = drops.shape[0], d_weight.shape[1] // drops.shape[0]
    d_weight[:, :] = 0
    for t in range(rows.shape[0]):
        for n in range(rows.shape[1]):
            for j in range(rows.shape[2]):
                for k in range(gates):
                    factor = rows[t, n, j] * drops[k, n, j]
                    for m in range(k * H, (k + 1) * H):
                        d_weight[j, m] += factor * dz[t, n, m]


PLAIN = Product(plain, d_plain_rows, d_plain_weight)
PACKED = Product(packed, d_plain_rows, d_plain_weight)  # the mirrors read no packed weight
DROPPED = Product(dropped, d_dropped_rows, d_dropped_weight)


def through(drops: np.ndarray) -> Product:
    """The product for rows that go through these dropout masks; size 0 for none."""
    return DROPPED if drops.size else PLAIN
