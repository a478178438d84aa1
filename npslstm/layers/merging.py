"""Merge layers that combine several inputs element by element."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..arguments import shown
from ..kernels import combining as kernels
from ..program import Program, Signal
from ..tensors import MERGES
from .base import Layer
from .checks import Shape
from .signals import alike, chosen, hidden_as, mask_of_either, pair


class Merge(Layer):
    """What the layers share that combine their inputs element by element.

    Inputs have the same shape, or axes of 1 that serve for all, as NumPy has it; one without time
    steps serves at each of them. A step is masked where it is masked in all inputs. Raises
    ValueError for shapes that do not go together.
    """

    mask_rule = "of any"
    several = True
    operation = ""  # in kernels.combining.TABLE
    least, most = 2, 1000  # inputs

    def check_input(self, shape: Any) -> None:
        """Raise ValueError for shapes that do not go together."""
        kind = type(self).__name__
        if not isinstance(shape, list) or not self.least <= len(shape) <= self.most:
            wanted = f"{self.least}" if self.least == self.most else f"{self.least} or more"
            raise ValueError(
                f"{kind} layer '{self.name}' is called on a list of {wanted} inputs, "
                f"{kind}()([a, b]); received shapes {shown(shape)}."
            )
        if {len(one) for one in shape} - {2, 3} and len({*shape}) > 1:
            raise ValueError(
                f"{kind} layer '{self.name}' merges inputs of other than 2 or 3 axes only if they "
                f"have the same shape; received {shape}."
            )
        self.merged(shape)

    def merged(self, shapes: Sequence[Shape]) -> Shape:
        """The shape that all inputs are spread to."""
        longest = max(map(len, shapes))
        aligned = [(one[0], *(1,) * (longest - len(one)), *one[1:]) for one in shapes]
        found: list[int | None] = []
        for axis, sizes in enumerate(zip(*aligned, strict=True)):
            known = {size for size in sizes if size is not None}
            if axis:
                known -= {1} if len(known) > 1 else set()
            if len(known) > 1:
                raise ValueError(
                    f"{type(self).__name__} layer '{self.name}' was given inputs of shapes "
                    f"{list(shapes)}, which differ in axis {axis}. Bring them to one shape before, "
                    "for example with Dense layers of as many units."
                )
            none = any(size is None for size in sizes)
            found.append(None if none and known <= {1} else next(iter(known), None))
        return tuple(found)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        return self.merged(input_shape)

    def connect(self, program: Program, x: Signal, *more: Signal) -> Signal:
        xs = alike(program, (x, *more))
        mask = mask_of_either(program, xs)
        y = self.combined(program, xs)
        return self.finished(program, Signal(y.value, y.gradient, mask), len(xs))

    def combined(self, program: Program, xs: Sequence[Signal]) -> Signal:
        """All inputs as one, two at a time."""
        y = xs[0]
        for other in xs[1:]:
            y = pair(program, self.operation, y, other)
        return y

    def finished(self, program: Program, y: Signal, number: int) -> Signal:
        """What becomes of the combination of so many inputs."""
        return y


class Add(Merge):
    """The sum of all inputs."""

    operation = "add"


class Subtract(Merge):
    """The first input without the second."""

    operation = "subtract"
    most = 2


class Multiply(Merge):
    """The product of all inputs, element by element. A masked step counts as ones, and where it is
    masked in all inputs the product is 0."""

    operation = "multiply"

    def combined(self, program: Program, xs: Sequence[Signal]) -> Signal:
        return super().combined(program, [hidden_as(program, x, x.mask, 1.0) for x in xs])

    def finished(self, program: Program, y: Signal, number: int) -> Signal:
        return hidden_as(program, y, y.mask, 0.0)


class Extreme(Merge):
    """What Maximum and Minimum share: a masked step of an input leaves the choice to the others."""

    def combined(self, program: Program, xs: Sequence[Signal]) -> Signal:
        y = xs[0]
        for x in xs[1:]:
            mask = mask_of_either(program, (y, x))
            if x.mask.size:
                y, spare = program.fork(y, 2)
                x = chosen(program, x.mask, x, spare)
            if y.mask.size:
                x, spare = program.fork(x, 2)
                y = chosen(program, y.mask, y, spare)
            y = pair(program, self.operation, y, x)
            y.mask = mask
        return y


class Maximum(Extreme):
    """The largest of all inputs, element by element; of masked steps that of the others."""

    operation = "maximum"


class Minimum(Extreme):
    """The smallest of all inputs, element by element; of masked steps that of the others."""

    operation = "minimum"


class Average(Merge):
    """The mean of all inputs, element by element."""

    operation = "add"

    def finished(self, program: Program, y: Signal, number: int) -> Signal:
        mean, factor = program.signal(*y.shape, mask=y.mask), np.array([1 / number])
        program.forward(kernels.scale, y.rows, factor, mean.rows)
        if y.gradient.size:
            program.backward(kernels.scale, mean.gradient_rows, factor, y.gradient_rows)
        return mean


MERGES.update(Add=Add, Subtract=Subtract, Multiply=Multiply)
