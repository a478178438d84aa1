"""The programs of a model or a layer that are not at work, by what they are for.

A program holds addresses of its buffers: one thread at a time may use it. Whoever needs one takes
it off its shelf and puts it back afterwards; two threads that ask at the same time get two. Those
used lately stay, within a bound of bytes (`config.set_program_memory`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, NamedTuple

from . import config
from .seqlock import LOCKED
from .watch import Clock


class Shelf(list):
    """Idle programs for one purpose. Taking the last one off, and putting one on, are single steps
    of the interpreter: no other thread can come between."""

    recent = True  # used since somebody looked for room


class Loan(NamedTuple):
    """A program that was taken out, and what it takes to put it back."""

    program: Any
    key: Any
    shelf: Shelf
    generation: int


class Pool:
    """Shelves of programs. A program is any object with `nbytes`, the memory of its buffers.

    state() tells what the programs were written from: when it changes, they are dropped.
    """

    def __init__(self, state: Callable[[], Any]) -> None:
        self.state = state
        self.seen: Any = None  # the state, when it was asked for last
        self.time = -1  # of the Clock then
        self.generation = 0
        self.shelves: dict[Any, Shelf] = {}
        self.renew_lock()
        LOCKED.add(self)

    def renew_lock(self) -> None:
        self.lock = threading.Lock()

    def shelf(self, key: Any) -> Shelf | None:
        """Where programs for this are, if there were any; `pop` one and `append` it afterwards."""
        if self.time != Clock.time:
            self.look()
        return self.shelves.get(key)

    def take(
        self, key: Any, make: Callable[[], Any], prepare: Callable[[], Any] | None = None
    ) -> Loan:
        """A program for this, made if there is none idle; before that, `prepare` may change what
        programs are written from."""
        if self.time != Clock.time:
            self.look()
        generation = self.generation  # before the shelf, which may be replaced at any moment
        shelf = self.shelves.get(key)
        if shelf is not None:
            shelf.recent = True
            try:
                return Loan(shelf.pop(), key, shelf, generation)
            except IndexError:
                pass
        if prepare is not None:
            prepare()
            self.shelf(key)
        generation = self.generation
        program = make()
        with self.lock:
            if generation != self.generation:  # obsolete before it was used
                return Loan(program, key, Shelf(), generation)
            shelf = self.shelves.setdefault(key, Shelf())
            self.make_room(key, program.nbytes)
        return Loan(program, key, shelf, generation)

    def put_back(self, loan: Loan) -> None:
        """End a loan. A program that became obsolete meanwhile is dropped."""
        if loan.generation != self.generation:
            return
        if self.shelves.get(loan.key) is loan.shelf:
            loan.shelf.append(loan.program)
            return
        with self.lock:  # its shelf went to make room for others
            if loan.generation == self.generation:
                self.shelves.setdefault(loan.key, Shelf()).append(loan.program)
                self.make_room(loan.key, 0)

    def is_current(self, generation: int) -> bool:
        """Whether a program of this generation, that is out, is what it was: not obsolete."""
        if self.time != Clock.time:
            self.look()
        return generation == self.generation

    def make_room(self, key: Any, needed: int) -> None:
        """Drop programs that were not used lately until this one fits beside them, in any case the
        latest of its own kind stays."""
        shelves = self.shelves
        own = shelves[key] = shelves.pop(key)  # now the latest
        room = config.program_memory() - needed - sum(map(memory, shelves.values()))
        for chance in (False, True):
            for old in list(shelves)[:-1]:
                if room >= 0:
                    return
                if shelves[old].recent and not chance:
                    shelves[old].recent = False
                else:
                    room += memory(shelves.pop(old))
        while room < 0 and len(own) > 1:
            room += own.pop(0).nbytes

    def look(self) -> None:
        """Drop all programs if what they were written from has changed."""
        time, state = Clock.time, self.state()
        with self.lock:
            if state != self.seen:
                self.shelves = {}
                self.generation += 1
                self.seen = state
            self.time = time

    def clear(self) -> None:
        """Drop all programs, those at work when they are put back."""
        with self.lock:
            self.shelves = {}
            self.generation += 1

    def __len__(self) -> int:
        return sum(map(len, self.shelves.values()))


def memory(shelf: Shelf) -> int:
    return sum(program.nbytes for program in list(shelf))
