"""One batch as one list of operations: out of the data, through the model, into the results.

A step is made once for a model, a purpose and a batch shape. An epoch is then the same list run
again and again, while a cursor moves through the data; Python is not needed in between.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import inward_shape
from ..kernels import metrics as metric_kernels
from ..kernels import movement
from ..kernels.operations import Operation
from ..program import Program, Signal
from .data import Data

NO_ORDER = np.zeros(0, np.int64)


class Step:
    """The operations for batches of `size` samples shaped like those of `data`.

    purpose: 'train', 'test' or 'predict'. `order` (N,) names the samples in the order in which they
    are used, `cursor` (1,) how many were used. totals (1 + metrics, 2): see `Results`.
    """

    def __init__(self, model: Any, compiled: Any, purpose: str, size: int, data: Data) -> None:
        train = purpose == "train"
        self.size = size
        self.program = Program(model.dtype, train, learns=train, forgets=not train, halves=True)
        self.cursor = np.zeros(1, np.int64)
        self.totals = np.zeros((0, 2))
        self.gathers: list[Operation] = []
        self.scatter: Operation | None = None
        self.order = NO_ORDER
        self.pace = 0.0  # seconds a batch took lately
        parameters = model.parameters if train else None  # brings the weights into one vector

        self.x = x = self.program.input(*inward_shape((size, *data.x.shape[1:])))
        self.gather(data.x, x.value)
        self.y = y = model.write(self.program, x)
        after: list[Operation] = []
        if purpose == "predict":
            self.scatter = scatter(y.value, self.cursor)
            after.append(self.scatter)
        else:
            self.write_results(compiled, y, data)
        if train:
            after += compiled.optimizer.operations(parameters)
            self.program.after += model.constraint_actions()
        after.append(Operation(movement.advance, self.cursor, size))
        self.steps = self.program.steps(before=self.gathers, after=after)

    @property
    def nbytes(self) -> int:
        """Memory of its buffers."""
        return self.program.nbytes

    def write_results(self, compiled: Any, y: Signal, data: Data) -> None:
        """Loss and metrics of output y."""
        assert data.y is not None
        target = self.program.zeros(*inward_shape((self.size, *data.y.shape[1:])))
        self.gather(data.y, target)
        target = target.reshape(-1, target.shape[-1])
        weights = self.program.zeros(0)
        if data.weights is not None:
            rows = self.program.zeros(*inward_shape((self.size, *data.weights.shape[1:], 1)))
            self.gather(data.weights[..., None], rows)
            weights = rows.reshape(-1)

        self.totals = np.zeros((1 + len(compiled.metrics), 2))
        plain = self.masked(y, self.program.zeros(0))
        weighted = self.masked(y, weights)
        for position, metric in enumerate(compiled.metrics):
            of_rows = weighted if compiled.is_weighted(position) else plain
            metric.write(self.program, y, target, of_rows, self.totals[1 + position])
        loss = compiled.loss.write(self.program, y, target, weights)
        self.program.forward(
            metric_kernels.track_loss, loss, self.program.penalty, self.size, self.totals[0]
        )

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
        order = np.zeros(0, np.int64)
        kernel = movement.gather_rows
        if batch.ndim >= 3:
            kernel = movement.gather_sequences
            batch = batch.reshape(*batch.shape[:2], -1)
        data = flat(data)
        self.gathers.append(Operation(kernel, data, order, self.cursor, batch))

    def bind(self, data: Data, order: np.ndarray, out: np.ndarray | None = None) -> None:
        """Use these arrays from now on; `out` receives predictions."""
        if order is self.order:  # bound to them before, in the same call
            return
        arrays = [data.x, data.y, None if data.weights is None else data.weights[..., None]]
        for operation, array in zip(self.gathers, arrays, strict=False):
            assert array is not None
            operation.rebind(0, flat(array))
            operation.rebind(1, order)
        if self.scatter is not None:
            assert out is not None
            self.scatter.rebind(2, flat(out))
        self.order = order

    def release(self) -> None:
        """Let go of the user's arrays: `bind` comes before the next run."""
        self.order = NO_ORDER
        for operation in self.gathers:
            operation.unbind(0)
        if self.scatter is not None:
            self.scatter.unbind(2)

    def takes(self, x: np.ndarray) -> bool:
        """Whether x, samples first, is one batch as it is."""
        return inward_shape(x.shape) == self.x.shape

    def run(self, repetitions: int = 1) -> None:
        """The next `repetitions` batches."""
        self.program.run(self.steps, repetitions)


def flat(data: np.ndarray) -> np.ndarray:
    """(N, F) or (N, T, F): what lies behind the third axis run together."""
    return data if data.ndim <= 3 else data.reshape(*data.shape[:2], -1)


def scatter(batch: np.ndarray, cursor: np.ndarray) -> Operation:
    """Copies each batch of outputs to its place among all of them."""
    if batch.ndim < 3:
        return Operation(movement.scatter_rows, batch, cursor, np.zeros((0, 0), batch.dtype))
    batch = batch.reshape(*batch.shape[:2], -1)
    return Operation(movement.scatter_sequences, batch, cursor, np.zeros((0, 0, 0), batch.dtype))
