"""npslstm: an LSTM engine written by hand in NumPy and Numba, shaped like Keras 3.

`import npslstm as keras` is all that a Keras program of LSTMs changes. To learn how it works follow
README's "Reading the source", which begins with `cell`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import (
    activations,
    backend,
    callbacks,
    cells,
    config,
    constraints,
    initializers,
    layers,
    losses,
    metrics,
    models,
    ops,
    optimizers,
    regularizers,
    utils,
)
from .layers import Input
from .model import Model
from .sequential import Sequential
from .version import __version__

if TYPE_CHECKING:
    from . import datasets, forecasting, preprocessing, study

__all__ = [
    "Input", "Model", "Sequential", "__version__", "activations", "backend", "callbacks", "cells",
    "config", "constraints", "datasets", "forecasting", "initializers", "layers", "losses",
    "metrics", "models", "ops", "optimizers", "preprocessing", "regularizers", "study", "utils",
]  # fmt: skip


LATER = ("datasets", "forecasting", "preprocessing", "study")  # imported where they are used


def __getattr__(name: str) -> Any:
    if name in LATER:
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module 'npslstm' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *LATER})
