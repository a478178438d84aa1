"""Activation functions by name, and as functions of arrays: `activations.get('tanh')(x)`."""

from __future__ import annotations

from typing import Any

import numpy as np

from .arguments import shown
from .arrays import as_array
from .config import FLOAT_TYPES, floatx
from .identifiers import Registry
from .kernels import activations as kernels
from .kernels.activations import TABLE
from .machine.steps import run_once


class ActivationFunction:
    """An activation that a layer can use; called on an array (..., features) it returns an array.

    `name` is what configurations store; `.kernels` holds its compiled forward and backward rows.
    """

    def __init__(self, name: str) -> None:
        self.__name__ = self.name = name
        self.__doc__ = f"The activation function '{name}' of an array (..., features)."
        self.kernels = TABLE[name]

    def __call__(self, x: Any) -> np.ndarray:
        x = as_array(x, "x")
        dtype = x.dtype if x.dtype.name in FLOAT_TYPES else floatx()
        x = np.ascontiguousarray(x, np.dtype(dtype).newbyteorder("="))
        if not x.size:
            return x.copy()
        flat = np.atleast_2d(x.reshape(-1, x.shape[-1]) if x.ndim else x)
        out = np.empty_like(flat)
        run_once(kernels.activate, flat, out, self.kernels.forward)
        return out.reshape(x.shape)

    def __reduce__(self) -> tuple[Any, ...]:
        """There is one object for each activation, also after a copy."""
        return get, (self.name,)

    def __repr__(self) -> str:
        return f"<activation {self.name}>"


elu = ActivationFunction("elu")
exponential = ActivationFunction("exponential")
gelu = ActivationFunction("gelu")
hard_sigmoid = ActivationFunction("hard_sigmoid")
hard_silu = hard_swish = ActivationFunction("hard_silu")
hard_tanh = ActivationFunction("hard_tanh")
leaky_relu = ActivationFunction("leaky_relu")
linear = ActivationFunction("linear")
log_sigmoid = ActivationFunction("log_sigmoid")
log_softmax = ActivationFunction("log_softmax")
mish = ActivationFunction("mish")
relu = ActivationFunction("relu")
relu6 = ActivationFunction("relu6")
selu = ActivationFunction("selu")
sigmoid = ActivationFunction("sigmoid")
silu = swish = ActivationFunction("silu")
softmax = ActivationFunction("softmax")
softplus = ActivationFunction("softplus")
softsign = ActivationFunction("softsign")
tanh = ActivationFunction("tanh")

NAMES = {name: function for name, function in globals().items()
         if isinstance(function, ActivationFunction)}  # fmt: skip
registry = Registry("an activation function", NAMES, ActivationFunction)


def get(identifier: Any, argument: str = "identifier") -> ActivationFunction:
    """The activation function of a name, or itself; None is linear.

    Raises ValueError for an unknown name, and for a Python function: a layer must know its
    derivative, and only the functions of this module bring one.
    """
    if identifier is None:
        return linear
    found = registry.get(identifier, argument)
    if not isinstance(found, ActivationFunction):
        raise ValueError(
            f"{argument}: {shown(identifier)} is a Python function without a known "
            f"derivative. Use one of: {', '.join(sorted(NAMES))}."
        )
    return found


def serialize(activation: ActivationFunction) -> str:
    """The name that `get` reads."""
    return activation.name


def deserialize(name: str) -> ActivationFunction:
    """The mirror of `serialize`."""
    return get(name)
