"""The alphabet, one letter in, all 25 letters in one batch: samples of a batch share no memory.

What it teaches: what a batch is. With all samples in one batch an epoch is one update of the
weights, by the gradient's mean over all letters: smooth enough to learn in 5000 epochs what
`alphabet_naive`, with an update for each letter, does not learn in 500.

Source: J. Brownlee, Understanding Stateful LSTM Recurrent Neural Networks in Python with Keras,
"LSTM State Within A Batch". Published accuracy: 100 %.
https://machinelearningmastery.com/understanding-stateful-lstm-recurrent-neural-networks-python-keras/
Median (range) over 20 seeds: 100 % (100 to 100).

Put right: the tutorial explains its success by state that is carried from sample to sample within
the batch. There is none: each sample of a batch has a state of its own, and it starts from zero.
The last lines show it: a letter gets the same answer in order, in any other order, and alone.
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
    model.add(nn.layers.LSTM(16))
    model.add(nn.layers.Dense(26, activation="softmax"))
    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    return model


def train(model, x, y, epochs=5000):
    model.fit(x, y, epochs=epochs, batch_size=len(x), shuffle=False, verbose=0)


def draw(in_order, shuffled):
    """The same probabilities, whatever the order of the samples in the batch."""
    figure, axes = plt.subplots(1, 2, figsize=(11, 5), layout="constrained", sharey=True)
    rows = np.arange(25)
    for panel, probabilities, title in zip(
        axes, (in_order, shuffled), ("Batch in order A to Y", "Batch shuffled"), strict=True
    ):
        image = panel.imshow(probabilities, cmap="gray_r", vmin=0, vmax=1)
        panel.plot(rows + 1, rows, "ko", mfc="none", ms=14, clip_on=False, label="right answer")
        panel.plot(probabilities.argmax(axis=1), rows, "wx", mew=3)
        panel.plot(probabilities.argmax(axis=1), rows, "kx", label="answer of the network")
        panel.set_xticks(range(26), ALPHABET, fontsize=8)
        panel.set_yticks(rows, ALPHABET[:25], fontsize=8)
        panel.set(title=title, xlabel="next letter", ylabel="letter shown")
        panel.legend(loc="upper right")
    figure.colorbar(image, ax=axes, label="probability (0 to 1)", shrink=0.7)
    picture = Path("out", "alphabet_batch.png")
    picture.parent.mkdir(exist_ok=True)
    figure.savefig(picture, dpi=150)
    print(f"Picture: {picture}")
    return picture


def main(nn, seed=7, epochs=5000):
    nn.utils.set_random_seed(seed)
    x, y = data()
    model = build(nn)
    start = time.perf_counter()
    train(model, x, y, epochs)
    seconds = time.perf_counter() - start
    loss, accuracy = model.evaluate(x, y, verbose=0)
    in_order = model.predict(x, batch_size=25, verbose=0)
    print(f"Trained {epochs} epochs in {seconds:.1f} s. Loss {loss:.3f}.")
    print(f"Model Accuracy: {100 * accuracy:.2f}%")
    for letter, answer in zip(ALPHABET, in_order.argmax(axis=1), strict=False):
        print(f"{letter} -> {ALPHABET[answer]}")

    order = np.random.permutation(25)
    shuffled = np.empty_like(in_order)
    shuffled[order] = model.predict(x[order], batch_size=25, verbose=0)
    alone = model.predict(x, batch_size=1, verbose=0)
    print("Test a Random Pattern:")
    for i in order[:20]:
        print(f"{ALPHABET[i]} -> {ALPHABET[shuffled[i].argmax()]}")
    print("Largest difference of any probability from that of the batch in order:")
    print(f"batch shuffled {abs(shuffled - in_order).max():.1e}, ", end="")
    print(f"letters alone {abs(alone - in_order).max():.1e}.")
    return {
        "program": "alphabet_batch",
        "shows": "samples of a batch share no memory",
        "score": {"Accuracy %": 100 * float(accuracy)},
        "published": {"Accuracy %": 100},
        "naive": {"Accuracy %": 4},
        "seconds": seconds,
        "picture": draw(in_order, shuffled),
    }


if __name__ == "__main__":
    main(importlib.import_module("keras" if "keras" in sys.argv else "npslstm"))
