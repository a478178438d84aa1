"""Many epochs in one go, for a fit that nobody looks at: no callbacks, no validation, no progress.

An epoch is then one list of operations as well, its batches and the keeping of its results, and
runs again and again without Python in between. The numbers are those of one epoch after the other.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from ..kernels import data_movement, metrics
from ..machine.operations import Operation
from ..machine.steps import Repeated, Segments, Steps
from .batch_run import SECONDS_BETWEEN_LOOKS, BatchRun
from .step import Step

MOST_POSITIONS = 2**18  # of the orders of samples that are drawn at once: 2 MB


class FusedEpochs:
    """The epochs of a training that nobody looks at."""

    def __init__(
        self, training: BatchRun, shuffle: Any, random: np.random.Generator | None
    ) -> None:
        self.training = training
        self.shuffle = shuffle
        self.random = random

    def possible(self, wanted: int) -> int:
        """How many epochs to run in one go: as many as fit between two looks for Ctrl-C."""
        training = self.training
        if not training.pace or any(map(needs_python, self.steps())):
            return 1
        fitting = int(SECONDS_BETWEEN_LOOKS / (training.pace * training.batches))
        return max(1, min(wanted, fitting, MOST_POSITIONS // training.data.samples))

    def steps(self) -> list[Step]:
        """The step for whole batches, and the one for what is left, if anything is."""
        training = self.training
        sizes = training.batch_size, training.data.samples % training.batch_size
        return [training.step(size) for size in filter(None, sizes)]

    def run(self, number: int) -> dict[str, list[float]]:
        """So many epochs. Returns the results of each, by name."""
        training, start = self.training, time.perf_counter()
        order = self.orders(number)
        with training.model.lock.change:
            kept = self.run_steps(number, order)
        training.pace = (time.perf_counter() - start) / (number * training.batches)
        return self.results(kept)

    def run_steps(self, number: int, order: np.ndarray) -> np.ndarray:
        """The totals (epochs, rows, 2) of so many epochs; rows: see `Results`.

        The steps of an epoch hand each other the place in the data and the sums so far.
        """
        training = self.training
        samples, position = training.data.samples, np.zeros(1, np.int64)
        steps = self.steps()
        first, last = steps[0], steps[-1]
        totals = first.totals.reshape(1, -1), last.totals.reshape(1, -1)
        kept = np.zeros((number, last.totals.size))
        epoch: list[Operation] = []
        for step, times in zip(steps, (samples // training.batch_size, 1), strict=False):
            step.bind(training.data, order)
            step.cursor[0], step.totals[...] = 0, 0
            assert isinstance(step.steps, Steps)  # see `possible`
            epoch.append(Repeated(step.steps, times))
            if step is first and last is not first:
                epoch.append(Operation(data_movement.copy, first.cursor, last.cursor))
                epoch.append(Operation(data_movement.copy, *totals))
        epoch.append(Operation(metrics.keep, totals[1], kept, position))
        if last is not first:
            epoch.append(Operation(data_movement.copy, last.cursor, first.cursor))
            epoch.append(Operation(data_movement.copy, totals[1], totals[0]))  # zeros
        epoch.append(Operation(data_movement.advance, position, 1))
        Steps(epoch).run(number)
        return kept.reshape(number, *last.totals.shape)

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

    def results(self, kept: np.ndarray) -> dict[str, list[float]]:
        """The results of each epoch, by name; those of the training are left at the last one."""
        results = self.training.results
        assert results is not None
        results.totals[...] = kept[-1]
        return results.of_epochs(kept)


def needs_python(step: Step) -> bool:
    """Whether something is done in Python between two batches."""
    return isinstance(step.steps, Segments)
