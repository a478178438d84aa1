"""Several Python threads with one model: do they get in each other's way? Asked of the engine."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

from .on_keras import Model
from .timing import median
from .workloads import PREDICTION, TRAINING, Workload

# One sequence keeps one core busy; 64 images keep both.
WORKLOADS = {
    "one sequence of 100 steps, 256 units": replace(TRAINING["large"], samples=1, batch=1),
    "64 images": PREDICTION["predict_mnist"],
}
SHARED, ALREADY = 0.65, 1.15  # of the time of one call after the other
ROUNDS = 9


def company(workload: Workload, seconds: float) -> dict[str, float]:
    """Microseconds of two calls of predict: one after the other, and in two threads at once."""
    model = Model(workload, "npslstm")
    calls = 1

    def some() -> None:
        for _ in range(calls):
            model.predict()

    def in_turn() -> None:
        some()
        some()

    def together() -> None:
        threads = [threading.Thread(target=some) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    together()
    while timed(in_turn) < seconds:
        calls *= 2
    pairs = [(timed(in_turn), timed(together)) for _ in range(ROUNDS)]
    found = {"share": median([b / a for a, b in pairs])}
    for name, times in zip(("in turn", "together"), zip(*pairs, strict=True), strict=True):
        found[name] = median(times) / calls * 1e6
    return found


def timed(action) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start
