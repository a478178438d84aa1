"""Where one way to carry out a matrix product ends and the next begins, measured in float32.

Read by compiled code (`lowering_products`) and where a layer chooses its product (`scanning`).
"""

from __future__ import annotations

import numpy as np

# ---- small products
TINY = 1024  # numbers of a factor; fewer are multiplied sooner than a function is called
SMALL = 6144  # multiplications; a BLAS call alone costs more than so many
FEW = 4  # factors in each sum, for which a tile does not repay

# ---- tiles, in bytes, as their numbers are of either precision
VECTOR_BYTES = 32  # eight of float32; where a processor has smaller vectors, LLVM takes two
TILE_BYTES = 64  # of a row of a tile: 16 numbers of float32
WIDE_BYTES = 256  # of a tile for a single row, which has all registers for itself

# ---- large products
WIDEST = 512  # columns; rows of more lie too far apart for a tile
LARGE = 2**17  # numbers of a factor that every tile reads again: more do not stay in the cache
STRETCH = 1024  # factors of a dot; so many of a few rows stay in the nearest cache
UNORDERED = 10**6  # multiplications up to which BLAS takes both factors as they are
MANY = 128  # rows; for more, BLAS is repaid for ordering the other factor first
REPAID = 4  # time steps that repay packing
AHEAD = 8  # rows that a processor reads side by side, running ahead of the program


def packing_repays(weight: np.ndarray, rows: int, steps: int) -> bool:
    """Whether so many rows times a weight, at each time step, are sooner done with the weight
    packed: if it is too large for tiles as it is, and BLAS would order it anew at every step."""
    whole = weight.shape[1] % (TILE_BYTES // weight.itemsize) == 0
    ordered = rows > 1 and rows * weight.size > UNORDERED
    return whole and weight.size >= LARGE and ordered and steps >= REPAID
