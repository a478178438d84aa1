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

from .sizes import VECTOR_BYTES

INTEGER, LANE = ir.IntType(64), ir.IntType(32)
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

    def begin(self, context: Any, signature: Any, values: Any, k: int) -> Any:
        """Where argument k, an array, has the number that argument k + 1 names."""
        array = context.make_array(signature.args[k])(context, self.builder, values[k])
        return self.builder.gep(array.data, [values[k + 1]])

    def place(self, array: Any, row: Any, stride: Any, column: Any) -> Any:
        """Where array[row * stride + column] is."""
        index = self.builder.add(self.builder.mul(row, stride), column)
        return self.builder.gep(array, [index])

    def read(self, place: Any, lanes: int = 0) -> Any:
        """The vector that begins at a place; or so many numbers."""
        kind = ir.VectorType(self.number, lanes or self.lanes)
        return self.builder.load(self.builder.bitcast(place, kind.as_pointer()), align=self.bytes)

    def write(self, vector: Any, place: Any) -> None:
        vectors = self.builder.bitcast(place, vector.type.as_pointer())
        self.builder.store(vector, vectors, align=self.bytes)

    def spread(self, place: Any) -> Any:
        """The number at a place, in all lanes."""
        one = self.builder.insert_element(self.any, self.builder.load(place), LANE(0))
        return self.builder.shuffle_vector(one, self.any, numbered([0] * self.lanes))

    def lane_sums(self, vectors: list[Any]) -> Any:
        """A vector whose lane k is the sum of the lanes of vectors[k]; there are as many as lanes.

        Halves of two vectors are added up in one vector, then quarters of two of those, and so on;
        after the first time nothing crosses the middle, which would take a processor longer.
        """
        group = width = self.lanes
        while width > 1:
            if width == self.lanes:
                first, second = vectors[: width // 2], vectors[width // 2 :]
            else:
                first, second = vectors[::2], vectors[1::2]
            lower = [
                source + block + k
                for start in range(0, self.lanes, group)
                for source in (0, self.lanes)
                for block in range(start, start + group, width)
                for k in range(width // 2)
            ]
            upper = [lane + width // 2 for lane in lower]
            vectors = [
                self.builder.fadd(*(
                    self.builder.shuffle_vector(p, q, numbered(lanes)) for lanes in (lower, upper)
                ))
                for p, q in zip(first, second, strict=True)
            ]
            group, width = self.lanes // 2, width // 2
        return vectors[0]

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
    vectors; total has rows of `columns` numbers, b of `b_row`, and k runs to before `inner`. Where
    `fresh` is 1 the sum does not begin with what total holds, but with 0. `to`, `a_from` and
    `b_from` say at which number of its array the tile begins."""

    @intrinsic
    def add_tile(
        context, total, to, columns, a, a_from, a_row, a_step, b, b_from, b_row, inner, fresh
    ):  # fmt: skip
        def generate(context, builder, signature, values):
            writer = Writer(context, builder, signature.args[0].dtype)
            arrays = [writer.begin(context, signature, values, k) for k in (0, 3, 7)]
            width, row, step, b_width, length = (values[k] for k in (2, 5, 6, 9, 10))
            places = [
                writer.place(arrays[0], INTEGER(r), width, INTEGER(v * writer.lanes))
                for r in range(rows) for v in range(vectors)
            ]  # fmt: skip
            zero = ir.Constant(writer.vector, [0.0] * writer.lanes)
            totals = [cgutils.alloca_once_value(builder, zero) for place in places]
            with builder.if_then(builder.icmp_signed("==", values[11], INTEGER(0))):
                for total, place in zip(totals, places, strict=True):
                    builder.store(writer.read(place), total)
            with cgutils.for_range(builder, length) as loop:
                k = loop.index
                right = [
                    writer.read(writer.place(arrays[2], k, b_width, INTEGER(v * writer.lanes)))
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

        arguments = (
            total, to, columns, a, a_from, a_row, a_step, b, b_from, b_row, inner, fresh
        )  # fmt: skip
        return types.void(*arguments), generate

    return add_tile


def tile_of_dots(rows: int, columns: int) -> Callable[..., None]:
    """total[m, c] += sum over n of a[m, n] * b[c, n], for so many rows and columns, eight dots in
    all; n runs over `length` numbers, whole vectors; a and b have rows of `inner`, total of
    `total_columns`. The others as above."""

    @intrinsic
    def add_dots(context, total, to, total_columns, a, a_from, b, b_from, inner, length):
        def generate(context, builder, signature, values):
            writer = Writer(context, builder, signature.args[0].dtype)
            arrays = [writer.begin(context, signature, values, k) for k in (0, 3, 5)]
            total_row, row, length = values[2], values[7], values[8]
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
            together = min(columns, writer.lanes)  # so many dots of a row lie side by side
            for start in range(0, rows * columns, writer.lanes):
                group = [builder.load(total) for total in totals[start : start + writer.lanes]]
                dots = writer.lane_sums(group)
                for lane in range(0, writer.lanes, together):
                    r, c = divmod(start + lane, columns)
                    place = writer.place(arrays[0], INTEGER(r), total_row, INTEGER(c))
                    lanes = numbered(range(lane, lane + together))
                    some = builder.shuffle_vector(dots, writer.any, lanes)
                    writer.write(builder.fadd(writer.read(place, together), some), place)
            return context.get_dummy_value()

        arguments = total, to, total_columns, a, a_from, b, b_from, inner, length
        return types.void(*arguments), generate

    return add_dots
