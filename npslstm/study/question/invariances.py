"""verify: what must hold for any LSTM, tried out on a model and its data.

Each LSTM layer is tried by itself on the sequences that it reads in the model, the model as a whole
on the order of its samples.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ...arguments import flag
from ...arrays import to_batch_major
from ...layers import LSTM
from ...model import Model
from ...training.data import Data, inputs
from ..models import lstm_layers
from ..requirements import require_built, require_finite, require_one_batch, table
from ..runs import Run, undisturbed

PADDING = 3  # steps
# Matrix products may round differently for another order of their rows; all else is the same to
# the last bit, because the same operations run.
ROUNDING = {"float32": 1e-5, "float64": 1e-13}


class Row(NamedTuple):
    """One check: where, what, whether it holds (None: cannot be tried), and by how much not."""

    layer: str
    check: str
    holds: bool | None
    difference: float
    allowed: float
    did: str


@dataclass(frozen=True)
class Verification:
    """True if nothing is violated; `rows` tell what was tried."""

    rows: tuple[Row, ...]

    def __bool__(self) -> bool:
        return all(row.holds is not False for row in self.rows)

    def frame(self) -> Any:
        """A pandas table of the rows."""
        return table(self.rows, columns=Row._fields)

    def __str__(self) -> str:
        words = {True: "holds", False: "VIOLATED", None: "not tried"}
        lines = []
        for row in self.rows:
            line = f"{words[row.holds]:<9} {row.layer}, {row.check}: {row.did}"
            if row.holds is not None:
                line += f" Largest difference {row.difference:.3g}, allowed {row.allowed:.3g}."
            lines.append(line)
        bad = [row for row in self.rows if row.holds is False]
        end = "All of it holds." if self else f"{len(bad)} of {len(self.rows)} are violated."
        return "\n".join([*lines, end])


def verify(model: Model, x: Any, show: bool = True) -> Verification:
    """Try on x (samples, time steps, features) what must hold for any LSTM, and print it.

    chunks: a sequence read in two pieces, with the state carried over, gives what it gives in one.
    padding: masked steps before and after change nothing. stateful: a stateful layer gives over its
    first window what a stateless one gives, and keeps the last state. order: samples in another
    order give the same outputs in that order. Useful after changing a layer, and for layers of
    one's own that are derived from LSTM. The model is left as it was. show: whether to print.
    Raises ValueError for a model without LSTM and for x that does not fit.
    """
    show = flag(show, "show", "verify")
    layers = lstm_layers(model)
    require_built(model)
    data = inputs(model, x)
    require_finite(data)
    require_one_batch(model, data)
    model.build_for(data.xs, data.samples)
    model.shapes_after([x.shape for x in data.xs])
    rows = []
    with undisturbed(model):
        model.reset_states()
        run = Run(model, data)
        run.forward(data)
        read = {layer.name: what_was_read(run, layer) for layer in layers}
        rows.append(order(model, run, data))
    for layer in layers:
        rows += tried(layer, *read[layer.name])
    result = Verification(tuple(rows))
    if show:
        print(result)
    return result


def what_was_read(run: Run, layer: LSTM) -> tuple[np.ndarray, np.ndarray]:
    """The layer's input (samples, time steps, features) in the order of reading, and its mask."""
    found = run.scan_of(layer)
    x, mask = to_batch_major(found["given"].x), found["given"].mask.T.copy()
    return x, mask if mask.size else np.ones(x.shape[:2], np.bool_)


def order(model: Model, run: Run, data: Data) -> Row:
    """The model as a whole: samples the other way round."""
    if data.samples == 1:
        return Row(model.name, "order", None, 0.0, 0.0, "There is only one sample.")
    before = to_batch_major(run.y.value)
    model.reset_states()
    run.forward(Data(tuple([x[::-1] for x in data.xs])))
    difference = farthest(to_batch_major(run.y.value)[::-1], before)
    allowed = ROUNDING[model.dtype] * max(1.0, float(np.abs(before).max()))
    did = f"{data.samples} samples in the opposite order."
    return Row(model.name, "order", difference <= allowed, difference, allowed, did)


# ---- one layer -----------------------------------------------------------------------------------


def tried(layer: LSTM, x: np.ndarray, mask: np.ndarray) -> Iterator[Row]:
    """All checks of a layer on x (samples, time steps, features)."""
    T = x.shape[1]
    whole = states(alone(layer), x, mask)
    if T == 1:
        yield Row(layer.name, "chunks", None, 0.0, 0.0, "One time step cannot be cut.")
    else:
        yield row(layer, "chunks", *chunks(layer, x, mask, whole))
    yield row(layer, "padding", *padding(layer, x, mask, whole))
    yield row(layer, "stateful", *stateful(layer, x, mask, whole))


def row(layer: LSTM, check: str, difference: float, did: str) -> Row:
    return Row(layer.name, check, difference <= 0, difference, 0.0, did)


class States(NamedTuple):
    """What a layer makes of sequences: h at every used step, 0 at others, and the last h and c."""

    h: np.ndarray
    last_h: np.ndarray
    last_c: np.ndarray


def alone(layer: LSTM, stateful: bool = False, samples: int = 0) -> LSTM:
    """The layer with the same weights, by itself: no experiment, forwards, showing all states."""
    other = copy.copy(layer)
    vars(other).update(
        carried=None, return_sequences=True, return_state=True, go_backwards=False,
        stateful=stateful,
    )  # fmt: skip
    if stateful:
        other.make_states((samples, None, None))
    return other


def states(layer: LSTM, x: np.ndarray, mask: np.ndarray, start: Any = None) -> States:
    """Every h and the last states, from zeros or from `start`."""
    h, last_h, last_c = layer(x, mask=mask, initial_state=start)
    return States(h * mask[:, :, None], last_h, last_c)


def farthest(found: Any, expected: Any) -> float:
    """The largest difference of two arrays, or of two tuples of them; NaN if there is one."""
    if isinstance(found, tuple):
        return float(np.max([farthest(a, b) for a, b in zip(found, expected, strict=True)]))
    return float(np.abs(found - expected).max(initial=0.0))


def chunks(layer: LSTM, x: np.ndarray, mask: np.ndarray, whole: States) -> tuple[float, str]:
    """Cut after the first step, in the middle, and before the last."""
    T = x.shape[1]
    cuts = sorted({1, T // 2, T - 1} - {0})
    other, worst = alone(layer), 0.0
    for k in cuts:
        first = states(other, x[:, :k], mask[:, :k])
        second = states(other, x[:, k:], mask[:, k:], [first.last_h, first.last_c])
        pieces = States(np.concatenate([first.h, second.h], axis=1), *second[1:])
        worst = float(np.maximum(worst, farthest(pieces, whole)))
    return worst, f"{T} time steps cut after the first {', '.join(map(str, cuts))}."


def padding(layer: LSTM, x: np.ndarray, mask: np.ndarray, whole: States) -> tuple[float, str]:
    """Steps of ones, masked, before and after."""
    padded = np.pad(x, ((0, 0), (PADDING, PADDING), (0, 0)), constant_values=1)
    used = np.pad(mask, ((0, 0), (PADDING, PADDING)))
    found = states(alone(layer), padded, used)
    inner = found._replace(h=found.h[:, PADDING:-PADDING])
    return farthest(inner, whole), f"{PADDING} masked steps before and {PADDING} after."


def stateful(layer: LSTM, x: np.ndarray, mask: np.ndarray, whole: States) -> tuple[float, str]:
    """The layer made stateful, one window from zero states."""
    other = alone(layer, stateful=True, samples=len(x))
    found = states(other, x, mask)
    kept = found._replace(last_h=other.states[0], last_c=other.states[1])
    worst = float(np.maximum(farthest(found, whole), farthest(kept, whole)))
    return worst, f"one window of {x.shape[1]} steps, from zero states."
