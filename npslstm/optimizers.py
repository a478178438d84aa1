"""Optimizers: how weights follow their gradients. Names, arguments and defaults are Keras's.

All of them work on one flat vector of weights (see `parameters`): clip, decay, step. The
formulas and their sources stand in `kernels/optimizers`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .identifiers import Registry, names_of, serialize
from .kernels import movement
from .kernels import optimizers as kernels
from .kernels.compiler import Operation
from .naming import automatic_name
from .parameters import Parameters, Variable


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
            raise ValueError(
                f"{type(self).__name__} does not know {', '.join(map(repr, others))}. Check the "
                f"spelling against help({type(self).__name__})."
            )
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
            self.memory = {slot: np.zeros(size, parameters.values.dtype) for slot in slots}
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
            raise ValueError(f"momentum must be a float from 0.0 to 1.0; received {momentum!r}.")
        super().__init__(learning_rate, **options)
        self.momentum = momentum
        self.nesterov = nesterov

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
        self.rho = rho
        self.momentum = momentum
        self.epsilon = epsilon
        self.centered = centered

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
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.amsgrad = amsgrad

    def slots(self) -> list[tuple[str, ...]]:
        return [("momentum", "velocity"), *([("velocity_hat",)] if self.amsgrad else [])]

    def step(self, w: np.ndarray, g: np.ndarray) -> Operation:
        m, v, largest = (self.slot(s) for s in ("momentum", "velocity", "velocity_hat"))
        settings = np.array([self.beta_1, self.beta_2, self.epsilon])
        return Operation(kernels.adam, w, g, m, v, largest, self.clock, self.rate, settings)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
            "amsgrad": self.amsgrad,
        }


NAMES = {"sgd": SGD, "rmsprop": RMSprop, "adam": Adam} | names_of(SGD, RMSprop, Adam)
registry = Registry("an optimizer", NAMES, Optimizer)


def get(identifier: Any) -> Optimizer:
    """The optimizer of a name in any case, or itself. Raises ValueError for an unknown name."""
    if isinstance(identifier, str) and identifier.lower() in NAMES:
        identifier = identifier.lower()
    found = registry.get(identifier)
    if not isinstance(found, Optimizer):
        raise ValueError(f"An optimizer is needed; received {identifier!r}.")
    return found


def deserialize(config: dict[str, Any]) -> Optimizer:
    """The mirror of `serialize`."""
    return get(config)


__all__ = ["SGD", "Adam", "Optimizer", "RMSprop", "deserialize", "get", "serialize"]
