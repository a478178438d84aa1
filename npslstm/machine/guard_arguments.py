"""Check of addresses inside arrays: each argument of a kernel beside a guard page of its own.

A weight is a view into a model's vector of weights, half a batch one into the whole: what reads
past its end reads a neighbour, where no page is guarded. So a list of operations that is new, or
has been given other arguments, runs once operation by operation, on copies of the arguments; what
changed is copied back.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from .blas_threads import ONE_THREAD
from .compiler import width
from .operations import REPETITIONS, Listing, Operation
from .steps import Repeated, Steps


def install() -> None:
    """Let all operations run so from now on."""
    usual = Steps.run
    seen: WeakKeyDictionary[Steps, bytes] = WeakKeyDictionary()  # arguments that were checked

    def run(steps: Steps, repetitions: int = 1) -> None:
        tables = b"".join(operation.table.tobytes() for operation in steps.operations)
        if repetitions and seen.get(steps) != tables:
            ONE_THREAD.enter()  # as `Steps.run` does, for the same bits
            try:
                run_guarded(steps)
            finally:
                ONE_THREAD.leave()
            seen[steps] = tables
            repetitions -= 1
        if repetitions:
            usual(steps, repetitions)

    Steps.run = run  # type: ignore[assignment, method-assign]


def run_guarded(steps: Steps) -> None:
    """Run each operation once, on copies of its arguments."""
    for operation in steps.operations:
        if isinstance(operation, Repeated):
            run_guarded(operation.steps)
            rest = with_own_table(operation)
            rest.table[REPETITIONS] -= 1
            Listing([rest]).run(1)
        else:
            on_copies(operation)


def with_own_table(operation: Operation) -> Operation:
    """The same operation, whose table may be changed: Ctrl-C leaves the operation as it was."""
    own = Operation.__new__(Operation)
    own.kernel, own.arguments = operation.kernel, operation.arguments
    own.address, own.table = operation.address, operation.table.copy()
    return own


def on_copies(operation: Operation) -> None:
    """Run an operation on copies of its arguments. Arrays that share memory share a copy."""
    own = with_own_table(operation)
    copies, finished = [], []
    for group in overlapping(list(arrays_of(operation.arguments))):
        start = min(a.ctypes.data for _, a in group)
        size = max(a.ctypes.data + a.nbytes for _, a in group) - start
        copy = np.empty(size, np.uint8)  # ends at a guard page, see `guard`
        copies.append(copy)
        ctypes.memmove(copy.ctypes.data, start, size)
        finished.append(writer_back(copy, start))
        for slot, array in group:
            own.table[slot] = array.ctypes.data - start + copy.ctypes.data
    run_as(operation.kernel, lambda: Listing([own]).run(1))
    for write_back in finished:
        write_back()


def run_as(kernel: Callable[..., None], run: Callable[[], None]) -> None:
    """Call `run` so that the traceback of a crash in it names the kernel, its file and its line."""
    code = kernel.__code__
    call = compile("\n" * (code.co_firstlineno - 1) + "run()", code.co_filename, "exec")
    exec(call.replace(co_name=code.co_name), {"run": run})


def writer_back(copy: np.ndarray, start: int) -> Callable[[], None]:
    """A function that copies back to `start` what has changed: other arrays may be read-only."""
    before = copy.tobytes()

    def write_back() -> None:
        if copy.tobytes() != before:
            ctypes.memmove(start, copy.ctypes.data, copy.nbytes)

    return write_back


def arrays_of(arguments: Any, slot: int = 0) -> Iterator[tuple[int, np.ndarray]]:
    """The arrays in an operation's arguments, each with the place of its address in the table."""
    for argument in arguments:
        if isinstance(argument, tuple):
            yield from arrays_of(argument, slot)
        elif isinstance(argument, np.ndarray):
            yield slot, argument
        slot += width(argument)


def overlapping(arrays: list[tuple[int, np.ndarray]]) -> list[list[tuple[int, np.ndarray]]]:
    """The arrays in groups that share memory; each empty one is a group of its own."""
    groups: list[list[tuple[int, np.ndarray]]] = [[pair] for pair in arrays if not pair[1].nbytes]
    end = 0
    for pair in sorted((p for p in arrays if p[1].nbytes), key=lambda p: p[1].ctypes.data):
        start = pair[1].ctypes.data
        if start >= end:
            groups.append([])
        groups[-1].append(pair)
        end = max(end, start + pair[1].nbytes)
    return groups
