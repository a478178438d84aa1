"""Models with other cells than the LSTM's, for tests."""

from __future__ import annotations

import numpy as np

import npslstm
from npslstm import Sequential
from npslstm.bundles import Cell, Weights
from npslstm.layers import LSTM, Dense, Input

OTHERS = ["peephole", "coupled"]
T, B, F, H = 5, 3, 2, 4


def weights_of(kind: Cell, rng: np.random.Generator, dtype: str = "float64") -> Weights:
    columns = len(kind.gates) * H
    shapes = [(F, columns), (H, columns), (columns,), (len(kind.own) * H,)]
    return Weights(*(rng.uniform(-1, 1, shape).astype(dtype) for shape in shapes))


def model_of(kind, **options):
    npslstm.utils.set_random_seed(1)
    layers = [LSTM(H, cell=kind, name="one", return_sequences=True, **options), LSTM(3, cell=kind)]
    model = Sequential([Input((T, F)), *layers, Dense(1)])
    rng = np.random.default_rng(3)
    model.set_weights([rng.uniform(-0.7, 0.7, w.shape) for w in model.get_weights()])
    model.compile("adam", "mse")
    return model


def data(n=B):
    rng = np.random.default_rng(2)
    return rng.normal(size=(n, T, F)).astype("float32"), rng.normal(size=(n, 1)).astype("float32")
