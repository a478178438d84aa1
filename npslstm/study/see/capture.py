"""How a trace is taken: the model's own forward pass, whose tapes are copied out after each batch.

A Capture is `predict`'s list of operations for one batch shape, with copies of the tapes at its end
instead of the output. Nothing is computed here: the tape is the only record.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ... import scan
from ...arrays import time_major_shape
from ...kernels import data_movement
from ...layers import LSTM
from ...machine.operations import Operation
from ...model import Model
from ...program import Program
from ...scan import State, Tape
from ...training.step import flat, gather, scatter
from ..runs import arguments

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
    """One batch of `size` samples through a model, to the tapes of some layers.

    shapes: of one sample of each input. started: every LSTM begins with the state in `start`
    instead of zeros. watched, start and layers are by what each call of a layer is called: by the
    layer's name, with a number from the second call on.
    """

    def __init__(
        self, model: Model, size: int, shapes: Sequence[tuple[int, ...]], layers: list[LSTM],
        started: bool,
    ) -> None:  # fmt: skip
        self.size = size
        self.cursor = np.zeros(1, np.int64)
        self.program = Program(model.dtype, keeps_z=True)
        self.program.starts = {} if started else None
        xs = [self.program.input(*time_major_shape((size, *shape))) for shape in shapes]
        unbound = (np.zeros((0,) * min(x.value.ndim, 3), x.value.dtype) for x in xs)
        self.gathers = [gather(no, x.value, self.cursor) for no, x in zip(unbound, xs, strict=True)]
        model.write(self.program, *xs)

        self.layers: dict[str, LSTM] = {}
        self.watched: dict[str, Watched] = {}
        self.start: dict[str, State] = {}
        for layer in layers:
            for number, tape in enumerate(self.program.tapes.get(id(layer), [])):
                name = layer.name if number == 0 else f"{layer.name} ({number + 1})"
                self.layers[name], self.watched[name] = layer, watch(self.program, tape)
                if self.program.starts is not None:
                    self.start[name] = self.program.starts[id(layer)][number]
        self.scatters = {
            (layer, name): scatter(array, self.cursor)
            for layer, watched in self.watched.items()
            for name, array in copied(watched).items()
        }
        advance = Operation(data_movement.advance, self.cursor, size)
        after = [*self.scatters.values(), advance]
        self.steps = self.program.steps(before=self.gathers, after=after)

    def blank(self, samples: int) -> dict[str, Arrays]:
        """Arrays that take what is copied of so many samples, by layer and by name."""
        return {
            layer: {
                name: np.empty(batch_major_shape(array.shape, samples), array.dtype)
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

    def run(
        self, data: Sequence[np.ndarray], order: np.ndarray, out: dict[str, Arrays], at: int
    ) -> None:
        """Batches of the samples that `order` names, of data (N, T, F) for each input, copied to
        `out` from `at`. As many batches as `order` has whole ones."""
        for operation, array in zip(self.gathers, data, strict=True):
            operation.rebind(0, flat(array))
            operation.rebind(1, order)
        for (layer, name), operation in self.scatters.items():
            operation.rebind(2, out[layer][name][at:])
        self.cursor[0] = 0
        self.steps.run(len(order) // self.size)

    def release(self) -> None:
        """Let go of data and results, since a capture is kept for later. `run` binds it anew."""
        for operation in self.gathers:
            operation.unbind(0)
        for operation in self.scatters.values():
            operation.unbind(2)


def watch(program: Program, tape: Tape) -> Watched:
    """A call's part of a program: the arguments of its scan, which hold all there is to see.

    Gates that an experimenter changes are shown as they act, after the change.
    """
    scans = (arguments(o) for o in program.forward_operations if o.kernel is scan.forward)
    found = next(a for a in scans if a["tape"] is tape)
    gates = found["changes"].gates if found["changes"].gates.size else tape.gates
    ends = State(tape.h[0], tape.c[0]), State(tape.h[-1], tape.c[-1])
    given = found["given"]
    return Watched(given.x, given.mask, tape.z, gates, tape.c[1:], tape.a, tape.h[1:], *ends)


def copied(watched: Watched) -> Arrays:
    """The arrays to copy, by name; a mask gets a last axis of 1, as `data_movement` copies rows."""
    arrays = watched._asdict()
    before, after, mask = arrays.pop("before"), arrays.pop("after"), arrays.pop("mask")
    if mask.size:
        arrays["mask"] = mask[..., np.newaxis]
    ends = {"before_h": before.h, "before_c": before.c, "after_h": after.h, "after_c": after.c}
    return arrays | ends


def batch_major_shape(shape: tuple[int, ...], samples: int) -> tuple[int, ...]:
    """The shape of a batch's array (T, B, F) or (B, F) for so many samples, samples first."""
    return (samples, shape[0], shape[2]) if len(shape) == 3 else (samples, shape[1])
