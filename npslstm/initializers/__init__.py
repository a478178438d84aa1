"""Initializers: how a weight gets its first values.

Every one is called with a shape: `GlorotUniform(seed=1)((3, 8))`. A layer takes an object or a
name. A name makes a new initializer each time, so two layers given 'glorot_uniform' begin with
different weights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from npslstm import identifiers
from npslstm.arrays import as_array
from npslstm.config import standardize_dtype
from npslstm.initializers.base import Initializer, standardize_shape
from npslstm.initializers.constant import Constant, Identity, Ones, Zeros
from npslstm.initializers.random import Orthogonal, RandomNormal, RandomUniform, TruncatedNormal
from npslstm.initializers.scaling import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    VarianceScaling,
)

# Keras's other spellings of the same classes.
constant = Constant
glorot_normal = GlorotNormal
glorot_uniform = GlorotUniform
he_normal = HeNormal
he_uniform = HeUniform
identity = IdentityInitializer = Identity
lecun_normal = LecunNormal
lecun_uniform = LecunUniform
ones = Ones
orthogonal = OrthogonalInitializer = Orthogonal
random_normal = RandomNormal
random_uniform = RandomUniform
truncated_normal = TruncatedNormal
variance_scaling = VarianceScaling
zeros = Zeros

_REGISTRY = identifiers.Registry(
    "an initializer",
    {
        **identifiers.names_of(
            Constant, GlorotNormal, GlorotUniform, HeNormal, HeUniform, Identity, LecunNormal,
            LecunUniform, Ones, Orthogonal, RandomNormal, RandomUniform, TruncatedNormal,
            VarianceScaling, Zeros,
        ),
        "IdentityInitializer": Identity,
        "OrthogonalInitializer": Orthogonal,
        "normal": RandomNormal,
        "one": Ones,
        "uniform": RandomUniform,
        "zero": Zeros,
    },
    called_with="shape, *dtype",
)  # fmt: skip


def get(identifier: Any, argument: str = "identifier") -> Any:
    """The initializer meant by a name, class, config dict, function(shape, dtype), array or None.

    An array stands for exactly these first values. Raises ValueError for an unknown name.
    """
    if isinstance(identifier, np.ndarray):
        return _from_array(as_array(identifier, argument))
    return _REGISTRY.get(identifier, argument)


def for_weight(identifier: Any, argument: str) -> Any:
    """`get` for a layer's weight, where None is 'glorot_uniform', as in Keras."""
    return get("glorot_uniform" if identifier is None else identifier, argument)


def serialize(initializer: Any) -> Any:
    """The dict {"module", "class_name", "config", "registered_name"} that describes it."""
    return identifiers.serialize(initializer)


def deserialize(config: Any, custom_objects: Mapping[str, Callable] | None = None) -> Any:
    """The initializer that `serialize` described; `custom_objects` maps names to your classes."""
    return _REGISTRY.deserialize(config, custom_objects)


def _from_array(array: np.ndarray) -> Callable:
    array = array.copy()

    def given_values(shape: Iterable[int], dtype: Any = None) -> np.ndarray:
        if standardize_shape(shape) != array.shape:
            raise ValueError(
                f"The array given as initializer has the shape {array.shape}; the weight needs "
                f"{standardize_shape(shape)}."
            )
        return np.array(array, standardize_dtype(dtype), order="C")

    return given_values


__all__ = [
    "Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "Identity",
    "IdentityInitializer", "Initializer", "LecunNormal", "LecunUniform", "Ones", "Orthogonal",
    "OrthogonalInitializer", "RandomNormal", "RandomUniform", "TruncatedNormal",
    "VarianceScaling", "Zeros", "constant", "deserialize", "get", "glorot_normal",
    "glorot_uniform", "he_normal", "he_uniform", "identity", "lecun_normal", "lecun_uniform",
    "ones", "orthogonal", "random_normal", "random_uniform", "serialize", "truncated_normal",
    "variance_scaling", "zeros",
]  # fmt: skip
