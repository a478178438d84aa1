"""trace(model, x): what every LSTM of a model computes on data, number by number.

The numbers are those of `predict`: the same operations run, and their tapes are copied out.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ...arguments import flag, shown
from ...bundles import State
from ...layers import LSTM, Bidirectional
from ...model import Model
from ...pool import Loan
from ...training.data import Data, batches, inputs
from ..models import lstm_layer, lstm_layers, weights_of
from ..requirements import named_arrays, require_built
from ..selections import chosen
from .capture import Arrays, Capture
from .layer_trace import LayerTrace
from .traces import Trace

BLOCK = 32_000_000  # bytes of whole tapes that are held at a time while a part of them is kept

Index = np.ndarray | slice
# The first arguments of `layer_trace`:
Found = tuple[tuple[str, LSTM], list[Arrays], int, Index, Index]


def trace(
    model: Model,
    x: Any,
    layers: Any = None,
    samples: Any = None,
    steps: Any = None,
    units: Any = None,
    batch_size: int | None = None,
    update_state: bool = False,
    after: Trace | None = None,
) -> Trace:
    """Everything that the LSTM layers of a model compute on x (samples, time steps, features).

    layers: the LSTMs to keep (a position among them, a name, or a list of these), all by default.
    samples, steps, units: which to keep, each a number, a range, a slice or a list; they are kept
    in order. Memory: a trace takes features + 11 units numbers a step kept, and while it is made at
    most 32 MB, or a batch, more. Time: about twice that of predict, at most three times.
    batch_size: as for predict, whose numbers the trace shows.

    The model is left as it was; update_state=True lets stateful layers move on, as predict does.
    after: an earlier trace with whose last states the LSTMs begin, for a sequence that comes in
    pieces; `earlier + later` is then one trace. Raises ValueError for a model without LSTM, and for
    layers, samples, steps or units that do not exist.
    """
    update_state = flag(update_state, "update_state", "trace")
    if after is not None and not isinstance(after, Trace):
        raise ValueError(f"after is an earlier trace of the model; received {shown(after)}.")
    watched = chosen_layers(model, layers)
    require_built(model)
    data = inputs(model, x)
    for name, array in named_arrays(data):
        if np.isnan(array).any():
            warnings.warn(
                f"{name}{np.argwhere(np.isnan(array))[0].tolist()} is NaN, and so is all that "
                "follows from it. Pictures show NaN as they show masked steps.",
                UserWarning,
                stacklevel=2,
            )
    model.build_for(data.xs, batches(model, data.samples, batch_size, "x"))
    rows = indices(samples, data.samples, "samples", "x")
    numbers = np.arange(data.samples)[rows]
    if not model.stateful:
        data, rows = Data(tuple([a[rows] for a in data.xs])), slice(None)  # others need not run
    if after is not None:
        check_continues(model, after, len(numbers))
    size = batches(model, data.samples, batch_size, "x")
    run = Run(model, watched, data, size, after)
    with model.turn_of_states(), model.lock.change if model.stateful else model.lock:
        states = model.get_states()
        try:
            found = run.kept(rows, steps, units)
        finally:
            if not update_state:
                model.set_states(states)
    return Trace([layer_trace(*one, numbers) for one in found], size, model.stateful)


def chosen_layers(model: Model, which: Any) -> list[LSTM]:
    """The layers that a user asks for, in the order of the model."""
    if which is None:
        return lstm_layers(model)
    several = which if isinstance(which, (list, tuple)) else [which]
    asked = [lstm_layer(model, one) for one in several]
    if not asked:
        raise ValueError("layers=[] names no layer: leave it out to trace all LSTM layers.")
    return [layer for layer in lstm_layers(model) if any(layer is one for one in asked)]


def indices(which: Any, count: int, what: str, where: str) -> Index:
    """Which of `count` things to keep, in order. Raises ValueError if there are no such things."""
    if which is None:
        return slice(None)
    found = np.unique(chosen(which, count, what, where))
    if found.size == 0:
        raise ValueError(f"None of the {what} of {where} is chosen by {shown(which)}.")
    return found


def check_continues(model: Model, after: Trace, samples: int) -> None:
    """Raise ValueError unless all LSTMs can begin with the last states of the trace `after`."""
    if model.stateful:
        raise ValueError(
            "after= is for models that are not stateful. This one remembers its states itself: "
            "trace each piece with update_state=True."
        )
    if any(isinstance(layer, Bidirectional) for layer in model.stacked):
        raise ValueError(
            "A Bidirectional layer reads a sequence from both ends, so that it cannot be read in "
            "pieces: trace it as a whole, without after=."
        )
    for layer in lstm_layers(model):
        shape = next((t.after.h.shape for t in after if t.name == layer.name), None)
        if shape != (samples, layer.units):
            raise ValueError(
                f"after= must hold the last state of layer '{layer.name}', (samples, units) = "
                f"{(samples, layer.units)}; the trace given has {shape}. Take it of the same "
                "samples, of all layers and all units."
            )


# ---- running ----------------------------------------------------------------------------------


class Run:
    """Data on its way through a model, batch by batch, into arrays."""

    def __init__(
        self, model: Model, layers: list[LSTM], data: Data, size: int, after: Trace | None
    ) -> None:
        self.model, self.layers, self.data, self.size, self.after = model, layers, data, size, after

    def kept(self, samples: Index, steps: Any, units: Any) -> list[Found]:
        """For each layer the chosen part of all numbers, in pieces, and what was chosen."""
        loan = self.capture(self.size)
        first = loan.program
        self.model.pool.put_back(loan)
        calls = first.layers
        lengths = [len(first.watched[name].x) for name in calls]
        of_steps, of_units = [], []
        for (name, layer), length in zip(calls.items(), lengths, strict=True):
            where = f"LSTM layer '{name}'"
            of_steps.append(indices(steps, length, "time steps", where))
            of_units.append(indices(units, layer.units, "units", where))
        count = self.data.samples
        block = count
        if isinstance(samples, np.ndarray) or steps is not None or units is not None:
            block = max(1, BLOCK // first.batch_bytes) * self.size
        parts: list[list[Arrays]] = [[] for _ in calls]
        for start in range(0, count, block):
            order = np.arange(start, min(start + block, count))
            arrays = self.run(order)
            rows = samples
            if isinstance(samples, np.ndarray):
                rows = np.flatnonzero(np.isin(order, samples))
            for name, s, u, found in zip(calls, of_steps, of_units, parts, strict=True):
                found.append(part(arrays[name], rows, s, u))
        return list(zip(calls.items(), parts, lengths, of_steps, of_units, strict=True))

    def run(self, order: np.ndarray) -> dict[str, Arrays]:
        """All numbers of the samples that `order` names, by layer and by name."""
        full = len(order) // self.size * self.size
        pieces = [order[:full], order[full:]]
        if self.after is not None:  # the states that batches begin with are put in one by one
            pieces = np.split(order, range(self.size, len(order), self.size))
        loan = self.capture(self.size)
        arrays = loan.program.blank(len(order))
        self.model.pool.put_back(loan)
        for piece in pieces:
            if len(piece) == 0:
                continue
            loan = self.capture(min(self.size, len(piece)))
            capture = loan.program
            for name, state in capture.start.items():
                assert self.after is not None
                before = self.after[name].after
                state.h[...], state.c[...] = before.h[piece], before.c[piece]
            capture.run(self.data.xs, piece, arrays, piece[0] - order[0])
            capture.release()
            self.model.pool.put_back(loan)
        return arrays

    def capture(self, size: int) -> Loan:
        """The capture for batches of `size`, to be put back into the model's pool."""
        shapes, started = tuple([x.shape[1:] for x in self.data.xs]), self.after is not None
        names = tuple(layer.name for layer in self.layers)
        key = ("trace", size, self.model.experiments, shapes, started, names)
        arguments = self.model, size, shapes, self.layers, started
        return self.model.pool.take(key, lambda: Capture(*arguments))


def part(arrays: Arrays, samples: Index, steps: Index, units: Index) -> Arrays:
    """The chosen part of a layer's arrays; z and gates get an axis for the gates."""
    found = {}
    for name, array in arrays.items():
        if name in ("z", "gates"):
            array = array.reshape(*array.shape[:2], -1, arrays["c"].shape[-1])
        array = array[samples]
        if array.ndim > 2:
            array = array[:, steps]
        found[name] = array if name in ("x", "mask") else array[..., units]
    return found


def layer_trace(
    call: tuple[str, LSTM], parts: list[Arrays], time_steps: int, steps: Index, units: Index,
    numbers: np.ndarray,
) -> LayerTrace:  # fmt: skip
    """The arrays of a call of a layer, put together, with all that there is to know about them."""
    name_of_call, layer = call
    arrays: dict[str, Any] = {
        n: np.concatenate([p[n] for p in parts]) if len(parts) > 1 else parts[0][n]
        for n in parts[0]
    }
    used = arrays.pop("mask", np.ones((*arrays["c"].shape[:2], 1), np.bool_))[..., 0]
    for name in ("z", "gates", "a"):
        arrays[name][~used] = np.nan
    for end in ("before", "after"):
        arrays[end] = State(arrays.pop(f"{end}_h"), arrays.pop(f"{end}_c"))
    return LayerTrace(
        name_of_call, mask=used, **arrays,
        weights=weights_of(layer),
        samples=numbers, steps=np.arange(time_steps)[steps], units=np.arange(layer.units)[units],
        time_steps=time_steps, activation=layer.activation.name,
        recurrent_activation=layer.recurrent_activation.name, go_backwards=layer.go_backwards,
        cell=layer.cell,
    )  # fmt: skip
