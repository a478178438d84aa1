"""How a trace is taken: the model's own forward pass, whose tapes are copied out after each batch.

A Capture is `predict`'s list of operations for one batch shape, with copies of the tapes at its end
instead of the output. Nothing is computed here: the tape is the only record.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .. import scan
from ..arrays import inward_shape
from ..kernels import movement
from ..kernels.operations import Operation
from ..layers import LSTM
from ..program import Program
from ..scan import State
from ..training.step import flat, scatter
from .runs import arguments

Arrays = dict[str, np.ndarray]


class Watched(NamedTuple):
    """What the scan of a layer reads and writes, inside a program: time first."""

    x: np.ndarray
    mask: np.ndarray
    z: np.ndarray
    gates: np.ndarray
    c: np.ndarray
    a: np.ndarray
    h: np.ndarray
    before: State
    after: State


class Capture:
    """One batch of `size` sequences (N, T, F) through a model, to the tapes of some layers.

    started: every LSTM begins with the state in `start[layer name]` instead of zeros.
    """

    def __init__(
        self, model: Any, size: int, shape: tuple[int, ...], layers: list[LSTM], started: bool
    ) -> None:
        self.size = size
        self.cursor = np.zeros(1, np.int64)
        self.program = Program(model.dtype, keeps_z=True)
        self.start: dict[str, State] = {}
        x = self.program.input(*inward_shape((size, *shape)))
        kernel = movement.gather_rows if x.value.ndim == 2 else movement.gather_sequences
        batch = x.value if x.value.ndim == 2 else x.value.reshape(*x.shape[:2], -1)
        data, order = np.zeros((0,) * batch.ndim, model.dtype), np.zeros(0, np.int64)
        self.gather = Operation(kernel, data, order, self.cursor, batch)
        self.write(model, x, started)

        self.watched = {layer.name: watch(self.program, layer) for layer in layers}
        self.scatters = {
            (layer, name): scatter(array, self.cursor)
            for layer, watched in self.watched.items()
            for name, array in copied(watched).items()
        }
        advance = Operation(movement.advance, self.cursor, size)
        after = [*self.scatters.values(), advance]
        self.steps = self.program.steps(before=[self.gather], after=after)

    def write(self, model: Any, x: Any, started: bool) -> None:
        """The model's operations; with `started` each LSTM has a place for its first state."""
        if not started:
            model.write(self.program, x)
            return
        for layer in model.layers:
            first: tuple[State, ...] = ()
            if isinstance(layer, LSTM):
                shape = self.size, layer.units
                first = (State(self.program.zeros(*shape), self.program.zeros(*shape)),)
                self.start[layer.name] = first[0]
            x = layer.write(self.program, x, *first)

    def blank(self, samples: int) -> dict[str, Arrays]:
        """Arrays that take what is copied of so many samples, by layer and by name."""
        return {
            layer: {
                name: np.empty(outward_shape(array.shape, samples), array.dtype)
                for name, array in copied(watched).items()
            }
            for layer, watched in self.watched.items()
        }

    @property
    def nbytes(self) -> int:
        """Memory of its buffers."""
        return self.program.nbytes

    @property
    def batch_bytes(self) -> int:
        """Memory of what is copied of one batch."""
        return sum(a.nbytes for watched in self.watched.values() for a in copied(watched).values())

    def run(self, data: np.ndarray, order: np.ndarray, out: dict[str, Arrays], at: int) -> None:
        """Batches of the samples of data (N, T, F) that `order` names, copied to `out` from `at`.

        As many batches as `order` has whole ones.
        """
        self.gather.rebind(0, flat(data))
        self.gather.rebind(1, order)
        for (layer, name), operation in self.scatters.items():
            operation.rebind(2, out[layer][name][at:])
        self.cursor[0] = 0
        self.program.run(self.steps, len(order) // self.size)

    def release(self) -> None:
        """Let go of data and results, since a capture is kept for later. `run` binds it anew."""
        self.gather.unbind(0)
        for operation in self.scatters.values():
            operation.unbind(2)


def watch(program: Program, layer: LSTM) -> Watched:
    """A layer's part of a program: the arguments of its scan, which hold all there is to see.

    Gates that an experimenter changes are shown as they act, after the change.
    """
    tape = program.tapes[layer.name]
    scans = (arguments(o) for o in program.forward_operations if o.kernel is scan.forward)
    found = next(a for a in scans if a["tape"] is tape)
    gates = found["changes"].gates if found["changes"].gates.size else tape.gates
    ends = State(tape.h[0], tape.c[0]), State(tape.h[-1], tape.c[-1])
    given = found["given"]
    return Watched(given.x, given.mask, tape.z, gates, tape.c[1:], tape.a, tape.h[1:], *ends)


def copied(watched: Watched) -> Arrays:
    """The arrays to copy, by name; a mask has a last axis of 1, as movement's kernels want it."""
    arrays = watched._asdict()
    before, after, mask = arrays.pop("before"), arrays.pop("after"), arrays.pop("mask")
    if mask.size:
        arrays["mask"] = mask[..., np.newaxis]
    ends = {"before_h": before.h, "before_c": before.c, "after_h": after.h, "after_c": after.c}
    return arrays | ends


def outward_shape(shape: tuple[int, ...], samples: int) -> tuple[int, ...]:
    """The shape of a batch's array (T, B, F) or (B, F) for so many samples, samples first."""
    return (samples, shape[0], shape[2]) if len(shape) == 3 else (samples, shape[1])
