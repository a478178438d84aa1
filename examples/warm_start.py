"""Going on with a wave: generating from a warmed-up state, and from a cold start.

What it teaches: a state is knowledge. The wave is the sum of two sines, so that a single value does
not tell where in the wave it stands. The network learns from pieces of 40 time steps. To generate
it works one step at a time and is fed its own answers, so it moves into a stateful model that takes
batches of one step, with set_weights. Warmed up, it has read 100 values before its first own. From
a cold start it has seen the last of them only, and makes up a wave of its own.

RMSE, median (range) over 20 seeds: warmed up 0.21 (0.05 to 0.46), from a cold start 0.55 (0.44 to
0.70). The default seed is a lucky one.
Source: A. Graves, Generating Sequences With Recurrent Neural Networks, 2013, sections 2 and 5.4
(priming). https://arxiv.org/abs/1308.0850
"""

import importlib
import sys
import time
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from npslstm.forecasting import naive, rmse, windows

PIECE, WARM_UP, GENERATED = 40, 100, 60
TRAINING = 600


def data():
    """The wave (760,), within -1 to 1, with periods of 20 and about 33 time steps."""
    t = np.arange(TRAINING + WARM_UP + GENERATED)
    return (0.5 * np.sin(2 * np.pi * t / 20) + 0.5 * np.sin(0.19 * t)).astype("float32")


def build(nn, samples=None, time_steps=PIECE):
    """To train, for any number of samples; with samples=1, time_steps=1 stateful, to generate."""
    model = nn.Sequential()
    model.add(nn.Input(batch_shape=(samples, time_steps, 1)))
    model.add(nn.layers.LSTM(32, return_sequences=True, stateful=samples is not None))
    model.add(nn.layers.Dense(1))
    model.compile(loss="mean_squared_error", optimizer=nn.optimizers.Adam(learning_rate=0.005))
    return model


def train(model, x, y, epochs=60):
    model.fit(x, y, epochs=epochs, batch_size=32, verbose=0)


def generate(model, history, count):
    """`count` values: the first from reading the history, each other from the one before it."""
    model.layers[0].reset_state()
    for value in history:
        answer = model.predict(np.full((1, 1, 1), value), verbose=0)
    values = [answer.item()]
    while len(values) < count:
        values.append(model.predict(np.full((1, 1, 1), values[-1]), verbose=0).item())
    return np.array(values)


def draw(wave, generated):
    figure, axes = plt.subplots(figsize=(9, 5), layout="constrained")
    axes.plot(range(-WARM_UP, GENERATED), wave, color="0.75", linewidth=5, label="the wave")
    for (name, values), line in zip(generated.items(), ("k-", "k:"), strict=True):
        axes.plot(values, line, label=f"generated, {name.lower()}")
    axes.axvline(-0.5, color="0.5", linewidth=0.8)
    axes.set_title(f"{WARM_UP} values read, then {GENERATED} generated")
    axes.set(xlabel="time step, 0 the first generated", ylabel="value (no unit)", ylim=(-1.2, 1.5))
    axes.legend(loc="upper center", ncols=3)
    picture = Path("out", "warm_start.png")
    picture.parent.mkdir(exist_ok=True)
    figure.savefig(picture, dpi=150)
    print(f"Picture: {picture}")
    return picture


def main(nn, seed=7, epochs=60):
    nn.utils.set_random_seed(seed)
    wave = data()
    x, _ = windows(wave[:TRAINING], PIECE + 1)  # (samples, 41, 1)
    model = build(nn)
    start = time.perf_counter()
    train(model, x[:, :-1], x[:, 1:], epochs)
    seconds = time.perf_counter() - start
    print(f"Trained {epochs} epochs of {len(x)} pieces in {seconds:.1f} s.")
    generator = build(nn, samples=1, time_steps=1)
    generator.set_weights(model.get_weights())
    history, actual = wave[TRAINING:-GENERATED], wave[-GENERATED:]
    generated = {
        "Warmed up": generate(generator, history, GENERATED),
        "Cold start": generate(generator, history[-1:], GENERATED),
    }
    for t in range(10):
        values = ", ".join(f"{name.lower()} {g[t]:.2f}" for name, g in generated.items())
        print(f"y={actual[t]:.2f}: {values}")
    score = {name: rmse(actual, values) for name, values in generated.items()}
    for name, error in score.items():
        print(f"{name}: {error:.3f} RMSE over {GENERATED} steps")
    last = rmse(actual, naive(history, GENERATED))
    return {
        "program": "warm_start",
        "shows": "a state warmed up, or cold",
        "score": score,
        "published": {},
        "naive": dict.fromkeys(score, last),
        "seconds": seconds,
        "picture": draw(wave[TRAINING:], generated),
    }


if __name__ == "__main__":
    main(importlib.import_module("keras" if "keras" in sys.argv else "npslstm"))
