"""How an LSTM remembers: the memory of 3, 0, 1, 2, 3 and 4, 0, 1, 2, 4, found and taken apart.

What it teaches: after 0, 1, 2 only the first number tells whether 3 or 4 comes next. A trace shows
which units differ between the sequences to the end, and interventions that it is they who remember;
docs/how-an-lstm-remembers.md tells the story with these numbers.
Source of the sequences: J. Brownlee, Demonstration of Memory with a Long Short-Term Memory Network.
https://machinelearningmastery.com/memory-in-a-long-short-term-memory-network/
Median (range) over 20 seeds: 2 (2 to 2) of the two last answers are right as trained, 2 (1 to 2)
with the units shut, 1 (1 to 1) silenced too, 2 (0 to 2) with the others so treated, 0 (0 to 0) with
the states exchanged, 0 (0 to 2) with those of two units exchanged early.
"""

import contextlib
import importlib
import sys
import time
from pathlib import Path

import numpy as np

import npslstm
from npslstm import study

SEQUENCES, NUMBERS, UNITS = ((3, 0, 1, 2, 3), (4, 0, 1, 2, 4)), 5, 20


def data():
    """x and y (2, 4, 5): the numbers of both sequences one-hot, and the number after each."""
    one_hot = np.eye(NUMBERS, dtype="float32")[np.array(SEQUENCES)]
    return one_hot[:, :-1], one_hot[:, 1:]


def build(nn):
    model = nn.Sequential([nn.Input((4, NUMBERS))])
    model.add(nn.layers.LSTM(UNITS, return_sequences=True, name="lstm"))
    model.add(nn.layers.Dense(NUMBERS, activation="sigmoid"))
    model.compile(loss="binary_crossentropy", optimizer="adam")
    return model


def train(model, x, y, epochs=1000, callbacks=None):
    model.fit(x, y, batch_size=1, epochs=epochs, callbacks=callbacks, shuffle=False, verbose=0)


def last(model, x, *changes):
    """The last outputs (2, 5) while changes act: arguments of `study.intervene`."""
    with contextlib.ExitStack() as blocks:
        for change in changes:
            blocks.enter_context(study.intervene(model, **change))
        return model.predict(x, verbose=0)[:, -1]


def experiments(model, x, units):
    """The last outputs by what is done: to the units given, the greatest difference first."""
    shut, silent = {"forget": 0.0, "steps": [1, 2, 3]}, {"h": 0.0, "steps": [0, 1, 2]}
    swapped = study.transplant(study.trace(model, x[::-1]))
    here, others = {"units": units}, {"units": np.setdiff1d(np.arange(UNITS), units)}
    return {
        "as trained": last(model, x),
        "shut": last(model, x, shut | here),
        "silenced": last(model, x, shut | here, silent | here),
        "others": last(model, x, shut | others, silent | others),
        "exchanged": last(model, x, {"c": swapped, "steps": 3, "units": units}),
        "two, early": last(model, x, {"c": swapped, "steps": 0, "units": units[:2]}),
    }


def draw(trace, unit, recorder):
    """Both sequences, a unit's life, and how its forget gate learned, which is printed as well."""
    figures = {"": study.plot_difference(trace, labels=["3|4", 0, 1, 2], names=SEQUENCES)}
    figures["_unit"] = study.plot_unit(trace, unit, labels=SEQUENCES[0][:-1])
    for n in sorted({0, 19, 59, 199} & set(range(len(recorder.epochs)))):
        gates = " ".join(f"{v:.2f}" for v in recorder.gates["forget"][n, 0, 1:, unit])
        norms = " ".join(f"{k} {v[n]:.4f}" for k, v in recorder.gradients.items())
        print(f"epoch {recorder.epochs[n]}: forget gate {gates}; gradients {norms}")
        figures["_training"] = recorder.plot(unit=unit, labels=SEQUENCES[0][:-1])
    Path("out").mkdir(exist_ok=True)
    for name, figure in figures.items():
        figure.savefig(f"out/study_memory{name}.png", dpi=100)
        print(f"Picture: out/study_memory{name}.png")
    return Path("out", "study_memory.png")


def main(nn, seed=7, epochs=1000):
    nn.utils.set_random_seed(seed)
    (x, y), trained, start = data(), build(nn), time.perf_counter()
    recorder = study.GateRecorder(x, every=max(1, epochs // 200))
    train(trained, x, y, epochs, [recorder] if nn is npslstm else None)
    seconds, model = time.perf_counter() - start, build(npslstm)
    model.set_weights(trained.get_weights())  # studied with npslstm, whoever trained them
    print(f"Loss {model.evaluate(x, y, verbose=0):.4f} after {epochs} epochs, {seconds:.1f} s.")
    trace = study.trace(model, x)
    gap = abs(trace.c[0] - trace.c[1])  # (steps, units)
    order = np.argsort(-gap[-1], kind="stable")
    shares = np.cumsum(gap[-1, order]) / gap[-1].sum()
    count = int(np.searchsorted(shares, 0.9)) + 1  # the fewest that hold 90 % of the difference
    print(f"{count} units hold {shares[count - 1]:.0%} of the difference of c after the last step.")
    for unit in order[:count]:
        gaps, gates = (" ".join(f"{v:.2f}" for v in a[:, unit]) for a in (gap, trace.f[0, 1:]))
        print(f"unit {unit:2}: differences {gaps}; forget gate at 0, 1, 2: {gates}")
    for first, states in zip((3, 4), trace.c[:, :, order[0]], strict=True):
        print(f"c of unit {order[0]} after {first}, 0, 1, 2:", *(f"{c:.2f}" for c in states))
    losses = [row for row in study.ablate(model, x, y).rows if row.kind == "unit"]
    print("Loss without unit", *(f"{row.name}: {row.loss:.3f}" for row in losses[:4]), sep="  ")
    print(*str(study.explain(trace, 0, 1, order[0], top=4)).split("\n\n")[:3], sep="\n")
    found = experiments(model, x, order[:count])
    for name, (a, b) in found.items():
        print(f"{name:10}  outputs for 3 and 4: {a[3:].round(2)} after 3, {b[3:].round(2)} after 4")
    return {
        "program": "study_memory", "shows": "where an early number is kept", "seconds": seconds,
        "score": {f"Right, {k}": int((p.argmax(1) == [3, 4]).sum()) for k, p in found.items()},
        "published": {}, "naive": {"Right, as trained": 1},  # the best without a memory
        "picture": draw(trace, order[0], recorder),
    }  # fmt: skip


if __name__ == "__main__":
    main(importlib.import_module("keras" if "keras" in sys.argv else "npslstm"))
