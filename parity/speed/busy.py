"""Beside busy processes: does a second thread ever cost more than it gains?

The engine with one thread and with as many as there are cores, each in a process of its own, is
asked in turn while other processes use the processor.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import NamedTuple

from .contestants import ENGINE
from .conversation import conversations
from .timing import median, ratio
from .workloads import MNIST

WORKLOAD = MNIST
PROCESSES = (0, 1, 2, 4)
MOST_BUSY = 1.5  # of one thread's time
LONGER = 5  # times the usual seconds: a busy machine gives its time in slices


class Busy(NamedTuple):
    """Microseconds of a training step beside so many processes."""

    processes: int
    one: float
    all: float
    share: float


def measure(rounds: int, seconds: float, tell: Callable[[str], None]) -> list[Busy]:
    kinds = [ENGINE._replace(key="npslstm", threads=number) for number in ("1", "")]
    found = []
    with contextlib.ExitStack() as stack:
        one, every = (stack.enter_context(conversations([kind]))["npslstm"] for kind in kinds)
        for conversation in (one, every):
            conversation.ask("train", WORKLOAD, seconds)  # ready before others come
        for number in PROCESSES:
            tell(f"beside {number} busy processes ...")
            with working(number):
                times = [
                    [c.ask("train", WORKLOAD, LONGER * seconds) for c in (one, every)]
                    for _ in range(rounds)
                ]
            alone, shared = zip(*times, strict=True)
            found.append(Busy(number, median(alone), median(shared), ratio(shared, alone)))
    return found


@contextlib.contextmanager
def working(number: int) -> Iterator[None]:
    """So many processes that do nothing but compute."""
    command = [sys.executable, "-S", "-c", "while True: pass"]
    processes = [subprocess.Popen(command) for _ in range(number)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
        for process in processes:
            process.wait()
