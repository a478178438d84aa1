"""intervene: reach into a running LSTM and hold, scale or replace its gates and states.

Every number q of the scan becomes keep * q + put (see `changes.Change`). The change is part of the
forward pass and of its mirror, so that predictions, losses and gradients are those of the changed
network.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ...arguments import is_whole, plain, shown
from ...arrays import as_array, as_numbers
from ...cells import require_experiments
from ...changes import Change, Changes
from ...layers import LSTM
from ...layers.experiments import experiment_of, set_experiment
from ..models import lstm_layer
from ..names import STATES, gates_of
from ..see.traces import Trace
from ..selections import chosen, spread


@dataclass(frozen=True)
class Scale:
    """Multiply by `factor`, a number or an array for (samples, time steps, units)."""

    factor: Any


@dataclass(frozen=True)
class Transplant:
    """Take the numbers of another run; see `transplant`."""

    run: Any
    step: int | None


def scale(factor: Any) -> Scale:
    """For `intervene`: multiply instead of replacing, as in forget=scale(0.5)."""
    return Scale(as_array(factor, "factor"))


def transplant(run: Any, step: int | None = None) -> Transplant:
    """For `intervene`: the numbers that another run had at the same samples, steps and units.

    run: a Trace of the same model, or an array (samples, time steps, units) with all steps and
    units; one sample serves all. step: take them from this time step of the other run instead.

        with intervene(model, c=transplant(trace_of_4), steps=2):
            model.predict(x_of_3)
    """
    if not isinstance(run, Trace):
        run = as_array(run, "run")
    if step is not None and not is_whole(plain(step)):
        raise ValueError(f"step is the number of a time step; received {shown(step)}.")
    return Transplant(run, step)


def intervene(
    where: Any, layer: Any = None, *, units: Any = None, steps: Any = None, samples: Any = None,
    **values: Any,
) -> Intervention:  # fmt: skip
    """Change gates or states of an LSTM layer for as long as a `with` block lasts.

        with intervene(model, forget=1.0, units=[3], steps=range(2, 5)):
            model.predict(x)

    where: a model, with `layer` its LSTM (the first if None; a position, a name), or an LSTM layer.
    input, forget, candidate, output, c, h: what to change, to a number, to an array for (samples,
    time steps, units) as chosen, to scale(factor), or to transplant(run). units, steps, samples:
    where; a number, a range, a slice or a list, all if None. Several blocks on one layer may be
    nested: the inner one acts on what the outer one made.

    Everything that runs inside runs changed, with exact gradients: predict, evaluate, fit, calls of
    layers; in this thread, while other threads use the network as it is. steps count within each
    call, from 0, in the order in which the layer reads: a stateful model that is shown one step a
    batch has step 0 only, so there put a `with` around single calls. samples count within a batch:
    for a certain one among many give predict batch_size=len(x). A masked step has no gates, and
    carries its states on unchanged.

    On leaving, also by an exception, the layer is as it was before; nothing else was touched. What
    ran inside leaves what it always does: weights that were trained, the states of a stateful
    layer. Raises ValueError for other names, values and numbers; for steps and samples, and for
    shapes of values, when the first batch shows how many there are.
    """
    found = where if isinstance(where, LSTM) and layer is None else lstm_layer(where, layer)
    gates = gates_of(found.cell)
    unknown = [name for name in values if name not in (*gates, *STATES)]
    if unknown or not values:
        given = f"received {', '.join(unknown)}" if unknown else "received none of them"
        raise ValueError(
            f"{an_lstm(found)} has the gates {', '.join(gates)} and the states {', '.join(STATES)} "
            f"to intervene in; {given}. Write for example "
            f"intervene(model, {'forget' if 'forget' in gates else min(gates)}=1.0)."
        )
    for name in values:
        require_experiments(found.cell, name if name in STATES else "gates")
    parts = [read(name, value, found) for name, value in values.items()]
    return Intervention(found, parts, chosen(units, found.units, "units", name_of(found)), steps,
                        samples)  # fmt: skip


def name_of(layer: LSTM) -> str:
    return f"LSTM layer '{layer.name}'"


def an_lstm(layer: LSTM) -> str:
    """The kind of layer, as messages have it."""
    standard = layer.cell.name == "lstm"
    return "An LSTM layer" if standard else f"An LSTM layer with the cell '{layer.cell.name}'"


# ---- what a value means --------------------------------------------------------------------------


class Part(NamedTuple):
    """One gate or state, and what happens to it: times `keep`, and then `put` in addition."""

    name: str
    keep: np.ndarray
    put: np.ndarray
    whole_run: bool = False  # `put` is (samples, all time steps, all units) of another run
    step: int | None = None


def read(name: str, value: Any, layer: LSTM) -> Part:
    """A value given for a gate or a state. Raises ValueError unless it consists of numbers."""
    what = f"The value of {name}"
    if isinstance(value, float) and value != value:
        raise ValueError(f"{what} is NaN: give a number, for example {name}=0.0.")
    none = np.zeros((), layer.dtype)
    if isinstance(value, Scale):
        return Part(name, as_numbers(value.factor, layer.dtype, what).copy(), none)
    if not isinstance(value, Transplant):
        return Part(name, none, as_numbers(value, layer.dtype, what).copy())
    array, step = value.run, value.step
    if isinstance(array, Trace):
        array, step = of_trace(array, name, step, layer)
    array = as_numbers(array, layer.dtype, what).copy()
    if array.ndim != 3 or array.shape[2] != layer.units:
        raise ValueError(
            f"A transplant (run=) into {name_of(layer)} is (samples, time steps, units) of another "
            f"run with all {layer.units} units; received shape {array.shape}."
        )
    return Part(name, none, array, True, step)


def of_trace(trace: Any, name: str, step: int | None, layer: LSTM) -> tuple[np.ndarray, int | None]:
    """A gate or state in a trace, and at which row of it `step` is kept."""
    for found in trace.layers:
        if found.name == layer.name:
            whole = len(found.steps) == found.time_steps
            if len(found.units) < layer.units or (step is None and not whole):
                raise ValueError(
                    f"The trace keeps only a part of {name_of(layer)}; to transplant from it, "
                    "trace all units, and all steps unless transplant(trace, step) names one."
                )
            letter = gates_of(layer.cell).get(name, name)
            if letter not in (*found.cell.gates, *STATES):
                raise ValueError(
                    f"The trace of {name_of(layer)} is of a layer with the cell "
                    f"'{found.cell.name}', which has no {name} to transplant."
                )
            return getattr(found, letter), None if step is None else found.step(step)
    known = ", ".join(repr(found.name) for found in trace.layers)
    raise ValueError(f"The trace does not hold {name_of(layer)}; it holds {known}.")


# ---- the context ---------------------------------------------------------------------------------


class Intervention:
    """What `intervene` returns: use it in a `with` statement, as often as you like."""

    def __init__(
        self, layer: LSTM, parts: list[Part], units: np.ndarray, steps: Any, samples: Any
    ) -> None:
        self.layer = layer
        self.parts = parts
        self.units = units
        self.steps = steps
        self.samples = samples
        self.outer: list[Callable[[int, int], Changes] | None] = []

    def __enter__(self) -> Intervention:
        outer = experiment_of(self.layer)
        self.outer.append(outer)

        def changes(T: int, B: int) -> Changes:
            found = outer(T, B) if outer else no_change_yet(T, B, self.layer)
            self.write(found, T, B)
            return found

        set_experiment(self.layer, changes)
        return self

    def __exit__(self, *error: Any) -> None:
        set_experiment(self.layer, self.outer.pop())

    def write(self, changes: Changes, T: int, B: int) -> None:
        """Add this intervention to what the ones outside do."""
        steps = chosen(self.steps, T, "time steps", "a call of " + name_of(self.layer))
        samples = chosen(self.samples, B, "samples", "a batch of " + name_of(self.layer))
        shape = len(samples), len(steps), len(self.units)
        for part in self.parts:
            put = part.put
            if part.whole_run:
                put = cut_out(part, samples, steps, self.units, (B, T))
            keep, put = (spread(v, shape, part.name).swapaxes(0, 1) for v in (part.keep, put))
            change, first = place(changes, part.name, self.layer)
            at = np.ix_(steps, samples, first + self.units)
            change.put[at] = keep * change.put[at] + put
            change.keep[at] *= keep

    def __repr__(self) -> str:
        names = ", ".join(part.name for part in self.parts)
        return f"<Intervention in {names} of {name_of(self.layer)}>"


def no_change_yet(T: int, B: int, layer: LSTM) -> Changes:
    """Changes that leave everything as it is, to be written into."""
    gates, states = (T, B, layer.columns), (T, B, layer.units)
    of_gates, of_c, of_h = (
        Change(np.ones(shape, layer.dtype), np.zeros(shape, layer.dtype))
        for shape in (gates, states, states)
    )
    return Changes(of_gates, of_c, of_h, np.zeros(gates, layer.dtype))


def place(changes: Changes, name: str, layer: LSTM) -> tuple[Change, int]:
    """Where a gate or a state is changed: the arrays, and the column of its first unit."""
    gates = list(gates_of(layer.cell))
    if name in gates:
        return changes.of_gates, gates.index(name) * layer.units
    return (changes.of_c if name == "c" else changes.of_h), 0


def cut_out(
    part: Part, samples: np.ndarray, steps: np.ndarray, units: np.ndarray, size: tuple[int, int]
) -> np.ndarray:
    """The numbers of another run at these samples, steps and units."""
    n, t, _ = part.put.shape
    if n not in (1, size[0]) or (part.step is None and t != size[1]):
        raise ValueError(
            f"The transplant of {part.name} has {n} samples and {t} time steps; the batch has "
            f"{size[0]} and {size[1]}. Give as many samples (or one for all) and time steps, or "
            "name the step to take with transplant(run, step)."
        )
    rows = samples if n > 1 else np.zeros_like(samples)
    if part.step is not None:
        steps = np.repeat(chosen(part.step, t, "time steps", "the other run"), len(steps))
    return part.put[np.ix_(rows, steps, units)]
