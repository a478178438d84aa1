"""Trace: the numbers of all LSTM layers of a model, and what can be done with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ...arguments import is_whole, plain, shown
from ...bundles import State
from ..names import quantities
from ..requirements import table
from . import trace_files
from .layer_trace import ARRAYS, LayerTrace, joined
from .trace_files import INDICES, TUPLES


class Trace:
    """The traces of a model's LSTM layers, in order.

    `trace[0]` or `trace["lstm"]` is one layer's (see LayerTrace for its arrays and their axes); of
    a single layer `trace.f` will do. `earlier + later` puts the steps of both behind one another.
    """

    def __init__(self, layers: list[LayerTrace], batch_size: int, stateful: bool) -> None:
        self.layers = list(layers)
        self.batch_size = batch_size
        self.stateful = stateful

    def __getitem__(self, which: Any) -> LayerTrace:
        """A layer's trace by position or name, None for the first. ValueError, listing all."""
        names = [layer.name for layer in self.layers]
        if which is None:
            return self.layers[0]
        if isinstance(which, str) and which in names:
            return self.layers[names.index(which)]
        if is_whole(plain(which)) and -len(names) <= which < len(names):
            return self.layers[which]
        known = ", ".join(f"{position}: '{name}'" for position, name in enumerate(names))
        raise ValueError(f"There is no layer {shown(which)} in this trace; it has {known}.")

    def __iter__(self) -> Iterator[LayerTrace]:
        return iter(self.layers)

    def __len__(self) -> int:
        return len(self.layers)

    def __getattr__(self, name: str) -> Any:
        """The only layer's array. Raises AttributeError if there are several layers."""
        known = {q for layer in vars(self).get("layers", ()) for q in quantities(layer.cell)}
        if name not in (*ARRAYS, *known, *INDICES, *TUPLES):
            raise AttributeError(f"A Trace has no {name!r}.")
        if len(self.layers) > 1:
            names = " or ".join(f"trace['{layer.name}'].{name}" for layer in self.layers)
            raise AttributeError(f"This trace is of {len(self.layers)} layers: write {names}.")
        return getattr(self.layers[0], name)

    @property
    def nbytes(self) -> int:
        """Memory of all arrays, in bytes."""
        return sum(layer.nbytes for layer in self.layers)

    def __add__(self, later: Trace) -> Trace:
        """The steps of `later` behind these. Raises ValueError unless it begins where these end."""
        if len(self) != len(later):
            raise ValueError(f"Traces of {len(self)} and of {len(later)} layers do not add up.")
        layers = [joined([one, two]) for one, two in zip(self, later, strict=True)]
        return Trace(layers, self.batch_size, self.stateful)

    def end_to_end(self) -> Trace:
        """For a stateful model: the batches behind one another, as the states ran through them.

        Sample b then has the steps of the samples b, b + batch_size, b + 2 batch_size, ... Raises
        ValueError for traces of other models, or of some of the samples.
        """
        rests = {len(layer.samples) % self.batch_size for layer in self}
        gaps = any(not np.array_equal(t.samples, np.arange(len(t.samples))) for t in self)
        if not self.stateful or rests != {0} or gaps:
            raise ValueError(
                "Batches follow on one another in stateful models only, and in traces of all "
                "samples."
            )
        count = len(self.layers[0].samples) // self.batch_size
        rows = [slice(n * self.batch_size, (n + 1) * self.batch_size) for n in range(count)]
        layers = [joined([of_rows(layer, batch) for batch in rows]) for layer in self]
        return Trace(layers, self.batch_size, self.stateful)

    def frame(self, layer: Any = None) -> Any:
        """A pandas DataFrame with a row for each sample, step and unit of a layer (the first).

        Columns: sample, step, unit, masked, then z_i, z_f, z_g, z_o, i, f, g, o, c, a, h (or the
        gates of the layer's cell). A masked step has NaN in all but c and h, which it carries on.
        """
        one = self[layer]
        shape = one.c.shape
        axes = np.meshgrid(one.samples, one.steps, one.units, indexing="ij")
        columns = {name[:-1]: axis.ravel() for name, axis in zip(INDICES, axes, strict=True)}
        columns["masked"] = np.repeat(~one.mask.ravel(), shape[2])
        return table(columns | {q: getattr(one, q).ravel() for q in quantities(one.cell)})

    def save(self, path: Any) -> None:
        """Write an npz file that `Trace.load` reads, weights included."""
        trace_files.write(npz(path), self.layers, self.batch_size, self.stateful)

    @staticmethod
    def load(path: Any) -> Trace:
        """A trace that `save` has written. Raises ValueError for other files, naming the part that
        is wrong, and OSError for one that is missing or cannot be read."""
        return Trace(*trace_files.read(npz(path)))

    def __repr__(self) -> str:
        lines = "\n  ".join(repr(layer) for layer in self)
        kind = f"stateful, batches of {self.batch_size}" if self.stateful else "not stateful"
        layers = "1 LSTM layer" if len(self) == 1 else f"{len(self)} LSTM layers"
        return f"<Trace of {layers}, {kind}, {self.nbytes / 1e6:.2f} MB\n  {lines}>"


def require_trace(trace: Any) -> Trace:
    """Raise ValueError unless this is a Trace."""
    if isinstance(trace, Trace):
        return trace
    raise ValueError(
        f"trace is what npslstm.study.trace(model, x) returns; received {shown(trace)} of type "
        f"{type(trace).__name__}."
    )


def of_rows(layer: LayerTrace, rows: slice) -> LayerTrace:
    """The samples of these rows, counted from 0."""
    arrays: dict[str, Any] = {name: getattr(layer, name)[rows] for name in ARRAYS}
    arrays |= {n: State(*(s[rows] for s in getattr(layer, n))) for n in ("before", "after")}
    return replace(layer, **arrays, samples=np.arange(len(arrays["c"])))


def npz(path: Any) -> Path:
    """The path of a trace's file. Raises ValueError unless it ends in .npz."""
    path = Path(path)
    if path.suffix != ".npz":
        raise ValueError(f"A trace is kept in an npz file, for example trace.npz; got {path}.")
    return path
