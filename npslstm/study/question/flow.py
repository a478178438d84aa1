"""gradient_flow: how much of the error arrives at each time step on its way back.

The whole backward pass runs as in training. Then the mirror of each LSTM's scan is run again one
time step at a time, on slices of the same tape, and the norms are read off in between: the numbers
are those of the whole, bit for bit. A second walk cuts dL/dc between the steps: what is left has
come through h alone, without the cell's own path (the constant error carousel of Hochreiter &
Schmidhuber 1997, https://doi.org/10.1162/neco.1997.9.8.1735, section 3.2), and without that of
gates which see c themselves, such as peepholes.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ... import scan
from ...bundles import State, Weights
from ...cells import require_experiments
from ...changes import Change, Changes, as_they_are, d_move
from ...machine.operations import Operation
from ...machine.steps import Steps
from ...model import Model
from ...primitives import copy
from ...scan import Mirror, Tape
from ...training.data import labelled
from ..models import lstm_layers
from ..requirements import require_built, require_finite
from ..runs import Run, arguments, in_batches, joined, runs, undisturbed
from .flow_result import GradientFlow, LayerFlow


def gradient_flow(model: Model, x: Any, y: Any, batch_size: int | None = None) -> GradientFlow:
    """Norms of dL/dh and dL/dc at every time step of every LSTM layer, for the loss L of y.

    x (samples, time steps, features), y and batch_size as for `fit`; L is the loss of a batch with
    its penalties, without dropout. Model, states and gradients are left as they were. Memory: the
    buffers of one training step, and three times those of its LSTMs' backward pass. Raises
    ValueError for a model without LSTM or without a loss, and for data that do not fit.

    A stateful model goes through its batches in order, each beginning where the last one ended, and
    they stand one behind the other in time: batches of 4 samples and 1 time step give arrays (4,
    batches). No error crosses from a batch to the one before, and the result shows where.
    """
    layers = lstm_layers(model)
    for layer in layers:
        require_experiments(layer.cell, "c")  # that is where dL/dc is noted
    model.require_compiled("gradient_flow")
    require_built(model)
    data = labelled(model, x, y)
    require_finite(data)
    parts: dict[str, list[list[np.ndarray]]] = {layer.name: [] for layer in layers}
    batches = list(in_batches(model, data, batch_size))
    with undisturbed(model):
        for run, batch in runs(lambda part: Run(model, part, learns=True), iter(batches)):
            run.forward(batch)
            run.backward()
            for layer in layers:
                parts[layer.name].append(walk(run.mirror_of(layer)))
    flows = {
        name: LayerFlow(*(joined(model, list(arrays)) for arrays in zip(*found, strict=True)))
        for name, found in parts.items()
    }
    backwards = tuple(layer.name for layer in layers if layer.go_backwards)
    return GradientFlow(flows, model.stateful, len(batches), backwards)


# ---- one layer, step by step ---------------------------------------------------------------------


class Walk(NamedTuple):
    """Places for one way back: what the mirror reads and writes, and the weights' gradients."""

    mirror: Mirror
    d_weights: Weights

    @property
    def d_state(self) -> State:
        return self.mirror.d_state


def walk(mirror: Operation) -> list[np.ndarray]:
    """The arrays of a LayerFlow for the batch that the mirror of a scan has just gone through."""
    whole = arguments(mirror)
    T, B, _ = whole["tape"].a.shape
    dh_out, tape = whole["mirror"].dh_out, whole["tape"]
    real, cut = new_walk(whole), new_walk(whole)
    kinds = {name: bool if name == "begins" else float for name in LayerFlow._fields}
    flow = LayerFlow(*(np.zeros((T, B), kind) for kind in kinds.values()))
    for t in range(T - 1, -1, -1):
        flow.arriving[t] = norm(*real.d_state)
        for path, dh, dc in [(real, flow.dh, flow.dc), (cut, flow.dh_cut, flow.dc_cut)]:
            dh[t] = norm(path.d_state.h + dh_out[t])
            changes = noting(whole["changes"], t, tape)
            Steps([step(whole, path, t, changes)]).run()
            dc[t] = norm(np.where(used(whole, t), changes.of_c.put[0], path.d_state.c))
        cut.d_state.c[...] = 0
    flow.dropped[0] = norm(*real.d_state)
    flow.begins[0] = True
    return [array.T for array in flow]


def new_walk(whole: dict[str, Any]) -> Walk:
    """No error comes from beyond the batch."""
    mirror, d_weights = whole["mirror"], whole["d_weights"]
    d_state = State(*map(np.zeros_like, mirror.d_state))
    own = mirror._replace(d_state=d_state, dz=np.zeros_like(mirror.dz), dx=np.zeros_like(mirror.dx))
    return Walk(own, Weights(*map(np.zeros_like, d_weights)))


def step(whole: dict[str, Any], path: Walk, t: int, changes: Changes) -> Operation:
    """The mirror of time step t alone, which takes `path.d_state` one step back."""
    given, tape, mirror, one = whole["given"], whole["tape"], path.mirror, slice(t, t + 1)
    z = tape.z[one] if len(tape.z) == len(tape.a) else tape.z
    found = whole | {
        "given": given._replace(x=given.x[one], mask=given.mask[one], carried_in=1),
        "tape": Tape(z, tape.gates[one], tape.c[t : t + 2], tape.a[one], tape.h[t : t + 2]),
        "changes": changes,
        "mirror": mirror._replace(
            dh_out=mirror.dh_out[one], dz=mirror.dz[one], dx=mirror.dx[one], to_first=1
        ),
        "d_weights": path.d_weights,
    }
    return Operation(scan.backward, *found.values())


def used(whole: dict[str, Any], t: int) -> np.ndarray:
    """Which samples use step t, as a column."""
    mask = whole["given"].mask
    return mask[t][:, np.newaxis] if mask.size else np.ones((1, 1), bool)


# ---- dL/dc, which the cell has only for a moment -----------------------------------------------


def noting(changes: Changes, t: int, tape: Tape) -> Changes:
    """What an experimenter changes at step t, if there is one, and notes of all errors in `put`,
    which nobody reads on the way back."""
    one = slice(t, t + 1)
    if changes.gates.size:
        of_gates, of_c, of_h = (
            Change(how.keep[one], np.zeros_like(how.keep[one])) for how in changes[:3]
        )
        return Changes(of_gates, of_c, of_h, changes.gates[one], d_move=note_and_move)
    gates, c, h = (np.zeros_like(array[:1]) for array in (tape.gates, tape.c, tape.h))
    of_gates, of_c, of_h = (Change(place, place) for place in (gates, c, h))
    return Changes(of_gates, of_c, of_h, gates, acting=as_they_are, d_move=note)


def note(change: Change, dq: np.ndarray) -> None:
    copy(change.put, dq)


def note_and_move(change: Change, dq: np.ndarray) -> None:
    copy(change.put, dq)
    d_move(change, dq)


def norm(*errors: np.ndarray) -> np.ndarray:
    """Euclidean norms (B,) of the rows of arrays (B, H) side by side."""
    return np.sqrt(sum(np.sum(e.astype(np.float64) ** 2, axis=1) for e in errors))
