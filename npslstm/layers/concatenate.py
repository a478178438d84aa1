"""The Concatenate layer: several inputs side by side, or one after the other in time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..arguments import shown, whole_number
from ..kernels import combining as kernels
from ..kernels import data_movement
from ..program import Program, Signal
from ..scan import NO_MASK
from .base import Layer
from .checks import Shape
from .signals import mask_of_either


class Concatenate(Layer):
    """All inputs side by side along an axis: -1 the features, 1 the time steps of sequences.

    With features side by side a step is masked where it is masked in all inputs, and nowhere if one
    has no mask. Raises ValueError for shapes that differ in another axis.
    """

    mask_rule = "of all"
    several = True
    fixed = Layer.fixed | {"axis"}

    def __init__(self, axis: int = -1, **options: Any) -> None:
        super().__init__(**options)
        self.axis = whole_number(axis, "axis", "Concatenate", -64, 63)

    def check_input(self, shape: Any) -> None:
        """Raise ValueError unless the inputs differ in the axis alone."""
        if not isinstance(shape, list) or len(shape) < 2:
            raise ValueError(
                f"Concatenate layer '{self.name}' is called on a list of inputs, "
                f"Concatenate()([a, b]); received shapes {shown(shape)}."
            )
        ranks = {len(one) for one in shape}
        rank = len(shape[0])
        axis = self.axis + rank if self.axis < 0 else self.axis
        if len(ranks) > 1 or not 0 < axis < rank or axis not in (1, rank - 1):
            raise ValueError(
                f"Concatenate layer '{self.name}' puts inputs of the same number of axes side by "
                f"side, along axis 1 or the last one; received axis={self.axis} and shapes {shape}."
            )
        for other in range(1, rank):
            sizes = {one[other] for one in shape} - {None}
            if other != axis and len(sizes) > 1:
                raise ValueError(
                    f"Concatenate layer '{self.name}' was given inputs of shapes {shape}, which "
                    f"differ in axis {other} too; along axis {axis} they may."
                )

    def compute_output_shape(self, input_shape: Any) -> Shape:
        first, rank = input_shape[0], len(input_shape[0])
        axis = self.axis % rank
        sizes = [one[axis] for one in input_shape]
        total = None if None in sizes else sum(sizes)
        known = [next((one[k] for one in input_shape if one[k] is not None), None)
                 for k in range(rank)]  # fmt: skip
        known[axis], known[0] = total, first[0]
        return tuple(known)

    def connect(self, program: Program, x: Signal, *more: Signal) -> Signal:
        """Each input copied into its part of the output, and its error out of it."""
        xs, rank = (x, *more), len(x.shape)
        if self.axis % rank == 1 and rank > 2:
            return self.one_after_the_other(program, xs)
        columns = sum(one.shape[-1] for one in xs)
        mask = mask_of_either(program, xs)
        y = program.signal(*x.shape[:-1], columns, mask=mask)
        first = 0
        for one in xs:
            program.forward(kernels.put_columns, one.rows, first, y.rows)
            if one.gradient.size:
                program.backward(kernels.take_columns, y.gradient_rows, first, one.gradient_rows)
            first += one.shape[-1]
        return y

    def one_after_the_other(self, program: Program, xs: Sequence[Signal]) -> Signal:
        """Along time, the first axis here."""
        steps, mask = sum(one.shape[0] for one in xs), NO_MASK
        if any(one.mask.size for one in xs):
            mask = np.ones((steps, xs[0].shape[1]), np.bool_)
        y, first = program.signal(steps, *xs[0].shape[1:], mask=mask), 0
        for one in xs:
            end = first + one.shape[0]
            program.forward(data_movement.copy, one.value, y.value[first:end])
            if one.mask.size:
                program.forward(data_movement.copy, one.mask, mask[first:end])
            if one.gradient.size:
                program.backward(data_movement.copy, y.gradient[first:end], one.gradient)
            first = end
        return y

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"axis": self.axis}
