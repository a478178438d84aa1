"""Two threads for one list of operations: the second one takes half of each large piece of work.

Each thread has a list of its own. They meet before and after every pair of halves, inside of the
compiled code, so that an epoch needs neither Python nor the operating system to keep them together.
What is computed, and in which order it is added up, does not depend on the number of threads.
"""

from __future__ import annotations

import atexit
import ctypes
import functools
import os
import threading
import time
from collections.abc import Sequence
from queue import SimpleQueue

import numpy as np

from .compiler import driver_address
from .operations import REPETITIONS, Listing, Operation, compiled

# Numbers between two that threads write: a cache line, so that neither disturbs the other.
APART = 8
AWAY = 0  # what the second thread does, as `driver` has it


def threads() -> int:
    """How many threads may run at once: the cores, or the environment's NUMBA_NUM_THREADS."""
    wanted = os.environ.get("NUMBA_NUM_THREADS")
    if wanted:
        return int(wanted)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def meet(own: np.ndarray, others: np.ndarray) -> None:
    """One thread meets nobody; for two there is `driver.meet`."""


class Meeting(Operation):
    """Waits until the other thread has come to its meeting as well."""

    def __init__(self, own: np.ndarray, others: np.ndarray) -> None:
        self.kernel, self.arguments = meet, [own, others]
        addresses = own.ctypes.data, others.ctypes.data, give_way()
        self.table = np.array(addresses, np.int64)
        self.address = driver_address("meet")


class Pair:
    """The lists of two threads, made from groups of one list of operations or of two halves."""

    def __init__(self, groups: Sequence[Sequence[Sequence[Operation]]]) -> None:
        self.met = np.zeros(2 * APART, np.int64)
        counters = self.met[:1], self.met[APART : APART + 1]
        lists: tuple[list[Operation], list[Operation]] = ([], [])
        for group in groups:
            if len(group) == 1:
                lists[0].extend(group[0])
                continue
            for k in (0, 1):
                meeting = Meeting(counters[k], counters[1 - k])
                lists[k].extend([meeting, *group[k], meeting])
        self.lists = tuple(map(Listing, lists))
        self.done = np.zeros(1, np.int64)
        addresses = *(each.address for each in self.lists), self.done.ctypes.data
        self.table = np.array([*SECOND.table, *addresses], np.int64)

    def run(self, repetitions: int) -> bool:
        """Run both lists; False if there is no second thread to be had, and nothing was done."""
        self.met[:], self.done[:] = 0, 0
        for listing in self.lists:
            listing.table[REPETITIONS] = repetitions
        for _ in range(2):  # it may go to sleep between these two lines
            if not SECOND.wake():
                return False
            compiled("together")(self.table.ctypes.data)
            if self.done[0]:
                return True
        return False


class SecondThread:
    """The thread that helps the others. It is kept, and stays awake for a moment after each list:
    to wake it costs more than many a list takes. Nothing is handed to it from Python, so that an
    error in Python, or Ctrl-C, never leaves one of two threads to wait for the other."""

    def __init__(self) -> None:
        self.cells = np.zeros(3 * APART, np.int64)  # see `driver.attend`
        self.over = False
        self.forget()

    def forget(self) -> None:
        """A new process has no second thread yet."""
        self.cells[:] = AWAY
        self.calls: SimpleQueue[None] = SimpleQueue()
        self.lock = threading.Lock()
        self.started = False

    @functools.cached_property
    def table(self) -> np.ndarray:
        cells = self.cells.ctypes.data + self.cells.itemsize * APART * np.arange(3)
        return np.array([*cells, driver_address("run"), give_way()], np.int64)

    def wake(self) -> bool:
        """See that it is awake, or will be in a moment; False if there can be none: for one thing,
        while Python is being shut down."""
        if self.over:
            return False
        if self.cells[0] == AWAY:
            with self.lock:
                if not self.started:
                    thread = threading.Thread(target=self.serve, name="npslstm", daemon=True)
                    try:
                        thread.start()
                    except RuntimeError:
                        return False
                    self.started = True
            self.calls.put(None)
        return True

    def serve(self) -> None:
        """What the second thread does, for as long as the process lives."""
        calls, attend = self.calls, compiled("attend")
        calls.get()
        while not self.over:
            attend(self.table.ctypes.data)
            calls.get()

    def finish(self) -> None:
        """Let it fall asleep, which takes a moment, before Python takes the compiled code away."""
        self.over = True
        end = time.monotonic() + 1
        while self.cells[0] != AWAY and time.monotonic() < end:
            time.sleep(1e-4)


SECOND = SecondThread()
atexit.register(SECOND.finish)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=SECOND.forget)


@functools.cache
def give_way() -> int:
    """The address of the system's function that lets other threads run."""
    if os.name == "nt":
        function = ctypes.WinDLL("kernel32").SwitchToThread  # type: ignore[attr-defined]
    else:
        function = ctypes.CDLL(None).sched_yield
    address = ctypes.cast(function, ctypes.c_void_p).value
    assert address is not None
    return address
