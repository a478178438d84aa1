"""What a trace consists of: for each LSTM layer, the numbers of the six equations of `cell`.

Axes of every array: samples, time steps, units (z and gates: samples, time steps, 4, units, the 4
in the order i, f, g, o; of another cell in the order of its gates). Only what was asked for is
kept; `samples`, `steps` and `units` say which ones those are, in the numbers of the model and the
data.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...arguments import is_whole, plain, shown
from ...bundles import Cell, State, Weights
from ...cell import LSTM
from ..names import quantities

ARRAYS = ("x", "mask", "z", "gates", "c", "a", "h")


@dataclass(frozen=True, eq=False)
class LayerTrace:
    """One LSTM layer's numbers.

    x (samples, steps, features) what it read, mask (samples, steps) False where a step was passed
    over: there z, gates and a are NaN, c and h those that are carried on. z before and gates after
    squashing, with `i`, `f`, `g`, `o` and `z_i`, `z_f`, `z_g`, `z_o` for short; c the cell state, a
    = tanh(c), h the output (samples, steps, units). before, after: the State (h, c), each (samples,
    units), with which each sample began and ended. steps count in the order of reading, so for
    go_backwards from the end of the sequence.
    """

    name: str
    x: np.ndarray
    mask: np.ndarray
    z: np.ndarray
    gates: np.ndarray
    c: np.ndarray
    a: np.ndarray
    h: np.ndarray
    before: State
    after: State
    weights: Weights
    samples: np.ndarray
    steps: np.ndarray
    units: np.ndarray
    time_steps: int  # how many there were, kept or not
    activation: str
    recurrent_activation: str
    go_backwards: bool
    cell: Cell = LSTM

    def __getattr__(self, name: str) -> np.ndarray:
        """i, f, g, o, and z_i, z_f, z_g, z_o: views of `gates` and `z`."""
        if name.startswith("__") or name == "cell":  # asked for before there is anything
            raise AttributeError(name)
        known = quantities(self.cell)
        if name in known and name[-1] in self.cell.gates:
            return (self.z if name[:-1] else self.gates)[:, :, self.cell.gates.index(name[-1])]
        raise AttributeError(f"A layer's trace has no {name!r}; it has {', '.join(known)}.")

    @property
    def all_units(self) -> int:
        """How many units the layer has, kept or not."""
        return self.weights.U.shape[0]

    @property
    def positions(self) -> np.ndarray:
        """Where in the sequence each step's x stands: the steps, or counted from the end."""
        return self.time_steps - 1 - self.steps if self.go_backwards else self.steps

    @property
    def nbytes(self) -> int:
        """Memory of the arrays, in bytes."""
        states = (*self.before, *self.after, *self.weights)
        return sum(array.nbytes for array in (*(getattr(self, n) for n in ARRAYS), *states))

    def sample(self, number: int) -> int:
        """The row of a sample. Raises ValueError if it was not kept."""
        return row_of(number, self.samples, "sample", self.name)

    def step(self, number: int) -> int:
        """The row of a time step. Raises ValueError if it was not kept."""
        return row_of(number, self.steps, "step", self.name)

    def unit(self, number: int) -> int:
        """The row of a unit. Raises ValueError if it was not kept."""
        return row_of(number, self.units, "unit", self.name)

    def __repr__(self) -> str:
        n, t, u = self.c.shape
        masked = int((~self.mask).sum())
        passed = f", {masked} steps masked" if masked else ""
        return (
            f"<LayerTrace '{self.name}': {n} samples, {t} of {self.time_steps} steps, {u} of "
            f"{self.all_units} units{passed}, {self.nbytes / 1e6:.2f} MB>"
        )


def joined(pieces: list[LayerTrace]) -> LayerTrace:
    """Traces of the same samples, the steps of one behind those of the other.

    Raises ValueError unless each begins with the state in which the one before it ended.
    """
    for earlier, later in itertools.pairwise(pieces):
        check_follows(earlier, later)
    arrays: dict[str, Any] = {
        name: np.concatenate([getattr(piece, name) for piece in pieces], axis=1) for name in ARRAYS
    }
    begins = itertools.accumulate((piece.time_steps for piece in pieces), initial=0)
    *starts, whole = begins
    steps = [start + piece.steps for start, piece in zip(starts, pieces, strict=True)]
    arrays |= {"steps": np.concatenate(steps), "after": pieces[-1].after}
    return replace(pieces[0], **arrays, time_steps=whole)


def check_follows(earlier: LayerTrace, later: LayerTrace) -> None:
    """Raise ValueError unless one trace can stand behind the other."""
    if earlier.go_backwards or later.go_backwards:
        raise ValueError(
            f"Layer '{earlier.name}' reads backwards: its later piece comes first, so that traces "
            "of two pieces are no trace of the whole."
        )
    axes = "units", "samples"
    alike = all(np.array_equal(getattr(earlier, a), getattr(later, a)) for a in axes)
    if earlier.name != later.name or not alike:
        raise ValueError(
            "Traces add up if they hold the same layers, samples and units; these are of "
            f"'{earlier.name}' {earlier.c.shape} and '{later.name}' {later.c.shape}."
        )
    if not all(np.array_equal(*pair) for pair in zip(earlier.after, later.before, strict=True)):
        raise ValueError(
            f"In layer '{earlier.name}' the later trace does not begin with the state in which the "
            "earlier one ended. Make it with trace(model, x, after=earlier); if the model is "
            "stateful, trace both with update_state=True, and put batches that follow on each "
            "other in order first: earlier.end_to_end() + later.end_to_end()."
        )


def row_of(number: Any, kept: np.ndarray, what: str, layer: str) -> int:
    """Where `number` stands among those kept. Raises ValueError, saying which were kept."""
    if not is_whole(plain(number)):
        raise ValueError(f"One {what} is asked for, a number; received {shown(number)}.")
    rows = np.flatnonzero(kept == number)
    if len(rows) == 0:
        raise ValueError(
            f"There is no {what} {shown(number)} in the trace of layer '{layer}'; it holds "
            f"{described(kept)}."
        )
    return int(rows[0])


def described(kept: np.ndarray) -> str:
    """Index numbers in few words: '0 to 27', or '0, 3, 5'."""
    if len(kept) > 2 and (np.diff(kept) == 1).all():
        return f"{kept[0]} to {kept[-1]}"
    text = ", ".join(map(str, kept[:12]))
    return text + (", ..." if len(kept) > 12 else "")
