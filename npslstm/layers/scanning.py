"""How a scan is written into a program: as one operation, or a large batch in several parts.

The parts are the same whether several threads run them or one, so the results are the same as well.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from .. import scan
from ..arrays import zeros
from ..bundles import Cell, Squash, State, Weights
from ..changes import Changes
from ..kernels import data_movement
from ..kernels.products import PACKED, PLAIN, Product, through, write_packed
from ..machine.operations import Operation
from ..machine.sizes import packing_repays
from ..program import Program, Signal, parts_of
from ..scan import Drops, Mirror, ScanFunctions, ScanInputs, Span, Tape, WeightProducts

NEAREST, NEXT = 2**14, 2**17  # bytes: half of a first cache, and a good part of a second


class Scan(NamedTuple):
    """What the scan of a layer is given. carried_in, to_first: see `scan`."""

    x: Signal
    weights: Weights
    drops: Drops
    tape: Tape
    changes: Changes
    carried_in: int
    to_first: int
    cell: Cell
    squash: Squash

    def given(self, weights: Weights) -> ScanInputs:
        """What the kernels read, with weights ordered as their products read them."""
        return ScanInputs(self.x.value, self.x.mask, weights, self.drops, self.carried_in)

    @property
    def multiplications(self) -> int:
        """Of the products of the forward pass."""
        T, B, F = self.x.shape
        H, columns = self.weights.U.shape
        return T * B * (F + H) * columns


def write_forward(program: Program, s: Scan) -> None:
    """Add the forward pass."""
    by_W, W = packed_for(program, through(s.drops.x), s.weights.W, s)
    by_U, U = packed_for(program, through(s.drops.h), s.weights.U, s)
    given = s.given(s.weights._replace(W=W, U=U))
    rules = ScanFunctions(s.cell.forward, s.squash, by_W.forward, by_U.forward)
    parts = program.parts(s.x.shape[1], s.multiplications)
    tapes = [s.tape, with_scratch(s.tape) if len(parts) > 1 else s.tape]
    program.forward_together([
        [
            Operation(scan.forward, given, tapes[number % 2], s.changes, samples, rules)
            for samples in blocks(part, s)
        ]
        for number, part in enumerate(parts)
    ])  # fmt: skip


def packed_for(
    program: Program, product: Product, weight: np.ndarray, s: Scan
) -> tuple[Product, np.ndarray]:
    """How rows are multiplied with a weight at each time step, and the weight: a large one
    packed, anew in each pass, as weights change."""
    T, B, _ = s.x.shape
    *_, (first, end) = program.parts(B, s.multiplications)  # the largest part
    if product is not PLAIN or not packing_repays(weight, end - first, T):
        return product, weight
    packed = program.zeros(*weight.shape)
    program.forward(write_packed, weight, packed)
    return PACKED, packed


def blocks(samples: tuple[int, int], s: Scan) -> list[Span]:
    """Samples, from the first to before the last, in blocks whose z stays in the nearest cache
    until it has become gates: if the weights, read again for each block, stay in the next one. A
    batch that is one part is not cut."""
    first, end = samples
    size = max(1, NEAREST // (s.weights.b.size * s.weights.b.itemsize))
    if end - first == s.x.shape[1] or sum(w.nbytes for w in s.weights) > NEXT:
        return [Span(first, end)]
    number = -(-(end - first) // size)
    return [Span(first + n, first + m) for n, m in parts_of(end - first, number)]


def with_scratch(tape: Tape) -> Tape:
    """A tape with rows of its own for what is not kept. Parts next to each other take turns with
    the two: a core that prefetches rows would take their cache lines from the thread that writes
    the next part of them."""
    T = len(tape.h) - 1
    return Tape(*(zeros(r.shape, r.dtype) if len(r) < T else r for r in tape))


def write_backward(
    program: Program, s: Scan, dh_out: np.ndarray, d_weights: Weights,
    initial: Sequence[Signal] = (), ends: Sequence[Signal] = (),
) -> None:  # fmt: skip
    """Add the mirror, which reads dL/dh from dh_out (T, B, H), and the errors of the last h and c
    from `ends`, if somebody goes on from there; those of the first go to `initial`."""
    T, B, H = dh_out.shape
    d_state = State(program.zeros(B, H), program.zeros(B, H))
    for state, error in zip(initial, d_state, strict=False):
        if state.gradient.size:
            program.backward(data_movement.copy, error, state.gradient)  # runs last
    dz = program.zeros(T, B, s.weights.b.size)
    dp = program.zeros(B, s.weights.p.size)

    def mirror() -> Mirror:
        return Mirror(dh_out, d_state, dz, s.x.gradient, dp, program.zeros(H), s.to_first)

    write_scan_backward(program, s, mirror, d_weights)
    for error, end in itertools.zip_longest(d_state, ends):  # runs first
        if end is None:  # no error comes from beyond the batch
            program.backward(data_movement.clear, error)
        else:
            program.backward(data_movement.copy, end.gradient, error)


def write_scan_backward(
    program: Program, s: Scan, mirror: Callable[[], Mirror], d_weights: Weights
) -> None:
    """The scan's own mirror: as one operation, or in parts, of the samples on the way back through
    time, and then of the time steps for the weights. mirror: makes one for each operation."""
    T, B, _ = s.x.shape
    by_W, by_U = through(s.drops.x), through(s.drops.h)
    rules = ScanFunctions(s.cell.backward, s.squash, by_W.d_rows, by_U.d_rows)
    d_products = WeightProducts(by_W.d_weight, by_U.d_weight)
    given = s.given(s.weights)
    parts = program.parts(B, s.multiplications)
    if len(parts) == 1:
        program.backward(
            scan.backward, given, s.tape, s.changes, mirror(), rules, d_weights, d_products
        )
        return
    steps = parts_of(T, sums(len(parts), s))
    partial = [d_weights, *(write_addition(program, d_weights) for _ in steps[1:])]
    whole = mirror()
    program.backward_together([
        Operation(scan.weight_gradients, given, s.tape, whole, Span(*some), d_some, d_products)
        for some, d_some in zip(steps, partial, strict=True)
    ])  # fmt: skip
    program.backward_together([
        Operation(scan.backward_through_time, given, s.tape, s.changes, mirror(), samples, rules)
        for samples in itertools.starmap(Span, parts)
    ])  # fmt: skip


def sums(parts: int, s: Scan) -> int:
    """In how many parts the time steps are summed up for the gradients of the weights: no more than
    there are steps, and, beyond two, none whose sums are more than a quarter of its errors."""
    T, B, F = s.x.shape
    return min(parts, T, max(2, T * B // (4 * (F + s.weights.U.shape[0]))))


def write_addition(program: Program, d_weights: Weights) -> Weights:
    """Add the sums of other time steps to d_weights; returns where they are to be written."""
    others = Weights(*(program.zeros(*d.shape) for d in d_weights))
    for source, target in zip(others[:3], d_weights[:3], strict=True):  # p's are in the first
        rows = source.shape[0] if source.ndim == 2 else 1
        program.backward(data_movement.add, source.reshape(rows, -1), target.reshape(rows, -1))
    return others
