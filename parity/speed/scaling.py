"""How a training step falls with the number of threads, and what is expected of more cores.

The engine with 1, 2, 3, 4 and 8 threads, each in a process of its own, is asked in turn. A model of
the cost takes it on to cores that this machine does not have: a step has P parts of equal length,
which c cores do in ceil(P / c) rounds, and a rest that one thread does alone:

    time(c) = rest + parts' time on one core * ceil(P / c) / P

Two times are measured, on one core and on two, and the rest follows from them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from npslstm.program import Program

from .contestants import ENGINE
from .conversation import conversations
from .timing import median
from .workloads import MNIST, TRAINING, Workload

WORKLOADS = (
    MNIST,
    TRAINING["large"],
    replace(MNIST, name="mnist, 256 samples", samples=2560, batch=256),
)
THREADS = (1, 2, 3, 4, 8)
CORES = (4, 8, 16)  # of machines that the model speaks of


class Scaling(NamedTuple):
    """Microseconds of a training step by threads, as measured, and by cores, as expected."""

    workload: Workload
    parts: int
    measured: dict[int, float]
    expected: dict[int, float]


def measure(rounds: int, seconds: float, tell: Callable[[str], None]) -> list[Scaling]:
    """Medians over the rounds."""
    kinds = {n: ENGINE._replace(key="npslstm", threads=str(n)) for n in THREADS}
    found = []
    with contextlib.ExitStack() as stack:
        engines = {
            n: stack.enter_context(conversations([kind]))["npslstm"] for n, kind in kinds.items()
        }
        for workload in WORKLOADS:
            tell(f"{workload.name} with {', '.join(map(str, THREADS))} threads ...")
            times: dict[int, list[float]] = {n: [] for n in THREADS}
            for _ in range(rounds):
                for n, engine in engines.items():
                    times[n].append(engine.ask("train", workload, seconds))
            measured = {n: median(several) for n, several in times.items()}
            parts = parts_of(workload)
            found.append(Scaling(workload, parts, measured, expected(measured, parts)))
    return found


def parts_of(workload: Workload) -> int:
    """Of the first LSTM layer's work on a batch."""
    units, features = workload.units[0], workload.features
    products = workload.steps * workload.batch * (features + units) * 4 * units
    return len(Program(np.float32, in_parts=True).parts(workload.batch, products))


def expected(measured: dict[int, float], parts: int) -> dict[int, float]:
    """What the model of the cost says, from the times of one thread and of two."""
    share = rounds_of(parts, 2) / parts
    in_parts = min(measured[1], (measured[1] - measured[2]) / (1 - share)) if parts > 1 else 0.0
    rest = measured[1] - in_parts
    return {c: rest + in_parts * rounds_of(parts, c) / parts for c in CORES}


def rounds_of(parts: int, cores: int) -> int:
    return -(-parts // cores)
