"""Operations, kernels bound to their arguments, and lists of them that run without Python.

`Operation(kernel, *arguments)` compiles a plain function of arrays, NamedTuples of arrays, integers
and functions, which writes its results in place, and keeps the arguments' addresses in a table, so
that running it costs no argument passing. With NUMBA_DISABLE_JIT=1 the same objects simply call the
kernel.
"""

from __future__ import annotations

import ctypes
import functools
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .blas_threads import ONE_THREAD
from .compiler import INTERPRETED, LOCK, address_of, driver_address, entries, width

# OpenBLAS uses threads from about 2^18 multiplications; arrays of fewer elements than this do not
# reach that in any product.
SPLIT_BY_BLAS = 4096
REPETITIONS = 3  # where a list's table says how often it runs
UNBOUND = np.zeros(0)


class Operation:
    """A kernel bound to its arguments. Arrays must be C-contiguous; they are kept alive here.

    Call it to run it once, or hand several to `Steps`.
    """

    __slots__ = ("address", "arguments", "kernel", "starts", "table")

    def __init__(self, kernel: Callable[..., None], *arguments: Any) -> None:
        self.kernel = kernel
        self.arguments = list(arguments)
        self.starts: list[int] = []  # of each argument in the table, once that is asked for
        self.table = np.array([n for a in arguments for n in entries(a)], np.int64)
        self.address = 0 if INTERPRETED else address_of(kernel, arguments)

    def rebind(self, position: int, array: np.ndarray) -> None:
        """Let argument `position` be `array` from now on: same dtype and rank, any shape."""
        if self.arguments[position] is array:
            return
        self.unbind(position)  # for as long as the table may have half of it: Ctrl-C
        table = self.table
        for slot, number in enumerate(entries(array), self.starts[position]):
            table[slot] = number
        self.arguments[position] = array

    def unbind(self, position: int) -> None:
        """Let go of an array: `rebind` comes before the next run."""
        if not self.starts:  # first, while the arguments still have the ranks that the table has
            self.starts = [0, *itertools.accumulate(map(width, self.arguments))]
        self.arguments[position] = UNBOUND

    def __call__(self) -> None:
        Steps([self]).run()

    @property
    def largest(self) -> int:
        """Number of elements of the largest array that it works on."""
        return max(map(size, self.arguments), default=0)


class Repeated(Operation):
    """Some steps, run several times over, as one operation of other steps."""

    __slots__ = ("steps",)

    def __init__(self, steps: Steps, repetitions: int) -> None:
        self.steps = steps
        self.kernel = functools.partial(interpret, steps.operations, repetitions)
        self.arguments = []
        self.table = steps.listing.table.copy()
        self.table[REPETITIONS] = repetitions
        self.address = 0 if INTERPRETED else driver_address("run")

    @property
    def largest(self) -> int:
        return max((o.largest for o in self.steps.operations), default=0)


class Parts(tuple):
    """Lists of operations that are parts of a piece of work: none reads what another writes."""


class Steps:
    """Operations in the order in which they run; `run(n)` runs them all, n times over.

    Parts run at the same time where there are several cores, else one after the other, with the
    same results. Matrix products keep to one thread (see `blas_threads`).
    """

    def __init__(self, operations: Sequence[Operation | Parts]) -> None:
        groups = [o if isinstance(o, Parts) else ([o],) for o in operations]
        self.operations = tuple(o for group in groups for part in group for o in part)
        self.parts = max(map(len, groups), default=1)  # of the piece of work that has most
        self.helpers: int = max(  # how many threads more are of use, where there are so many
            (o.steps.helpers for o in self.operations if isinstance(o, Repeated)), default=0
        )
        listed: Sequence[Operation] = self.operations
        if self.parts > 1 and not INTERPRETED:
            with LOCK:  # a new process never begins in the middle of an import
                from .threads import Shared, threads

            if threads() > 1:
                self.helpers = max(self.helpers, min(threads(), self.parts) - 1)
                listed = [Shared(group) if len(group) > 1 else group[0][0] for group in groups]
        self.listing: Listing = Listing(listed)
        self.runner: Any = Interpreted(self.operations) if INTERPRETED else self.listing
        if self.helpers:
            from .threads import SharedListing

            self.runner = SharedListing(self.listing, self.helpers)
        largest = max((o.largest for o in self.operations), default=0)
        self.uses_blas_threads = largest >= SPLIT_BY_BLAS

    def run(self, repetitions: int = 1) -> None:
        if not self.uses_blas_threads:
            self.runner.run(repetitions)
            return
        ONE_THREAD.enter()
        try:
            self.runner.run(repetitions)
        finally:
            ONE_THREAD.leave()


class Aside:
    """Something that is done in Python between two operations: a user's function, random draws."""

    __slots__ = ("action",)
    kernel = None

    def __init__(self, action: Callable[[], None]) -> None:
        self.action = action


class Segments:
    """A list with Python in it: compiled lists, and asides between them."""

    def __init__(self, operations: Sequence[Operation | Parts | Aside]) -> None:
        self.parts: list[Callable[[], None]] = []
        self.operations: tuple[Operation, ...] = ()
        for aside, group in itertools.groupby(operations, lambda o: isinstance(o, Aside)):
            if aside:
                self.parts += [one.action for one in group]  # type: ignore[union-attr]
            else:
                steps = Steps(list(group))  # type: ignore[arg-type]
                self.operations += steps.operations
                self.parts.append(steps.run)

    def run(self, repetitions: int = 1) -> None:
        for _ in range(repetitions):
            for part in self.parts:
                part()


def listed(operations: Sequence[Operation | Parts | Aside]) -> Steps | Segments:
    """Operations as one compiled list, or as segments if there is Python between them."""
    if any(isinstance(operation, Aside) for operation in operations):
        return Segments(operations)
    return Steps(operations)  # type: ignore[arg-type]


class Listing:
    """Operations as `driver.run` takes them: the address of a table."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        self.operations = operations  # keeps their tables alive
        self.functions = np.array([o.address for o in operations], np.int64)
        self.tables = np.array([o.table.ctypes.data for o in operations], np.int64)
        arrays = self.functions.ctypes.data, self.tables.ctypes.data
        self.table = np.array([*arrays, len(operations), 1], np.int64)
        self.address = self.table.ctypes.data
        self.repetitions = 1
        self.function = None if INTERPRETED else compiled("run")

    def repeat(self, repetitions: int) -> None:
        """How often the next run goes through the list."""
        if repetitions != self.repetitions:
            self.table[REPETITIONS] = self.repetitions = repetitions

    def run(self, repetitions: int) -> None:
        if repetitions != self.repetitions:
            self.table[REPETITIONS] = self.repetitions = repetitions
        self.function(self.address)  # type: ignore[misc]


@functools.cache
def compiled(name: str) -> Callable[[int], None]:
    """A function of `driver`, called through ctypes: a tenth of the time of a call of Numba's, and
    other Python threads go on meanwhile."""
    return ctypes.CFUNCTYPE(None, ctypes.c_int64)(driver_address(name))


class Interpreted:
    """Operations that run in the interpreter, as `Listing`."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        self.operations = operations

    def run(self, repetitions: int) -> None:
        interpret(self.operations, repetitions)


def interpret(operations: Sequence[Operation], repetitions: int) -> None:
    """What `driver.run` does, in the interpreter."""
    with np.errstate(all="ignore"):  # inf and NaN pass silently, as they do in compiled code
        for _ in range(repetitions):
            for operation in operations:
                operation.kernel(*operation.arguments)


def size(argument: Any) -> int:
    """Number of elements of the largest array in an argument."""
    if isinstance(argument, tuple):
        return max(size(a) for a in argument)
    return argument.size if isinstance(argument, np.ndarray) else 0
