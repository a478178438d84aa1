"""`python -m tests.trained [SEED]` trains a model and prints a hash of everything it learned."""

from __future__ import annotations

import hashlib
import sys

import numpy as np

import npslstm
from npslstm.layers import LSTM, Dense, Dropout


def fingerprint(seed: int | None) -> str:
    """A hash of losses, weights and predictions. In these sizes BLAS would use threads."""
    if seed is not None:
        npslstm.utils.set_random_seed(seed)
    data = np.random.default_rng(0)
    x, y = data.normal(size=(150, 5, 90)), data.normal(size=(150, 1))
    model = npslstm.Sequential(
        [
            npslstm.Input((5, 90)),
            LSTM(130, return_sequences=True, dropout=0.1),
            LSTM(65),
            Dropout(0.2),
            Dense(1),
        ]
    )
    model.compile(loss="mse", optimizer="adam")
    history = model.fit(x, y, batch_size=100, epochs=2, verbose=0)
    results = [*model.get_weights(), model.predict(x, verbose=0), history.history["loss"]]
    digest = hashlib.sha256()
    for result in results:
        assert np.isfinite(result).all()
        digest.update(np.asarray(result).tobytes())
    return digest.hexdigest()


if __name__ == "__main__":
    print(fingerprint(int(sys.argv[1]) if sys.argv[1:] else None))
