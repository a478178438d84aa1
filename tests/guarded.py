"""Models of drawn shapes, trained and asked: run with NPSLSTM_CHECK, see `test_guard`.

`python -m tests.guarded SEED NUMBER` draws so many. What vectors and tiles leave over of a row, a
batch and a sequence differs from one to the next; all use the same few compiled kernels.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

import npslstm as nn


def drawn(rng: np.random.Generator) -> tuple[str, Any, np.ndarray, np.ndarray, int]:
    """A description, a compiled model, its data, and a batch size."""
    choose = lambda *these: these[rng.integers(len(these))]  # noqa: E731
    T, F, H, classes = (int(rng.integers(1, high)) for high in (9, 20, 45, 6))
    samples, batch = int(rng.integers(1, 40)), int(rng.integers(1, 24))
    masked, both, stacked = (bool(rng.integers(2)) for _ in range(3))
    options = {
        "go_backwards": False if both else choose(True, False),
        "dropout": choose(0.0, 0.3),
        "recurrent_dropout": choose(0.0, 0.3),
        "use_bias": choose(True, False),
    }
    first = nn.layers.LSTM(H, return_sequences=stacked, **options)
    layers = [
        *([nn.layers.Masking(0.0)] if masked else []),
        nn.layers.Bidirectional(first) if both else first,
        *([nn.layers.LSTM(int(rng.integers(1, 20)))] if stacked else []),
        nn.layers.Dense(classes + 1, activation="softmax"),
    ]
    model = nn.Sequential([nn.Input((T, F)), *layers])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    x = rng.random((samples, T, F), np.float32)
    x[rng.random((samples, T)) < 0.3] = 0
    y = rng.integers(0, classes + 1, samples)
    names = [layer.__class__.__name__ for layer in layers]
    return f"{names} {T=} {F=} {H=} {samples=} {batch=} {options}", model, x, y, batch


def use(model: Any, x: np.ndarray, y: np.ndarray, batch: int) -> None:
    """Train, evaluate, predict."""
    model.fit(x, y, batch_size=batch, epochs=2, verbose=0, sample_weight=np.ones(len(x)))
    model.evaluate(x, y, batch_size=batch, verbose=0)
    assert np.isfinite(model.predict(x, batch_size=batch, verbose=0)).all()
    assert np.isfinite(model.predict(x[:1], verbose=0)).all()


def main(seed: int, number: int) -> None:
    rng = np.random.default_rng(seed)
    nn.utils.set_random_seed(seed)
    for k in range(number):
        what, *model = drawn(rng)
        print(k, what, file=sys.stderr, flush=True)  # the last one is what ended the process
        use(*model)
    print("done")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
