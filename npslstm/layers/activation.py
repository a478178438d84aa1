"""The Activation layer, and the piece of it that Dense uses."""

from __future__ import annotations

from typing import Any

from .. import activations
from ..activations import ActivationFunction
from ..kernels import activations as kernels
from ..program import Program, Signal
from .base import Layer
from .checks import warn


class Activation(Layer):
    """Applies an activation function to each element, or softmax to each last axis.

    activation: a name ('relu', 'softmax', ...) or a function of `npslstm.activations`.
    """

    mask_rule = "passes"

    def __init__(self, activation: Any, **options: Any) -> None:
        super().__init__(**options)
        self.activation = activations.get(activation, "activation")

    def connect(self, program: Program, x: Signal) -> Signal:
        return squash(program, x, self.activation)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"activation": activations.serialize(self.activation)}


def squash(program: Program, x: Signal, activation: ActivationFunction) -> Signal:
    """The activation of x. After a softmax or sigmoid the signal remembers its logits."""
    if activation is activations.linear:
        return x
    if activation.name == "softmax" and x.shape[-1] == 1:
        warn("A softmax over one unit is always 1: use 'sigmoid', or one unit for each class.")
    function = activation.kernels
    y = program.signal(*x.shape, mask=x.mask)
    program.forward(kernels.activate, x.rows, y.rows, function.forward)
    if x.gradient.size:
        program.backward(
            kernels.activate_backward,
            y.gradient_rows, x.rows, y.rows, x.gradient_rows, function.backward,
        )  # fmt: skip
        if activation.name in ("softmax", "sigmoid"):
            y.squash_backward = program.backward_operations[-1]
    if activation.name in ("softmax", "sigmoid"):
        y.logits, y.squashed_by = x, activation.name
    return y
