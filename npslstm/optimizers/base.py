"""What all optimizers share: learning rate, clipping, weight decay, and the memory of past steps.

They work on one flat vector of weights (see `parameters`): clip, decay, step. The formulas and
their sources stand in `kernels/optimizers`.
"""

from __future__ import annotations

import copy
import itertools
import math
import weakref
from typing import Any, NamedTuple

import numpy as np

from ..arguments import label, real_number, shown
from ..arrays import zeros
from ..identifiers import unknown_arguments
from ..kernels import data_movement
from ..kernels import optimizers as kernels
from ..machine.operations import Operation
from ..naming import automatic_name
from ..parameters import Parameters, Variable
from ..watch import Watched


def checked_rate(value: Any, argument: str) -> float:
    """A learning rate as a float. Raises ValueError unless it is one, as Keras does for an int."""
    if not isinstance(value, (float, np.floating)) or not 0 <= value < np.inf:
        raise ValueError(
            f"{argument}: a learning rate is a Python float such as 0.001, not below 0; received "
            f"{shown(value)}. To change it from epoch to epoch use the LearningRateScheduler "
            "callback."
        )
    return float(value)


class Layout(NamedTuple):
    """Which part of an optimizer's vectors belongs to which weight."""

    shapes: list[tuple[int, ...]]
    weights: list[weakref.ref[Variable] | None]  # None in a copy, which may serve any model

    @classmethod
    def of(cls, parameters: Parameters) -> Layout:
        weights = parameters.trainable
        return cls([v.shape for v in weights], [weakref.ref(v) for v in weights])

    def of_anybody(self) -> Layout:
        return Layout(self.shapes, [None] * len(self.shapes))

    @property
    def size(self) -> int:
        return sum(map(math.prod, self.shapes))

    @property
    def parts(self) -> list[slice]:
        ends = [0, *itertools.accumulate(map(math.prod, self.shapes))]
        return [slice(*pair) for pair in itertools.pairwise(ends)]

    def places(self, wanted: Layout) -> list[int | None]:
        """Where each of other weights is among these; None for one that is not."""
        if all(weight is None for weight in self.weights):
            same = self.shapes == wanted.shapes
            return list(range(len(self.shapes))) if same else [None] * len(wanted.shapes)
        own = [None if w is None else w() for w in self.weights]
        known = {id(weight): k for k, weight in enumerate(own) if weight is not None}
        return [None if w is None else known.get(id(w())) for w in wanted.weights]


class Optimizer(Watched):
    """What all optimizers share.

    learning_rate: a positive float, readable and settable at any time. weight_decay: share of each
    weight, times the learning rate, taken off before each step. At most one of clipnorm (norm of
    each weight's gradient), clipvalue (size of each element) and global_clipnorm (norm of all
    gradients together). Raises ValueError for other keywords.
    """

    unwatched = frozenset(
        {"rate", "step_count", "memory", "parameters", "layout", "name", "resting"}
    )

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
        argument = "lr" if "lr" in others else "learning_rate"  # the former was Keras 2's
        learning_rate = others.pop("lr", learning_rate)
        if others:
            raise ValueError(unknown_arguments(type(self), others))
        limits = {"clipnorm": clipnorm, "clipvalue": clipvalue, "global_clipnorm": global_clipnorm}
        kind = type(self).__name__
        given = {
            limit: real_number(value, limit, kind, 0, above=True)
            for limit, value in limits.items() if value is not None
        }  # fmt: skip
        if len(given) > 1:
            raise ValueError(f"Gradients are clipped in one way at a time; received {given}.")
        self.clipnorm = given.get("clipnorm")
        self.clipvalue = given.get("clipvalue")
        self.global_clipnorm = given.get("global_clipnorm")
        if weight_decay is not None:
            weight_decay = real_number(weight_decay, "weight_decay", kind, 0, example=0.004)
        self.weight_decay = weight_decay
        self.rate = np.array([checked_rate(learning_rate, argument)])
        self.name = label(name, kind) or automatic_name(kind)
        self.step_count = np.zeros(1, np.int64)
        self.memory: dict[str, np.ndarray] = {}
        self.parameters: Parameters | None = None
        self.layout: Layout | None = None  # of the vectors in memory
        # what is remembered of weights that were frozen since, by the weight
        self.resting: dict[int, tuple[weakref.ref[Variable], dict[str, np.ndarray]]] = {}

    @property
    def learning_rate(self) -> float:
        return float(self.rate[0])

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        self.rate[0] = checked_rate(value, "learning_rate")

    @property
    def iterations(self) -> int:
        """How many steps were taken."""
        return int(self.step_count[0])

    @property
    def built(self) -> bool:
        return self.parameters is not None

    def build(self, parameters: Parameters) -> None:
        """Have a memory for these weights; what it holds of them already is kept.

        Raises ValueError for weights that it was not made for: an optimizer serves one model.
        """
        slots = [slot for group in self.slots() for slot in group]
        if self.parameters is parameters:
            for slot in set(slots) - set(self.memory):  # a setting has changed
                self.memory[slot] = zeros(parameters.gradients.size, parameters.values.dtype)
            return
        layout = Layout.of(parameters)
        if self.layout is None:
            found = {slot: zeros(layout.size, parameters.values.dtype) for slot in slots}
        elif all(self.remembers(k, weight) for k, weight in zip(
            self.layout.places(layout), layout.weights, strict=True
        )):  # fmt: skip
            found = self.rearranged(layout, slots, parameters)
        else:
            raise ValueError(
                f"This {type(self).__name__} was used for other weights and remembers how those "
                f"moved ({self.layout.size} numbers, {len(self.layout.shapes)} arrays); here are "
                f"{layout.size} in {len(layout.shapes)}. Give each model an optimizer of its own, "
                "and compile with a new one after layers were added or unfrozen."
            )
        self.memory, self.layout, self.parameters = found, layout, parameters

    def remembers(self, place: int | None, weight: weakref.ref[Variable] | None) -> bool:
        """Whether a weight is at a place of the memory, or rests because it was frozen."""
        known = weight is not None and self.resting.get(id(weight()), (None,))[0] == weight
        return place is not None or known

    def rearranged(
        self, layout: Layout, slots: list[str], parameters: Parameters
    ) -> dict[str, np.ndarray]:
        """The memory in another layout; what is remembered of weights that it lacks will rest."""
        assert self.layout is not None
        nothing = zeros(self.layout.size, parameters.values.dtype)
        old = {slot: self.memory.get(slot, nothing) for slot in slots}
        new = {slot: zeros(layout.size, parameters.values.dtype) for slot in slots}
        places, parts = self.layout.places(layout), self.layout.parts
        for part, place, weight in zip(layout.parts, places, layout.weights, strict=True):
            resting = {} if weight is None else self.resting.get(id(weight()), (None, {}))[1]
            for slot in slots:
                if place is not None:
                    new[slot][part] = old[slot][parts[place]]
                elif slot in resting:
                    new[slot][part] = resting[slot]
        for place, weight in enumerate(self.layout.weights):
            if weight is not None and place not in places and weight() is not None:
                kept = {slot: vector[parts[place]].copy() for slot, vector in old.items()}
                self.resting[id(weight())] = weight, kept
        return new

    def numbers(self) -> tuple[int, dict[str, np.ndarray]]:
        """Steps taken, and copies of what is remembered."""
        memory = {slot: vector.copy() for slot, vector in self.memory.items()}
        return int(self.step_count[0]), memory

    def take_over(self, numbers: tuple[int, dict[str, np.ndarray]]) -> None:
        """Go on from what `numbers` returned."""
        self.step_count[0], memory = numbers
        self.memory = dict(memory)

    def __copy__(self) -> Any:
        """As Keras has it: a copy shares nothing that changes."""
        return copy.deepcopy(self)

    def __getstate__(self) -> dict[str, Any]:
        """A copy has settings, steps taken, and memory, for weights of the same shapes."""
        layout = None if self.layout is None else self.layout.of_anybody()
        return vars(self) | {"parameters": None, "layout": layout, "resting": {}}

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
        steps.append(Operation(data_movement.advance, self.step_count, 1))
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
        found = [Variable(self.step_count[0], "iteration"), Variable(rate, "learning_rate")]
        if self.layout is not None:
            for group in self.slots():
                for part, shape in zip(self.layout.parts, self.layout.shapes, strict=True):
                    for name in group:
                        found.append(Variable(self.memory[name][part].reshape(shape), name))
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
