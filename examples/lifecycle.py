"""The five steps in the life of a model: define, compile, fit, evaluate, predict.

What it teaches: the shortest complete program. The series 0.0, 0.1, ... 0.9 becomes pairs of a
number and the number after it; an LSTM wants them as (samples, time steps, features) = (9, 1, 1).

Source: J. Brownlee, The 5 Step Life-Cycle for Long Short-Term Memory Models in Keras. Published:
loss 4.5e-05; the worst of the nine predictions, 0.116 for 0.1, is off by 0.016, so that all are
right to one decimal. Median (range) over 20 seeds: the worst is off by 0.026 (0.017 to 0.041).
https://machinelearningmastery.com/5-step-life-cycle-long-short-term-memory-models-keras/

Put right: the tutorial turns output off with verbose=1. The silent one is verbose=0: step 3 counts.
Explained: the last loss of fit is not the loss of evaluate, though the data are the same. fit
reports what it measured before the update of the weights, evaluate what holds after it. (With
several batches an epoch, fit reports the mean over weights that change from batch to batch.)
"""

import contextlib
import importlib
import io
import sys
import time
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np


def data():
    """x (9, 1, 1): 0.0 to 0.8, and y (9,): the next of each, 0.1 to 0.9."""
    series = np.arange(10, dtype="float32") / 10
    return series[:-1].reshape(-1, 1, 1), series[1:]


def build(nn):
    model = nn.Sequential()  # step 1: define
    model.add(nn.Input(shape=(1, 1)))
    model.add(nn.layers.LSTM(10))
    model.add(nn.layers.Dense(1))
    model.compile(optimizer="adam", loss="mean_squared_error")  # step 2: compile
    return model


def train(model, x, y, epochs=1000):
    return model.fit(x, y, epochs=epochs, batch_size=len(x), verbose=0).history["loss"]  # step 3


def count_lines(nn, x, y):
    """How many lines two epochs of a fresh model print, for each value of verbose."""
    counts = {}
    for verbose in (0, 1, 2):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            build(nn).fit(x, y, epochs=2, batch_size=len(x), verbose=verbose)
        counts[verbose] = len(printed.getvalue().splitlines())
    return counts


def draw(x, y, yhat, losses):
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4.5), layout="constrained")
    left.plot(x, y, "o", color="0.6", markersize=11, label="next number (y)")
    left.plot(x, yhat, "kx-", label="prediction (yhat)")
    left.plot(x, x, "k:", label="naive: the number itself")
    left.set(title="The sequence learned", xlabel="number (x)", ylabel="number after it")
    left.legend()
    right.semilogy(range(1, len(losses) + 1), losses, "k-")
    right.set(title="Loss of fit", xlabel="epoch", ylabel="mean squared error")
    picture = Path("out", "lifecycle.png")
    picture.parent.mkdir(exist_ok=True)
    figure.savefig(picture, dpi=150)
    print(f"Picture: {picture}")
    return picture


def main(nn, seed=7, epochs=1000):
    nn.utils.set_random_seed(seed)
    x, y = data()
    model = build(nn)
    start = time.perf_counter()
    losses = train(model, x, y, epochs)
    seconds = time.perf_counter() - start
    loss = model.evaluate(x, y, batch_size=len(x), verbose=0)  # step 4: evaluate
    yhat = model.predict(x, verbose=0)[:, 0]  # step 5: predict
    for number, target, prediction in zip(x[:, 0, 0], y, yhat, strict=True):
        print(f"X={number:.1f} y={target:.1f} yhat={prediction:.3f}")
    print(f"Trained {epochs} epochs in {seconds:.1f} s. Loss {loss:.3g}.")
    (one_more,) = train(model, x, y, epochs=1)
    print(f"Another epoch: fit says {one_more:.6g}, the loss that evaluate gave before it; now")
    print(f"evaluate gives {model.evaluate(x, y, verbose=0):.6g}: fit measures first, then learns.")
    for verbose, lines in count_lines(nn, x, y).items():
        print(f"verbose={verbose} prints {lines} lines in two epochs.")
    return {
        "program": "lifecycle",
        "shows": "define, compile, fit, evaluate, predict",
        "score": {"Largest error": float(abs(yhat - y).max())},
        "published": {"Largest error": 0.016},
        "naive": {"Largest error": 0.1},
        "seconds": seconds,
        "picture": draw(x[:, 0, 0], y, yhat, losses),
    }


if __name__ == "__main__":
    main(importlib.import_module("keras" if "keras" in sys.argv else "npslstm"))
