"""Gradient descent, with momentum."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arguments import flag, shown
from ..kernels import optimizers as kernels
from ..machine.operations import Operation
from .base import Optimizer


class SGD(Optimizer):
    """Gradient descent, also with momentum, from 0.0 to 1.0 (else ValueError), or Nesterov's."""

    def __init__(
        self,
        learning_rate: float = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        **options: Any,
    ) -> None:
        if not isinstance(momentum, float) or not 0 <= momentum <= 1:
            raise ValueError(
                f"momentum must be a float from 0.0 to 1.0; received {shown(momentum)}."
            )
        super().__init__(learning_rate, **options)
        self.momentum = momentum
        self.nesterov = flag(nesterov, "nesterov", "SGD")

    def slots(self) -> list[tuple[str, ...]]:
        return [("momentum",)] if self.momentum else []

    def step(self, w: np.ndarray, g: np.ndarray) -> Operation:
        if not self.momentum:
            return Operation(kernels.sgd, w, g, self.rate)
        settings, m = np.array([self.momentum]), self.slot("momentum")
        nesterov = int(self.nesterov)
        return Operation(kernels.sgd_momentum, w, g, m, self.rate, settings, nesterov)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"momentum": self.momentum, "nesterov": self.nesterov}
