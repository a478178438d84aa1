"""Models for the tests of `npslstm.study`: small, with weights large enough that gates move."""

from __future__ import annotations

from typing import Any

import numpy as np

import npslstm
from npslstm.layers import LSTM, Dense, Masking


def model_of(
    *units: int, steps: int | None = 5, features: int = 2, batch: int | None = None,
    top: int | None = 2, sequences: bool = False, masked: bool = False, dtype: str = "float64",
    **options: Any,
) -> npslstm.Sequential:  # fmt: skip
    """LSTMs one on the other, a Dense(top) on them; random weights, compiled with sgd and mse."""
    npslstm.utils.set_random_seed(3)
    model = npslstm.Sequential([npslstm.Input(batch_shape=(batch, steps, features), dtype=dtype)])
    if masked:
        model.add(Masking(dtype=dtype))
    for depth, count in enumerate(units):
        shows_all = sequences or depth + 1 < len(units)
        name = f"lstm_{depth}"
        model.add(LSTM(count, name=name, return_sequences=shows_all, dtype=dtype, **options))
    if top:
        model.add(Dense(top, name="dense", dtype=dtype))
    rng = np.random.default_rng(7)
    model.set_weights([rng.uniform(-0.9, 0.9, w.shape) for w in model.get_weights()])
    model.compile(loss="mse", optimizer="sgd")
    return model


def numbers(*shape: int, seed: int = 0) -> np.ndarray:
    """Random numbers of both signs."""
    return np.random.default_rng(seed).normal(size=shape)


def everything(model: npslstm.Sequential) -> list[np.ndarray]:
    """Weights, gradients and states: what a study must leave alone."""
    states = [array for state in model.get_states() for array in state]
    return [*model.get_weights(), model.parameters.gradients.copy(), *states]


def same(first: list[np.ndarray], second: list[np.ndarray]) -> bool:
    """Whether two lists of arrays hold the same bits."""
    return all(a.tobytes() == b.tobytes() for a, b in zip(first, second, strict=True))
