"""The Reshape layer: the numbers of each sample in another shape."""

from __future__ import annotations

import math
from typing import Any

from ..arguments import is_whole, plain, shown
from ..kernels import data_movement
from ..program import Program, Signal
from .base import Layer, Shape
from .signals import flattened


class Reshape(Layer):
    """(samples, ...) to (samples, *target_shape), in the order in which NumPy counts.

    target_shape: without the samples; -1 once, for what is left. Forgets any mask. Raises
    ValueError for a shape of another number of numbers.
    """

    fixed = Layer.fixed | {"target_shape"}

    def __init__(self, target_shape: Any, **options: Any) -> None:
        super().__init__(**options)
        known = isinstance(target_shape, (list, tuple)) and all(
            is_whole(plain(size)) and (size > 0 or size == -1) for size in target_shape
        )
        if not known or list(target_shape).count(-1) > 1:
            raise ValueError(
                "target_shape is the shape of a sample, positive numbers with -1 at most once for "
                f"what is left; received {shown(target_shape)}. Write for example Reshape((10, 3))."
            )
        self.target_shape = tuple(int(size) for size in target_shape)

    def check_input(self, shape: Shape) -> None:
        self.compute_output_shape(shape)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Raises ValueError if the numbers of a sample do not fill the target shape."""
        sizes, wanted = input_shape[1:], self.target_shape
        known = math.prod(size for size in wanted if size != -1)
        if None in sizes:
            if -1 not in wanted:
                return (input_shape[0], *wanted)
            return (input_shape[0], *(None if size == -1 else size for size in wanted))
        total = math.prod(sizes)  # type: ignore[arg-type]
        rest = total // max(known, 1) if -1 in wanted else 1
        if known * rest != total:
            raise ValueError(
                f"Reshape layer '{self.name}' cannot bring samples of shape {sizes}, {total} "
                f"numbers, into target_shape={wanted}."
            )
        return (input_shape[0], *(rest if size == -1 else size for size in wanted))

    def connect(self, program: Program, x: Signal) -> Signal:
        """The same numbers, in the order in which each sample has them."""
        x = flattened(program, x)
        B = x.shape[0]
        shape: Any = self.compute_output_shape((B, math.prod(x.shape) // B))
        if len(shape) == 2:
            return in_shape(program, x, shape)
        y = program.signal(shape[1], B, *shape[2:])
        flat = in_shape(program, x, (B, shape[1], math.prod(shape[2:])))
        target = y.value.reshape(shape[1], B, -1)
        program.forward(data_movement.swap, flat.value, target)
        if x.gradient.size:
            program.backward(
                data_movement.swap, y.gradient.reshape(shape[1], B, -1), flat.gradient
            )
        return y

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"target_shape": self.target_shape}


def in_shape(program: Program, x: Signal, shape: Any) -> Signal:
    """The same numbers in another shape."""
    gradient = x.gradient.reshape(shape) if x.gradient.size else program.zeros(*(0,) * len(shape))
    return Signal(x.value.reshape(shape), gradient)
