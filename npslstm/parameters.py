"""All weights of a model in one flat vector, with named views; their gradients likewise.

One vector lets an optimizer take its step in a single loop, whatever the number of layers. The
trainable weights come first, so that `values[:gradients.size]` is what an optimizer may change.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .arrays import as_array, zeros
from .watch import Clock, Watched, versions


class Variable(Watched):
    """A weight: `value` and `gradient` are arrays of its shape, views into a model's vectors.

    A layer that is not part of a model yet owns them itself. `gradient` is None while frozen.
    """

    unwatched = frozenset({"array", "gradient", "name", "home", "moves", "guard"})

    def __init__(
        self,
        value: np.ndarray,
        name: str,
        trainable: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
    ) -> None:
        self.array = np.require(value, requirements="C")
        self.gradient: np.ndarray | None = np.zeros_like(self.array) if trainable else None
        self.name = name
        self.trainable = trainable
        self.regularizer = regularizer
        self.constraint = constraint
        self.home: Parameters | None = None
        self.moves = 0  # how often its numbers went to another place in memory
        self.guard: Callable[[], Any] = contextlib.nullcontext  # within which they may be changed

    @property
    def value(self) -> np.ndarray:
        """The numbers themselves, not a copy; only their shape is the reader's own to change."""
        return self.array.view()

    @value.setter
    def value(self, value: Any) -> None:
        self.assign(value)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.array.shape

    @property
    def dtype(self) -> str:
        return self.array.dtype.name

    def numpy(self) -> np.ndarray:
        """A copy of the value."""
        return self.array.copy()

    def assign(self, value: Any) -> None:
        """Replace the value, keeping shape and dtype. Raises ValueError for another shape, and for
        anything but numbers."""
        value = as_array(value, f"value of weight '{self.name}'")
        if value.shape != self.shape:
            raise ValueError(
                f"Weight '{self.name}' has shape {self.shape}; the value given has shape "
                f"{value.shape}."
            )
        with self.guard():
            self.array[...] = value

    def move(self, place: np.ndarray, home: Parameters) -> None:
        """Let the numbers be at `place` from now on: programs with the old place are obsolete."""
        place[...] = self.array
        self.array, self.home = place, home
        self.moves += 1
        Clock.time += 1

    def state(self) -> tuple[Any, ...]:
        """What tells whether a program that was written from it is obsolete."""
        return self.moves, *versions(self)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.array, dtype=dtype, copy=True if copy is None else copy)

    def __getstate__(self) -> dict[str, Any]:
        """A copy belongs to no model: it has its numbers to itself."""
        return vars(self) | {"array": self.numpy(), "home": None, "gradient": None, "guard": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, guard=contextlib.nullcontext)
        self.gradient = np.zeros_like(self.array) if self.trainable else None

    def __repr__(self) -> str:
        return f"<Variable {self.name}, shape={self.shape}, dtype={self.dtype}>"


class Parameters:
    """Keeps the values of variables in one vector, the trainable ones first."""

    def __init__(self, trainable: Sequence[Variable], frozen: Sequence[Variable]) -> None:
        self.trainable = list(trainable)
        self.variables = [*trainable, *frozen]
        dtype = self.variables[0].array.dtype if self.variables else np.float32
        self.values = zeros(sum(v.value.size for v in self.variables), dtype)
        self.gradients = zeros(sum(v.value.size for v in self.trainable), dtype)
        self.adopt()

    def adopt(self) -> None:
        """Make every variable a view into the vectors, keeping its numbers."""
        start = 0
        for variable in self.variables:
            stop = start + variable.value.size
            view = self.values[start:stop].reshape(variable.shape)
            variable.move(view, self)
            variable.gradient = None
            if stop <= self.gradients.size:
                variable.gradient = self.gradients[start:stop].reshape(variable.shape)
            start = stop

    def matches(self, trainable: Sequence[Variable], frozen: Sequence[Variable]) -> bool:
        """Whether these are the variables, in the same roles."""
        given = [*trainable, *frozen]
        same = len(given) == len(self.variables) and len(trainable) == len(self.trainable)
        return same and all(a is b for a, b in zip(given, self.variables, strict=True))

    def still_own(self) -> bool:
        """Whether the variables still live here: a second model of these layers takes them over."""
        return all([variable.home is self for variable in self.variables])

    @property
    def trainable_values(self) -> np.ndarray:
        """The part of `values` that an optimizer changes."""
        return self.values[: self.gradients.size]
