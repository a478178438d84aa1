"""Tiles of matrix products that stay in the processor's registers, as LLVM's own instructions.

A loop over rows takes every partial sum through memory; BLAS first copies both factors into an
order of its own, which small products do not repay. A tile is a few rows by a few vectors of the
result, for which the whole inner sum is taken before anything is written.
Goto & van de Geijn 2008, https://doi.org/10.1145/1356052.1356053, section 5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

INTEGER, LANE = ir.IntType(64), ir.IntType(32)
VECTOR_BYTES = 32  # eight of float32; where a processor has smaller ones, LLVM takes two
CONTRACT = ("contract",)


class Writer:
    """Writes instructions for arrays of one precision into a function that is being compiled."""

    def __init__(self, context: Any, builder: Any, dtype: Any) -> None:
        self.builder = builder
        self.number = context.get_data_type(dtype)
        self.bytes = context.get_abi_sizeof(self.number)
        self.lanes = VECTOR_BYTES // self.bytes
        self.vector = ir.VectorType(self.number, self.lanes)
        self.any = ir.Constant(self.vector, ir.Undefined)

    def place(self, array: Any, row: Any, stride: Any, column: Any) -> Any:
        """Where array[row * stride + column] is."""
        index = self.builder.add(self.builder.mul(row, stride), column)
        return self.builder.gep(array, [index])

    def read(self, place: Any) -> Any:
        """The vector that begins at a place."""
        vectors = self.builder.bitcast(place, self.vector.as_pointer())
        return self.builder.load(vectors, align=self.bytes)

    def write(self, vector: Any, place: Any) -> None:
        vectors = self.builder.bitcast(place, self.vector.as_pointer())
        self.builder.store(vector, vectors, align=self.bytes)

    def spread(self, place: Any) -> Any:
        """The number at a place, in all lanes."""
        one = self.builder.insert_element(self.any, self.builder.load(place), LANE(0))
        return self.builder.shuffle_vector(one, self.any, numbered([0] * self.lanes))

    def lane_sum(self, vector: Any) -> Any:
        """The sum of a vector's lanes: half is added to half until one is left."""
        lanes = self.lanes
        while lanes > 1:
            lanes //= 2
            halves = [
                self.builder.shuffle_vector(vector, vector, numbered(range(start, start + lanes)))
                for start in (0, lanes)
            ]
            vector = self.builder.fadd(*halves)
        return self.builder.extract_element(vector, LANE(0))

    def add_to(self, total: Any, p: Any, q: Any) -> None:
        """total += p * q"""
        product = self.builder.fmul(p, q, flags=CONTRACT)
        self.builder.store(self.builder.fadd(self.builder.load(total), product, CONTRACT), total)


def numbered(lanes: Iterable[int]) -> Any:
    """Which lanes a shuffle takes."""
    lanes = list(lanes)
    return ir.Constant(ir.VectorType(LANE, len(lanes)), lanes)


def tile(rows: int, vectors: int) -> Callable[..., None]:
    """total[m, n] += sum over k of a[m * a_row + k * a_step] * b[k, n], for so many rows and
    vectors; total and b have rows of `columns` numbers, and k runs to before `inner`."""

    @intrinsic
    def add_tile(context, total, columns, a, a_row, a_step, b, inner):
        def generate(context, builder, signature, values):
            writer = Writer(context, builder, signature.args[0].dtype)
            arrays = [context.make_array(signature.args[k])(context, builder, values[k]).data
                      for k in (0, 2, 5)]  # fmt: skip
            width, row, step, length = (values[k] for k in (1, 3, 4, 6))
            places = [
                writer.place(arrays[0], INTEGER(r), width, INTEGER(v * writer.lanes))
                for r in range(rows) for v in range(vectors)
            ]  # fmt: skip
            totals = [cgutils.alloca_once_value(builder, writer.read(place)) for place in places]
            with cgutils.for_range(builder, length) as loop:
                k = loop.index
                right = [
                    writer.read(writer.place(arrays[2], k, width, INTEGER(v * writer.lanes)))
                    for v in range(vectors)
                ]
                for r in range(rows):
                    along = builder.mul(k, step)
                    left = writer.spread(writer.place(arrays[1], INTEGER(r), row, along))
                    for v in range(vectors):
                        writer.add_to(totals[r * vectors + v], left, right[v])
            for total, place in zip(totals, places, strict=True):
                writer.write(builder.load(total), place)
            return context.get_dummy_value()

        return types.void(total, columns, a, a_row, a_step, b, inner), generate

    return add_tile


def tile_of_dots(rows: int, columns: int) -> Callable[..., None]:
    """total[m, c] += sum over n of a[m, n] * b[c, n], for so many rows and columns; a and b have
    rows of `width` numbers, total of `total_width`, and n runs to before `inner`, whole vectors."""

    @intrinsic
    def add_dots(context, total, total_width, a, b, width, inner):
        def generate(context, builder, signature, values):
            writer = Writer(context, builder, signature.args[0].dtype)
            arrays = [context.make_array(signature.args[k])(context, builder, values[k]).data
                      for k in (0, 2, 3)]  # fmt: skip
            total_row, row, length = (values[k] for k in (1, 4, 5))
            zero = ir.Constant(writer.vector, [0.0] * writer.lanes)
            totals = [cgutils.alloca_once_value(builder, zero) for _ in range(rows * columns)]
            steps = builder.sdiv(length, INTEGER(writer.lanes))
            with cgutils.for_range(builder, steps) as loop:
                n = builder.mul(loop.index, INTEGER(writer.lanes))
                left, right = (
                    [writer.read(writer.place(array, INTEGER(k), row, n)) for k in range(number)]
                    for array, number in ((arrays[1], rows), (arrays[2], columns))
                )
                for r in range(rows):
                    for c in range(columns):
                        writer.add_to(totals[r * columns + c], left[r], right[c])
            for r in range(rows):
                for c in range(columns):
                    place = writer.place(arrays[0], INTEGER(r), total_row, INTEGER(c))
                    dot = writer.lane_sum(builder.load(totals[r * columns + c]))
                    builder.store(builder.fadd(builder.load(place), dot), place)
            return context.get_dummy_value()

        return types.void(total, total_width, a, b, width, inner), generate

    return add_dots
