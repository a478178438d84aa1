"""The alphabet, three letters in as three features: context given in the wrong place.

What it teaches: where context goes. The three letters ABC are one time step of 3 features here,
input (samples, 1, 3): the LSTM sees them all at once, as any plain network would, and uses none of
its memory. `alphabet_timesteps` shows the same letters one after the other, as time steps.

Source: J. Brownlee, Understanding Stateful LSTM Recurrent Neural Networks in Python with Keras,
"Naive LSTM for a Three-Char Feature Window to One-Char Mapping". Published accuracy: 86.96 %.
Median (range) over 20 seeds: 86.96 % (82.6 to 91.3).
https://machinelearningmastery.com/understanding-stateful-lstm-recurrent-neural-networks-python-keras/
Added: the naive score is that of always answering the same letter, 1 of 23.
"""

import importlib
import sys
import time
from pathlib import Path
from string import ascii_uppercase as ALPHABET

import matplotlib.pyplot as plt
import numpy as np

from npslstm.utils import to_categorical


def data():
    """x (23, 1, 3): ABC to WXY in one time step, codes / 26; y (23, 26): D to Z, one-hot."""
    codes = np.arange(23)[:, np.newaxis] + np.arange(3)
    x = (codes / 26).astype("float32").reshape(23, 1, 3)
    return x, to_categorical(codes[:, -1] + 1, 26)


def build(nn):
    model = nn.Sequential()
    model.add(nn.Input(shape=(1, 3)))
    model.add(nn.layers.LSTM(32))
    model.add(nn.layers.Dense(26, activation="softmax"))
    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    return model


def train(model, x, y, epochs=500):
    model.fit(x, y, epochs=epochs, batch_size=1, verbose=0)


def draw(probabilities, title):
    """The probability of every letter after every input; the answers should lie in the circles."""
    figure, axes = plt.subplots(figsize=(7.5, 5.7), layout="constrained")
    image = axes.imshow(probabilities, cmap="gray_r", vmin=0, vmax=1)
    rows = np.arange(len(probabilities))
    axes.plot(rows + 3, rows, "ko", mfc="none", ms=17, clip_on=False, label="right answer")
    axes.plot(probabilities.argmax(axis=1), rows, "wx", mew=3)
    axes.plot(probabilities.argmax(axis=1), rows, "kx", label="answer of the network")
    axes.set_xticks(range(26), ALPHABET)
    axes.set_yticks(rows, [ALPHABET[i : i + 3] for i in rows])
    axes.set(title=title, xlabel="next letter", ylabel="letters shown")
    axes.legend(loc="upper right")
    figure.colorbar(image, ax=axes, label="probability (0 to 1)", shrink=0.7)
    picture = Path("out", "alphabet_features.png")
    picture.parent.mkdir(exist_ok=True)
    figure.savefig(picture, dpi=150)
    print(f"Picture: {picture}")
    return picture


def main(nn, seed=7, epochs=500):
    nn.utils.set_random_seed(seed)
    x, y = data()
    model = build(nn)
    start = time.perf_counter()
    train(model, x, y, epochs)
    seconds = time.perf_counter() - start
    loss, accuracy = model.evaluate(x, y, verbose=0)
    probabilities = model.predict(x, verbose=0)
    print(f"Trained {epochs} epochs in {seconds:.1f} s. Loss {loss:.3f}.")
    print(f"Model Accuracy: {100 * accuracy:.2f}%")
    for i, answer in enumerate(probabilities.argmax(axis=1)):
        print(f"{ALPHABET[i : i + 3]} -> {ALPHABET[answer]}")
    return {
        "program": "alphabet_features",
        "shows": "three letters as features",
        "score": {"Accuracy %": 100 * float(accuracy)},
        "published": {"Accuracy %": 86.96},
        "naive": {"Accuracy %": 100 / 23},
        "seconds": seconds,
        "picture": draw(probabilities, f"Three letters as features: {100 * accuracy:.0f} % right"),
    }


if __name__ == "__main__":
    main(importlib.import_module("keras" if "keras" in sys.argv else "npslstm"))
