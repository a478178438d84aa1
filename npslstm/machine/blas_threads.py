"""One thread for BLAS while compiled lists run, and its own number again when the last has ended.

BLAS would split even small products, which costs more than it gains, and on a busy machine a
thousand times more; and the bits of a product depend on how it was split. OpenBLAS has one number
for the whole process, and threadpoolctl sets it for one Python thread only (the first that asked),
so here it is counted how many lists are running, in all threads together.

A new process never begins in the middle of such a list either: OpenBLAS has locks of its own, and
one that another thread holds at that moment would never be given back in the new process.
"""

from __future__ import annotations

import functools
import os
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from .compiler import LOCK

PATIENCE = 1.0  # seconds that a fork waits for lists to end; they are a twentieth of one long
PAUSE = 2e-4  # seconds between two looks
AFFIXES = [(p, s) for p in ("", "scipy_") for s in ("", "64_", "_64")]  # of OpenBLAS's functions


class Library(NamedTuple):
    """How to get and set a BLAS library's number of threads."""

    get: Callable[[], int]
    set: Callable[[int], Any]


class OneThread:
    """`enter` before a list runs, `leave` afterwards; in any threads."""

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        # A plain lock: Ctrl-C can come in the middle of Condition.__enter__, which is Python, and
        # leave it locked.
        self.lock = threading.Lock()
        self.running: list[int] = []  # the threads whose lists are running
        self.found: list[int] = []
        self.forks = 0  # that are about to happen

    def enter(self) -> None:
        thread = threading.get_ident()
        while self.forks:
            time.sleep(PAUSE)
        with self.lock:
            if thread in self.running:  # lists do not run within each other: it was interrupted
                return
            if not self.running:
                self.found = [library.get() for library in libraries()]
                for library, number in zip(libraries(), self.found, strict=True):
                    if number != 1:
                        library.set(1)
            self.running.append(thread)

    def leave(self) -> None:
        with self.lock:
            thread = threading.get_ident()
            if thread in self.running:
                self.running.remove(thread)
            if not self.running:
                self.restore()

    def restore(self) -> None:
        """Where somebody else has set another number meanwhile, that one stays."""
        for library, number in zip(libraries(), self.found, strict=True):
            if number != 1 and library.get() == 1:
                library.set(number)

    def before_fork(self) -> None:
        """Let nobody begin, and wait until those that are running have ended."""
        end = time.monotonic() + PATIENCE
        with self.lock:
            self.forks += 1
        while {*self.running} - {threading.get_ident()} and time.monotonic() < end:
            time.sleep(PAUSE)

    def after_fork_here(self) -> None:
        """In the process that has forked."""
        with self.lock:
            self.forks -= 1

    def after_fork(self) -> None:
        """The threads whose lists were running are not in the new process."""
        if self.running:
            self.restore()
        self.renew()


ONE_THREAD = OneThread()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=ONE_THREAD.before_fork, after_in_parent=ONE_THREAD.after_fork_here,
        after_in_child=ONE_THREAD.after_fork,
    )  # fmt: skip


@functools.cache
def libraries() -> list[Library]:
    """NumPy's and SciPy's BLAS."""
    with LOCK:  # a new process never begins in the middle of an import
        from threadpoolctl import ThreadpoolController

        controllers = ThreadpoolController().select(user_api="blas").lib_controllers
    return [functions_of(controller) for controller in controllers]


def functions_of(controller: Any) -> Library:
    """OpenBLAS's own functions; those of threadpoolctl for other libraries."""
    if controller.internal_api == "openblas":
        for prefix, suffix in AFFIXES:
            names = [f"{prefix}openblas_{verb}_num_threads{suffix}" for verb in ("get", "set")]
            if all(hasattr(controller.dynlib, name) for name in names):
                return Library(*(getattr(controller.dynlib, name) for name in names))
    return Library(controller.get_num_threads, controller.set_num_threads)
