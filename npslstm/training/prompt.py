"""A prompt answer: `predict` for one batch of a kind that was predicted before.

Nothing is checked again and nothing is made; the numbers are those of `loop.predict`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..kernels import movement
from ..kernels.operations import Halves, Operation, Steps
from ..program import WORTH_HALVING
from .step import Step

KNOWN = int, type(None)  # batch sizes; of others the long way has something to say


class Answer:
    """The forward pass of a step, between the user's arrays and the program's."""

    def __init__(self, step: Step) -> None:
        self.steps = Steps(step.program.forward_operations)
        self.input, self.output = step.x.value, step.y.value
        self.taking_in: list[Operation] = []
        if self.steps.halved and self.input.ndim == 3:
            self.share_the_copying(step)
        if self.input.ndim >= 3:
            self.input = self.input.swapaxes(0, 1)  # samples first, as users have it
        if self.output.ndim >= 3:
            self.output = self.output.swapaxes(0, 1)

    def share_the_copying(self, step: Step) -> None:
        """Each of two threads takes in the samples that it works on."""
        T, B, F = self.input.shape
        x = np.zeros((B, T, F), self.input.dtype)
        self.taking_in = [
            Operation(movement.take_in, x, self.input, first, end)
            for first, end in step.program.parts(B, WORTH_HALVING)
        ]
        self.steps = Steps([Halves([o] for o in self.taking_in), *step.program.forward_operations])

    def __call__(self, x: np.ndarray) -> np.ndarray:
        if self.taking_in:
            x = np.ascontiguousarray(x)
            for operation in self.taking_in:
                operation.rebind(0, x)
        else:
            self.input[...] = x
        self.steps.run()
        return self.output.copy("C")


def key(model: Any, x: np.ndarray, batch_size: int | None) -> tuple[Any, ...]:
    return "prompt", x.shape, batch_size, model.experiments


def answer(model: Any, x: Any, batch_size: int | None) -> np.ndarray | None:
    """The outputs for x, or None if this has to be gone through at length."""
    if type(x) is not np.ndarray or x.dtype != model.dtype or not isinstance(batch_size, KNOWN):
        return None
    model.parameters  # noqa: B018 - brings the weights home if another model borrowed them
    found = model.remembered.get(key(model, x, batch_size))
    return None if found is None else found(x)


def prepare(model: Any, x: Any, batch_size: int | None, step: Step) -> None:
    """Remember that such x are one batch, and this step its way through the model."""
    if step.program.before or step.program.after:
        return
    if type(x) is np.ndarray and x.dtype == model.dtype and step.takes(x):
        model.remember(key(model, x, batch_size), Answer(step))
