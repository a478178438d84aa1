"""SequenceLock: lets any number of threads read a model's numbers, and one change them at a time.

Reading needs no lock: a prediction that was made while nobody changed anything is right, and one
that was not is made again. Threads that have to wait get their turn in the order in which they
came.

Layers that models have in common join their locks: whoever trains one model changes the other.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import sys
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

LOOK = 0.05  # seconds after which a waiting thread looks for itself whether it is its turn
PATIENCE = 20  # such looks before it asks whether the owner still needs the lock
PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep
AGES = itertools.count()
JOINING = threading.RLock()  # locks are joined one after the other


class SequenceLock:
    """`with lock:` nobody changes the numbers; `with lock.change:` this thread does.

    version: odd while numbers are being changed, and another one afterwards.
    turn: a lock for calls that go on for a while and must not mix, such as two trainings.
    """

    def __init__(self) -> None:
        self.age = next(AGES)
        self.version = 0
        self.changes = 0  # how deep this thread is within `change`
        self.joined: SequenceLock | None = None
        self.change = Changing(self)
        self.renew()
        LOCKS.add(self)

    def renew(self) -> None:
        """New locks, as for a new process, in which only this thread goes on."""
        self.mutex = threading.RLock()
        self.turn = threading.RLock()
        self.waiting: deque[Any] = deque()

    def root(self) -> SequenceLock:
        """The lock that stands for all that are joined: the oldest."""
        lock = self
        while lock.joined is not None:
            lock = lock.joined
        return lock

    def __enter__(self) -> SequenceLock:
        if self.waiting or not self.mutex.acquire(False):
            self.wait()
        return self

    def wait(self) -> None:
        """Take the mutex when it is this thread's turn; at once if this thread has it already."""
        if self.mutex._is_owned():  # type: ignore[attr-defined]
            self.mutex.acquire()
            return
        ticket = threading.Lock()
        ticket.acquire()
        self.waiting.append(ticket)
        looks = 0
        try:
            while not (self.waiting[0] is ticket and self.mutex.acquire(False)):
                if not ticket.acquire(timeout=LOOK):
                    looks += 1
                    if looks % PATIENCE == 0 and is_abandoned(self.mutex):
                        self.mutex, self.changes = threading.RLock(), 0
                        self.version += self.version & 1
        except BaseException:  # Ctrl-C while it waits
            self.waiting.remove(ticket)
            self.call_next()
            raise
        self.waiting.remove(ticket)

    def __exit__(self, *error: Any) -> None:
        self.mutex.release()
        if self.waiting:
            self.call_next()

    def call_next(self) -> None:
        """Wake the thread that has waited longest."""
        with contextlib.suppress(IndexError, RuntimeError):  # nobody waits, or it was woken already
            self.waiting[0].release()

    def read(self, run: Callable[[], Any]) -> Any:
        """What `run()` returns when nobody changes the numbers meanwhile. It may be run twice."""
        version = self.version
        if not version & 1:
            found = run()
            if self.version == version:
                return found
        with self:
            return run()

    def after_fork(self) -> None:
        """Threads that had the lock in the parent process are not in this one."""
        self.waiting.clear()
        if not self.mutex._is_owned():  # type: ignore[attr-defined]
            self.version += self.version & 1
            self.changes = 0
            self.renew()


class Changing:
    """The context in which a lock's numbers may be changed; it may be entered within itself."""

    __slots__ = ("lock",)

    def __init__(self, lock: SequenceLock) -> None:
        self.lock = lock

    def __enter__(self) -> None:
        lock = self.lock
        if lock.waiting or not lock.mutex.acquire(False):
            lock.wait()
        lock.changes += 1
        if lock.changes == 1:
            lock.version |= 1

    def __exit__(self, *error: Any) -> None:
        lock = self.lock
        lock.changes -= 1
        if lock.changes == 0:
            lock.version += 1
        lock.mutex.release()
        if lock.waiting:
            lock.call_next()


def join(locks: Iterable[SequenceLock]) -> None:
    """One lock for what several guarded: the oldest, so that a new model of old layers changes
    nothing for who uses these."""
    with JOINING:
        roots = {root.age: root for lock in locks for root in [lock.root()]}
        first, *others = [roots[age] for age in sorted(roots)]
        for other in others:
            with first.change, other.change:  # nobody is in the middle of a change or a reading
                other.joined = first


def is_abandoned(mutex: Any) -> bool:
    """Whether the thread that has a lock is not in this package any more: Ctrl-C can come between
    taking a lock and the `with` block that gives it back."""
    owner = re.search(r"owner=(\d+)", repr(mutex))
    if owner is None or owner[1] == "0":
        return False
    frame = sys._current_frames().get(int(owner[1]))
    while frame is not None:
        if frame.f_code.co_filename.startswith(PACKAGE):
            return False
        frame = frame.f_back
    return True


LOCKS: weakref.WeakSet[SequenceLock] = weakref.WeakSet()
# What has a lock of its own, held for moments: `renew_lock` gives it a new one in a new process,
# in which the thread that may have held it is not.
LOCKED: weakref.WeakSet[Any] = weakref.WeakSet()


def renew_all() -> None:
    global JOINING
    JOINING = threading.RLock()
    for lock in list(LOCKS):
        lock.after_fork()
    for thing in list(LOCKED):
        thing.renew_lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=renew_all)
