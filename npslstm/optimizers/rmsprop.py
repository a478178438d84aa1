"""RMSprop: steps scaled by the size of recent gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arguments import flag, real_number
from ..kernels import optimizers as kernels
from ..machine.operations import Operation
from .base import Optimizer


class RMSprop(Optimizer):
    """Steps scaled by the running root mean square of the gradients.

    rho: how slowly the mean forgets. centered: scale by the deviation instead.
    """

    def __init__(
        self,
        learning_rate: float = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, **options)
        kind = "RMSprop"
        self.rho = real_number(rho, "rho", kind, 0, 1, example=0.9)
        self.momentum = real_number(momentum, "momentum", kind, 0, 1, example=0.0)
        self.epsilon = real_number(epsilon, "epsilon", kind, 0, example=1e-7)
        self.centered = flag(centered, "centered", kind)

    def slots(self) -> list[tuple[str, ...]]:
        used = {"velocity": True, "momentum": self.momentum > 0, "average_gradient": self.centered}
        return [(name,) for name in used if used[name]]

    def step(self, w: np.ndarray, g: np.ndarray) -> Operation:
        v, mean, m = (self.slot(s) for s in ("velocity", "average_gradient", "momentum"))
        settings = np.array([self.rho, self.momentum, self.epsilon])
        return Operation(kernels.rmsprop, w, g, v, mean, m, self.rate, settings)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "rho": self.rho,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "centered": self.centered,
        }
