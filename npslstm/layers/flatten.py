"""The Flatten layer: from a sequence to one vector."""

from __future__ import annotations

import math
from typing import Any

from ..arguments import text
from ..program import Program, Signal
from .base import Layer, Shape
from .checks import warn
from .signals import flattened


class Flatten(Layer):
    """(samples, time steps, features) to (samples, time steps * features). Forgets any mask."""

    def __init__(self, data_format: str | None = None, **options: Any) -> None:
        if data_format is not None:
            text(data_format, "data_format", "Flatten", ["channels_last"])
        super().__init__(**options)
        self.data_format = data_format or "channels_last"

    def check_input(self, shape: Shape) -> None:
        if len(shape) < 2:
            raise ValueError(
                f"Flatten layer '{self.name}' needs inputs (samples, ..., features); received "
                f"shape {shape}."
            )

    def connect(self, program: Program, x: Signal) -> Signal:
        if x.mask.size:
            warn(f"Flatten layer '{self.name}' loses the mask: what follows uses masked steps too.")
        return flattened(program, x)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        rest = input_shape[1:]
        known = [axis for axis in rest if axis is not None]
        return (input_shape[0], math.prod(known) if len(known) == len(rest) else None)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"data_format": self.data_format}
