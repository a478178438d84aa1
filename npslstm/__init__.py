"""npslstm: an LSTM engine written by hand in NumPy and Numba, shaped like Keras 3.

`import npslstm as keras` is all that a Keras program of LSTMs changes. To learn how it works read
`cell`, then `scan`, `layers.lstm` and `sequential`.
"""

from importlib import import_module
from typing import Any

from . import (
    activations,
    backend,
    callbacks,
    config,
    constraints,
    datasets,
    forecasting,
    initializers,
    layers,
    losses,
    metrics,
    models,
    optimizers,
    preprocessing,
    regularizers,
    utils,
)
from .layers import Input
from .sequential import Sequential
from .version import __version__

__all__ = [
    "Input", "Sequential", "__version__", "activations", "backend", "callbacks", "config",
    "constraints", "datasets", "forecasting", "initializers", "layers", "losses", "metrics",
    "models", "optimizers", "preprocessing", "regularizers", "study", "utils",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """`npslstm.study`, which is imported only where it is used."""
    if name == "study":
        return import_module(".study", __name__)
    raise AttributeError(f"module 'npslstm' has no attribute {name!r}")
