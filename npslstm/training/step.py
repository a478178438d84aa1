"""One batch as one list of operations: out of the data, through the model, into the results.

A step is made once for a model, a purpose and a batch shape. An epoch is then the same list run
again and again, while a cursor moves through the data; Python is not needed in between.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..arrays import time_major_shape
from ..kernels import data_movement
from ..kernels import metrics as metric_kernels
from ..machine.operations import Operation
from ..program import Program, Signal
from ..protocols import AnyModel
from .data import Data

NO_ORDER = np.zeros(0, np.int64)


class Step:
    """The operations for batches of `size` samples shaped like those of `data`.

    purpose: 'train', 'test' or 'predict'. `order` (N,) names the samples in the order in which they
    are used, `cursor` (1,) how many were used. totals (rows, 2): see `Results`.
    """

    def __init__(self, model: AnyModel, compiled: Any, purpose: str, size: int, data: Data) -> None:
        train = purpose == "train"
        self.size = size
        self.program = Program(model.dtype, train, learns=train, forgets=not train, in_parts=True)
        self.cursor = np.zeros(1, np.int64)
        self.totals = np.zeros((0, 2))
        self.gathers: list[Operation] = []
        self.scatters: list[Operation] = []
        self.order = NO_ORDER
        self.pace = 0.0  # seconds a batch took lately
        parameters = model.parameters if train else None  # brings the weights into one vector

        self.xs = [self.program.input(*time_major_shape((size, *x.shape[1:]))) for x in data.xs]
        for array, x in zip(data.xs, self.xs, strict=True):
            self.gather(array, x.value)
        written = model.write(self.program, *self.xs)
        self.ys: tuple[Signal, ...] = written if isinstance(written, tuple) else (written,)
        after: list[Operation] = []
        if purpose == "predict":
            self.scatters = [scatter(y.value, self.cursor) for y in self.ys]
            after += self.scatters
        else:
            self.write_results(compiled, data)
        if train:
            after += compiled.optimizer.operations(parameters)
            self.program.after += model.constraint_actions()
        after.append(Operation(data_movement.advance, self.cursor, size))
        self.steps = self.program.steps(before=self.gathers, after=after)

    @property
    def nbytes(self) -> int:
        """Memory of its buffers."""
        return self.program.nbytes

    # ---- losses and metrics --------------------------------------------------------------------

    def write_results(self, compiled: Any, data: Data) -> None:
        """Losses and metrics of all outputs, and the sum of the losses."""
        program, objectives = self.program, compiled.objectives
        self.totals = np.zeros((compiled.rows, 2))
        aims = [
            Aim(y, *self.of_batch(y, target, weights))
            for y, target, weights in zip(self.ys, data.ys, data.weights, strict=True)
        ]
        row = 1
        for weighted in (False, True):
            for objective, aim in zip(objectives, aims, strict=True):
                for metric in objective.weighted if weighted else objective.plain:
                    rows = aim.weighted if weighted else aim.plain
                    metric.write(program, aim.y, aim.target, rows, self.totals[row])
                    row += 1
        parts = []
        for objective, aim in zip(objectives, aims, strict=True):
            if objective.loss is None:
                if aim.y.gradient.size:  # nothing pulls at this output
                    program.backward(data_movement.clear, aim.y.gradient)
                continue
            factor = 1.0 if objective.factor is None else objective.factor
            part = objective.loss.write(program, aim.y, aim.target, aim.weights, factor)
            parts.append((part, factor))
        total = self.sum_of(parts, row)
        program.forward(
            metric_kernels.track_loss, total, program.penalty, self.size, self.totals[0]
        )

    def sum_of(self, parts: list[tuple[np.ndarray, float]], row: int) -> np.ndarray:
        """All losses as one, each of several tracked in a row of its own, from `row` on."""
        if len(parts) == 1 and parts[0][1] == 1.0:
            return parts[0][0]
        total, no_penalty = np.zeros(1), np.zeros(1)
        self.program.forward(data_movement.clear, total)
        for number, (part, factor) in enumerate(parts):
            self.program.forward(metric_kernels.add_loss, part, np.array([factor]), total)
            if len(parts) > 1:
                # each batch counts as one, a smaller one too: so it does in Keras's compiled steps
                self.program.forward(
                    metric_kernels.track_loss, part, no_penalty, 1, self.totals[row + number]
                )
        return total

    def of_batch(
        self, y: Signal, target: np.ndarray | None, weights: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """A batch's targets as rows, its weights, and weights for metrics without and with these:
        0 at masked steps."""
        nothing = self.program.zeros(0)
        if target is None:
            return self.program.zeros(0, 0), nothing, nothing, nothing
        targets = self.program.zeros(*time_major_shape((self.size, *target.shape[1:])))
        self.gather(target, targets)
        of_rows = nothing
        if weights is not None:
            rows = self.program.zeros(*time_major_shape((self.size, *weights.shape[1:], 1)))
            self.gather(weights[..., None], rows)
            of_rows = rows.reshape(-1)
        masked = self.masked(y, nothing), self.masked(y, of_rows)
        return targets.reshape(-1, targets.shape[-1]), of_rows, *masked

    def masked(self, y: Signal, weights: np.ndarray) -> np.ndarray:
        """Row weights for metrics: 0 at masked steps, else the given ones, or 1."""
        if not y.mask.size:
            return weights
        T, B = y.mask.shape
        given = weights.reshape(T, B) if weights.size else self.program.zeros(0, 0)
        masked = self.program.zeros(T, B)
        self.program.forward(metric_kernels.weigh_by_mask, y.mask, given, masked)
        return masked.reshape(-1)

    def gather(self, data: np.ndarray, batch: np.ndarray) -> None:
        """Have each batch of `data` copied into `batch`, which has the time axis first."""
        self.gathers.append(gather(flat(data), batch, self.cursor))

    # ---- running -------------------------------------------------------------------------------

    def bind(self, data: Data, order: np.ndarray, outs: Sequence[np.ndarray] = ()) -> None:
        """Use these arrays from now on; `outs` receive predictions."""
        if order is self.order:  # bound to them before, in the same call
            return
        arrays = [*data.xs]
        if len(self.gathers) > len(arrays):  # not to predict
            for target, weights in zip(data.ys, data.weights):  # noqa: B905 - of each output
                if target is not None:
                    arrays.append(target)
                if weights is not None:
                    arrays.append(weights[..., None])
        for operation, array in zip(self.gathers, arrays, strict=True):
            operation.rebind(0, array if array.ndim <= 3 else flat(array))
            operation.rebind(1, order)
        for operation, out in zip(self.scatters, outs):  # noqa: B905 - none but to predict
            operation.rebind(2, flat(out))
        self.order = order

    def release(self) -> None:
        """Let go of the user's arrays: `bind` comes before the next run."""
        self.order = NO_ORDER
        for operation in self.gathers:
            operation.unbind(0)
        for operation in self.scatters:
            operation.unbind(2)

    def takes(self, x: np.ndarray) -> bool:
        """Whether x, samples first, is one batch as it is."""
        return len(self.xs) == 1 and time_major_shape(x.shape) == self.xs[0].shape

    def run(self, repetitions: int = 1) -> None:
        """The next `repetitions` batches."""
        self.steps.run(repetitions)


class Aim(NamedTuple):
    """An output with what it is compared with: see `Step.of_batch`."""

    y: Signal
    target: np.ndarray
    weights: np.ndarray
    plain: np.ndarray
    weighted: np.ndarray


def flat(data: np.ndarray) -> np.ndarray:
    """(N, F) or (N, T, F): what lies behind the third axis run together."""
    return data if data.ndim <= 3 else data.reshape(*data.shape[:2], -1)


def gather(data: np.ndarray, batch: np.ndarray, cursor: np.ndarray) -> Operation:
    """What copies a batch out of `data` into `batch`, which has the time axis first."""
    kernel = data_movement.gather_rows
    if batch.ndim >= 3:
        kernel = data_movement.gather_sequences
        batch = batch.reshape(*batch.shape[:2], -1)
    return Operation(kernel, data, np.zeros(0, np.int64), cursor, batch)


def scatter(batch: np.ndarray, cursor: np.ndarray) -> Operation:
    """Copies each batch of outputs to its place among all of them."""
    if batch.ndim < 3:
        return Operation(data_movement.scatter_rows, batch, cursor, np.zeros((0, 0), batch.dtype))
    batch = batch.reshape(*batch.shape[:2], -1)
    nothing = np.zeros((0, 0, 0), batch.dtype)
    return Operation(data_movement.scatter_sequences, batch, cursor, nothing)
