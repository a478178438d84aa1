"""gradient_flow: how much of the error arrives at each time step on its way back.

The whole backward pass runs as in training. Then the mirror of each LSTM's scan is run again one
time step at a time, on slices of the same tape, and the norms are read off in between: the numbers
are those of the whole, bit for bit. A second walk cuts dL/dc between the steps: what is left has
come through h and the gates alone, without the cell's own path (the constant error carousel of
Hochreiter & Schmidhuber 1997, https://doi.org/10.1162/neco.1997.9.8.1735, section 3.2).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .. import scan
from ..kernels.changes import Change, Changes
from ..kernels.operations import Operation, Steps
from ..scan import State, Tape, Weights
from ..training.data import labelled
from .flow_result import GradientFlow, LayerFlow
from .given import require_built, require_finite
from .models import lstm_layers
from .runs import Run, arguments, in_batches, joined, runs, undisturbed


def gradient_flow(model: Any, x: Any, y: Any, batch_size: int | None = None) -> GradientFlow:
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
    """Places for one way back: the error, and what else the mirror writes."""

    d_state: State
    dz: np.ndarray
    d_weights: Weights
    dx: np.ndarray


def walk(mirror: Operation) -> list[np.ndarray]:
    """The arrays of a LayerFlow for the batch that the mirror of a scan has just gone through."""
    whole = arguments(mirror)
    T, B, H = whole["tape"].a.shape
    real, cut = new_walk(whole), new_walk(whole)
    kinds = {name: bool if name == "begins" else float for name in LayerFlow._fields}
    flow = LayerFlow(*(np.zeros((T, B), kind) for kind in kinds.values()))
    for t in range(T - 1, -1, -1):
        flow.arriving[t] = norm(*real.d_state)
        for path, dh, dc in [(real, flow.dh, flow.dc), (cut, flow.dh_cut, flow.dc_cut)]:
            dh[t] = norm(path.d_state.h + whole["dh_out"][t])
            dc[t] = norm(error_of_c(whole, path, t))
            Steps([step(whole, path, t)]).run()
        cut.d_state.c[...] = 0
    flow.dropped[0] = norm(*real.d_state)
    flow.begins[0] = True
    return [array.T for array in flow]


def new_walk(whole: dict[str, Any]) -> Walk:
    """No error comes from beyond the batch."""
    d_state, d_weights = (
        type(pair)(*map(np.zeros_like, pair)) for pair in (whole["d_state"], whole["d_weights"])
    )
    return Walk(d_state, np.zeros_like(whole["dz"]), d_weights, np.zeros_like(whole["dx"]))


def step(whole: dict[str, Any], path: Walk, t: int, changes: Changes | None = None) -> Operation:
    """The mirror of time step t alone, which takes `path.d_state` one step back."""
    tape, one = whole["tape"], slice(t, t + 1)
    z = tape.z[one] if len(tape.z) == len(tape.a) else tape.z
    found = whole | {
        "x": whole["x"][one],
        "mask": whole["mask"][one],
        "tape": Tape(z, tape.gates[one], tape.c[t : t + 2], tape.a[one], tape.h[t : t + 2]),
        "dh_out": whole["dh_out"][one],
        "d_state": path.d_state,
        "dz": path.dz[one],
        "d_weights": path.d_weights,
        "dx": path.dx[one],
        "changes": changes or of_step(whole["changes"], t),
        "carried_in": 1,
        "to_first": 1,
    }
    return Operation(scan.backward, *found.values())


def of_step(changes: Changes, t: int) -> Changes:
    one = slice(t, t + 1)
    of_gates, of_c, of_h = (Change(*(array[one] for array in how)) for how in changes[:3])
    return Changes(of_gates, of_c, of_h, changes.gates[one], changes.there)


def error_of_c(whole: dict[str, Any], path: Walk, t: int) -> np.ndarray:
    """dL/dc after step t.

    The mirror ends each step with dc_prev = dc * f. With a forget gate of 1 and nothing done to c
    it hands over dc itself; that is asked of it on a copy, so that no equation stands here.
    """
    H = path.d_state.c.shape[1]
    now = of_step(whole["changes"], t)
    gates = (now.gates if now.gates.size else whole["tape"].gates[t : t + 1]).copy()
    gates[:, :, H : 2 * H] = 1
    ones = Change(*(np.ones_like(whole["dh_out"][t : t + 1]) for _ in range(2)))
    of_gates = now.of_gates if now.gates.size else Change(gates, gates)  # scales dz: not read here
    open_gate = Changes(of_gates, ones, now.of_h if now.gates.size else ones, gates)
    copy = path._replace(d_state=State(*(error.copy() for error in path.d_state)))
    Steps([step(whole, copy, t, open_gate)]).run()
    return copy.d_state.c


def norm(*errors: np.ndarray) -> np.ndarray:
    """Euclidean norms (B,) of the rows of arrays (B, H) side by side."""
    return np.sqrt(sum(np.sum(e.astype(np.float64) ** 2, axis=1) for e in errors))
