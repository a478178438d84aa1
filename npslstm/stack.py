"""A stack of layers: how it grows, and which shapes fit on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from . import config
from .arguments import naming, shown, whole_number
from .holder import Holder
from .layers.base import Layer, Shape
from .layers.checks import checked_shape
from .layers.input import InputLayer
from .watch import Clock

MOST_SHAPES = 64  # of inputs, whose outputs' shapes are remembered


class Stack(Holder):
    """Layers one on the other, with an Input below them or the shape of the first data."""

    def __init__(self, layers: Any, name: str) -> None:
        self.name = name
        self.input_layer: InputLayer | None = None
        self.stacked: list[Layer] = []
        self.batch_shape: Shape | None = None
        self.have_own_programs()
        if isinstance(layers, Layer):
            raise ValueError(
                "Sequential takes its layers in a list: Sequential([LSTM(3), Dense(1)])."
            )
        if layers is not None and not isinstance(layers, (list, tuple, Iterator)):
            raise ValueError(f"layers is a list of layers; received {shown(layers)}.")
        for layer in () if layers is None else layers:
            self.add(layer)

    # ---- structure -----------------------------------------------------------------------------

    def add(self, layer: Any) -> None:
        """Put a layer on top."""
        if isinstance(layer, InputLayer):
            self.add_input(layer)
            return
        if not isinstance(layer, Layer):
            raise ValueError(
                f"layer: only layers can be added to a Sequential; received {shown(layer)} of type "
                f"{type(layer).__name__}. Write for example model.add(LSTM(32))."
            )
        inside = {id(one): one for one in self.every_layer}
        twice = next((inside[id(one)] for one in layer.every_layer if id(one) in inside), None)
        if twice is not None:
            raise ValueError(
                f"Layer '{twice.name}' is already in this model. Make a second layer of its kind: "
                "a layer used twice would share its weights with itself."
            )
        taken = {name for other in self.layers for name in other.names}.intersection(layer.names)
        if taken:
            raise ValueError(
                f"Names of layers must differ within a model; there is already one called "
                f"'{taken.pop()}'. Write name='another_name' in one of them."
            )
        self.check_dtype(layer)
        shape = self.batch_shape
        if not self.layers and self.input_layer is None and layer.declared_batch_shape is not None:
            shape = layer.declared_batch_shape
            self.input_layer = InputLayer(batch_shape=shape)
        if shape is not None:
            try:
                self.stack_up([*self.layers, layer], shape)
            except Exception:
                if not self.layers and self.batch_shape is None:
                    self.input_layer = None
                raise
        self.stacked.append(layer)
        self.batch_shape = shape
        self.join_gates()
        self.forget_programs()

    def add_input(self, layer: InputLayer) -> None:
        if self.input_layer is not None or self.layers:
            raise ValueError(
                "An Input comes first and only once; this model already has "
                f"{'one' if self.input_layer else 'layers'}."
            )
        self.input_layer = layer
        self.batch_shape = layer.batch_shape

    def check_dtype(self, layer: Layer) -> None:
        declared = self.input_layer.dtype if self.input_layer else None
        expected = self.layers[0].dtype if self.layers else declared or layer.dtype
        if layer.dtype != expected:
            raise ValueError(
                f"All layers of a model compute in one precision; layer '{layer.name}' is "
                f"{layer.dtype}, the model {expected}. Give every layer the same dtype=, or write "
                "npslstm.config.set_floatx('float64') before the first."
            )

    def pop(self) -> Layer:
        """Take the top layer off and return it."""
        if not self.layers:
            raise ValueError("There is no layer to take off: the model is empty.")
        layer = self.stacked.pop()
        Clock.time += 1
        self.forget_programs()
        return layer

    def stack_up(self, layers: list[Layer], shape: Shape) -> Shape:
        """Build layers for inputs of this shape. Returns the shape of the output."""
        for layer in layers:
            layer.ensure_built(shape)
            shape = single(layer, layer.compute_output_shape(shape))
        return shape

    def shape_after(self, shape: Shape) -> Shape:
        """The output's shape for inputs of this shape, building nothing. Raises ValueError."""
        time, known = self.known_shapes.get(shape, (-1, shape))
        if time == Clock.time:
            return known
        found = self.new_shape_after(shape)
        if len(self.known_shapes) >= MOST_SHAPES:
            self.known_shapes.clear()
        self.known_shapes[shape] = Clock.time, found
        return found

    def new_shape_after(self, shape: Shape) -> Shape:
        """`shape_after` of a shape that was not met before, or not since layers have changed."""
        if not self.layers:
            raise ValueError(
                "This model has no layers yet: add one first, for example model.add(LSTM(32))."
            )
        for layer in self.layers:
            layer.check_input(shape)
            shape = single(layer, layer.compute_output_shape(shape))
        return shape

    def build(self, input_shape: Any = None) -> None:
        """Make the weights, for inputs of this shape: (samples or None, time steps, features)."""
        if input_shape is None:
            raise ValueError("Write model.build(input_shape=(None, time_steps, features)).")
        input_shape = checked_shape(input_shape, "input_shape")
        with naming("input_shape"):
            self.shape_after(input_shape)
        if self.batch_shape is None:
            self.stack_up(self.layers, input_shape)
            self.batch_shape = input_shape
            self.forget_programs()

    def build_for(self, x: np.ndarray, batch_size: int) -> None:
        """Build for data x if that was not done before."""
        if self.batch_shape is not None:
            return
        with self.gate.change:  # of two threads only the first builds
            self.build((batch_size if self.stateful else None, *x.shape[1:]))

    @property
    def built(self) -> bool:
        return self.batch_shape is not None and bool(self.layers)

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """A layer by its name or its position. Raises ValueError, listing the names there are."""
        if name is not None and index is not None:
            raise ValueError("Give get_layer either a name or an index, not both.")
        if name is None and index is None:
            raise ValueError("Give get_layer a name or an index, as in model.get_layer(index=0).")
        if index is not None:
            index = whole_number(index, "index", "get_layer", -len(self.layers))
            if not -len(self.layers) <= index < len(self.layers):
                raise ValueError(
                    f"There is no layer of index={shown(index)}: the model has {len(self.layers)} "
                    "layers."
                )
            return self.layers[index]
        for layer in self.layers:
            if isinstance(name, str) and layer.name == name:
                return layer
        known = ", ".join(repr(layer.name) for layer in self.layers)
        raise ValueError(
            f"There is no layer of name={shown(name)}. The names of the layers: {known}."
        )

    @property
    def input_shape(self) -> Shape:
        """(samples, ..., features), None for any number. Raises AttributeError while unknown."""
        if self.batch_shape is None:
            raise AttributeError(f"Model '{self.name}' was not built, so it has no shapes yet.")
        return self.batch_shape

    @property
    def output_shape(self) -> Shape:
        return self.shape_after(self.input_shape)

    @property
    def dtype(self) -> str:
        return self.stacked[0].dtype if self.stacked else config.floatx()

    @property
    def trainable(self) -> bool:
        return any(layer.trainable for layer in self.layers)

    @trainable.setter
    def trainable(self, value: bool) -> None:
        for layer in self.layers:
            layer.trainable = value


def single(layer: Layer, shape: Any) -> Shape:
    """Raise ValueError if a layer has several outputs."""
    if shape and isinstance(shape[0], tuple):
        raise ValueError(
            f"Layer '{layer.name}' has several outputs (return_state=True); in a Sequential every "
            "layer has one. Call the layer on its own, or read its state with get_states()."
        )
    return shape
