"""GateRecorder: how the gates of chosen samples change while a model is trained."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...arguments import entries, is_whole, plain, shown
from ...arrays import as_array
from ...cell import LSTM as LSTM_CELL
from ...layers import LSTM
from ...model import Model
from ...training.callbacks import Callback, Logs
from ...training.data import Data, inputs
from ..models import lstm_layer
from ..names import gates_of
from ..runs import Run, in_batches, joined, runs, undisturbed
from ..selections import chosen


class GateRecorder(Callback):
    """Keeps the gates of an LSTM layer on some samples, every so many epochs of training.

        recorder = GateRecorder(x[:2], gates=["forget"])
        model.fit(x, y, epochs=500, callbacks=[recorder])
        recorder.plot()

    x (samples, time steps, features): what to look at; a stateful model is shown its batches one
    after the other from zero states, and time goes on over them. layer: which LSTM. gates: one of
    input, forget, candidate, output (another cell: its letters), or several. every: epochs between
    two records; epochs count over all calls of fit that are given this recorder. max_records: when
    there are more, every second one is dropped and `every` doubled, so that memory stays below
    max_records * samples * time steps * units * gates numbers.

    `epochs` (records,): after how many epochs. `gates[name]` (records, samples, time steps, units),
    NaN at masked steps. `gradients[name]` (records,), of every gate of the cell: the norm of the
    gradient of the gate's weights in the last batch before, as the optimizer took it. Training is
    what it is without. Raises ValueError for an unknown gate or layer, and for numbers below 1.
    """

    def __init__(
        self, x: Any, layer: Any = None, gates: Any = "forget", every: int = 1,
        max_records: int = 200,
    ) -> None:  # fmt: skip
        names = [gates] if isinstance(gates, str) else gates
        known = isinstance(names, (list, tuple)) and len(names) > 0
        words = tuple(gates_of(LSTM_CELL))
        if not known or not all(isinstance(n, str) and (n in words or len(n) == 1) for n in names):
            raise ValueError(f"The gates are {', '.join(words)}; received {shown(gates)}.")
        self.all_gates = words
        whole = all(is_whole(plain(n)) for n in (every, max_records))
        if not whole or every < 1 or max_records < 2:
            raise ValueError(
                "every and max_records are whole numbers, at least 1 and 2; received "
                f"{shown(every)} and {shown(max_records)}."
            )
        if not isinstance(layer, (str, LSTM, type(None))) and not is_whole(plain(layer)):
            raise ValueError(f"layer is an LSTM's position or name; received {shown(layer)}.")
        self.x = copied(x)
        self.layer = layer
        self.names = list(names)
        self.every = int(every)
        self.max_records = int(max_records)
        self.seen = 0  # epochs so far
        self.records: list[tuple[int, np.ndarray, np.ndarray]] = []
        self.made: tuple[list[np.ndarray], list[tuple[Run, Data]]] | None = None

    def __getstate__(self) -> dict[str, Any]:
        """A copy has the records, and no program of the model."""
        return super().__getstate__() | {"made": None}

    def on_train_begin(self, logs: Logs | None = None) -> None:
        gates = tuple(gates_of(lstm_layer(self.model, self.layer).cell))
        if not {*self.names} <= {*gates}:
            raise ValueError(f"The gates are {', '.join(gates)}; received {', '.join(self.names)}.")
        self.all_gates = gates
        inputs(self.model, self.x)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.seen += 1
        if self.seen % self.every:
            return
        layer = lstm_layer(self.model, self.layer)
        self.records.append((self.seen, self.look(layer), gradient_norms(layer)))
        if len(self.records) > self.max_records:
            self.every *= 2
            self.records = [record for record in self.records if record[0] % self.every == 0]

    def look(self, layer: LSTM) -> np.ndarray:
        """The chosen gates as they are now, (gates, samples, time steps, units)."""
        model, parts = self.model, []
        with undisturbed(model):
            model.reset_states()
            for run, batch in self.runs(model):
                run.forward(batch)
                T, B, _ = run.gates_of(layer).shape
                gates = run.gates_of(layer).reshape(T, B, -1, layer.units).copy()
                mask = run.scan_of(layer)["given"].mask
                if mask.size:
                    gates[~mask] = np.nan
                parts.append(gates.swapaxes(0, 1))
        order = [self.all_gates.index(name) for name in self.names]
        return np.moveaxis(joined(model, parts)[:, :, order], 2, 0)

    def runs(self, model: Model) -> list[tuple[Run, Data]]:
        """The model written out for x: once, as long as its weights stay where they are."""
        homes = [variable.array for variable in model.weights]
        if self.made is None or any(a is not b for a, b in zip(self.made[0], homes, strict=False)):
            batches = in_batches(model, inputs(model, self.x), None)
            self.made = homes, list(runs(lambda part: Run(model, part), batches))
        return self.made[1]

    # ---- what was kept -------------------------------------------------------------------------

    @property
    def epochs(self) -> np.ndarray:
        return np.array([record[0] for record in self.records], int)

    @property
    def gates(self) -> dict[str, np.ndarray]:
        """By name, each (records, samples, time steps, units)."""
        self.require_records()
        stacked = np.stack([record[1] for record in self.records], axis=1)
        return dict(zip(self.names, stacked, strict=True))

    @property
    def gradients(self) -> dict[str, np.ndarray]:
        """By name of the gate, each (records,)."""
        self.require_records()
        norms = np.stack([record[2] for record in self.records]).T
        return dict(zip(self.all_gates, norms, strict=True))

    def require_records(self) -> None:
        if not self.records:
            raise ValueError(
                f"Nothing was recorded yet: {self.seen} epochs were seen, and a record is made "
                f"every {self.every}. Give the recorder to fit(callbacks=[recorder])."
            )

    def plot(
        self, gate: str | None = None, sample: int = 0, unit: int | None = None, labels: Any = None
    ) -> Any:
        """One gate over training and time steps, and the gradient norms. Returns the Figure.

        gate: the first one kept if None. unit: one of them, or the mean over all. labels: letters
        or dates, one a time step. Raises ValueError for what is not kept, and too few labels.
        """
        from .recorder_picture import draw

        gates = self.gates
        name = gate or self.names[0]
        if name not in gates:
            raise ValueError(f"The recorder keeps {', '.join(gates)}; received {name!r}.")
        kept = gates[name]
        n = chosen(sample, kept.shape[1], "samples", "the recorder")[0]
        units = chosen(unit, kept.shape[3], "units", "the recorder")
        who = "mean over units" if unit is None else f"unit {unit}"
        title = f"{name} gate, sample {sample}, {who}"
        if labels is not None and not isinstance(labels, str):
            labels = entries(labels, "labels", "plot", "one entry for each time step")
        if labels is not None and len(labels) != kept.shape[2]:
            raise ValueError(
                f"labels has {len(labels)} entries; the recorder looked at {kept.shape[2]} time "
                "steps. Give one label for each."
            )
        shown = kept[:, n][..., units].mean(axis=2)
        return draw(self.epochs, shown, self.gradients, title, labels)


def gradient_norms(layer: LSTM) -> np.ndarray:
    """(gates,): the norm of what the last backward pass found for the weights of each gate; those
    of a cell's own count for none."""
    gates = len(layer.cell.gates)
    squares = np.zeros(gates)
    for variable in layer.trainable_weights:
        if variable.gradient is not None and variable.name != "cell_kernel":
            blocks = variable.gradient.reshape(-1, gates, layer.units).astype(np.float64)
            squares += np.sum(blocks**2, axis=(0, 2))
    return np.sqrt(squares)


def copied(x: Any) -> Any:
    """x as it is now, whatever happens to the user's arrays: of several inputs each."""
    if isinstance(x, dict):
        return {name: np.array(as_array(one, "x")) for name, one in x.items()}
    if isinstance(x, (list, tuple)) and all(isinstance(one, np.ndarray) for one in x):
        return [np.array(one) for one in x]
    return np.array(as_array(x, "x"))
