"""Two sequences that only a memory can tell apart: 3, 0, 1, 2, 3 and 4, 0, 1, 2, 4.

What it teaches: the network is shown one number at a time and has to say the next one. After 2
comes 3 in the first sequence and 4 in the second: only the number at the very beginning, three
steps earlier, decides. A stateful LSTM carries it over the batches in between.

Source: J. Brownlee, Demonstration of Memory with a Long Short-Term Memory Network in Python.
Published: both sequences right, loss about 0.09. Median (range) over 20 seeds: 7 of 8 right (7 to
8), loss 0.083 (0.077 to 0.085); with whole sequences, as below, 8 of 8 (8 to 8), loss 0.006.
https://machinelearningmastery.com/memory-in-a-long-short-term-memory-network/
Put right: with one number a batch the state crosses the batches, but the error does not flow back
across them, so nothing teaches the network to remember. It ends undecided between 3 and 4 (a loss
of 0.069, ln 2 / 10, is all it can reach without deciding), and which of the two is ahead is luck.
A sample that holds the whole sequence as four time steps is learned every time, with the same
number of updates; its weights then serve the network that is shown one number at a time.
"""

import importlib
import sys
import time
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

SEQUENCES, NUMBERS = ((3, 0, 1, 2, 3), (4, 0, 1, 2, 4)), 5


def data():
    """For each sequence x (4, 1, 5), one number a sample, and y (4, 5), the number after it."""
    one_hot = [np.eye(NUMBERS, dtype="float32")[list(sequence)] for sequence in SEQUENCES]
    return [(s[:-1, np.newaxis], s[1:]) for s in one_hot]


def build(nn, time_steps=1):
    model = nn.Sequential()
    model.add(nn.Input(batch_shape=(1, time_steps, NUMBERS)))
    model.add(nn.layers.LSTM(20, stateful=True, return_sequences=time_steps > 1))
    model.add(nn.layers.Dense(NUMBERS, activation="sigmoid"))
    model.compile(loss="binary_crossentropy", optimizer="adam")
    return model


def train(model, sequences, epochs=250):
    for _ in range(epochs):
        for x, y in sequences:
            model.fit(x, y, epochs=1, batch_size=1, shuffle=False, verbose=0)
            model.layers[0].reset_state()


def answer(model, sequences, forgetful=False):
    """Loss, outputs (2, 4, 5), how many are right; forgetful: the state reset at every step."""
    losses, outputs = [], []
    for x, y in sequences:
        losses.append(model.evaluate(x, y, batch_size=1, verbose=0))
        model.layers[0].reset_state()
        for step in x:
            outputs.append(model.predict(step[np.newaxis], batch_size=1, verbose=0)[0])
            if forgetful:
                model.layers[0].reset_state()
        model.layers[0].reset_state()
    outputs = np.reshape(outputs, (len(sequences), -1, NUMBERS))
    right = (outputs.argmax(axis=2) == np.array(SEQUENCES)[:, 1:]).sum()
    return float(np.mean(losses)), outputs, int(right)


def draw(rows):
    figure, axes = plt.subplots(2, 2, figsize=(7, 7.5), layout="constrained", sharey=True)
    for panels, (name, results) in zip(axes, rows.items(), strict=True):
        for panel, sequence, output in zip(panels, SEQUENCES, results, strict=True):
            image = panel.imshow(output.T, cmap="gray_r", vmin=0, vmax=1, origin="lower")
            for step, number in enumerate(output.argmax(axis=1)):
                shade = "w" if output[step, number] > 0.4 else "k"
                panel.text(step, number, number, color=shade, ha="center", va="center")
            panel.plot(range(4), sequence[1:], "ko", mfc="none", ms=46, clip_on=False)
            panel.set_xticks(range(4), sequence[:-1])
            panel.set(title=f"{sequence}: {name}", xlabel="number shown", ylabel="number after it")
    figure.colorbar(image, ax=axes, label="output of the network (0 to 1)", shrink=0.6)
    figure.suptitle("Circle: the number that comes next. Digit: the network's answer.")
    picture = Path("out", "memory.png")
    picture.parent.mkdir(exist_ok=True)
    figure.savefig(picture, dpi=150)
    print(f"Picture: {picture}")
    return picture


def main(nn, seed=7, epochs=250):
    nn.utils.set_random_seed(seed)
    sequences = data()
    model = build(nn)
    start = time.perf_counter()
    train(model, sequences, epochs)
    seconds = time.perf_counter() - start
    print(f"Trained {epochs} times on each sequence in {seconds:.1f} s.")
    loss, outputs, right = answer(model, sequences)
    for number, (sequence, output) in enumerate(zip(SEQUENCES, outputs, strict=True), 1):
        print(f"Sequence {number}")
        for shown, target, yhat in zip(sequence, sequence[1:], output, strict=False):
            print(f"X={shown:.1f} y={target:.1f}, yhat={yhat.argmax():.1f}")
    print(f"{right} of 8 right, loss {loss:.3f}.")
    whole = build(nn, time_steps=4)  # four times the epochs, a quarter of the updates in each
    train(whole, [(x.swapaxes(0, 1), y[np.newaxis]) for x, y in sequences], 4 * epochs)
    model.set_weights(whole.get_weights())
    whole_loss, whole_outputs, whole_right = answer(model, sequences)
    print(f"Trained on whole sequences: {whole_right} of 8 right, loss {whole_loss:.3f};", end="")
    print(f" made to forget after each number, {answer(model, sequences, forgetful=True)[2]} of 8.")
    return {
        "program": "memory",
        "shows": "an early number decides the last",
        "score": {"Right of 8": right, "Loss": loss}
        | {"Right, whole": whole_right, "Loss, whole": whole_loss},
        "published": {"Right of 8": 8, "Loss": 0.09},
        "naive": {"Right of 8": 7, "Right, whole": 7},  # the best possible without a memory
        "seconds": seconds,
        "picture": draw({"one a batch": outputs, "whole sequences": whole_outputs}),
    }


if __name__ == "__main__":
    main(importlib.import_module("keras" if "keras" in sys.argv else "npslstm"))
