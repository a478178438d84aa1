"""The Permute layer: axes in another order."""

from __future__ import annotations

from typing import Any

from ..arguments import is_whole, plain, shown
from ..program import Program, Signal
from .base import Layer, Shape
from .signals import rearranged


class Permute(Layer):
    """The axes behind the samples in another order: (2, 1) exchanges time steps and features.

    dims: the axes, counted from 1. Forgets any mask. Raises ValueError for others than 1 to their
    number.
    """

    fixed = Layer.fixed | {"dims"}

    def __init__(self, dims: Any, **options: Any) -> None:
        super().__init__(**options)
        known = isinstance(dims, (list, tuple)) and all(is_whole(plain(axis)) for axis in dims)
        if not known or sorted(dims) != list(range(1, len(dims) + 1)):
            raise ValueError(
                f"dims names the axes behind the samples from 1 on, each once; received "
                f"{shown(dims)}. Write Permute((2, 1)) to exchange time steps and features."
            )
        self.dims = tuple(int(axis) for axis in dims)

    def check_input(self, shape: Shape) -> None:
        if len(shape) != len(self.dims) + 1 or len(shape) > 3:
            raise ValueError(
                f"Permute layer '{self.name}' with dims={self.dims} takes inputs of "
                f"{len(self.dims) + 1} axes, at most 3; received shape {shape}."
            )

    def connect(self, program: Program, x: Signal) -> Signal:
        if self.dims != (2, 1):
            return Signal(x.value, x.gradient)
        return rearranged(program, x, (2, 1, 0))  # time first: (T, B, F) to (F, B, T)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (input_shape[0], *(input_shape[axis] for axis in self.dims))

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"dims": self.dims}
