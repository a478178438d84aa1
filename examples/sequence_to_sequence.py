"""Six digits in, the same digits backwards out: from a sequence to a sequence.

What it teaches: encoder and decoder. The first LSTM reads six digits and keeps its last output, one
vector that must hold them all. RepeatVector shows that vector to the second LSTM at each of six
time steps; TimeDistributed applies one Dense layer to each step of what it says. The first digit
of the answer is the last that was read, so the encoder's memory is tested to its full length.

Median (range) over 20 seeds: 98.42 % of the digits right (97.72 to 99.4), 91.65 % of the
sequences (88.4 to 97).
Source: I. Sutskever et al., Sequence to Sequence Learning with Neural Networks, 2014, section 2, in
the form that fits a Sequential. https://arxiv.org/abs/1409.3215
"""

import importlib
import sys
import time
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from npslstm.utils import to_categorical

LENGTH, TRAINING = 6, 9000


def data():
    """Digits (10000, 6) and x (10000, 6, 10), one-hot; the targets are x[:, ::-1]."""
    digits = np.random.default_rng(0).integers(10, size=(10000, LENGTH))
    return digits, to_categorical(digits, 10).astype("float32")


def build(nn):
    model = nn.Sequential()
    model.add(nn.Input(shape=(LENGTH, 10)))
    model.add(nn.layers.LSTM(64))
    model.add(nn.layers.RepeatVector(LENGTH))
    model.add(nn.layers.LSTM(64, return_sequences=True))
    model.add(nn.layers.TimeDistributed(nn.layers.Dense(10, activation="softmax")))
    optimizer = nn.optimizers.Adam(learning_rate=0.01)
    model.compile(loss="categorical_crossentropy", optimizer=optimizer, metrics=["accuracy"])
    return model


def train(model, x, y, epochs=20):
    model.fit(x, y, epochs=epochs, batch_size=128, verbose=0)


def draw(digits, probabilities, accuracies):
    """What the decoder says about three sequences; how often it is right at each step."""
    figure = plt.figure(figsize=(12, 4.5), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(8, 4))
    axes = left.subplots(1, 3, sharey=True)
    steps = np.arange(LENGTH)
    for panel, sequence, output in zip(axes, digits, probabilities, strict=False):
        image = panel.imshow(output.T, cmap="gray_r", vmin=0, vmax=1, origin="lower")
        panel.plot(steps, sequence[::-1], "ko", mfc="none", ms=31, clip_on=False)
        panel.set_title("read: " + " ".join(map(str, sequence)))
        panel.set_xticks(steps, steps + 1)
        panel.set_yticks(range(10))
        panel.set_xlabel("time step of the answer")
    axes[0].set_ylabel("digit (circle: right)")
    left.colorbar(image, ax=axes, label="probability (0 to 1)", shrink=0.6)
    bars = right.subplots()
    bars.bar(steps + 1, 100 * accuracies, color="0.6", edgecolor="k")
    bars.set(title="Sequences not trained with", ylim=(0, 105))
    bars.set(xlabel="time step of the answer", ylabel="right digits (%)")
    picture = Path("out", "sequence_to_sequence.png")
    picture.parent.mkdir(exist_ok=True)
    figure.savefig(picture, dpi=150)
    print(f"Picture: {picture}")
    return picture


def main(nn, seed=7, epochs=20):
    nn.utils.set_random_seed(seed)
    digits, x = data()
    model = build(nn)
    start = time.perf_counter()
    train(model, x[:TRAINING], x[:TRAINING, ::-1], epochs)
    seconds = time.perf_counter() - start
    print(f"Trained {epochs} epochs in {seconds:.1f} s.")
    test = digits[TRAINING:]
    probabilities = model.predict(x[TRAINING:], verbose=0)
    answers = probabilities.argmax(axis=2)
    right = answers == test[:, ::-1]
    for sequence, answer in zip(test[:10], answers, strict=False):
        print(" ".join(map(str, sequence)), "->", " ".join(map(str, answer)))
    whole = right.all(axis=1).mean()
    print(f"Digits right: {100 * right.mean():.1f} %, whole sequences: {100 * whole:.1f} %")
    return {
        "program": "sequence_to_sequence",
        "shows": "six digits in, backwards out",
        "score": {"Digits %": float(100 * right.mean()), "Sequences %": float(100 * whole)},
        "published": {},
        "naive": {"Digits %": 10, "Sequences %": 0},
        "seconds": seconds,
        "picture": draw(test, probabilities, right.mean(axis=0)),
    }


if __name__ == "__main__":
    main(importlib.import_module("keras" if "keras" in sys.argv else "npslstm"))
