"""The TimeDistributed layer: one layer, applied to every time step alike."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arguments import shown
from ..identifiers import serialize
from ..kernels import movement
from ..program import Program, Signal
from .base import Layer, Shape
from .batch_normalization import BatchNormalization


class TimeDistributed(Layer):
    """layer(x[:, t]) for every time step t of (samples, time steps, ...), with the same weights.

    All steps of all samples go through the layer as one batch. The layer's own activity_regularizer
    has no effect here, as in Keras: give it to TimeDistributed itself. Raises ValueError for inputs
    without a time axis, and for BatchNormalization, which takes sequences by itself.
    """

    fixed = Layer.fixed | {"layer"}

    def __init__(self, layer: Layer, **options: Any) -> None:
        if not isinstance(layer, Layer):
            raise ValueError(
                f"layer: TimeDistributed needs a layer, TimeDistributed(Dense(5)); received "
                f"{shown(layer)}."
            )
        if isinstance(layer, BatchNormalization) or layer.state_keepers:
            raise ValueError(
                f"TimeDistributed cannot hold '{layer.name}': BatchNormalization takes sequences "
                "by itself, and a stateful layer would mix the states of the time steps."
            )
        super().__init__(**{"dtype": layer.dtype} | options)
        self.layer = layer

    @property
    def sublayers(self) -> list[Layer]:
        return [self.layer]

    @property
    def names(self) -> list[str]:
        """Its own, and those within its layer. As in Keras, the layer's own name may be a second
        one of its kind."""
        return [self.name, *self.layer.names[1:]]

    def check_input(self, shape: Shape) -> None:
        if len(shape) < 3:
            raise ValueError(
                f"TimeDistributed layer '{self.name}' needs inputs (samples, time steps, ...); "
                f"received shape {shape}. An LSTM before it needs return_sequences=True."
            )
        self.layer.check_input((None, *shape[2:]))

    def build(self, input_shape: Shape) -> None:
        self.layer.ensure_built((None, *input_shape[2:]))

    def connect(self, program: Program, x: Signal) -> Signal:
        T, B = x.shape[:2]
        y = self.layer.connect(program, one_batch(program, x))
        if y.value.ndim > 2:  # (steps, T * B, ...) back to (T * B, steps, ...)
            y = swapped(program, y)
        shape = (T, B, *y.shape[1:])
        return Signal(y.value.reshape(shape), reshaped(program, y.gradient, shape), x.mask)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        inner = self.layer.compute_output_shape((input_shape[0], *input_shape[2:]))
        return (inner[0], input_shape[1], *inner[1:])

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"layer": serialize(self.layer)}


def one_batch(program: Program, x: Signal) -> Signal:
    """All time steps of all samples as samples: (T * B, F), or (steps, T * B, F)."""
    T, B = x.shape[:2]
    shape = (T * B, *x.shape[2:])
    merged = Signal(x.value.reshape(shape), reshaped(program, x.gradient, shape))
    return merged if len(shape) == 2 else swapped(program, merged)


def reshaped(program: Program, gradient: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The gradient in the shape of its value, or empty if there are no weights below to use it."""
    return gradient.reshape(shape) if gradient.size else program.zeros(*(0,) * len(shape))


def swapped(program: Program, x: Signal) -> Signal:
    """x with its first two axes exchanged."""
    P, Q = x.shape[:2]
    value = program.zeros(Q, P, *x.shape[2:])
    program.forward(movement.swap, x.value.reshape(P, Q, -1), value.reshape(Q, P, -1))
    if not x.gradient.size:
        return Signal(value, program.zeros(*(0,) * value.ndim))
    gradient = program.zeros(*value.shape)
    dy, dx = gradient.reshape(Q, P, -1), x.gradient.reshape(P, Q, -1)
    program.backward(movement.swap, dy, dx)
    return Signal(value, gradient)
