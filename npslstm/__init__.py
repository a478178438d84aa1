"""npslstm: an LSTM engine written by hand in NumPy and Numba, shaped like Keras 3.

`import npslstm as keras` is all that a Keras program of LSTMs changes. To learn how it works read
`cell`, then `scan`, `layers.lstm` and `sequential`.
"""

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
    "models", "optimizers", "preprocessing", "regularizers", "utils",
]  # fmt: skip
