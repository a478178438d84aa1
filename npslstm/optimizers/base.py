"""What all optimizers share: learning rate, clipping, weight decay, and the memory of past steps.

They work on one flat vector of weights (see `parameters`): clip, decay, step. The formulas and
their sources stand in `kernels/optimizers`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import zeros
from ..identifiers import unknown_arguments
from ..kernels import movement
from ..kernels import optimizers as kernels
from ..kernels.operations import Operation
from ..naming import automatic_name
from ..parameters import Parameters, Variable


class Optimizer:
    """What all optimizers share.

    learning_rate: a positive float, readable and settable at any time. weight_decay: share of each
    weight, times the learning rate, taken off before each step. At most one of clipnorm (norm of
    each weight's gradient), clipvalue (size of each element) and global_clipnorm (norm of all
    gradients together). Raises ValueError for other keywords.
    """

    def __init__(
        self,
        learning_rate: float,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        name: str | None = None,
        **others: Any,
    ) -> None:
        learning_rate = others.pop("lr", learning_rate)  # Keras 2's spelling
        if others:
            raise ValueError(unknown_arguments(type(self), others))
        limits = {"clipnorm": clipnorm, "clipvalue": clipvalue, "global_clipnorm": global_clipnorm}
        given = {k: v for k, v in limits.items() if v is not None}
        if len(given) > 1:
            raise ValueError(f"Gradients are clipped in one way at a time; received {given}.")
        if any(v <= 0 for v in given.values()):
            raise ValueError(f"A limit for gradients must be positive; received {given}.")
        self.clipnorm, self.clipvalue, self.global_clipnorm = clipnorm, clipvalue, global_clipnorm
        self.weight_decay = weight_decay
        self.name = name or automatic_name(type(self).__name__)
        self.rate = np.zeros(1)
        self.learning_rate = learning_rate
        self.clock = np.zeros(1, np.int64)
        self.memory: dict[str, np.ndarray] = {}
        self.parameters: Parameters | None = None
        self.size = 0

    @property
    def learning_rate(self) -> float:
        return float(self.rate[0])

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        if isinstance(value, (bool, int)) or not np.isscalar(value) or isinstance(value, str):
            raise ValueError(
                f"A learning rate is a Python float such as 0.001; received {value!r}. To change "
                "it from epoch to epoch use the LearningRateScheduler callback."
            )
        self.rate[0] = value

    @property
    def iterations(self) -> int:
        """How many steps were taken."""
        return int(self.clock[0])

    @property
    def built(self) -> bool:
        return self.parameters is not None

    def build(self, parameters: Parameters) -> None:
        """Make the memory for these weights; what it has of that size already is kept."""
        size = parameters.gradients.size
        if self.parameters is not None and self.size != size:
            raise ValueError(
                f"This {type(self).__name__} was used for a model of {self.size} trainable "
                f"weights; it cannot continue with one of {size}. Compile with a new optimizer."
            )
        if self.parameters is None:
            slots = [slot for group in self.slots() for slot in group]
            self.memory = {slot: zeros(size, parameters.values.dtype) for slot in slots}
        self.size = size
        self.parameters = parameters

    def slots(self) -> list[tuple[str, ...]]:
        """The names of the vectors that are remembered from step to step, in groups: Keras lists
        the first group weight by weight, then the second, and so on."""
        return []

    def slot(self, name: str) -> np.ndarray:
        """A remembered vector; of size 0 if this optimizer does not use it."""
        return self.memory.get(name, np.zeros(0, self.weights.dtype))

    @property
    def weights(self) -> np.ndarray:
        if self.parameters is None:
            raise ValueError(f"{type(self).__name__} has no weights yet: it was not built.")
        return self.parameters.trainable_values

    def operations(self, parameters: Parameters) -> list[Operation]:
        """One step as operations: clip, decay, step, count."""
        self.build(parameters)
        w, g = parameters.trainable_values, parameters.gradients
        if w.size == 0:
            return []
        steps = self.clipping(parameters)
        if self.weight_decay is not None:
            share = np.array([self.weight_decay], float)
            steps.append(Operation(kernels.decay, w, self.rate, share))
        steps.append(self.step(w, g))
        steps.append(Operation(movement.advance, self.clock, 1))
        return steps

    def clipping(self, parameters: Parameters) -> list[Operation]:
        g = parameters.gradients
        if self.clipvalue is not None:
            return [Operation(kernels.clip_values, g, np.array([self.clipvalue], float))]
        if self.global_clipnorm is not None:
            return [Operation(kernels.clip_norm, g, np.array([self.global_clipnorm], float))]
        if self.clipnorm is not None:
            limit = np.array([self.clipnorm], float)
            gradients = [v.gradient.reshape(-1) for v in parameters.trainable
                         if v.gradient is not None]  # fmt: skip
            return [Operation(kernels.clip_norm, gradient, limit) for gradient in gradients]
        return []

    def step(self, w: np.ndarray, g: np.ndarray) -> Operation:
        """The rule itself."""
        raise NotImplementedError(f"{type(self).__name__} does not define step(w, g).")

    @property
    def variables(self) -> list[Variable]:
        """Iterations, learning rate, then each weight's slots: the order in which Keras saves."""
        rate = np.asarray(self.learning_rate, np.float32)
        found = [Variable(self.clock[0], "iteration"), Variable(rate, "learning_rate")]
        for group in self.slots() if self.parameters else ():
            start = 0
            for weight in self.parameters.trainable if self.parameters else ():
                stop = start + weight.value.size
                for name in group:
                    value = self.memory[name][start:stop].reshape(weight.shape)
                    found.append(Variable(value, name))
                start = stop
        return found

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            "name": self.name,
            "learning_rate": self.learning_rate,
            "weight_decay": self.weight_decay,
            "clipnorm": self.clipnorm,
            "global_clipnorm": self.global_clipnorm,
            "clipvalue": self.clipvalue,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Optimizer:
        """The mirror of `get_config`."""
        return cls(**config)
