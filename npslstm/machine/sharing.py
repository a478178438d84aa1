"""Work that several threads share: compiled functions that hand out the parts of a piece of work.

The threads of a crew agree through integers in memory, its cells, which live as long as the
process. No part waits for a helper to come: what nobody has taken yet, the thread that has the work
does itself. Who waits for a part that a helper has begun gives way to other threads, and after a
long wait, as on a busy machine, works alone for a while. Which thread does a part changes no
result.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import cfunc

from .driver import add, array_at, call, exchange, load, now, store

OPERATION: dict[str, Any] = {"_nrt": False}  # see `options`
PATIENCE = 1000  # looks at what another thread writes, about a microsecond, before giving way
LINGER = 500 * PATIENCE  # looks before a helper that nobody needs goes to sleep
LATE = 50_000  # nanoseconds: a wait that is longer, and longer than to do those parts, is too long
FEWEST_ALONE, MOST_ALONE = 16, 4096  # pieces of work that are then done without helpers
MOST_PARTS = 255  # of a piece of work, as a ticket holds them

# What a crew's table holds. First the addresses of its cells:
#   TICKET   number of the piece of work, how many parts it has, and the next part to take
#   WORK     address of the table of that piece, as `share` has it
#   DONE     parts of it that helpers have finished
#   OWNER    1 while a thread shares its work
#   NEEDED   how many lists that have such work are running: helpers stay awake for them
#   AWAKE    how many helpers are awake
#   ALONE    pieces of work to do without helpers, and PENALTY, how many after the next long wait
# then the address of two integers for the clock to write to, and those of functions: `run`, the
# system's function that lets other threads run, and its clock (0 if there is none), with its kind.
TICKET, WORK, DONE, OWNER, NEEDED, AWAKE, ALONE, PENALTY = range(8)
TIME, RUN, GIVE_WAY, CLOCK, CLOCK_KIND = range(8, 13)
CELLS, ENTRIES = 8, 13


@cfunc("void(int64)", **OPERATION)
def share(table):
    """Do a piece of work in parts, with the help of threads that are there.

    table: how many parts, the address of the addresses of their lists, that of the crew's table.
    """
    fields = array_at(table, (3,), np.int64)
    parts = fields[0]
    lists = array_at(fields[1], (parts,), np.int64)
    crew = array_at(fields[2], (ENTRIES,), np.int64)
    helped = load(crew[AWAKE]) > 0 and exchange(crew[OWNER], 0, 1)
    if helped and load(crew[ALONE]) > 0:
        store(crew[ALONE], load(crew[ALONE]) - 1)
        store(crew[OWNER], 0)
        helped = False
    if not helped:
        for k in range(parts):
            call(crew[RUN], lists[k])
        return

    store(crew[WORK], table)
    store(crew[DONE], 0)
    number = (load(crew[TICKET]) >> 16) + 1
    store(crew[TICKET], (number << 16) | (parts << 8))
    begin = now(crew[CLOCK], crew[CLOCK_KIND], crew[TIME])
    own = 0
    while True:
        ticket = load(crew[TICKET])
        part = ticket & 255
        if part >= parts:
            break
        if exchange(crew[TICKET], ticket, ticket + 1):
            call(crew[RUN], lists[part])
            own += 1
    middle = now(crew[CLOCK], crew[CLOCK_KIND], crew[TIME])
    looks = 0
    while load(crew[DONE]) < parts - own:
        looks += 1
        if looks > PATIENCE:
            call(crew[GIVE_WAY], 0)
    end = now(crew[CLOCK], crew[CLOCK_KIND], crew[TIME])
    penalty = load(crew[PENALTY])
    if end - middle > LATE and (end - middle) * own > (middle - begin) * (parts - own):
        store(crew[ALONE], penalty)
        store(crew[PENALTY], min(2 * penalty, MOST_ALONE))
    elif penalty > FEWEST_ALONE:
        store(crew[PENALTY], penalty - 1)
    store(crew[OWNER], 0)


@cfunc("void(int64)", **OPERATION)
def run_shared(table):
    """Run a list that has shared work. table: addresses of the list's table and the crew's."""
    fields = array_at(table, (2,), np.int64)
    crew = array_at(fields[1], (ENTRIES,), np.int64)
    add(crew[NEEDED], 1)
    call(crew[RUN], fields[0])
    add(crew[NEEDED], -1)


@cfunc("void(int64)", **OPERATION)
def help_others(table):
    """A helper: take parts of others' work, until there has been none for a while.

    table: the crew's. The work's own table is read only after a part of it was taken: then its
    owner waits, and nothing of it can be gone.
    """
    crew = array_at(table, (ENTRIES,), np.int64)
    add(crew[AWAKE], 1)
    looks = 0
    while looks < LINGER or load(crew[NEEDED]) > 0:
        ticket = load(crew[TICKET])
        part, parts = ticket & 255, (ticket >> 8) & 255
        if part < parts and exchange(crew[TICKET], ticket, ticket + 1):
            fields = array_at(load(crew[WORK]), (3,), np.int64)
            lists = array_at(fields[1], (parts,), np.int64)
            call(crew[RUN], lists[part])
            add(crew[DONE], 1)
            looks = 0
            continue
        looks += 1
        if looks % PATIENCE == 0:
            call(crew[GIVE_WAY], 0)
    add(crew[AWAKE], -1)
