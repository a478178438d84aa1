"""Adam: RMSprop with momentum, both corrected for their start at zero."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arguments import flag, real_number
from ..kernels import optimizers as kernels
from ..machine.operations import Operation
from .base import Optimizer


class Adam(Optimizer):
    """Steps along the running mean of the gradients, scaled by their running root mean square.

    beta_1, beta_2: how slowly the two means forget. epsilon: added to the root. amsgrad: scale by
    the largest root mean square so far.
    """

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, **options)
        kind = "Adam"
        self.beta_1 = real_number(beta_1, "beta_1", kind, 0, 1, example=0.9)
        self.beta_2 = real_number(beta_2, "beta_2", kind, 0, 1, example=0.999)
        self.epsilon = real_number(epsilon, "epsilon", kind, 0, example=1e-7)
        self.amsgrad = flag(amsgrad, "amsgrad", kind)

    def slots(self) -> list[tuple[str, ...]]:
        return [("momentum", "velocity"), *([("velocity_hat",)] if self.amsgrad else [])]

    def step(self, w: np.ndarray, g: np.ndarray) -> Operation:
        m, v, largest = (self.slot(s) for s in ("momentum", "velocity", "velocity_hat"))
        betas = [self.beta_1, self.beta_2]
        rounded = [float(np.float32(beta)) for beta in betas]  # as Keras does, in float64 too
        settings = np.array([*betas, self.epsilon, *rounded])
        return Operation(kernels.adam, w, g, m, v, largest, self.step_count, self.rate, settings)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
            "amsgrad": self.amsgrad,
        }
