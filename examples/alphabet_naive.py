"""The alphabet, one letter in and the next letter out: the network has no context to use.

What it teaches: a classification. 26 outputs with softmax give a probability for each letter, and
categorical crossentropy compares them with the one-hot target. Every sample is one letter alone,
1 time step of 1 feature: the LSTM has nothing to remember and acts as a plain network, which must
tell 25 inputs apart that lie only 1/26 from each other.

Source: J. Brownlee, Understanding Stateful LSTM Recurrent Neural Networks in Python with Keras,
"Naive LSTM for Learning One-Char to One-Char Mapping". Published accuracy: 84 %.
Median (range) over 20 seeds: 84 % (80 to 92).
https://machinelearningmastery.com/understanding-stateful-lstm-recurrent-neural-networks-python-keras/
Added: the naive score is that of always answering the same letter, 1 of 25.
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
    """x (25, 1, 1): A to Y as 0/26 to 24/26; y (25, 26): B to Z, one-hot."""
    codes = np.arange(25)
    x = (codes / 26).astype("float32").reshape(25, 1, 1)
    return x, to_categorical(codes + 1, 26)


def build(nn):
    model = nn.Sequential()
    model.add(nn.Input(shape=(1, 1)))
    model.add(nn.layers.LSTM(32))
    model.add(nn.layers.Dense(26, activation="softmax"))
    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    return model


def train(model, x, y, epochs=500):
    model.fit(x, y, epochs=epochs, batch_size=1, verbose=0)


def draw(probabilities, title):
    """The probability of every letter after every input; the answers should lie in the circles."""
    figure, axes = plt.subplots(figsize=(7.5, 6.2), layout="constrained")
    image = axes.imshow(probabilities, cmap="gray_r", vmin=0, vmax=1)
    rows = np.arange(len(probabilities))
    axes.plot(rows + 1, rows, "ko", mfc="none", ms=17, clip_on=False, label="right answer")
    axes.plot(probabilities.argmax(axis=1), rows, "wx", mew=3)
    axes.plot(probabilities.argmax(axis=1), rows, "kx", label="answer of the network")
    axes.set_xticks(range(26), ALPHABET)
    axes.set_yticks(rows, ALPHABET[:25])
    axes.set(title=title, xlabel="next letter", ylabel="letter shown")
    axes.legend(loc="upper right")
    figure.colorbar(image, ax=axes, label="probability (0 to 1)", shrink=0.7)
    picture = Path("out", "alphabet_naive.png")
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
    for letter, answer in zip(ALPHABET, probabilities.argmax(axis=1), strict=False):
        print(f"{letter} -> {ALPHABET[answer]}")
    return {
        "program": "alphabet_naive",
        "shows": "one letter in, the next letter out",
        "score": {"Accuracy %": 100 * float(accuracy)},
        "published": {"Accuracy %": 84},
        "naive": {"Accuracy %": 4},
        "seconds": seconds,
        "picture": draw(probabilities, f"One letter alone: {100 * accuracy:.0f} % right"),
    }


if __name__ == "__main__":
    main(importlib.import_module("keras" if "keras" in sys.argv else "npslstm"))
