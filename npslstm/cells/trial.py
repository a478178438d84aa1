"""A step of a cell tried out on rows of a few sizes, before any layer uses it."""

from __future__ import annotations

import itertools
import os
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np

from ..bundles import Cell, Errors, Rows, Squash
from ..cell import STANDARD
from ..changes import Change, RowChanges, no_changes
from ..machine.users import as_now
from ..primitives import chain, copy, each, each2, each3, each4

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
SIZES = (2, 1, 5, 64)  # units: a slip in a size may be right for some of them
PRIMITIVES = (each, each2, each3, each4, copy, chain)


class Trial:
    """A step of a cell on rows of some units, in which what is to be written is NaN at first, what
    is to be read only cannot be written, and the changes of an experimenter are those given."""

    def __init__(self, cell: Cell, changes: Any, units: int = SIZES[0]) -> None:
        self.cell = cell
        self.changes = changes
        self.units = H = units
        numbers = np.random.default_rng(0)
        gates, own = len(cell.gates), len(cell.own)

        def row(blocks: int) -> np.ndarray:
            return numbers.uniform(-1, 1, blocks * H)

        def unwritten(blocks: int) -> np.ndarray:
            return np.full(blocks * H, np.nan)

        c, a, h = unwritten(1), unwritten(1), unwritten(1)
        self.rows = Rows(row(gates), unwritten(gates), row(1), c, a, h, row(own))
        self.errors = Errors(row(1), row(1), unwritten(gates), unwritten(1), row(own))

    def forward(self) -> None:
        read_only(self.rows.c_prev, self.rows.p)
        step = strictly(self.cell.forward)
        self.attempt("forward", lambda: step(self.rows, STRICT, self.changes))
        self.require_written("forward", self.rows, "gates", "c", "a", "h")

    def backward(self) -> None:
        rows, errors = self.rows, self.errors
        read_only(*rows)
        step = strictly(self.cell.backward)
        self.attempt("backward", lambda: step(rows, errors, STRICT, self.changes))
        self.require_written("backward", errors, "z", "c")

    def attempt(self, which: str, run: Callable[[], None]) -> None:
        """Run a function of the cell. Raises ValueError, with its line, for whatever it raises."""
        try:
            with np.errstate(all="ignore"):
                run()
        except Exception as error:
            frames = traceback.extract_tb(error.__traceback__)
            own = (f for f in reversed(frames) if not f.filename.startswith(PACKAGE))
            place = next(own, frames[-1])
            advice = ""
            if isinstance(error, (ValueError, IndexError)):
                letters, weights = self.cell.gates, len(self.cell.own)
                advice = (
                    f" It was tried with {self.units} units: z and gates have a block of "
                    f"{self.units} for each of the {len(letters)} letters in gates={letters!r}, p "
                    f"one for each of the {weights} names in own."
                )
            raise ValueError(
                f"cell '{self.cell.name}': {which} fails in line {place.lineno} of "
                f"{os.path.basename(place.filename)}: {type(error).__name__}: {error}.{advice}"
            ) from error

    def require_written(self, which: str, bundle: Any, *names: str) -> None:
        for name in names:
            if np.isnan(getattr(bundle, name)).any():
                kind = type(bundle).__name__.lower()
                raise ValueError(
                    f"cell '{self.cell.name}': {which} does not write all of {kind}.{name}, or "
                    "writes NaN there."
                )


def read_only(*arrays: np.ndarray) -> None:
    for array in arrays:
        array.flags.writeable = False


def strictly(function: Any) -> Any:
    """A copy of a cell's function in which rows of other sizes are refused, which NumPy would
    spread, and rows that overlap: compiled code goes through both number by number."""
    return as_now(function, {primitive: strict(primitive) for primitive in PRIMITIVES})


def strict(function: Callable[..., None]) -> Callable[..., None]:
    """A primitive that raises ValueError for rows of different sizes, and for rows that overlap."""

    def checked(*arguments: Any) -> None:
        rows = [a for a in arguments if isinstance(a, np.ndarray)]
        for one, other in itertools.combinations(rows, 2):
            if one.shape != other.shape:
                raise ValueError(
                    f"{function.__name__} was given rows of {one.size} and of {other.size} numbers"
                )
            if one.ctypes.data != other.ctypes.data and np.shares_memory(one, other):
                raise ValueError(f"{function.__name__} was given rows that overlap")
        function(*arguments)

    checked.__name__ = checked.__qualname__ = function.__name__
    return checked


STRICT = Squash(*map(strict, STANDARD))


def try_out(cell: Cell) -> None:
    """Raise ValueError if a step of `cell` fails, or leaves something unwritten."""
    for units in SIZES:
        trial = Trial(cell, no_changes(np.dtype(np.float64)), units)
        trial.forward()
        trial.backward()


def require_changes(cell: Cell, quantity: str) -> None:
    """Raise ValueError unless experiments with a gate or a state reach it in this cell: 'gates',
    'c' or 'h', changed on the way forward and on the way back."""
    H = SIZES[0]
    gates = len(cell.gates) * H
    used: set[str] = set()
    places = {"gates": np.zeros(gates), "c": np.zeros(H), "h": np.zeros(H)}

    def noting(which: str) -> Callable[..., None]:
        def note(change: Change, _: Any) -> None:
            for name, place in places.items():  # the whole of it, or the part of one gate
                if np.shares_memory(change.keep, place):
                    used.add(f"{which} {name}")

        return note

    def act(rows: Any, changes: Any) -> Any:
        used.add("forward gates")
        return rows

    changes = {name: Change(place, place) for name, place in places.items()}
    trial = Trial(cell, RowChanges(
        changes["gates"], changes["c"], changes["h"], places["gates"],
        act, lambda rows, changes: rows, noting("forward"), noting("backward"),
    ))  # fmt: skip
    trial.forward()
    trial.backward()
    if not {f"forward {quantity}", f"backward {quantity}"} <= used:
        calls = {
            "gates": "changes.act and changes.d_move(changes.of_gates, errors.z)",
            "c": "changes.move and changes.d_move with changes.of_c",
            "h": "changes.move and changes.d_move with changes.of_h",
        }
        raise ValueError(
            f"The cell '{cell.name}' lets nobody change its {quantity}: its functions do not call "
            f"{calls[quantity]}."
        )
