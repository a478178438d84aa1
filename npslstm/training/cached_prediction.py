"""A cached prediction: `predict` for one batch of a kind that was predicted before.

Nothing is checked again and nothing is made; the numbers are those of `loop.predict`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..kernels import data_movement
from ..machine.operations import Operation, Parts
from ..machine.steps import Steps
from ..program import parts_of
from ..protocols import AnyModel
from .batch_run import BatchRun
from .step import Step

KNOWN = int, type(None)  # types of batch_size served here; `loop.predict` checks all others


class CachedPrediction:
    """The forward pass of a step, between the user's arrays and the program's."""

    def __init__(self, step: Step, moves_states: bool) -> None:
        self.moves_states = moves_states
        self.nbytes = step.nbytes
        self.steps = Steps(step.program.forward_operations)
        self.input, self.output = step.xs[0].value, step.ys[0].value
        self.taking_in: list[Operation] = []
        if self.steps.parts > 1 and self.input.ndim == 3:
            self.share_the_copying(step)
        if self.input.ndim >= 3:
            self.input = self.input.swapaxes(0, 1)  # samples first, as users have it
        if self.output.ndim >= 3:
            self.output = self.output.swapaxes(0, 1)

    def share_the_copying(self, step: Step) -> None:
        """Threads that share the work take in samples, each a part of them."""
        T, B, F = self.input.shape
        x = np.zeros((B, T, F), self.input.dtype)
        self.taking_in = [
            Operation(data_movement.take_in, x, self.input, first, end)
            for first, end in parts_of(B, self.steps.parts)
        ]
        self.steps = Steps([Parts([o] for o in self.taking_in), *step.program.forward_operations])

    def __call__(self, x: np.ndarray) -> np.ndarray:
        if self.taking_in:
            x = np.ascontiguousarray(x)
            for operation in self.taking_in:
                operation.rebind(0, x)
        else:
            self.input[...] = x
        self.steps.run()
        return self.output.copy("C")


def key(model: AnyModel, x: np.ndarray, batch_size: int | None) -> tuple[Any, ...]:
    return "cached", x.dtype, x.shape, batch_size, model.experiments


def predicted(model: AnyModel, x: Any, batch_size: int | None) -> np.ndarray | None:
    """The outputs for x, or None: then `loop.predict` has to do it."""
    if type(x) is not np.ndarray or type(batch_size) not in KNOWN:
        return None
    lock, pool = model.lock, model.pool
    version = lock.version
    shelf = pool.shelf(key(model, x, batch_size))
    if not shelf or version & 1:
        return None
    generation = pool.generation
    try:
        prediction = shelf.pop()
    except IndexError:  # another thread was quicker
        return None
    shelf.recent = True
    try:
        if prediction.moves_states:
            with lock.turn, lock.change:
                return prediction(x) if pool.is_current(generation) else None
        found = prediction(x)
        return found if lock.version == version else None  # another thread changed weights
    finally:
        shelf.append(prediction)


def remember(model: AnyModel, x: Any, batch_size: int | None, predicting: BatchRun) -> None:
    """Remember that such x are one batch, and the way that they went through the model."""
    if type(x) is not np.ndarray or x.dtype != model.dtype or predicting.used != len(x):
        return
    for size, loan in predicting.loans.items():
        step = loan.program
        one_output = len(step.ys) == 1 and not isinstance(model.output_form, tuple)
        compiled = isinstance(step.steps, Steps)
        if size == len(x) and one_output and step.takes(x) and compiled:
            made = CachedPrediction(step, predicting.alone)
            del predicting.loans[size]  # these buffers belong to the cached prediction from now on
            model.pool.put_back(loan._replace(program=made, key=key(model, x, batch_size)))
            return
