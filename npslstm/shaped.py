"""The shapes of a model's outputs, and whether inputs fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .graph import Plan
from .layers.checks import Shape
from .model_arguments import alone_or_list, require_fit
from .watch import Clock

MOST_SHAPES = 64  # of inputs, whose outputs' shapes are remembered


class Shaped:
    """Mixed into models."""

    if TYPE_CHECKING:  # what Model brings
        known_shapes: dict[Any, Any]
        input_names: list[str]

        @property
        def several(self) -> bool: ...
        @property
        def plan(self) -> Plan: ...
        @property
        def input_shapes(self) -> list[Shape]: ...

    def shapes_after(self, shapes: Sequence[Shape]) -> list[Shape]:
        """The outputs' shapes for inputs of these shapes. Raises ValueError if they do not fit."""
        key = tuple(shapes)
        time, known = self.known_shapes.get(key, (-1, ()))
        if time != Clock.time:
            known = tuple(self.followed(shapes))
            if len(self.known_shapes) >= MOST_SHAPES:
                self.known_shapes.clear()
            self.known_shapes[key] = Clock.time, known
        return list(known)

    def followed(self, shapes: Sequence[Shape]) -> list[Shape]:
        """`shapes_after` of shapes that were not met before, or not since layers have changed."""
        for name, wanted, shape in zip(self.input_names, self.input_shapes, shapes, strict=True):
            require_fit(wanted, shape, name if self.several else "")
        found = dict(zip(self.plan.inputs, shapes, strict=True))
        for call in self.plan.calls:
            made = call.layer.shapes_of_outputs([found[source] for source in call.sources])
            found.update(zip(call.targets, made, strict=True))
        return [found[number] for number in self.plan.outputs]

    shapes_of_outputs = shapes_after

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the output for inputs of this shape, a list for several."""
        shapes = list(input_shape) if self.several else [input_shape]
        return alone_or_list(self.shapes_after(shapes))

    def check_input(self, shape: Any) -> None:
        """Raise ValueError if inputs of this shape do not fit."""
        self.compute_output_shape(shape)

    def ensure_built(self, input_shape: Any) -> None:
        """What layers do the first time they are called: here, check the shape."""
        self.check_input(input_shape)

    def build_for(self, xs: Sequence[np.ndarray], batch_size: int) -> None:
        """Build for such data if that was not done before."""

    def fit_rank(self, x: np.ndarray, position: int = 0) -> np.ndarray:
        """x with the number of axes that an input expects, if only a last axis of size 1
        differs."""
        expected = self.input_shapes[position]
        if x.ndim == len(expected):
            return x
        if x.ndim == len(expected) - 1 and expected[-1] == 1:
            return x[..., None]
        if x.ndim == len(expected) + 1 and x.shape[-1] == 1:
            return np.ascontiguousarray(x[..., 0])
        for call in self.plan.calls if len(expected) == 3 else ():
            if call.sources == (self.plan.inputs[position],):
                call.layer.check_input(x.shape)  # an LSTM has more to say of it
        raise ValueError(
            f"the model takes inputs of shape {expected}, {len(expected)} axes; received "
            f"{x.shape}. Bring them into that shape, for example with np.reshape."
        )
