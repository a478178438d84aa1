"""Operations: kernels bound to their arguments, and what a list of them is for compiled code.

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

from .compiler import INTERPRETED, address_of, driver_address, entries, width

REPETITIONS = 3  # where a list's table says how often it runs
UNBOUND = np.zeros(0)


class Operation:
    """A kernel bound to its arguments. Arrays must be C-contiguous; they are kept alive here.

    `steps` has what runs it.
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
        if not self.starts:
            self.find_starts()
        self.arguments[position] = UNBOUND  # for as long as the table may have half of it: Ctrl-C
        table = self.table
        for slot, number in enumerate(entries(array), self.starts[position]):
            table[slot] = number
        self.arguments[position] = array

    def unbind(self, position: int) -> None:
        """Let go of an array: `rebind` comes before the next run."""
        if not self.starts:
            self.find_starts()
        self.arguments[position] = UNBOUND

    def find_starts(self) -> None:
        """While the arguments still have the ranks that the table has."""
        self.starts = [0, *itertools.accumulate(map(width, self.arguments))]

    @property
    def largest(self) -> int:
        """Number of elements of the largest array that it works on."""
        return max(map(size, self.arguments), default=0)


class Parts(tuple):
    """Lists of operations that are parts of a piece of work: none reads what another writes."""


class Aside:
    """Something that is done in Python between two operations: a user's function, random draws."""

    __slots__ = ("action",)
    kernel = None

    def __init__(self, action: Callable[[], None]) -> None:
        self.action = action


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
        self.function = None if INTERPRETED else driver_function("run")

    def repeat(self, repetitions: int) -> None:
        """How often the next run goes through the list."""
        if repetitions != self.repetitions:
            self.table[REPETITIONS] = self.repetitions = repetitions

    def run(self, repetitions: int) -> None:
        if repetitions != self.repetitions:  # `repeat`, without a call
            self.table[REPETITIONS] = self.repetitions = repetitions
        self.function(self.address)  # type: ignore[misc]


@functools.cache
def driver_function(name: str) -> Callable[[int], None]:
    """A function of `driver`, called through ctypes: a tenth of the time of a call of Numba's, and
    other Python threads go on meanwhile."""
    return ctypes.CFUNCTYPE(None, ctypes.c_int64)(driver_address(name))


class InterpretedListing:
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
