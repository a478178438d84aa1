"""A model's forward and backward pass on one batch, on buffers of its own.

What `reach`, `gradient_flow`, `ablate`, `GateRecorder` and `check_gradients` stand on: the layers
write themselves into a Program as they do for `fit`, so nothing is computed here. Inside, the time
axis comes first.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from .. import scan
from ..arrays import time_major_shape, to_time_major
from ..kernels import data_movement
from ..layers import LSTM
from ..machine.operations import Operation
from ..machine.steps import listed
from ..model import Model
from ..program import Program, Signal, rows
from ..training.data import Data, batches
from ..training.objective import Objective


class Unpenalized(Program):
    """A program that leaves the penalties of regularizers out: outputs alone are of interest."""

    def penalize(self, *penalty: Any) -> None:
        """No penalty."""


class Run:
    """A model written out for batches of the shape of `data`; with a loss if that has targets.

    learns: with a backward pass, also to the input. training: as in `fit`, with dropout.
    """

    def __init__(
        self, model: Model, data: Data, learns: bool = False, training: bool = False,
        kind: type[Program] = Program,
    ) -> None:  # fmt: skip
        self.program = kind(model.dtype, training=training, learns=learns)
        self.xs = [
            self.program.input(*time_major_shape(x.shape), needs_gradient=learns) for x in data.xs
        ]
        written = model.write(self.program, *self.xs)
        self.ys: tuple[Signal, ...] = written if isinstance(written, tuple) else (written,)
        self.x, self.y = self.xs[0], self.ys[0]
        self.targets: list[np.ndarray | None] = []
        self.losses: list[tuple[np.ndarray, float]] = []  # of each output, and what it counts for
        objectives = model.compiled.objectives if model.compiled and data.ys else ()
        for objective, y, target in zip(objectives, self.ys, data.ys, strict=False):
            self.aim(objective, y, target)
        self.forward_steps = listed(self.program.forward_operations)
        self.backward_steps = listed(self.program.backward_operations[::-1])

    def aim(self, objective: Objective, y: Signal, target: np.ndarray | None) -> None:
        """Write the loss of an output."""
        loss = None if target is None else objective.loss_for(target.shape, target)
        if target is None or loss is None:
            self.targets.append(None)
            if y.gradient.size:
                self.program.backward(data_movement.clear, y.gradient)
            return
        place = self.program.zeros(*time_major_shape(target.shape))
        factor = 1.0 if objective.factor is None else objective.factor
        made = loss.write(self.program, y, rows(place), self.program.zeros(0), factor)
        self.targets.append(place)
        self.losses.append((made, factor))

    def load(self, data: Data) -> None:
        """Take in a batch of the shape that this run was made for."""
        for place, x in zip(self.xs, data.xs, strict=True):
            place.value[...] = to_time_major(x)
        for target, y in zip(self.targets, data.ys, strict=False):
            if target is not None and y is not None:
                target[...] = to_time_major(y)

    def forward(self, data: Data) -> None:
        """Outputs, tapes and loss of a batch."""
        self.load(data)
        self.program.draw()
        self.forward_steps.run()

    def backward(self) -> None:
        """The gradients, after `forward`."""
        self.backward_steps.run()

    @property
    def loss(self) -> float:
        """The loss of the batch, with penalties."""
        return float(sum(loss[0] * f for loss, f in self.losses) + self.program.penalty[0])

    def scan_of(self, layer: LSTM) -> dict[str, Any]:
        """The arguments of the layer's `scan.forward` by name: tape, mask, changes, ... (weights
        may be ordered for products there; the layer has them as they are)."""
        return arguments(self.find(self.program.forward_operations, scan.forward, layer))

    def mirror_of(self, layer: LSTM) -> Operation:
        """The layer's `scan.backward`."""
        return self.find(self.program.backward_operations, scan.backward, layer)

    def find(self, operations: list[Operation], kernel: Any, layer: LSTM) -> Operation:
        tape = self.program.tapes[id(layer)][0]  # of its first call
        return next(o for o in operations if o.kernel is kernel and arguments(o)["tape"] is tape)

    def gates_of(self, layer: LSTM) -> np.ndarray:
        """The gates i, f, g, o (T, B, 4H) as they act: after an intervention, if there is one."""
        found = self.scan_of(layer)
        return found["changes"].gates if found["changes"].gates.size else found["tape"].gates


def arguments(operation: Operation) -> dict[str, Any]:
    """What an operation is bound to, by the names that its kernel gives them, in order."""
    names = inspect.signature(operation.kernel).parameters
    return dict(zip(names, operation.arguments, strict=True))


# ---- a model that is only looked at --------------------------------------------------------------


@contextmanager
def undisturbed(model: Model) -> Iterator[None]:
    """Whatever runs inside: the model's states and gradients are afterwards as they were, and no
    other thread trains it meanwhile."""
    with model.turn_of_states(), model.lock.change if model.stateful else model.lock:
        states, gradients = model.get_states(), model.parameters.gradients.copy()
        try:
            yield
        finally:
            model.parameters.gradients[...] = gradients
            model.set_states(states)


def in_batches(model: Model, data: Data, batch_size: int | None) -> Iterator[Data]:
    """The data in batches, as `evaluate` takes them. Builds the model if that was not done."""
    size = batches(model, data.samples, batch_size, "x")
    model.build_for(data.xs, size)
    for start in range(0, data.samples, size):
        yield data.part(start, start + size)


def runs(make: Callable[[Data], Run], parts: Iterator[Data]) -> Iterator[tuple[Run, Data]]:
    """Each batch with the run that `make` made for its shape."""
    made: dict[int, Run] = {}
    for part in parts:
        if part.samples not in made:
            made[part.samples] = make(part)
        yield made[part.samples], part


def joined(model: Model, parts: list[np.ndarray]) -> np.ndarray:
    """Arrays (samples, time steps, ...) of successive batches as one.

    In a stateful model a batch goes on where the last one ended, so time goes on; otherwise other
    samples follow.
    """
    return np.concatenate(parts, axis=1 if model.stateful else 0)
