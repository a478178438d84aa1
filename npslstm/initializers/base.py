"""What all initializers share: they are called with a shape and return a new array."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from npslstm.arguments import is_whole, require_memory, shown
from npslstm.arrays import MOST_AXES
from npslstm.seeding import SeedGenerator, check_seed, generator, make_default_seed


class Initializer:
    """Makes the first values of a weight: `initializer(shape, dtype=None)` -> array.

    A subclass defines `__call__`, and `get_config` if its constructor takes arguments.
    """

    def __call__(self, shape: Iterable[int], dtype: Any = None) -> np.ndarray:
        """A new C-contiguous array of `shape`; `dtype` None means `config.floatx()`."""
        raise NotImplementedError(f"{type(self).__name__} does not define __call__(shape, dtype).")

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments as a dict that JSON can hold."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Initializer:
        """A new initializer from the dict that `get_config` returned."""
        return cls(**config)


class RandomInitializer(Initializer):
    """An initializer that draws.

    `seed` is an int, a SeedGenerator, or None for a seed drawn once, at construction. With an int
    or None every call returns the same numbers (for the same shape); with a SeedGenerator each call
    goes on in its stream. Raises ValueError for any other seed.
    """

    def __init__(self, seed: int | SeedGenerator | dict[str, Any] | None = None) -> None:
        if isinstance(seed, dict):
            seed = SeedGenerator.from_config(seed.get("config", seed))
        self._given_seed = seed
        if seed is None:
            seed = make_default_seed()
        self.seed = seed if isinstance(seed, SeedGenerator) else check_seed(seed)

    def get_config(self) -> dict[str, Any]:
        """`seed` as it was given: None stays None, so that a copy draws numbers of its own."""
        return {"seed": self._given_seed}

    def _generator(self) -> np.random.Generator:
        if isinstance(self.seed, SeedGenerator):
            return self.seed.generator
        return generator(self.seed)


def standardize_shape(shape: Iterable[int]) -> tuple[int, ...]:
    """`shape` as a tuple. Raises ValueError unless it is a sequence of ints >= 0."""
    listed = isinstance(shape, (tuple, list, range)) and len(shape) <= MOST_AXES
    sizes = tuple(shape) if listed else None
    if sizes is None or not all(is_whole(n) and n >= 0 for n in sizes):
        raise ValueError(
            "The shape of a weight is a tuple of sizes, such as (features, units); "
            f"received shape={shown(shape)}."
        )
    require_memory(sizes, 8, f"A weight of shape={shown(sizes)}", "Make it smaller.")
    return tuple(int(n) for n in sizes)


def compute_fans(
    shape: tuple[int, ...],
    input_axes: Iterable[int] | None = None,
    output_axes: Iterable[int] | None = None,
) -> tuple[int, int]:
    """How many inputs feed one output, and how many outputs one input feeds: (fan_in, fan_out).

    A matrix (F, U) has fans F and U, so an LSTM's kernel (F, 4U) has fan_out 4U; a vector (n,) has
    n twice. With more axes the leading ones multiply both, as in a convolution. `input_axes` and
    `output_axes`, if both are given, name the axes to multiply instead.
    """
    if input_axes is not None and output_axes is not None:
        for name, axes in (("input_axes", input_axes), ("output_axes", output_axes)):
            if not all(-len(shape) <= axis < len(shape) for axis in axes):
                raise ValueError(f"{name}={axes} names axes that a weight of {shape} has not.")
        return (
            math.prod(shape[axis] for axis in input_axes),
            math.prod(shape[axis] for axis in output_axes),
        )
    if len(shape) < 2:
        size = math.prod(shape)
        return size, size
    *window, fan_in, fan_out = shape
    return fan_in * math.prod(window), fan_out * math.prod(window)
