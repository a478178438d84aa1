"""Two threads for one list of operations: the second one takes half of each large piece of work.

Each thread has a list of its own. They meet before and after every pair of halves, inside of the
compiled code, so that an epoch needs neither Python nor the operating system to keep them together.
What is computed, and in which order it is added up, does not depend on the number of threads.
"""

from __future__ import annotations

import ctypes
import functools
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from .compiler import driver_address
from .operations import Listing, Operation

APART = 8  # numbers between the two counters: a cache line, so that they do not disturb each other


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
    """The lists of two threads, made from groups of one operation or of two halves."""

    def __init__(self, groups: Sequence[Sequence[Operation]]) -> None:
        self.met = np.zeros(2 * APART, np.int64)
        counters = self.met[:1], self.met[APART : APART + 1]
        lists: tuple[list[Operation], list[Operation]] = ([], [])
        for group in groups:
            if len(group) == 1:
                lists[0].append(group[0])
                continue
            for k in (0, 1):
                meeting = Meeting(counters[k], counters[1 - k])
                lists[k].extend([meeting, group[k], meeting])
        self.first, self.second = map(Listing, lists)

    def run(self, repetitions: int) -> bool:
        """Run both lists; False if there is no second thread to be had, and nothing was done."""
        self.met[:] = 0
        claim, second = [True], None
        try:
            second = helper().submit(self.follow, claim, repetitions)
            self.first.run(repetitions)
        except RuntimeError:  # Python is being shut down
            return False
        finally:
            # Ctrl-C may have come before the first list began: then either the second one is kept
            # from beginning, or it has begun, and waits for the first.
            if not self.met[0] and not taken(claim):
                self.first.run(repetitions)
            if second is not None:
                second.result()
        return True

    def follow(self, claim: list[bool], repetitions: int) -> None:
        """What the second thread does."""
        if taken(claim):
            self.second.run(repetitions)


def taken(claim: list[bool]) -> bool:
    """Whether the caller is the first of two threads to take the claim's only element."""
    try:
        return claim.pop()
    except IndexError:
        return False


@functools.cache
def helper() -> ThreadPoolExecutor:
    """The second thread, which is kept."""
    return ThreadPoolExecutor(1, "npslstm")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=helper.cache_clear)  # a new process has no second thread


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
