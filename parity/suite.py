"""Every tutorial program on both engines: all quantities, whole trainings, and what it prints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .comparing import Answers, row, rows, steps_of
from .engines import Arrays, engine
from .findings import Curve, Row
from .observe import STEPS, Batch, observe
from .programs import Run, run
from .tolerances import FLOAT32, TOLERANCES, named
from .twins import random_weight

BATCHES = 3  # of each part of a program's data
# As many epochs as Keras does in some minutes, and before rounding decides: see `sensitivity`.
LONG = {"alphabet_batch": 3000, "alphabet_timesteps": 75, "alphabet_variable": 15}


def examine(
    program: str, epochs: int | None = None, steps: Sequence[int] = STEPS, precise: bool = False
) -> tuple[list[Row], list[Curve]]:
    """All rows and curves of one program, for so many epochs or as many as LONG says.

    precise: its training once more in float64. If rounding is why two curves drift apart, the
    differences then fall by the ratio of the epsilons, 2^-29: both precisions are allowed the same
    number of epsilons.
    """
    given, epochs = epochs, epochs or LONG.get(program)
    ours, theirs = (run(program, engine(name).nn, epochs) for name in ("npslstm", "keras"))
    found = []
    for k in ours.subjects():
        batches = ours.batches(k, BATCHES)
        answers = twins(ours.makers[k], batches, k, steps)
        counts = steps_of(batches, steps, ours.models[k].stateful)
        found += rows(subject(program, ours, k), *answers, dtype="float32", steps=counts)
    pairs = {"float32": (ours, theirs)}
    if precise:
        names = ("npslstm", "keras")
        pairs["float64"] = tuple(run(program, engine(n).nn, epochs, "float64") for n in names)
    for dtype, pair in pairs.items():
        for k in ours.subjects():
            trained = [training(r, k) for r in pair]
            names = subject(program, ours, k), quantity("training", dtype)
            tolerance = of_training("training", program, given, dtype)
            found.append(row(*names, *trained, tolerance, ours.steps(k)))
        printed = [r.results for r in pair]
        most = max(map(ours.steps, ours.subjects()))
        names = program, quantity("tutorial", dtype)
        found.append(row(*names, *printed, of_training("tutorial", program, given, dtype), most))
    return found, [curve(program, k, pairs) for k in ours.subjects()]


def sensitivity(program: str) -> str:
    """How far npslstm alone is from itself after one weight was moved by one epsilon of float32.

    Where that grows without bound no two engines can stay together: it is the training's own.
    """
    nn, found = engine("npslstm").nn, []
    for epochs in dict.fromkeys([LONG.get(program), None]):
        runs = [run(program, nn, epochs, nudged=nudged) for nudged in (False, True)]
        gaps = [relative(*(done.curve(k) for done in runs)) for k in runs[0].subjects()]
        worst = max(gap.max() for gap in gaps) / FLOAT32
        found.append(f"{worst:.2g} epsilons within {max(map(len, gaps))} epochs")
        parted = [np.flatnonzero(gap > 1e-3)[0] for gap in gaps if gap.max() > 1e-3]
        if parted:
            found[-1] += f", a thousandth from epoch {min(parted) + 1} on"
    moved = "; ".join(found)
    return f"{program}: one epsilon in one weight moves npslstm's own losses by {moved}."


def relative(plain: Sequence[float], nudged: Sequence[float]) -> np.ndarray:
    """How far two curves are from each other, epoch by epoch, beside the largest value."""
    return abs(np.subtract(plain, nudged)) / max(map(abs, plain))


def subject(program: str, done: Run, k: int) -> str:
    return program if k == done.subjects()[0] else f"{program}, model {k + 1}"


def of_training(name: str, program: str, epochs: int | None, dtype: str) -> str:
    """The tolerance's name: some programs have one of their own where they are run to their end."""
    own = named(f"all epochs of {program}", dtype)
    return own if epochs is None and own in TOLERANCES else named(name, dtype)


def quantity(name: str, dtype: str) -> str:
    return name if dtype == "float32" else f"{name}, {dtype}"


def twins(
    make: Callable[[Any], Any], batches: Sequence[Batch], seed: int, steps: Sequence[int]
) -> list[Answers]:
    """The answers of both engines, for the same random weights."""
    rng, found, weights = np.random.default_rng(seed), [], None
    for name in ("npslstm", "keras"):
        asked = engine(name)
        model = make(asked.nn)
        if weights is None:
            weights = [random_weight(v.name, tuple(v.shape), rng) for v in model.weights]
        model.set_weights(weights)
        found.append(observe(asked, model, batches, steps))
    return found


def training(done: Run, k: int) -> Arrays:
    """Every value of the history, over all epochs, and the weights at the end."""
    keys = next(fit.history for fit in done.fits if fit.model == k)
    curves = {f"{key} over the epochs": np.array(done.curve(k, key)) for key in keys}
    weights: list[Any] = done.models[k].get_weights()
    return curves | {f"weight {n} at the end": w for n, w in enumerate(weights)}


def curve(program: str, k: int, pairs: dict[str, tuple[Run, Run]]) -> Curve:
    both = [r.curve(k) for pair in pairs.values() for r in pair]
    return Curve(subject(program, pairs["float32"][0], k), "loss", *both)
