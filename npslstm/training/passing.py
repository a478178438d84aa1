"""One pass over the data: its batches in some order, one by one or many at a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from .calls import Call
from .data import Data
from .progress import Progress

GLANCE = 0.05  # seconds between two looks at a running epoch
PACES: WeakKeyDictionary[Any, float] = WeakKeyDictionary()  # seconds a batch took lately, by step


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
        self.most = 0  # batches run in one go so far
        self.out: np.ndarray | None = None

    @property
    def batches(self) -> int:
        """Number of batches in the whole data, the last of which may be smaller."""
        return -(-self.data.samples // self.batch_size)

    @property
    def exhausted(self) -> bool:
        return self.used >= self.order.size

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
        steps = []
        if full:
            steps.append(self.run_batches(full, self.batch_size))
        if rest:
            steps.append(self.run_batches(1, rest))
        done = full + (rest > 0)
        self.pace = (time.perf_counter() - start) / max(1, done)
        self.most = max(self.most, done)
        if steps:
            PACES[steps[0]] = self.pace
        return done

    def run_batches(self, number: int, size: int) -> Any:
        """So many batches of one size. Returns the step that did them."""
        step = self.model.step(self.purpose, size, self.data)
        step.bind(self.data, self.order, self.out)
        self.model.cursor[0] = self.used
        step.run(number)
        self.used += number * size
        return step

    @property
    def moment(self) -> int:
        """How many batches to run before looking up: at the progress bar, or for Ctrl-C. Where
        their pace is not known from an earlier call, one at first, and then never more than twice
        as many as before."""
        if not self.pace:
            size = min(self.batch_size, self.data.samples)
            pace = PACES.get(self.model.step(self.purpose, size, self.data))
            return 1 if pace is None else max(1, int(GLANCE / pace))
        return max(1, min(2 * self.most, int(GLANCE / self.pace)))


Hooks = tuple[Callable[..., None], Callable[..., None]]


def run_pass(passing: Pass, count: int, hooks: Hooks | None, progress: Progress, call: Call) -> int:
    """`count` batches of a pass: one by one between the callbacks' hooks, or many at a time if
    nobody looks. Returns how many there were: fewer if the data end, or a callback stops it."""
    done = 0
    if hooks is None:
        call.check()
    while done < count and not passing.exhausted:
        if hooks is not None:
            hooks[0](done, {})
            call.check()
        start = passing.used
        one = hooks is not None or count - done == 1
        done += passing.run(1 if one else min(passing.moment, count - done))
        if hooks is not None or progress.live:
            results = {}
            if passing.out is None:
                results = dict(sorted(passing.model.compiled.results().items()))
            if hooks is not None and passing.out is not None:
                hooks[1](done - 1, {"outputs": passing.out[start : passing.used].copy()})
            elif hooks is not None:
                hooks[1](done - 1, results)
            progress.update(done, results)
        if call.stopped:
            break
    return done
