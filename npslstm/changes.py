"""What an experimenter does to a cell: each gate or state q becomes keep * q + put.

T time steps, B batch, H units, as in `scan`. A cell calls `act` and `move` on its way forward,
`acting` and `d_move` on its way back. Where nobody experiments these are functions that do nothing,
and compiled code is as if they were not there. The functions are fields, not methods, so that
compiled code is specialised by them; hence each is handed the bundle that it is taken from.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .primitives import each2, each3, multiply


class Change(NamedTuple):
    """What becomes of one kind of number; (0, 0, 0) for nothing."""

    keep: np.ndarray  # (T, B, 4H) or (T, B, H)
    put: np.ndarray


# ---- for one sample at one step ----------------------------------------------------------------


def act(rows, changes):
    """Change the gates. Returns an object whose `gates` are the changed ones: those of the step
    stay as they were."""
    each3(keep_and_put, changes.gates, changes.of_gates.keep, rows.gates, changes.of_gates.put)
    return changes


def acting(rows, changes):
    """Returns an object whose `gates` are those that acted in the forward pass."""
    return changes


def move(change, q):
    """Change a state."""
    each3(keep_and_put, q, change.keep, q, change.put)


def d_move(change, dq):
    """The mirror of `move`, and of `act`."""
    each2(multiply, dq, dq, change.keep)


def keep_and_put(keep, q, put):
    return keep * q + put


def at(changes, t, n):
    """What is changed of sample n at step t."""
    of_gates = Change(changes.of_gates.keep[t, n], changes.of_gates.put[t, n])
    of_c = Change(changes.of_c.keep[t, n], changes.of_c.put[t, n])
    of_h = Change(changes.of_h.keep[t, n], changes.of_h.put[t, n])
    return RowChanges(
        of_gates, of_c, of_h, changes.gates[t, n],
        changes.act, changes.acting, changes.move, changes.d_move,
    )  # fmt: skip


# ---- where nobody experiments ------------------------------------------------------------------


def as_they_are(rows, changes):
    return rows


def stay(change, q):
    pass


def nowhere(changes, t, n):
    return changes


# ---- bundles -------------------------------------------------------------------------------------


class RowChanges(NamedTuple):
    """`Changes` for one sample at one step."""

    of_gates: Change
    of_c: Change
    of_h: Change
    gates: np.ndarray
    act: Callable[..., Any]
    acting: Callable[..., Any]
    move: Callable[..., None]
    d_move: Callable[..., None]


class Changes(NamedTuple):
    """What becomes of gates, c and h. `gates` (T, B, 4H) takes the gates as they are changed."""

    of_gates: Change
    of_c: Change
    of_h: Change
    gates: np.ndarray
    act: Callable[..., Any] = act
    acting: Callable[..., Any] = acting
    move: Callable[..., None] = move
    d_move: Callable[..., None] = d_move
    at: Callable[..., RowChanges] = at


def no_changes(dtype: np.dtype) -> Changes:
    """The cell left to itself."""
    none = np.zeros((0, 0, 0), dtype)
    nothing = Change(none, none)
    return Changes(
        nothing, nothing, nothing, none, as_they_are, as_they_are, stay, stay, nowhere
    )
