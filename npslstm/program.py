"""A Program is a model written out as operations, for one shape of batch, with all its buffers.

Layers write themselves into it in order: each adds the operations of its forward pass, and those
of its backward pass, which run in the opposite order. Between two layers stands a Signal. Nothing
is allocated once a program exists; running it is a walk over its operations.

Inside a program a batch of sequences has its time axis first: (T, B, F), where users write
(samples, time steps, features). Other batches are (B, F).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from .arrays import zeros
from .kernels import data_movement, penalties
from .machine.operations import Aside, Operation, Parts
from .machine.steps import Segments, Steps, listed
from .parameters import Variable
from .scan import NO_MASK

# A batch is cut into parts of at least WORTH_A_PART multiplications, some 40 microseconds, beside
# which waiting for other threads counts for little (two parts may be half as large). More than two
# are made only if each has SAMPLES_OF_A_PART samples, since each reads all weights.
WORTH_A_PART = 2**21
SAMPLES_OF_A_PART = 32
MOST_PARTS = 32


class Signal:
    """What one layer hands to the next: a value, its gradient, and its mask.

    value (B, F) or (T, B, F); gradient of the same shape, size 0 where nobody needs it; mask
    (T, B), or size 0. Where the value is directly the output of a softmax or sigmoid, `squashed_by`
    names it, `logits` is the signal before it (crossentropies are exact on logits), and
    `squash_backward` the operation that leads back to it.
    """

    def __init__(self, value: np.ndarray, gradient: np.ndarray, mask: np.ndarray = NO_MASK) -> None:
        self.value = value
        self.gradient = gradient
        self.mask = mask
        self.squashed_by = ""
        self.logits: Signal | None = None
        self.squash_backward: Operation | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape

    @property
    def rows(self) -> np.ndarray:
        """The value as a matrix with a row for each sample, or each step of each sample."""
        return rows(self.value)

    @property
    def gradient_rows(self) -> np.ndarray:
        return rows(self.gradient) if self.gradient.size else self.nothing(2)

    def nothing(self, ndim: int) -> np.ndarray:
        """An empty array: the argument for what a kernel need not compute."""
        return np.zeros((0,) * ndim, self.value.dtype)


def parts_of(number: int, parts: int) -> list[tuple[int, int]]:
    """The numbers from 0 to before `number` in parts of about one size, from the first to before
    the last of each."""
    return list(pairwise(number * k // parts for k in range(parts + 1)))


def rows(array: np.ndarray) -> np.ndarray:
    """All axes but the last run together."""
    return array.reshape(-1, array.shape[-1])


class Program:
    """Operations and buffers of a model for one batch shape; one thread at a time may use them.

    training: dropout drops, batch normalization uses the batch. learns: gradients are wanted.
    keeps_z: tapes keep every z, for a reader who wants to see them. forgets: tapes keep no gates,
    only the outputs are wanted. in_parts: large pieces of work are written as parts, for threads.
    """

    def __init__(
        self, dtype: Any, training: bool = False, learns: bool = False, keeps_z: bool = False,
        forgets: bool = False, in_parts: bool = False,
    ) -> None:  # fmt: skip
        self.dtype = np.dtype(dtype)
        self.training = training
        self.learns = learns
        self.keeps_z = keeps_z
        self.forgets = forgets
        self.in_parts = in_parts
        self.forward_operations: list[Any] = []  # Operation, Parts or Aside
        self.backward_operations: list[Any] = []  # in forward order; they run reversed
        self.before: list[Callable[[], None]] = []  # in Python, first: dropout's masks
        self.after: list[Callable[[], None]] = []  # in Python, last: constraints
        # of each recurrent layer, by its identity: the records of its calls, and, for who studies
        # pieces of a sequence, the states that these begin with
        self.tapes: dict[int, list[Any]] = {}
        self.starts: dict[int, list[Any]] | None = None
        self.written: set[int] = set()  # weights whose gradients are written, by their identity
        self.penalized: set[int] = set()  # weights whose penalties are there
        self.penalty = np.zeros(1)  # what regularizers add to the loss
        self.steps_in_batch = 1  # time steps that are there as samples: see `TimeDistributed`
        self.has_penalty = False
        self.nbytes = 0  # of its buffers
        # for who calls a layer or a model by itself: the places of the data and of the outputs, and
        # the steps from one to the other
        self.sources: list[Signal] = []
        self.results: tuple[Signal, ...] = ()
        self.forward_steps: Any = None

    def zeros(self, *shape: int, dtype: Any = None) -> np.ndarray:
        """A buffer."""
        buffer = zeros(shape, dtype or self.dtype)
        self.nbytes += buffer.nbytes
        return buffer

    def signal(self, *shape: int, mask: np.ndarray = NO_MASK) -> Signal:
        """A signal with buffers of its own."""
        gradient = self.zeros(*shape) if self.learns else self.zeros(*(0,) * len(shape))
        return Signal(self.zeros(*shape), gradient, mask)

    def input(self, *shape: int, needs_gradient: bool = False, masked: bool = False) -> Signal:
        """The signal that the data is written into; its gradient is rarely wanted."""
        mask = np.ones(shape[:2], np.bool_) if masked else NO_MASK
        if needs_gradient and self.learns:
            return self.signal(*shape, mask=mask)
        return Signal(self.zeros(*shape), self.zeros(*(0,) * len(shape)), mask)

    def forward(self, kernel: Callable[..., None], *arguments: Any) -> None:
        """Add an operation to the end of the forward pass."""
        self.forward_operations.append(Operation(kernel, *arguments))

    def backward(self, kernel: Callable[..., None], *arguments: Any) -> None:
        """Add an operation to the front of the backward pass."""
        if self.learns:
            self.backward_operations.append(Operation(kernel, *arguments))

    def aside(self, action: Callable[[], None]) -> None:
        """Have Python do something after all that the forward pass has so far."""
        self.forward_operations.append(Aside(action))

    def backward_aside(self, action: Callable[[], None]) -> None:
        """Have Python do something before all that the backward pass has so far."""
        if self.learns:
            self.backward_operations.append(Aside(action))

    def parts(self, samples: int, multiplications: int) -> list[tuple[int, int]]:
        """The samples of a batch in parts, from the first to before the last of each. How many that
        are depends on these numbers alone, whatever the machine: results are the same bits."""
        number = 1
        if self.in_parts and samples > 1 and multiplications >= WORTH_A_PART:
            most = min(MOST_PARTS, multiplications // WORTH_A_PART)
            number = max(2, min(most, samples // SAMPLES_OF_A_PART))
        return parts_of(samples, number)

    def forward_together(self, parts: Sequence[Sequence[Operation]]) -> None:
        """Add to the end of the forward pass a piece of work in parts, which threads may share."""
        self.forward_operations += parts[0] if len(parts) == 1 else [Parts(parts)]

    def backward_together(self, parts: Sequence[Operation]) -> None:
        """Add to the front of the backward pass operations that threads may share."""
        if self.learns:
            single = len(parts) == 1
            self.backward_operations += parts if single else [Parts([part] for part in parts)]

    def penalize(
        self, value: np.ndarray, gradient: np.ndarray, regularizer: Any, scale: float
    ) -> None:
        """Add a regularizer's penalty on `value` to the loss, its gradient to `gradient`."""
        if not self.has_penalty:
            self.has_penalty = True
            self.forward(data_movement.clear, self.penalty)
        settings = np.array([regularizer.l1, regularizer.l2, scale])
        self.forward(penalties.forward, value.reshape(-1), settings, self.penalty)
        if gradient.size:
            self.backward(penalties.backward, value.reshape(-1), settings, gradient.reshape(-1))

    def fork(self, x: Signal, readers: int) -> list[Signal]:
        """A signal for each of its readers, which write gradients of their own; these add up. What
        nobody reads has none, but for what penalties add to it."""
        if not readers and x.gradient.size:
            self.backward(data_movement.clear, x.gradient)
        if readers <= 1 or not x.gradient.size:
            return [x] * readers
        ways = []
        for _ in range(readers):
            way = Signal(x.value, self.zeros(*x.shape), x.mask)
            way.squashed_by, way.logits = x.squashed_by, x.logits
            way.squash_backward = x.squash_backward
            ways.append(way)
        for way in ways[:0:-1]:
            self.backward(data_movement.add, way.gradient_rows, x.gradient_rows)
        self.backward(data_movement.copy, ways[0].gradient_rows, x.gradient_rows)  # runs first
        return ways

    def gradient_of(self, variable: Variable) -> np.ndarray:
        """Where a layer writes a weight's gradient: its own place; a scratch one while frozen, and
        where the layer is used once more, whose gradient is added at the end."""
        if variable.gradient is None:
            return self.zeros(*variable.shape)
        if id(variable) not in self.written:
            self.written.add(id(variable))
            return variable.gradient
        more = self.zeros(*variable.shape)
        rows_ = (variable.shape[0], -1) if len(variable.shape) > 1 else (1, -1)
        adding = Operation(data_movement.add, more.reshape(rows_), variable.gradient.reshape(rows_))
        self.backward_operations.insert(0, adding)
        return more

    def steps(
        self,
        before: list[Operation] | None = None,
        between: list[Operation] | None = None,
        after: list[Operation] | None = None,
    ) -> Steps | Segments:
        """Random draws, forward, `between` (the loss), backward, as one list to run; then `after`,
        and what is done to the weights in Python."""
        return listed([
            *map(Aside, self.before), *(before or []), *self.forward_operations, *(between or []),
            *self.backward_operations[::-1], *(after or []), *map(Aside, self.after),
        ])  # fmt: skip

    def draw(self) -> None:
        """Draw what is random anew, for steps that were listed without it."""
        for action in self.before:
            action()
