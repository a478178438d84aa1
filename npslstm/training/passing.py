"""One pass over the data: its batches in some order, one by one or many at a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from .data import Data
from .progress import Progress

GLANCE = 0.05  # seconds between two looks at a running epoch
FIRST_MOMENT = 16  # batches before the first look, when their pace is not known


class Pass:
    """Batches of `data` in some order, one after the other: what an epoch consists of."""

    def __init__(self, model: Any, purpose: str, data: Data, batch_size: int) -> None:
        self.model = model
        self.purpose = purpose
        self.data = data
        self.batch_size = batch_size
        self.order = np.arange(data.samples)
        self.used = 0
        self.pace = 0.0  # seconds a batch took lately
        self.out: np.ndarray | None = None

    @property
    def batches(self) -> int:
        """Number of batches in the whole data, the last of which may be smaller."""
        return -(-self.data.samples // self.batch_size)

    @property
    def exhausted(self) -> bool:
        return self.used >= self.data.samples

    def restart(self, shuffle: Any = False, random: np.random.Generator | None = None) -> None:
        """Go back to the first sample, in a new order if `shuffle`."""
        self.used = 0
        if not shuffle:
            return
        assert random is not None
        if shuffle == "batch":
            for start in range(0, self.data.samples, self.batch_size):
                random.shuffle(self.order[start : start + self.batch_size])
        else:
            self.order[:] = random.permutation(self.data.samples)

    def run(self, count: int) -> int:
        """The next `count` batches, fewer if the data ends. Returns how many there were."""
        start = time.perf_counter()
        left = self.data.samples - self.used
        full = min(count, left // self.batch_size)
        rest = left - full * self.batch_size if full < count else 0
        if full:
            self.run_batches(full, self.batch_size)
        if rest:
            self.run_batches(1, rest)
        done = full + (rest > 0)
        self.pace = (time.perf_counter() - start) / max(1, done)
        return done

    def run_batches(self, number: int, size: int) -> None:
        step = self.model.step(self.purpose, size, self.data)
        step.bind(self.data, self.order, self.out)
        self.model.cursor[0] = self.used
        step.run(number)
        self.used += number * size

    @property
    def moment(self) -> int:
        """How many batches to run before looking up: at the progress bar, or for Ctrl-C."""
        return max(1, int(GLANCE / self.pace)) if self.pace else FIRST_MOMENT


Hooks = tuple[Callable[..., None], Callable[..., None]]


def run_pass(passing: Pass, count: int, hooks: Hooks | None, progress: Progress) -> int:
    """`count` batches of a pass: one by one between the callbacks' hooks, or many at a time if
    nobody looks. Returns how many there were."""
    model, done = passing.model, 0
    while done < count and not model.stop_training:
        if hooks is not None:
            hooks[0](done, {})
        ran = passing.run(1 if hooks else min(passing.moment, count - done))
        if ran == 0:
            break
        done += ran
        if hooks is not None or progress.live:
            results = model.compiled.results() if passing.purpose != "predict" else {}
            if hooks is not None:
                hooks[1](done - 1, results)
            progress.update(done, results)
    return done
