"""Trained eight series at a time, used for one: a stateful model and its batch size.

What it teaches: a stateful model keeps one state for each sample of a batch, so its batch size is
built in. That binds the states, not the weights: a second model with batch size 1 takes them over
with set_weights and gives the same numbers.

Eight waves of different periods are cut into pieces of 10 time steps. Batch k holds piece k of
each wave, so that sample i goes on where sample i of the batch before it ended; nothing is
shuffled. The last score is that of a model made to forget after every piece.
RMSE, median over 20 seeds: 0.033 with either batch size, 0.093 if forgetful.
Source: the Keras FAQ on stateful layers. https://keras.io/getting_started/faq/
"""

import importlib
import sys
import time
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from npslstm.forecasting import rmse

SERIES, PIECE, PIECES = 8, 10, 12


def data(seed):
    """Eight waves (8, 121), each with a period of 15 to 40 time steps and a phase of its own."""
    random = np.random.default_rng(seed)
    periods = random.uniform(15, 40, size=(SERIES, 1))
    phases = random.uniform(0, 2 * np.pi, size=(SERIES, 1))
    return np.sin(2 * np.pi * np.arange(PIECE * PIECES + 1) / periods + phases).astype("float32")


def pieces(waves):
    """x and y (12 * samples, 10, 1): piece after piece, in each all waves; y one step ahead."""
    return [
        values.reshape(len(waves), PIECES, PIECE).swapaxes(0, 1).reshape(-1, PIECE, 1)
        for values in (waves[:, :-1], waves[:, 1:])
    ]


def build(nn, samples=SERIES):
    model = nn.Sequential()
    model.add(nn.Input(batch_shape=(samples, PIECE, 1)))
    model.add(nn.layers.LSTM(20, stateful=True, return_sequences=True))
    model.add(nn.layers.Dense(1))
    model.compile(loss="mean_squared_error", optimizer=nn.optimizers.Adam(learning_rate=0.005))
    return model


def train(model, x, y, epochs=150):
    for _ in range(epochs):
        model.fit(x, y, epochs=1, batch_size=SERIES, shuffle=False, verbose=0)
        model.layers[0].reset_state()


def predict(model, waves, forgetful=False):
    """The forecasts (samples, 120), a batch a piece; forgetful: the state reset after each."""
    x, _ = pieces(waves)
    forecasts = []
    for piece in x.reshape(PIECES, len(waves), PIECE, 1):
        forecasts.append(model.predict(piece, batch_size=len(waves), verbose=0)[:, :, 0])
        if forgetful:
            model.layers[0].reset_state()
    model.layers[0].reset_state()
    return np.concatenate(forecasts, axis=1)


def draw(wave, with_state, without):
    figure, axes = plt.subplots(figsize=(9, 5), layout="constrained")
    t = np.arange(1, 5 * PIECE + 1)
    axes.plot(t, wave[t], color="0.75", linewidth=5, label="the wave")
    axes.plot(t, with_state[t - 1], "k-", label="one step ahead, state kept")
    axes.plot(t, without[t - 1], "kx:", label="one step ahead, state forgotten after a piece")
    for border in range(PIECE, 5 * PIECE, PIECE):
        axes.axvline(border + 0.5, color="0.5", linewidth=0.8)
    axes.set(title="A new wave, predicted with batch size 1", ylim=(-1.8, 1.3))
    axes.set(xlabel="time step (lines: ends of pieces)", ylabel="value (no unit)")
    axes.legend(loc="lower right")
    picture = Path("out", "any_batch_size.png")
    picture.parent.mkdir(exist_ok=True)
    figure.savefig(picture, dpi=150)
    print(f"Picture: {picture}")
    return picture


def main(nn, seed=7, epochs=150):
    nn.utils.set_random_seed(seed)
    model = build(nn)
    start = time.perf_counter()
    train(model, *pieces(data(seed=0)), epochs)
    seconds = time.perf_counter() - start
    print(f"Trained {epochs} epochs, {SERIES} series a batch, in {seconds:.1f} s.")
    single = build(nn, samples=1)
    single.set_weights(model.get_weights())
    waves = data(seed=1)
    together = predict(model, waves)
    alone = np.concatenate([predict(single, wave[np.newaxis]) for wave in waves])
    forgetful = np.concatenate([predict(single, wave[np.newaxis], True) for wave in waves])
    for y, *yhat in list(zip(waves[0, 1:], together[0], alone[0], strict=True))[:5]:
        print("y={:.3f}: batch of 8 {:.3f}, alone {:.3f}".format(y, *yhat))
    print(f"Largest difference: {abs(together - alone).max():.1g}")
    forecasts = {"Batch of 8": together, "Batch of 1": alone, "Forgetful": forgetful}
    score = {name: rmse(waves[:, 1:], values) for name, values in forecasts.items()}
    for name, error in score.items():
        print(f"{name}: {error:.4f} RMSE, one step ahead")
    return {
        "program": "any_batch_size",
        "shows": "stateful: train with 8, predict with 1",
        "score": score,
        "published": {},
        "naive": dict.fromkeys(score, rmse(waves[:, 1:], waves[:, :-1])),
        "seconds": seconds,
        "picture": draw(waves[0], alone[0], forgetful[0]),
    }


if __name__ == "__main__":
    main(importlib.import_module("keras" if "keras" in sys.argv else "npslstm"))
