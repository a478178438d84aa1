"""The weights of a layer: how they are made, seen and replaced."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import constraints, initializers, regularizers
from ..arguments import entries, require_memory
from ..arrays import as_numbers, as_weight
from ..initializers.reserved import first_values
from ..parameters import Variable
from ..seqlock import SequenceLock
from .checks import Shape
from .container import Container


class WeightKeeper(Container):
    """Mixed into layers: `own_weights`, and those of the layers within."""

    dtype: str
    trainable: bool
    built: bool
    lock: SequenceLock
    own_weights: list[Variable]

    def changing(self) -> Any:
        """The context within which the layer's numbers may be changed."""
        return self.lock.root().change

    def add_weight(
        self,
        name: str,
        shape: Shape,
        initializer: Any,
        regularizer: Any = None,
        constraint: Any = None,
        trainable: bool = True,
    ) -> Variable:
        """A new weight of this layer, initialised."""
        sizes = [size for size in shape if size is not None]
        if len(sizes) < len(shape):
            raise ValueError(
                f"{type(self).__name__} layer '{self.name}' must know its number of features, the "
                "last axis: give the model Input(shape=(time_steps, features)) with a number there."
            )
        require_memory(
            sizes, 2 * np.dtype(self.dtype).itemsize,  # the weight and its gradient
            f"Weight '{name}' of layer '{self.name}', of shape {shape},",
            "Give the layer fewer units, or its input fewer time steps or features.",
        )  # fmt: skip
        value = self.first_values(initializer, shape, f"{name.removesuffix('_kernel')}_initializer")
        constraint, regularizer = constraints.get(constraint), regularizers.get(regularizer)
        variable = Variable(np.array(value), name, trainable, regularizer, constraint)
        variable.guard = self.changing
        self.own_weights.append(variable)
        return variable

    def drop_weights(self) -> None:
        """Have no weights, as before it was built."""
        own = {id(v) for v in self.own_weights}
        for name in [name for name, value in vars(self).items() if id(value) in own]:
            del vars(self)[name]
        self.own_weights.clear()

    def first_values(self, initializer: Any, shape: Shape, argument: str) -> np.ndarray:
        """What an initializer makes. Raises ValueError, naming the argument, if it does not fit."""
        what = f"{argument} of layer '{self.name}'"
        try:
            made = first_values(initializers.get(initializer), shape, self.dtype, "the weight")
        except ValueError as error:
            raise ValueError(f"{what}: {error}") from error
        value = as_numbers(made, self.dtype, f"What {argument} returned")
        value = value.reshape(np.shape(made))  # of a single number too
        if value.shape != tuple(shape):
            raise ValueError(
                f"{argument} of layer '{self.name}' made an array of shape {value.shape}; the "
                f"weight has shape {tuple(shape)}."
            )
        return value

    @property
    def weights(self) -> list[Variable]:
        """All weights, trainable kinds first, each kind in the order in which they were made."""
        found = [*self.own_weights, *(v for inner in self.sublayers for v in inner.weights)]
        return [v for v in found if v.trainable] + [v for v in found if not v.trainable]

    variables = weights

    @property
    def trainable_weights(self) -> list[Variable]:
        """The weights that training changes: none of a layer that is frozen."""
        if not self.trainable:
            return []
        inner = [v for one in self.sublayers for v in one.trainable_weights]
        return [*(v for v in self.own_weights if v.trainable), *inner]

    @property
    def non_trainable_weights(self) -> list[Variable]:
        learning = {id(v) for v in self.trainable_weights}
        return [v for v in self.weights if id(v) not in learning]

    trainable_variables = trainable_weights
    non_trainable_variables = non_trainable_weights

    def get_weights(self) -> list[np.ndarray]:
        """Copies of all weights, in the order of `weights`."""
        with self.lock.root():
            return [v.numpy() for v in self.weights]

    def set_weights(self, weights: list[Any]) -> None:
        """Replace all weights. Raises ValueError, changing none, if number or shapes differ."""
        own, weights = self.weights, entries(weights, "weights", "set_weights", "arrays")
        if len(weights) != len(own):
            expected = ", ".join(f"{v.name} {v.shape}" for v in own) or "none"
            hint = "" if self.built else " The layer has not been built: call it on data first."
            raise ValueError(
                f"Layer '{self.name}' has {len(own)} weights ({expected}); set_weights was given "
                f"{len(weights)}.{hint}"
            )
        what = f"weights: a weight of '{self.name}'"
        arrays = [
            as_weight(w, v.shape, self.dtype, what) for w, v in zip(weights, own, strict=True)
        ]
        for variable, array in zip(own, arrays, strict=True):
            if array.shape != variable.shape:
                raise ValueError(
                    f"weights: '{variable.name}' of layer '{self.name}' has shape "
                    f"{variable.shape}; set_weights was given shape {array.shape}."
                )
        with self.changing():
            for variable, array in zip(own, arrays, strict=True):
                variable.assign(array)

    def count_params(self) -> int:
        """How many numbers the weights hold. Raises ValueError before the layer is built."""
        if not self.built:
            raise ValueError(
                f"Layer '{self.name}' has no weights to count yet: it does not know its number of "
                "features. Give the model Input(shape=(time_steps, features)), or call it on data."
            )
        return sum(v.value.size for v in self.weights)
