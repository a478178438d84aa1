"""A stack of layers: how it grows, and which shapes fit on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import config
from .arguments import naming, shown
from .layers.checks import Shape, checked_shape
from .layers.direct_call import DirectCall
from .layers.direct_call import taken as take_layer
from .layers.input import InputLayer
from .naming import automatic_name
from .shaped import MOST_SHAPES
from .tensors import Call, Tensor
from .watch import Clock


class Stack:
    """Layers one on the other, with an Input below them or the shape of the first data."""

    input_layer: InputLayer | None
    stacked: list[Any]
    batch_shape: Shape | None
    if TYPE_CHECKING:  # what Model brings
        name: str
        within_another: bool
        calls: list[Call]
        lock: Any
        known_shapes: dict[Any, Any]
        tensors: tuple[list[Tensor], list[Tensor]] | None

        @property
        def every_layer(self) -> list[Any]: ...
        @property
        def stateful(self) -> bool: ...
        def join_locks(self) -> None: ...
        def forget_programs(self) -> None: ...

    def add_all(self, layers: Any) -> None:
        """Put layers on, as the constructor is given them."""
        if isinstance(layers, DirectCall):
            raise ValueError(
                "Sequential takes its layers in a list: Sequential([LSTM(3), Dense(1)])."
            )
        if layers is not None and not isinstance(layers, (list, tuple, Iterator)):
            raise ValueError(f"layers is a list of layers; received {shown(layers)}.")
        for layer in () if layers is None else layers:
            self.put_on(layer)
        self.count_build()

    def count_build(self) -> None:
        """Take a number among the graphs' names, as Keras does whenever a stack becomes one."""
        if self.batch_shape is not None and self.stacked:
            automatic_name("Functional")

    # ---- structure -----------------------------------------------------------------------------

    def add(self, layer: Any) -> None:
        """Put a layer on top."""
        self.put_on(layer)
        self.count_build()

    def require_free(self, what: str) -> None:
        """Raise ValueError if this is part of another model, which was made of it as it is."""
        if self.within_another or self.calls:
            raise ValueError(
                f"Model '{self.name}' is part of another model, which was made of its layers as "
                f"they are, so {what}. Make the inner model first, and then the other one."
            )

    def put_on(self, layer: Any) -> None:
        """`add`, as one of several."""
        self.require_free("no layer can be added to it")
        if isinstance(layer, Tensor) and isinstance(layer.call.layer, InputLayer):
            layer = layer.call.layer
        if isinstance(layer, InputLayer):
            self.add_input(layer)
            return
        if not isinstance(layer, DirectCall):
            raise ValueError(
                f"layer: only layers can be added to a Sequential; received {shown(layer)} of type "
                f"{type(layer).__name__}. Write for example model.add(LSTM(32))."
            )
        if layer.several:
            raise ValueError(
                f"Layer '{layer.name}' takes several inputs, and in a Sequential each layer has "
                "one: call the layers on each other, and write npslstm.Model(inputs, outputs)."
            )
        inside = {id(one): one for one in self.every_layer}
        twice = next((inside[id(one)] for one in layer.every_layer if id(one) in inside), None)
        if twice is not None:
            raise ValueError(
                f"Layer '{twice.name}' is already in this model. Make a second layer of its kind: "
                "a layer used twice would share its weights with itself."
            )
        taken = {name for other in self.stacked for name in other.names}.intersection(layer.names)
        if taken:
            raise ValueError(
                f"Names of layers must differ within a model; there is already one called "
                f"'{taken.pop()}'. Write name='another_name' in one of them."
            )
        self.check_dtype(layer)
        shape = self.batch_shape
        declared = getattr(layer, "declared_batch_shape", None)  # a model's own: its input's
        if not self.stacked and self.input_layer is None and declared is not None:
            shape = declared
            self.input_layer = InputLayer(batch_shape=shape)
        if shape is not None:
            try:
                self.stack_up([*self.stacked, layer], shape)
            except Exception:
                if not self.stacked and self.batch_shape is None:
                    self.input_layer = None
                raise
        self.stacked.append(layer)
        take_layer(layer)
        self.batch_shape = shape
        self.join_locks()
        self.forget_programs()
        self.follow_calls()

    def add_input(self, layer: InputLayer) -> None:
        if self.input_layer is not None or self.stacked:
            raise ValueError(
                "An Input comes first and only once; this model already has "
                f"{'one' if self.input_layer else 'layers'}."
            )
        self.input_layer = layer
        self.batch_shape = layer.batch_shape

    def check_dtype(self, layer: Any) -> None:
        declared = self.input_layer.dtype if self.input_layer else None
        expected = self.stacked[0].dtype if self.stacked else declared or layer.dtype
        if layer.dtype != expected:
            raise ValueError(
                f"All layers of a model compute in one precision; layer '{layer.name}' is "
                f"{layer.dtype}, the model {expected}. Give every layer the same dtype=, or write "
                "npslstm.config.set_floatx('float64') before the first."
            )

    def pop(self) -> Any:
        """Take the top layer off and return it."""
        self.require_free("no layer can be taken off")
        if not self.stacked:
            raise ValueError("There is no layer to take off: the model is empty.")
        layer = self.stacked.pop()
        take_layer(layer, another=False)
        if self.tensors is not None:
            call = self.tensors[1][0].call
            layer.calls.remove(call)
            self.tensors = self.tensors[0], list(call.inputs)
        self.count_build()
        Clock.time += 1
        self.forget_programs()
        return layer

    def stack_up(self, layers: list[Any], shape: Shape) -> Shape:
        """Build layers for inputs of this shape, all of them or none. Returns the shape of the
        output."""
        unbuilt = [one for layer in layers for one in layer.every_layer if not one.built]
        try:
            for layer in layers:
                layer.ensure_built(shape)
                shape = single(layer, layer.compute_output_shape(shape))
        except Exception:
            for one in unbuilt:
                one.unbuild()
            raise
        return shape

    def follow_calls(self) -> None:
        """Have Tensors for what the layers make, so that other models may begin or end there."""
        if self.batch_shape is None:
            return
        if self.tensors is None:
            layer = self.input_layer or InputLayer(batch_shape=self.batch_shape, dtype=self.dtype)
            call = layer.tensor(self.dtype).call
            self.tensors = list(call.outputs), list(call.outputs)
        inputs, (last,) = self.tensors
        done = 0
        while last.call.inputs:
            last, done = last.call.inputs[0], done + 1
        last = self.tensors[1][0]
        for one in self.stacked[done:]:
            shape = one.compute_output_shape(last.shape)
            last = Call(one, [last], [shape], self.dtype).outputs[0]
        self.tensors = inputs, [last]

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
        if not self.stacked:
            raise ValueError(
                "This model has no layers yet: add one first, for example model.add(LSTM(32))."
            )
        for layer in self.stacked:
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
            self.stack_up(self.stacked, input_shape)
            self.batch_shape = input_shape
            self.forget_programs()
            self.follow_calls()
            self.count_build()

    def build_for(self, xs: Sequence[np.ndarray], batch_size: int) -> None:
        """Build for such data if that was not done before."""
        if self.batch_shape is not None:
            return
        with self.lock.change:  # of two threads only the first builds
            self.build((batch_size if self.stateful else None, *xs[0].shape[1:]))

    @property
    def built(self) -> bool:
        return self.batch_shape is not None and bool(self.stacked)

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


def single(layer: Any, shape: Any) -> Shape:
    """Raise ValueError if a layer has several outputs."""
    if shape and isinstance(shape[0], tuple):
        raise ValueError(
            f"Layer '{layer.name}' has several outputs, as with return_state=True; in a Sequential "
            "every layer has one. Call the layers on each other, and write npslstm.Model(inputs, "
            "outputs)."
        )
    return shape
