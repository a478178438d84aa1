"""The RepeatVector layer: from one vector to a sequence."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arguments import require_memory, shown, whole_number
from ..kernels import data_movement
from ..program import Program, Signal
from .base import Layer, Shape


class RepeatVector(Layer):
    """(samples, features) n times over: (samples, n, features), between encoder and decoder.

    Raises TypeError unless n is an integer, ValueError unless it is positive.
    """

    fixed = Layer.fixed | {"n"}

    def __init__(self, n: int, **options: Any) -> None:
        n = whole_number(n, "n", "RepeatVector", error=TypeError)
        super().__init__(**options)
        self.n = n

    def check_input(self, shape: Shape) -> None:
        if len(shape) != 2:
            raise ValueError(
                f"RepeatVector layer '{self.name}' needs inputs (samples, features); received "
                f"shape {shape}. An LSTM before it must not have return_sequences=True."
            )
        sizes = [size or 1 for size in (self.n, *shape)]
        where = f"n={shown(self.n)} of RepeatVector layer '{self.name}': its output"
        require_memory(sizes, np.dtype(self.dtype).itemsize, where, "Repeat it less often.")

    def connect(self, program: Program, x: Signal) -> Signal:
        y = program.signal(self.n, *x.shape)
        program.forward(data_movement.repeat, x.value, y.value)
        if x.gradient.size:
            program.backward(data_movement.sum_repeats, y.gradient, x.gradient)
        return y

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (input_shape[0], self.n, input_shape[1])

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"n": self.n}
