"""The Dropout layer, and how the masks of dropout are drawn."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arguments import real_number
from ..arrays import to_time_major
from ..kernels import dropout as kernels
from ..program import Program, Signal, rows
from ..seeding import SeedGenerator
from .base import Layer
from .checks import checked_shape


class Dropout(Layer):
    """In training, sets a share `rate` of the inputs to 0 and scales the rest by 1 / (1 - rate).

    rate: from 0 to 1. noise_shape: shape of the mask, (samples, time steps, features) with 1 where
    one draw serves a whole axis and None for the input's own size. seed: an int for the same masks
    in every run. Raises ValueError for a rate outside [0, 1].
    """

    mask_rule = "passes"
    fixed = Layer.fixed | {"seed"}

    def __init__(
        self, rate: float, noise_shape: Any = None, seed: Any = None, **options: Any
    ) -> None:
        rate = real_number(rate, "rate", "Dropout", 0, 1, example=0.5)
        if noise_shape is not None:
            noise_shape = checked_shape(noise_shape, "noise_shape")
        super().__init__(**options)
        self.rate = rate
        self.noise_shape = noise_shape
        self.seed = seed
        self.seed_generator = SeedGenerator(seed)

    def connect(self, program: Program, x: Signal) -> Signal:
        """In training, a mask drawn anew for every batch; otherwise x itself."""
        if not program.training or self.rate == 0:
            return x
        y = program.signal(*x.shape, mask=x.mask)
        drop = np.ones_like(x.value)
        noise = self.mask_shape(x)
        generator, rate = self.seed_generator.generator, self.rate

        def draw() -> None:
            kept = np.empty(noise, drop.dtype)
            draw_mask(generator, rate, kept)
            drop[...] = to_time_major(kept)

        program.before.append(draw)
        program.forward(kernels.forward, x.rows, rows(drop), y.rows)
        if x.gradient.size:
            program.backward(kernels.backward, y.gradient_rows, rows(drop), x.gradient_rows)
        return y

    def mask_shape(self, x: Signal) -> tuple[int, ...]:
        """The shape in which masks are drawn, with the user's axes."""
        shape = to_time_major(x.value).shape
        if self.noise_shape is None:
            return shape
        fits = len(self.noise_shape) == len(shape) and all(
            n in (None, 1, s) for n, s in zip(self.noise_shape, shape, strict=True)
        )
        if not fits:
            raise ValueError(
                f"Dropout layer '{self.name}' has noise_shape {self.noise_shape}; for its input of "
                f"shape {shape} it has {len(shape)} axes, each None, 1, or as long as there."
            )
        return tuple(s if n is None else n for n, s in zip(self.noise_shape, shape, strict=True))

    def get_config(self) -> dict[str, Any]:
        own = {"rate": self.rate, "seed": self.seed, "noise_shape": self.noise_shape}
        return super().get_config() | own


def draw_mask(generator: np.random.Generator, rate: float, out: np.ndarray) -> None:
    """Fill `out` with 0 (with probability `rate`) and 1 / (1 - rate)."""
    if rate >= 1:
        out[...] = 0
        return
    np.multiply(generator.random(out.shape, out.dtype) >= rate, 1 / (1 - rate), out=out)
