"""The crew: helper threads that take parts of large pieces of work, and how work is offered.

What is computed, and in which order it is added up, does not depend on the number of threads, or on
which of them did what (see `sharing` for how they agree on that).
"""

from __future__ import annotations

import atexit
import ctypes
import functools
import os
import threading
import time
from collections.abc import Callable, Sequence
from queue import SimpleQueue

import numpy as np

from .compiler import INTERPRETED, driver_address
from .operations import Listing, Operation, driver_function, interpret

# Numbers between two that threads write: two cache lines, since processors fetch them in pairs.
APART = 16
# The cells of a crew, in the order of `sharing`, which is not imported where nothing is compiled.
NEEDED, AWAKE, PENALTY, CELLS = 4, 5, 7, 8
FEWEST_ALONE = 16


def threads() -> int:
    """How many threads may run at once: the cores, or the environment's NUMBA_NUM_THREADS."""
    wanted = os.environ.get("NUMBA_NUM_THREADS")
    if wanted:
        return int(wanted)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Shared(Operation):
    """A piece of work in parts: lists of operations, none of which reads what another writes."""

    __slots__ = ("lists", "parts")

    def __init__(self, parts: Sequence[Sequence[Operation]]) -> None:
        self.parts = tuple(Listing(part) for part in parts)
        every = [operation for part in parts for operation in part]
        self.kernel = functools.partial(interpret, every, 1)
        self.arguments = []
        self.lists = np.array([part.address for part in self.parts], np.int64)
        entries = len(self.parts), self.lists.ctypes.data, CREW.address
        self.table = np.array(entries, np.int64)
        self.address = 0 if INTERPRETED else driver_address("share")

    @property
    def largest(self) -> int:
        return max(o.largest for part in self.parts for o in part.operations)


class Crew:
    """The threads that help whoever has work to share. They are kept, and stay awake for a moment
    after each list: to wake one costs more than many a list takes. Nothing is handed to them from
    Python, so that an error in Python, or Ctrl-C, leaves no thread to wait for another."""

    def __init__(self) -> None:
        self.cells = np.zeros(CELLS * APART + 2, np.int64)  # and two for the clock
        self.over = False
        self.forget()

    def forget(self) -> None:
        """A new process has no helpers yet, and nobody in it shares work."""
        self.cells[:] = 0
        self.cells[PENALTY * APART] = FEWEST_ALONE
        self.calls: SimpleQueue[None] = SimpleQueue()
        self.lock = threading.Lock()
        self.started = 0

    @functools.cached_property
    def table(self) -> np.ndarray:
        """What compiled code is told of the crew, as `sharing` has it."""
        cells = self.cells.ctypes.data + self.cells.itemsize * APART * np.arange(CELLS + 1)
        return np.array([*cells, driver_address("run"), give_way(), *clock()], np.int64)

    @property
    def address(self) -> int:
        return 0 if INTERPRETED else self.table.ctypes.data

    @property
    def awake(self) -> int:
        return int(self.cells[AWAKE * APART])

    def wake(self, helpers: int = 1) -> None:
        """See that so many helpers are awake, or will be in a moment. Without them nothing is lost
        but time: there can be none while Python is shut down, or where no thread can be had."""
        if self.missing(helpers) <= 0:
            return
        with self.lock:
            while self.started < helpers and not self.over:
                thread = threading.Thread(target=self.serve, name="npslstm", daemon=True)
                try:
                    thread.start()
                except RuntimeError:
                    break
                self.started += 1
            for _ in range(self.missing(min(helpers, self.started))):
                self.calls.put(None)

    def missing(self, helpers: int) -> int:
        """How many of so many are neither awake nor called."""
        return 0 if self.over else helpers - int(self.cells[AWAKE * APART]) - self.calls.qsize()

    def serve(self) -> None:
        """What a helper does, for as long as the process lives."""
        calls, help_others = self.calls, driver_function("help_others")
        while True:
            calls.get()
            if self.over:
                return
            help_others(self.table.ctypes.data)

    def finish(self) -> None:
        """Let them fall asleep, which takes a moment, before Python takes compiled code away."""
        self.over = True
        end = time.monotonic() + 1
        while self.awake and time.monotonic() < end:
            time.sleep(1e-4)


CREW = Crew()
atexit.register(CREW.finish)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=CREW.forget)


class SharedListing:
    """A list with shared work, as `Listing`: for as long as it runs, helpers stay awake."""

    def __init__(self, listing: Listing, helpers: int) -> None:
        self.listing = listing
        self.helpers = helpers
        self.table = np.array([listing.address, CREW.address], np.int64)
        self.address = self.table.ctypes.data
        self.function: Callable[[int], None] = driver_function("run_shared")

    def run(self, repetitions: int) -> None:
        CREW.wake(self.helpers)
        self.listing.repeat(repetitions)
        self.function(self.address)


@functools.cache
def give_way() -> int:
    """The address of the system's function that lets other threads run."""
    if os.name == "nt":
        return pointer_to(ctypes.WinDLL("kernel32").SwitchToThread)  # type: ignore[attr-defined]
    return pointer_to(ctypes.CDLL(None).sched_yield)


@functools.cache
def clock() -> tuple[int, int]:
    """The address of the system's clock, 0 if it has none of this kind, and which clock to read."""
    if not hasattr(time, "clock_gettime"):
        return 0, 0
    return pointer_to(ctypes.CDLL(None).clock_gettime), time.CLOCK_MONOTONIC


def pointer_to(function: object) -> int:
    address = ctypes.cast(function, ctypes.c_void_p).value  # type: ignore[arg-type]
    assert address is not None
    return address
