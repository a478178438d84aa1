"""A batch run: the batches of some data in some order, one by one or many at a time."""

from __future__ import annotations

import functools
import time
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from ..forms import like
from ..pool import Loan
from ..protocols import AnyModel
from .calls import Call
from .data import Data
from .progress import Progress
from .results import Results
from .step import Step

SECONDS_BETWEEN_LOOKS = 0.05  # seconds between two looks at a running epoch
CACHED_ORDERS = 2**14  # samples, whose order is remembered


class BatchRun:
    """Batches of `data` in some order, one after the other: what an epoch consists of.

    Use it in a `with` statement: it borrows the model's programs, and puts them back at the end.
    """

    def __init__(self, model: AnyModel, purpose: str, data: Data, batch_size: int) -> None:
        self.model = model
        self.purpose = purpose
        self.data, self.shapes = of_its_own(data)
        self.batch_size = batch_size
        self.alone = purpose == "train" or model.stateful  # it changes numbers of the model
        self.compiled = None if purpose == "predict" else model.compiled
        self.results = None if purpose == "predict" else Results(self.compiled)
        self.samples = data.samples
        self.order = plain_order(self.samples)
        self.used = 0
        self.pace = 0.0  # seconds a batch took lately
        self.most = 0  # batches run in one go so far
        self.outs: list[np.ndarray] = []
        self.loans: dict[int, Loan] = {}  # of steps, by their batch size
        # NumPy resizes no array that has such a reference
        self.refusals = [weakref.ref(owner(x)) for x in data.xs]

    def __enter__(self) -> BatchRun:
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()

    def close(self) -> None:
        """Put the programs back."""
        for loan in self.loans.values():
            loan.program.release()
            self.model.pool.put_back(loan)
        self.loans.clear()

    def step(self, size: int) -> Step:
        """The step for batches of this size: kept for as long as it is not obsolete."""
        model = self.model
        key = (self.purpose, size, self.compiled, model.experiments, self.shapes)
        loan = self.loans.get(size)
        if loan is None or loan.key != key or not model.pool.is_current(loan.generation):
            arguments = model, self.compiled, self.purpose, size, self.data
            prepare = model.gather_weights if self.purpose == "train" else None
            loan = self.loans[size] = model.pool.take(key, lambda: Step(*arguments), prepare)
        return loan.program

    @property
    def batches(self) -> int:
        """Number of batches in the whole data, the last of which may be smaller."""
        return -(-self.samples // self.batch_size)

    @property
    def exhausted(self) -> bool:
        return self.used >= self.samples

    def restart(self, shuffle: Any = False, random: np.random.Generator | None = None) -> None:
        """Go back to the first sample, in a new order if `shuffle`."""
        self.used = 0
        if not shuffle:
            return
        assert random is not None
        if not self.order.flags.writeable:
            self.order = self.order.copy()
        if shuffle == "batch":
            for start in range(0, self.samples, self.batch_size):
                random.shuffle(self.order[start : start + self.batch_size])
        else:
            self.order[:] = random.permutation(self.samples)

    def run(self, count: int) -> int:
        """The next `count` batches, fewer if the data ends. Returns how many there were."""
        start = time.perf_counter()
        left = self.samples - self.used
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
            steps[0].pace = self.pace
        return done

    def run_batches(self, number: int, size: int) -> Step:
        """So many batches of this size, while no other thread changes the model's numbers. Returns
        the step that did them."""
        lock = self.model.lock
        if self.alone:
            with lock.change:
                step = self.run_step(size, number)
        else:  # it may be run twice, so what it finds is taken afterwards
            step = lock.read(lambda: self.run_step(size, number))
        if self.results is not None:
            self.results.totals[...] = step.totals
        self.used += number * size
        return step

    def run_step(self, size: int, number: int) -> Step:
        """Run the step for this size from where this run is."""
        step = self.step(size)
        step.bind(self.data, self.order, self.outs)
        step.cursor[0] = self.used
        if self.results is not None:
            step.totals[...] = self.results.totals
        step.run(number)
        return step

    @property
    def until_next_look(self) -> int:
        """How many batches to run before looking up: at the progress bar, or for Ctrl-C. Where
        their pace is not known from an earlier call, one at first, and then never more than twice
        as many as before."""
        if not self.pace:
            pace = self.step(min(self.batch_size, self.samples)).pace
            return int(SECONDS_BETWEEN_LOOKS / pace) or 1 if pace else 1
        return max(1, min(2 * self.most, int(SECONDS_BETWEEN_LOOKS / self.pace)))


@functools.lru_cache(16)
def short_order(samples: int) -> np.ndarray:
    order = np.arange(samples)
    order.flags.writeable = False
    return order


def plain_order(samples: int) -> np.ndarray:
    """The samples as they come: read-only, and the same array for the next call, if it is short."""
    return short_order(samples) if samples <= CACHED_ORDERS else short_order.__wrapped__(samples)


def of_its_own(data: Data) -> tuple[Data, tuple[Any, ...]]:
    """What a batch run keeps of the user's arrays, and the shapes of all without the samples.

    Inputs are views: their shapes are nobody else's. Targets and weights are copies: kernels use
    labels as indices, whatever callbacks do to the user's.
    """
    if len(data.xs) == len(data.ys) == 1:  # the usual case, and fit is called often
        (x,), (y,), (w,) = data
        assert y is not None
        mine = Data((x.view(),), (y.copy(),), (None if w is None else w.copy(),))
        return mine, (x.shape[1:], y.shape[1:], None if w is None else w.shape[1:])
    shapes: list[Any] = []
    kept: list[list[Any]] = [[], [], []]
    for x in data.xs:
        kept[0].append(x.view())
        shapes.append(x.shape[1:])
    for place, arrays in ((kept[1], data.ys), (kept[2], data.weights)):
        for array in arrays:
            place.append(None if array is None else array.copy())
            shapes.append(None if array is None else array.shape[1:])
    return Data(tuple(kept[0]), tuple(kept[1]), tuple(kept[2])), tuple(shapes)


def owner(array: np.ndarray) -> np.ndarray:
    """The array whose memory this one shows."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


Hooks = tuple[Callable[..., None], Callable[..., None]]


def go_through(
    batch_run: BatchRun, count: int, hooks: Hooks | None, progress: Progress, call: Call
) -> int:
    """`count` batches of a batch run: one by one between the callbacks' hooks, or many at a time if
    nobody looks. Returns how many there were: fewer if the data end, or a callback stops it."""
    done = 0
    if hooks is None:
        call.check()
    while done < count and not batch_run.exhausted:
        if hooks is not None:
            hooks[0](done, {})
            call.check()
        start = batch_run.used
        one = hooks is not None or count - done == 1
        ran = batch_run.run(1 if one else min(batch_run.until_next_look, count - done))
        if ran == 0:  # nothing is left
            break
        done += ran
        if hooks is not None or progress.live:
            results: dict[str, Any] = {}
            if batch_run.results is not None:
                results = dict(sorted(batch_run.results.values().items()))
            if hooks is not None and batch_run.outs:
                outputs = [out[start : batch_run.used].copy() for out in batch_run.outs]
                hooks[1](done - 1, {"outputs": like(batch_run.model.output_form, outputs)})
            elif hooks is not None:
                hooks[1](done - 1, results)
            progress.update(done, results)
        if call.stopped:
            break
    return done
