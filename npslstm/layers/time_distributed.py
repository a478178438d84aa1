"""The TimeDistributed layer: one layer, applied to every time step alike."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arguments import shown
from ..identifiers import serialize
from ..kernels import data_movement
from ..program import Program, Signal
from .base import Layer, Shape
from .batch_normalization import BatchNormalization
from .bidirectional import Bidirectional
from .direct_call import DirectCall, taken
from .lstm import LSTM


class TimeDistributed(Layer):
    """layer(x[:, t]) for every time step t of (samples, time steps, ...), with the same weights.

    layer: a layer, or a model of one input and one output. All steps of all samples go through it
    as one batch. A layer's own activity_regularizer has no effect here, as in Keras: give it to
    TimeDistributed itself; those of layers within a model add up over the steps. Raises ValueError
    for inputs without a time axis, for what has several inputs or outputs, and for what mixes time
    steps: stateful layers, and BatchNormalization, which takes sequences by itself.
    """

    mask_rule, reads_mask = "passes", True
    fixed = Layer.fixed | {"layer"}

    def __init__(self, layer: Any, **options: Any) -> None:
        if not isinstance(layer, DirectCall):
            raise ValueError(
                f"layer: TimeDistributed needs a layer, TimeDistributed(Dense(5)), or a model; "
                f"received {shown(layer)}."
            )
        require_suitable(layer)
        super().__init__(**{"dtype": layer.dtype} | options)
        self.layer: Any = layer
        taken(layer)

    @property
    def sublayers(self) -> list[Any]:
        return [self.layer]

    @property
    def names(self) -> list[str]:
        """Its own. As in Keras, those of the layers within may be there a second time."""
        return [self.name]

    def check_input(self, shape: Shape) -> None:
        if len(shape) < 3:
            raise ValueError(
                f"TimeDistributed layer '{self.name}' needs inputs (samples, time steps, ...); "
                f"received shape {shape}. An LSTM before it needs return_sequences=True."
            )
        require_suitable(self.layer)  # its settings, or a model's layers, may have changed
        self.layer.check_input((None, *shape[2:]))

    def build(self, input_shape: Shape) -> None:
        self.layer.ensure_built((None, *input_shape[2:]))

    def connect(self, program: Program, x: Signal) -> Signal:
        T, B = x.shape[:2]
        if not self.trainable:  # nor is anything within, which has no penalties then
            program.penalized.update(map(id, self.layer.weights))
        program.steps_in_batch *= T  # penalties of outputs within add up over the steps
        y = self.layer.connect(program, one_batch(program, x))
        program.steps_in_batch //= T
        if isinstance(y, tuple):
            raise several_outputs(self.layer)
        if y.value.ndim > 2:  # (steps, T * B, ...) back to (T * B, steps, ...)
            y = swapped(program, y)
        shape = (T, B, *y.shape[1:])
        return Signal(y.value.reshape(shape), reshaped(program, y.gradient, shape), x.mask)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        inner = self.layer.compute_output_shape((input_shape[0], *input_shape[2:]))
        if isinstance(inner[0], tuple):
            raise several_outputs(self.layer)
        return (inner[0], input_shape[1], *inner[1:])

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"layer": serialize(self.layer)}


def require_suitable(layer: Any) -> None:
    """Raise ValueError for a layer or model that cannot be applied to each step by itself."""
    if any(isinstance(one, BatchNormalization) for one in layer.every_layer):
        raise ValueError(
            f"TimeDistributed cannot hold '{layer.name}': BatchNormalization takes sequences by "
            "itself."
        )
    if layer.state_keepers:
        raise ValueError(
            f"TimeDistributed cannot hold '{layer.name}': a stateful layer would mix the states of "
            "the time steps."
        )
    if layer.several:
        raise ValueError(
            f"TimeDistributed cannot hold '{layer.name}', which takes several inputs: it hands on "
            "the time steps of one. Put them together before, with Concatenate()([a, b])."
        )
    recurrent = isinstance(layer, (LSTM, Bidirectional))
    apart = isinstance(layer, Bidirectional) and layer.merge_mode is None
    outputs = getattr(layer, "output_names", [layer.name])  # a model's
    if apart or (recurrent and layer.return_state) or len(outputs) > 1:
        raise several_outputs(layer)


def several_outputs(layer: Any) -> ValueError:
    return ValueError(
        f"TimeDistributed cannot hold '{layer.name}', which has several outputs: leave "
        "return_state=True and merge_mode=None out, or make a model of the one that is needed."
    )


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
    program.forward(data_movement.swap, x.value.reshape(P, Q, -1), value.reshape(Q, P, -1))
    if not x.gradient.size:
        return Signal(value, program.zeros(*(0,) * value.ndim))
    gradient = program.zeros(*value.shape)
    dy, dx = gradient.reshape(Q, P, -1), x.gradient.reshape(P, Q, -1)
    program.backward(data_movement.swap, dy, dx)
    return Signal(value, gradient)
