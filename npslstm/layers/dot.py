"""The Dot layer: products of two inputs, sample by sample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..arguments import flag, is_whole, plain, shown
from ..kernels import combining as kernels
from ..program import Program, Signal
from .base import Layer
from .checks import Shape
from .signals import rearranged


class Dot(Layer):
    """Products of two inputs, summed over an axis of each, sample by sample.

    axes: the axis of both, or a pair with one of each; 1 is the first after the samples. Of two
    (samples, features) the result is (samples, 1). normalize: of rows of length 1, so that the
    result is the cosine of their angle. Raises ValueError for axes of other sizes.
    """

    several = True
    fixed = Layer.fixed | {"axes", "normalize"}

    def __init__(self, axes: Any, normalize: bool = False, **options: Any) -> None:
        super().__init__(**options)
        pair_of = axes if isinstance(axes, (list, tuple)) else (axes, axes)
        whole = len(pair_of) == 2 and all(is_whole(plain(axis)) for axis in pair_of)
        if not whole or not all(axis and -64 < axis < 64 for axis in pair_of):
            raise ValueError(
                f"axes is the axis to sum over, 1 or more, or a pair of them; received "
                f"{shown(axes)}. Write for example Dot(axes=1)([a, b])."
            )
        self.axes = axes if isinstance(axes, (list, tuple)) else int(axes)
        self.normalize = flag(normalize, "normalize", "Dot")

    def axes_for(self, shapes: Sequence[Shape]) -> tuple[int, int]:
        both = self.axes if isinstance(self.axes, (list, tuple)) else (self.axes,) * 2
        for axis, shape in zip(both, shapes, strict=True):
            if not -len(shape) <= axis < len(shape):
                raise ValueError(
                    f"Dot layer '{self.name}': axes={self.axes}, but an input of shape {shape} has "
                    f"the axes 0 to {len(shape) - 1}."
                )
        return both[0] % len(shapes[0]), both[1] % len(shapes[1])

    def check_input(self, shape: Any) -> None:
        """Raise ValueError unless the axes to sum over have the same size."""
        if not isinstance(shape, list) or len(shape) != 2:
            raise ValueError(
                f"Dot layer '{self.name}' is called on a list of two inputs, Dot(axes=1)([a, b]); "
                f"received shapes {shown(shape)}."
            )
        if {len(one) for one in shape} - {2, 3}:
            raise ValueError(
                f"Dot layer '{self.name}' takes inputs (samples, features) or (samples, time "
                f"steps, features); received {shape}."
            )
        first, second = self.axes_for(shape)
        if not first or not second or shape[0][first] != shape[1][second]:
            raise ValueError(
                f"Dot layer '{self.name}', axes={self.axes}: it sums over axis {first} of "
                f"{shape[0]} and axis {second} "
                f"of {shape[1]}, which must have the same size, and not be that of the samples."
            )

    def compute_output_shape(self, input_shape: Any) -> Shape:
        first, second = self.axes_for(input_shape)
        a, b = list(input_shape[0]), list(input_shape[1])
        del a[first], b[second], b[0]
        return (*a, *b) if len(a) + len(b) > 1 else (a[0], 1)

    def connect(self, program: Program, x: Signal, *more: Signal) -> Signal:
        """Products of the rows of both, with the axis to sum over last: (samples, rows, sizes)."""
        axes = self.axes_for([x.shape, more[0].shape])
        a, b = (
            with_last(program, s, axis) for s, axis in zip((x, *more), axes, strict=True)
        )
        if self.normalize:
            a, b = normed(program, a), normed(program, b)
        (B, rows, _), columns = a.shape, b.shape[1]
        y = program.signal(B, rows, columns)
        program.forward(kernels.batch_product, a.value, b.value, y.value)
        if a.gradient.size or b.gradient.size:
            da, db = (s.gradient if s.gradient.size else program.zeros(*s.shape) for s in (a, b))
            program.backward(
                kernels.d_batch_product, y.gradient, a.value, b.value, da, db
            )
        if x.value.ndim == 2 or more[0].value.ndim == 2:  # (B, 1, n) or (B, n, 1)
            gradient = y.gradient.reshape(B, -1) if y.gradient.size else program.zeros(0, 0)
            return Signal(y.value.reshape(B, -1), gradient)
        return rearranged(program, y, (1, 0, 2))  # time first again

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"axes": self.axes, "normalize": self.normalize}


def with_last(program: Program, x: Signal, axis: int) -> Signal:
    """x as (samples, rows, sizes), where the sizes are those along the user's `axis`."""
    if x.value.ndim == 2:
        B, F = x.shape
        gradient = x.gradient.reshape(B, 1, F) if x.gradient.size else program.zeros(0, 0, 0)
        return Signal(x.value.reshape(B, 1, F), gradient)
    return rearranged(program, x, (1, 0, 2) if axis == 2 else (1, 2, 0))


def normed(program: Program, x: Signal) -> Signal:
    """Rows of length 1; rows of zeros stay as they are."""
    y, lengths = program.signal(*x.shape), program.zeros(x.rows.shape[0])
    program.forward(kernels.to_length_one, x.rows, lengths, y.rows)
    if x.gradient.size:
        program.backward(
            kernels.d_to_length_one, y.gradient_rows, y.rows, lengths, x.gradient_rows
        )
    return y
