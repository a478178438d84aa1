"""The Masking layer: which time steps are padding."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arguments import real_number
from ..kernels import masking as kernels
from ..program import Program, Signal
from .base import Layer, Shape


class Masking(Layer):
    """Masks the time steps of (samples, time steps, features) whose features all are mask_value.

    The LSTMs after it pass over masked steps, and losses and metrics leave them out. The values of
    masked steps become 0. Raises ValueError for inputs that are not sequences.
    """

    mask_rule = "makes"

    def __init__(self, mask_value: float = 0.0, **options: Any) -> None:
        super().__init__(**options)
        self.mask_value = real_number(mask_value, "mask_value", "Masking", finite=False)
        if abs(self.mask_value) > np.finfo(self.dtype).max and np.isfinite(self.mask_value):
            raise ValueError(
                f"mask_value={self.mask_value:g} is beyond what {self.dtype} holds, so that no "
                "number equals it. Write a smaller one, such as mask_value=-1.0."
            )

    def check_input(self, shape: Shape) -> None:
        if len(shape) != 3:
            raise ValueError(
                f"Masking layer '{self.name}' needs sequences (samples, time steps, features); "
                f"received shape {shape}."
            )

    def connect(self, program: Program, x: Signal) -> Signal:
        y = program.signal(*x.shape, mask=np.zeros(x.shape[:2], np.bool_))
        value = np.array([self.mask_value], program.dtype)
        program.forward(kernels.find, x.value, value, y.mask, y.value)
        if x.gradient.size:
            program.backward(kernels.hide, y.gradient, y.mask, x.gradient)
        return y

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"mask_value": self.mask_value}
