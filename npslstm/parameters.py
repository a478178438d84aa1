"""All weights of a model in one flat vector, with named views; their gradients likewise.

One vector lets an optimizer take its step in a single loop, whatever the number of layers. The
trainable weights come first, so that `values[:gradients.size]` is what an optimizer may change.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .arrays import zeros


class Variable:
    """A weight: `value` and `gradient` are arrays of its shape, views into a model's vectors.

    A layer that is not part of a model yet owns them itself. `gradient` is None while frozen.
    """

    def __init__(
        self,
        value: np.ndarray,
        name: str,
        trainable: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
    ) -> None:
        self.value = np.require(value, requirements="C")
        self.gradient: np.ndarray | None = np.zeros_like(self.value) if trainable else None
        self.name = name
        self.trainable = trainable
        self.regularizer = regularizer
        self.constraint = constraint
        self.home: Parameters | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape

    @property
    def dtype(self) -> str:
        return self.value.dtype.name

    def numpy(self) -> np.ndarray:
        """A copy of the value."""
        return self.value.copy()

    def assign(self, value: Any) -> None:
        """Replace the value, keeping shape and dtype. Raises ValueError for another shape."""
        value = np.asarray(value)
        if value.shape != self.shape:
            raise ValueError(
                f"Weight '{self.name}' has shape {self.shape}; it was given shape {value.shape}."
            )
        self.value[...] = value

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.value, dtype=dtype, copy=True if copy is None else copy)

    def __repr__(self) -> str:
        return f"<Variable {self.name}, shape={self.shape}, dtype={self.dtype}>"


class Parameters:
    """Keeps the values of variables in one vector, the trainable ones first."""

    def __init__(self, trainable: Sequence[Variable], frozen: Sequence[Variable]) -> None:
        self.trainable = list(trainable)
        self.variables = [*trainable, *frozen]
        dtype = self.variables[0].value.dtype if self.variables else np.float32
        self.values = zeros(sum(v.value.size for v in self.variables), dtype)
        self.gradients = zeros(sum(v.value.size for v in self.trainable), dtype)
        self.adopt()

    def adopt(self) -> None:
        """Make every variable a view into the vectors, keeping its numbers."""
        start = 0
        for variable in self.variables:
            stop = start + variable.value.size
            view = self.values[start:stop].reshape(variable.shape)
            view[...] = variable.value
            variable.value = view
            variable.gradient = None
            if stop <= self.gradients.size:
                variable.gradient = self.gradients[start:stop].reshape(variable.shape)
            variable.home = self
            start = stop

    def hold(self) -> bool:
        """Whether the variables still live here: a second model of these layers takes them over."""
        return all([variable.home is self for variable in self.variables])

    @property
    def trainable_values(self) -> np.ndarray:
        """The part of `values` that an optimizer changes."""
        return self.values[: self.gradients.size]
