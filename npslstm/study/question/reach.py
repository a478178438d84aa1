"""reach: how far the memory of an LSTM goes back, told by derivatives.

    reach[n, t, s] = | d output[t] / d x[s] |        of sample n, for all steps t and s

The norm is that of all the derivatives' entries (Frobenius). A row of it is one backward pass for
each output unit, through the same operations that training uses.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...arrays import to_batch_major
from ...kernels import data_movement
from ...layers import LSTM
from ...machine.operations import Operation
from ...machine.steps import Segments, Steps
from ...model import Model
from ...training.data import inputs
from ..models import lstm_layer, lstm_layers
from ..requirements import require_built, require_finite, require_one_batch
from ..runs import Run, Unpenalized, arguments, undisturbed
from ..selections import chosen


def reach(model: Model, x: Any, layer: Any = None, units: Any = None) -> np.ndarray:
    """How much each output depends on each input, by their time steps.

    Returns (samples, output steps, input steps): the norm of d output[t] / d x[s] over all features
    of x and all `units` of the output. The output is that of the model where it is a sequence,
    otherwise h of its last LSTM at every step; with `layer` (a position among the LSTMs, a name)
    h of that LSTM. Steps of h count in the order of reading: with go_backwards, from the end of x.

    Without dropout, as in predict; stateful models begin with their states, which are given back.
    Cost: one backward pass for each step and unit of the output. Memory: the buffers of one
    training step on all of x at once, about 25 units floats a step and sample, and the result.
    Raises ValueError for x that is no sequence, for a model without LSTM, and for a `layer` or
    `units` that do not exist.
    """
    last = lstm_layers(model)[-1]
    require_built(model)
    data = inputs(model, x)
    require_finite(data)
    require_one_batch(model, data)
    if data.x.ndim < 3:
        raise ValueError(
            "reach needs sequences x (samples, time steps, features); received shape "
            f"{data.x.shape}."
        )
    model.build_for(data.xs, data.samples)
    model.shapes_after([x.shape for x in data.xs])
    with undisturbed(model):
        run = Run(model, data, learns=True, kind=Unpenalized)
        run.forward(data)
        if layer is None and run.y.value.ndim >= 3:
            return norms(run, run.y.gradient, run.backward_steps, units, "the model's output")
        found = last if layer is None else lstm_layer(model, layer)
        return norms(run, *from_h_of(found, run), units, f"LSTM layer '{found.name}'")


def from_h_of(layer: LSTM, run: Run) -> tuple[np.ndarray, Steps]:
    """Where dL/dh of a layer is to be written, and the way back, on which nothing else arrives."""
    mirror = run.mirror_of(layer)
    dh_out = arguments(mirror)["mirror"].dh_out
    upstream = np.zeros_like(dh_out)
    for y in run.ys:
        y.gradient[...] = 0
    operations = list(run.backward_steps.operations)
    at = operations.index(mirror)
    operations.insert(at, Operation(data_movement.copy, upstream, dh_out))
    return upstream, Steps(operations)


def norms(
    run: Run, upstream: np.ndarray, back: Steps | Segments, units: Any, where: str
) -> np.ndarray:
    """The norms (samples, output steps, input steps) for errors written into `upstream`."""
    T_out, B = upstream.shape[:2]
    errors = upstream.reshape(T_out, B, -1)
    columns = chosen(units, errors.shape[2], "units", where)
    squares = np.zeros((T_out, run.x.shape[0], B))
    features = tuple(range(2, run.x.value.ndim))
    for t in range(T_out):
        for unit in columns:
            errors[...] = 0
            errors[t, :, unit] = 1
            back.run()
            squares[t] += np.sum(run.x.gradient.astype(np.float64) ** 2, axis=features)
    return to_batch_major(np.sqrt(squares).transpose(0, 2, 1)).astype(upstream.dtype)
