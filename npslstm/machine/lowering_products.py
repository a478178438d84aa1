"""How compiled code carries out the matrix products of `primitives`: loops, tiles and BLAS.

Loops for the smallest, tiles where whole tiles cover the result, BLAS for all others; `sizes` says
where each begins. BLAS counts in columns: it sees our matrices transposed, hence the order b, a.
"""

from __future__ import annotations

from .. import primitives
from .blas import gemm
from .driver import array_at
from .options import compiled, lowers, noinline
from .sizes import (
    AHEAD,
    FEW,
    LARGE,
    MANY,
    SMALL,
    STRETCH,
    TILE_BYTES,
    TINY,
    VECTOR_BYTES,
    WIDE_BYTES,
    WIDEST,
)
from .tiles import tile, tile_of_dots

N, T = ord("N"), ord("T")

add_six_rows, add_four_rows = tile(6, 2), tile(4, 2)
add_two_rows, add_one_row, add_wide_row = tile(2, 2), tile(1, 2), tile(1, 8)
add_dots, add_dots_of_one_row = tile_of_dots(2, 4), tile_of_dots(1, 8)


@compiled
def suit(b, tile_bytes):
    """Whether tiles of so many bytes a row cover the columns of b, and b is not too large."""
    columns = b.shape[1]
    whole = columns % (tile_bytes // b.itemsize) == 0
    return whole and columns <= WIDEST and b.size < LARGE


@noinline
def add_tiles(total, a, a_row, a_step, b, inner, fresh):
    """total[m, n] += sum over k of a[m * a_row + k * a_step] * b[k, n], where a is the row of all
    its numbers: so that it may be read transposed. `fresh` = 1: total[m, n] = that sum."""
    columns = total.shape[1]
    for n in range(0, columns, TILE_BYTES // total.itemsize):
        add_column_of_tiles(total, n, a, a_row, a_step, b, n, columns, inner, fresh)


@noinline
def add_tiles_of_packed(total, a, b):
    """total[m, n] += sum over k of a[m, k] * b[k, n], where `pack` wrote b"""
    inner, width = a.shape[1], TILE_BYTES // total.itemsize
    for n in range(0, total.shape[1], width):
        add_column_of_tiles(total, n, a, inner, 1, b, n * inner, width, inner, 0)


@compiled
def add_column_of_tiles(total, n, a, a_row, a_step, b, b_from, b_row, inner, fresh):
    """The tiles below each other that begin at column n; b's part begins at `b_from` of all its
    numbers, and has rows of `b_row`."""
    rows, columns = total.shape
    left = rows % 6
    sixes = rows - left - (6 if left == 2 and rows > 6 else 0)  # two tiles of four, not six and two
    for m in range(0, sixes, 6):
        to, at = m * columns + n, m * a_row
        add_six_rows(total, to, columns, a, at, a_row, a_step, b, b_from, b_row, inner, fresh)
    for m in range(sixes, rows - 3, 4):
        to, at = m * columns + n, m * a_row
        add_four_rows(total, to, columns, a, at, a_row, a_step, b, b_from, b_row, inner, fresh)
    for m in range(rows - (rows - sixes) % 4, rows - 1, 2):
        to, at = m * columns + n, m * a_row
        add_two_rows(total, to, columns, a, at, a_row, a_step, b, b_from, b_row, inner, fresh)
    if rows % 2:
        to, at = (rows - 1) * columns + n, (rows - 1) * a_row
        add_one_row(total, to, columns, a, at, a_row, a_step, b, b_from, b_row, inner, fresh)


@noinline
def add_wide_tiles(total, a, a_row, a_step, b, inner, fresh):
    """The same as `add_tiles`, a row after the other: for a single one, and for short sums."""
    rows, columns = total.shape
    for m in range(rows):
        for n in range(0, columns, WIDE_BYTES // total.itemsize):
            to, at = m * columns + n, m * a_row
            add_wide_row(total, to, columns, a, at, 0, a_step, b, n, columns, inner, fresh)


@noinline
def add_tiles_of_dots(total, a, b):
    """total[m, c] += sum over n of a[m, n] * b[c, n], a stretch of every row after the other"""
    rows, columns = total.shape
    inner, last = a.shape[1], rows - 1
    for begin in range(0, inner, STRETCH):
        length = min(STRETCH, inner - begin)
        for c in range(0, columns, 4):
            for m in range(0, last, 2):
                to, at, b_at = m * columns + c, m * inner + begin, c * inner + begin
                add_dots(total, to, columns, a, at, b, b_at, inner, length)
        if rows % 2:
            for c in range(0, columns - 7, 8):
                to, at, b_at = last * columns + c, last * inner + begin, c * inner + begin
                add_dots_of_one_row(total, to, columns, a, at, b, b_at, inner, length)
    if rows % 2 and columns % 8:
        c = columns - 4
        add_row_of_dots(total[last, c:], a[last], b[c:])


@compiled
def add_rows(out, factors, b):
    """out += factors @ b, four rows of b at a time: a quarter of the ways of out through memory."""
    for k in range(0, factors.size - 3, 4):
        p, q, r, s = factors[k], factors[k + 1], factors[k + 2], factors[k + 3]
        row_p, row_q, row_r, row_s = b[k], b[k + 1], b[k + 2], b[k + 3]
        for n in range(out.size):
            out[n] += p * row_p[n] + q * row_q[n] + r * row_r[n] + s * row_s[n]
    for k in range(factors.size - factors.size % 4, factors.size):
        factor, row = factors[k], b[k]
        for n in range(out.size):
            out[n] += factor * row[n]


@compiled
def add_row_of_dots(out, left, b):
    """out[c] += the sum over n of left[n] * b[c, n], four of them at a time"""
    for c in range(0, out.size - 3, 4):
        row_p, row_q, row_r, row_s = b[c], b[c + 1], b[c + 2], b[c + 3]
        p, q, r, s = out[c], out[c + 1], out[c + 2], out[c + 3]
        for n in range(left.size):
            p += left[n] * row_p[n]
            q += left[n] * row_q[n]
            r += left[n] * row_r[n]
            s += left[n] * row_s[n]
        out[c], out[c + 1], out[c + 2], out[c + 3] = p, q, r, s
    for c in range(out.size - out.size % 4, out.size):
        dot, right = out[c], b[c]
        for n in range(left.size):
            dot += left[n] * right[n]
        out[c] = dot


# ---- the products --------------------------------------------------------------------------------
# What is tiny is done on the spot; for the rest, a call does not count.


@lowers(primitives.add_product)
def lower_add_product(total, a, b):
    def product(total, a, b):
        if a.shape[0] == 1 and b.size < TINY:
            add_rows(total[0], a[0], b)
        else:
            add_any_product(total, a, b)

    return product


@noinline
def add_any_product(total, a, b):
    rows, inner = a.shape
    columns = b.shape[1]
    if rows == 1 and suit(b, WIDE_BYTES):
        add_wide_tiles(total, a, inner, 1, b, inner, 0)
    elif rows > 1 and suit(b, TILE_BYTES):
        add_tiles(total, a, inner, 1, b, inner, 0)
    elif rows == 1 or rows * inner * columns < SMALL:
        for m in range(rows):
            add_rows(total[m], a[m], b)
    else:
        gemm(N, N, columns, rows, inner, b, columns, a, inner, total, columns)


@lowers(primitives.add_product_nt)
def lower_add_product_nt(total, a, b):
    def product(total, a, b):
        if a.shape[0] == 1 and b.size < TINY:
            add_row_of_dots(total[0], a[0], b)
        else:
            add_any_product_nt(total, a, b)

    return product


@noinline
def add_any_product_nt(total, a, b):
    rows, inner = a.shape
    columns = b.shape[0]
    whole = inner % (VECTOR_BYTES // total.itemsize) == 0 and columns % 4 == 0
    if whole and (rows <= MANY or b.size < LARGE):
        add_tiles_of_dots(total, a, b)
    elif rows == 1 or rows * inner * columns < SMALL:
        for m in range(rows):
            add_row_of_dots(total[m], a[m], b)
    else:
        gemm(T, N, columns, rows, inner, b, inner, a, inner, total, columns)


@lowers(primitives.pack)
def lower_pack(out, b):
    def write(out, b):  # a column of tiles, which lies scattered in b, becomes one stretch of out
        rows, columns = b.shape
        width = TILE_BYTES // b.itemsize
        numbers = array_at(out.ctypes.data, (out.size,), out.dtype)
        for first in range(0, rows, AHEAD):
            for n in range(0, columns, width):
                for k in range(first, min(first + AHEAD, rows)):
                    row, to = b[k], n * rows + k * width
                    for j in range(width):
                        numbers[to + j] = row[n + j]

    return write


@lowers(primitives.add_product_of_packed)
def lower_add_product_of_packed(total, a, b):
    return lambda total, a, b: add_tiles_of_packed(total, a, b)


@lowers(primitives.product_tn)
def lower_product_tn(out, a, b):
    if a.ndim == 3:
        return lambda out, a, b: primitives.product_tn(
            out,
            array_at(a.ctypes.data, (a.shape[0] * a.shape[1], a.shape[2]), a.dtype),
            array_at(b.ctypes.data, (b.shape[0] * b.shape[1], b.shape[2]), b.dtype),
        )

    def product(out, a, b):
        if a.shape[0] == 1:
            for m in range(out.shape[0]):
                to, factor, row = out[m], a[0, m], b[0]
                for n in range(row.size):
                    to[n] = factor * row[n]
        else:
            any_product_tn(out, a, b)

    return product


@noinline
def any_product_tn(out, a, b):
    inner, rows = a.shape
    columns = b.shape[1]
    if 0 < inner <= FEW and suit(b, WIDE_BYTES):
        add_wide_tiles(out, a, 1, rows, b, inner, 1)
    elif inner > 0 and suit(b, TILE_BYTES):
        add_tiles(out, a, 1, rows, b, inner, 1)
    else:
        out[:, :] = 0
        if rows * inner * columns >= SMALL:
            gemm(N, T, columns, rows, inner, b, columns, a, rows, out, columns)
            return
        for k in range(inner):
            for m in range(rows):
                to, factor, row = out[m], a[k, m], b[k]
                for n in range(columns):
                    to[n] += factor * row[n]
