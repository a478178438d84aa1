"""Many epochs in one go, for a fit that nobody looks at: no callbacks, no validation, no progress.

An epoch is then one list of operations as well, its batches and the keeping of its results, and
runs again and again without Python in between. The numbers are those of one epoch after the other.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from ..kernels import metrics, movement
from ..kernels.operations import Operation, Repeated, Steps
from .passing import GLANCE, Pass

MOST_POSITIONS = 2**18  # of the orders of samples that are drawn at once: 2 MB


class Unseen:
    """The epochs of a training pass that nobody looks at."""

    def __init__(self, training: Pass, shuffle: Any, random: np.random.Generator | None) -> None:
        self.training = training
        self.shuffle = shuffle
        self.random = random

    def possible(self, wanted: int) -> int:
        """How many epochs to run in one go: as many as fit between two looks for Ctrl-C."""
        training = self.training
        if not training.pace or any(map(needs_python, self.steps())):
            return 1
        fitting = int(GLANCE / (training.pace * training.batches))
        return max(1, min(wanted, fitting, MOST_POSITIONS // training.data.samples))

    def steps(self) -> list[Any]:
        """The step for whole batches, and the one for what is left, if anything is."""
        training = self.training
        sizes = training.batch_size, training.data.samples % training.batch_size
        return [training.model.step("train", size, training.data) for size in filter(None, sizes)]

    def run(self, number: int) -> dict[str, list[float]]:
        """So many epochs. Returns the results of each, by name."""
        training, start = self.training, time.perf_counter()
        model, samples = training.model, training.data.samples
        compiled, position = model.compiled, np.zeros(1, np.int64)
        all_totals = [compiled.loss_totals, *(metric.totals for metric in compiled.metrics)]
        kept = [np.zeros((number, totals.size)) for totals in all_totals]
        order = self.orders(number)
        epoch: list[Operation] = []
        for step, times in zip(self.steps(), (samples // training.batch_size, 1), strict=False):
            step.bind(training.data, order)
            epoch.append(Repeated(step.steps, times))
        for totals, rows in zip(all_totals, kept, strict=True):
            epoch.append(Operation(metrics.keep, totals, rows, position))
        epoch.append(Operation(movement.advance, position, 1))

        compiled.reset()
        model.cursor[0] = 0
        Steps(epoch).run(number)
        training.pace = (time.perf_counter() - start) / (number * training.batches)
        return self.results(kept)

    def orders(self, number: int) -> np.ndarray:
        """The orders of samples of so many epochs, one after the other; draws the next one too."""
        training = self.training
        orders = np.tile(training.order, (number + 1, 1))
        if self.shuffle and self.shuffle != "batch":  # rows are drawn as one permutation each
            assert self.random is not None
            plain = np.tile(np.arange(training.data.samples), (number, 1))
            self.random.permuted(plain, axis=1, out=orders[1:])
            training.order[:] = orders[-1]
        elif self.shuffle:
            for row in orders[1:]:
                training.restart(self.shuffle, self.random)
                row[:] = training.order
        return orders[:-1].reshape(-1)

    def results(self, kept: list[np.ndarray]) -> dict[str, list[float]]:
        """What `compiled.results()` was at the end of each epoch; it is left at the last one."""
        compiled = self.training.model.compiled
        loss, *others = kept
        compiled.loss_totals[:] = loss[-1]
        found = {"loss": (loss[:, 0] / loss[:, 1]).tolist()}
        for metric, rows in zip(compiled.metrics, others, strict=True):
            found[metric.name] = [self.result(metric, row) for row in rows]
        return found

    @staticmethod
    def result(metric: Any, totals: np.ndarray) -> float:
        metric.totals[:] = totals
        return metric.result()


def needs_python(step: Any) -> bool:
    """Whether something is done between two batches: by hooks, or to bring two threads together."""
    return bool(step.program.before or step.program.after or step.steps.halved)
