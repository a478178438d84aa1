"""A stack of layers: how it grows, the weights and the states that it holds."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import config
from .arrays import as_numbers
from .layers.base import Layer, Shape
from .layers.input import InputLayer
from .layers.state import StateKeeper
from .parameters import Parameters, Variable


class Stack:
    """Layers one on the other, with an Input below them or the shape of the first data."""

    def __init__(self, layers: Any, name: str) -> None:
        self.name = name
        self.input_layer: InputLayer | None = None
        self.layers: list[Layer] = []
        self.batch_shape: Shape | None = None
        self.kept_parameters: Parameters | None = None
        self.remembered: dict[Any, Any] = {}  # programs and steps by purpose and shape
        if isinstance(layers, Layer):
            raise ValueError(
                "Sequential takes its layers in a list: Sequential([LSTM(3), Dense(1)])."
            )
        for layer in layers or ():
            self.add(layer)

    # ---- structure -----------------------------------------------------------------------------

    def add(self, layer: Any) -> None:
        """Put a layer on top."""
        if isinstance(layer, InputLayer):
            self.add_input(layer)
            return
        if not isinstance(layer, Layer):
            raise ValueError(
                f"Only layers can be added to a Sequential; received {layer!r} of type "
                f"{type(layer).__name__}. Write for example model.add(LSTM(32))."
            )
        if any(layer is other for other in self.layers):
            raise ValueError(
                f"Layer '{layer.name}' is already in this model. Make a second layer of its kind: "
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
        self.layers.append(layer)
        self.batch_shape = shape
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
        layer = self.layers.pop()
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
            raise ValueError("Write model.build((None, time_steps, features)).")
        self.shape_after(tuple(input_shape))
        if self.batch_shape is None:
            self.stack_up(self.layers, tuple(input_shape))
            self.batch_shape = tuple(input_shape)
            self.forget_programs()

    def build_for(self, x: np.ndarray, batch_size: int) -> None:
        """Build for data x if that was not done before."""
        if self.batch_shape is None:
            self.build((batch_size if self.stateful else None, *x.shape[1:]))

    @property
    def built(self) -> bool:
        return self.batch_shape is not None and bool(self.layers)

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """A layer by its name or its position. Raises ValueError, listing the names there are."""
        if index is not None:
            if not -len(self.layers) <= index < len(self.layers):
                raise ValueError(
                    f"There is no layer number {index}: the model has {len(self.layers)} layers."
                )
            return self.layers[index]
        for layer in self.layers:
            if layer.name == name:
                return layer
        known = ", ".join(repr(layer.name) for layer in self.layers)
        raise ValueError(f"There is no layer {name!r}. The layers are: {known}.")

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
        return self.layers[0].dtype if self.layers else config.floatx()

    @property
    def trainable(self) -> bool:
        return any(layer.trainable for layer in self.layers)

    @trainable.setter
    def trainable(self, value: bool) -> None:
        for layer in self.layers:
            layer.trainable = value

    # ---- weights -------------------------------------------------------------------------------

    @property
    def weights(self) -> list[Variable]:
        return [v for layer in self.layers for v in layer.weights]

    @property
    def trainable_weights(self) -> list[Variable]:
        return [v for layer in self.layers for v in layer.trainable_weights]

    @property
    def non_trainable_weights(self) -> list[Variable]:
        return [v for layer in self.layers for v in layer.non_trainable_weights]

    variables = weights
    trainable_variables = trainable_weights
    non_trainable_variables = non_trainable_weights

    def get_weights(self) -> list[np.ndarray]:
        """Copies of all weights, layer by layer."""
        return [w for layer in self.layers for w in layer.get_weights()]

    def set_weights(self, weights: list[Any]) -> None:
        """Replace all weights, layer by layer. Raises ValueError, changing none, if they differ."""
        own = self.weights
        if len(weights) != len(own):
            hint = "" if self.built else " The model was not built: give it an Input."
            raise ValueError(
                f"Model '{self.name}' has {len(own)} weights; set_weights was given "
                f"{len(weights)}.{hint}"
            )
        arrays = [as_numbers(w, self.dtype, "a weight") for w in weights]
        for position, (variable, array) in enumerate(zip(own, arrays, strict=True)):
            if array.shape != variable.shape:
                raise ValueError(
                    f"Weight number {position}, '{variable.name}', has shape {variable.shape}; "
                    f"set_weights was given shape {array.shape}."
                )
        for variable, array in zip(own, arrays, strict=True):
            variable.assign(array)

    def count_params(self) -> int:
        """How many numbers the weights hold. Raises ValueError before the model is built."""
        return sum(layer.count_params() for layer in self.layers)

    @property
    def parameters(self) -> Parameters:
        """The flat vector of all weights. Made when first needed, and again after `compile`."""
        if self.kept_parameters is None:
            self.kept_parameters = Parameters(self.trainable_weights, self.non_trainable_weights)
            self.remembered.clear()
        elif not self.kept_parameters.hold():  # another model with these layers was at work
            self.kept_parameters.adopt()
            self.remembered.clear()
        return self.kept_parameters

    def forget_programs(self) -> None:
        """The weights or their roles have changed: programs must be made anew."""
        self.kept_parameters = None
        self.remembered.clear()

    # ---- state ---------------------------------------------------------------------------------

    @property
    def state_keepers(self) -> list[StateKeeper]:
        return [keeper for layer in self.layers for keeper in layer.state_keepers]

    @property
    def stateful(self) -> bool:
        """Whether any layer carries its state from batch to batch."""
        return bool(self.state_keepers)

    @property
    def state_batch_size(self) -> int | None:
        """The number of samples that stateful layers keep states for; None before that is known."""
        for layer in self.state_keepers:
            if layer.kept is not None:
                return layer.kept.h.shape[0]
        return None

    def get_states(self) -> list[list[np.ndarray]]:
        """Copies of [h, c], each (samples, units), of every stateful layer in order."""
        return [layer.get_states() for layer in self.state_keepers]

    def set_states(self, states: list[Any]) -> None:
        """Continue from what `get_states` returned. Raises ValueError, changing none, if it
        does not fit."""
        keepers = self.state_keepers
        if not isinstance(states, (list, tuple)) or len(states) != len(keepers):
            raise ValueError(
                f"Model '{self.name}' has {len(keepers)} stateful layers; set_states needs a list "
                f"with [h, c] for each of them, as get_states() returns it."
            )
        for layer, state in zip(keepers, states, strict=True):
            layer.given_state(state, layer.require_kept().h.shape[0])
        for layer, state in zip(keepers, states, strict=True):
            layer.set_states(state)

    def reset_states(self) -> None:
        """Make every stateful layer forget. Without stateful layers nothing happens."""
        for layer in self.state_keepers:
            if layer.kept is not None:
                layer.reset_state()


def single(layer: Layer, shape: Any) -> Shape:
    """Raise ValueError if a layer has several outputs."""
    if shape and isinstance(shape[0], tuple):
        raise ValueError(
            f"Layer '{layer.name}' has several outputs (return_state=True); in a Sequential every "
            "layer has one. Call the layer on its own, or read its state with get_states()."
        )
    return shape
