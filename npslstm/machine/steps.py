"""Lists of operations that run without Python: once, many times over, in parts, or in segments."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from typing import Any

from .blas_threads import ONE_THREAD
from .compiler import INTERPRETED, LOCK, driver_address
from .operations import REPETITIONS, Aside, InterpretedListing, Listing, Operation, Parts, interpret

# OpenBLAS uses threads from about 2^18 multiplications; arrays of fewer elements than this do not
# reach that in any product.
SPLIT_BY_BLAS = 4096


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
        self.runner: Any = InterpretedListing(self.operations) if INTERPRETED else self.listing
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


def run_once(kernel: Callable[..., None], *arguments: Any) -> None:
    """Compile a kernel if it is not yet, and run it on these arguments."""
    Steps([Operation(kernel, *arguments)]).run()
