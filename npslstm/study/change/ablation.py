"""ablate: what the loss loses with each unit and each gate of an LSTM.

A unit is removed by holding its h, a gate by holding all its units: at 0, at 1 (a gate that is
always shut, or always open), or at the mean that it has on the data. The model runs as it is;
only the numbers of its scan are changed (see `interventions`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ...arguments import text
from ...cells import require_experiments
from ...changes import Changes
from ...layers import LSTM
from ...layers.experiments import experiment_of, set_experiment
from ...model import Model
from ...training.data import Data, labelled
from ..models import lstm_layer
from ..names import gates_of
from ..requirements import require_built, require_finite, table
from ..runs import Run, in_batches, runs, undisturbed
from .interventions import no_change_yet

BY = ("zero", "mean")


class Row(NamedTuple):
    """One ablation: the loss without it, and by how much that is more than with everything."""

    kind: str  # 'unit' or 'gate'
    name: str  # the unit's number, or the gate
    held: str  # at what: '0', '1' or 'mean'
    loss: float
    increase: float


def ablate(
    model: Model, x: Any, y: Any, layer: Any = None, by: str = "zero", batch_size: int | None = None
) -> Ablation:
    """Rank the units and the gates of an LSTM layer by the damage of removing them.

    x, y, batch_size: as for `evaluate`, whose loss is meant. layer: which LSTM, the first if None.
    by: 'zero' removes a unit by h = 0, 'mean' by the mean of its h over x, which takes away what it
    tells but not its usual strength. Gates are held shut (0), open (1) and at each unit's mean, the
    candidate at 0 and its mean. Stateful models begin each run with the states they have, which are
    given back. Cost: one pass over x for each unit and 11 for the gates. Raises ValueError for a
    model without LSTM or loss, and for another `by`.
    """
    text(by, "by", "ablate", BY)
    found = lstm_layer(model, layer)
    for quantity in ("gates", "h"):
        require_experiments(found.cell, quantity)
    model.require_compiled("ablate")
    require_built(model)
    data = labelled(model, x, y)
    require_finite(data)
    batches = list(in_batches(model, data, batch_size))
    experiment = Experiment(model, found, batches)
    whole = experiment.loss()
    means = experiment.means()
    rows = []
    for unit in range(found.units):
        held = means["h"][unit] if by == "mean" else 0.0
        loss = experiment.loss(("h", np.array([unit]), held))
        rows.append(Row("unit", str(unit), "mean" if by == "mean" else "0", loss, loss - whole))
    for gate, letter in gates_of(found.cell).items():
        for name, held in {"0": 0.0, "1": 1.0, "mean": means[gate]}.items():
            if name != "1" or letter not in found.cell.candidates:
                loss = experiment.loss((gate, np.arange(found.units), held))
                rows.append(Row("gate", gate, name, loss, loss - whole))
    rows.sort(key=lambda row: -row.increase if row.increase == row.increase else -np.inf)
    return Ablation(found.name, whole, tuple(rows))


class Experiment:
    """A model whose layer can be changed between two runs, on the same buffers."""

    def __init__(self, model: Model, layer: LSTM, batches: list[Data]) -> None:
        self.model = model
        self.layer = layer
        self.batches = batches
        self.changes: list[tuple[Changes, Changes]] = []  # in force, and as they were found
        with undisturbed(model):
            self.runs = list(runs(self.new_run, iter(batches)))

    def new_run(self, part: Data) -> Run:
        """A run whose changes are kept at hand, those of a `with intervene` around it included."""
        outer = experiment_of(self.layer)

        def changes(T: int, B: int) -> Changes:
            found = [outer(T, B) if outer else no_change_yet(T, B, self.layer) for _ in range(2)]
            self.changes.append((found[0], found[1]))
            return found[0]

        set_experiment(self.layer, changes)
        try:
            return Run(self.model, part)
        finally:
            set_experiment(self.layer, outer)

    def loss(self, removed: tuple[str, np.ndarray, Any] | None = None) -> float:
        """The loss of all batches with (what, its units, held at) removed."""
        for now, before in self.changes:
            for change, original in zip(now[:3], before[:3], strict=True):
                change.keep[...], change.put[...] = original
            if removed is not None:
                what, units, held = removed
                change = now.of_h if what == "h" else now.of_gates
                gates = list(gates_of(self.layer.cell))
                columns = units + (gates.index(what) * self.layer.units if what in gates else 0)
                change.keep[:, :, columns] = 0
                change.put[:, :, columns] = held
        total = 0.0
        with undisturbed(self.model):
            for run, batch in self.runs:
                run.forward(batch)
                total += run.loss * batch.samples
        return total / sum(batch.samples for batch in self.batches)

    def means(self) -> dict[str, np.ndarray]:
        """The mean of h and of each gate, (units,) each, over samples and used steps."""
        H, gates = self.layer.units, gates_of(self.layer.cell)
        sums, count = np.zeros((len(gates) + 1) * H), 0
        with undisturbed(self.model):
            for run, batch in self.runs:
                run.forward(batch)
                found = run.scan_of(self.layer)
                mask = found["given"].mask
                used = mask if mask.size else np.True_
                used = np.broadcast_to(used, found["tape"].a.shape[:2])
                numbers = np.concatenate([run.gates_of(self.layer), found["tape"].h[1:]], axis=2)
                sums += numbers[used].sum(axis=0, dtype=np.float64)
                count += int(used.sum())
        blocks = (sums / max(count, 1)).reshape(-1, H)
        return dict(zip((*gates, "h"), blocks, strict=True))


# ---- the result --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ablation:
    """`rows`, the greatest damage first; `loss` with everything in place."""

    layer: str
    loss: float
    rows: tuple[Row, ...]

    def frame(self) -> Any:
        """A pandas table of the rows."""
        return table(self.rows, columns=Row._fields)

    def plot(self) -> Any:
        """The increase of the loss as bars, units and gates apart. Returns the Figure."""
        from ..see.pictures.paper import new_figure

        kinds = {kind: [row for row in self.rows if row.kind == kind] for kind in ("unit", "gate")}
        height = 2 + 0.2 * max(map(len, kinds.values()))
        figure, axes = new_figure(9, height, 1, 2)
        for panel, (kind, rows) in zip(axes[0], kinds.items(), strict=True):
            names = [f"{row.name} at {row.held}" for row in rows]
            panel.barh(names, [row.increase for row in rows], color="0.5", edgecolor="k")
            panel.invert_yaxis()
            panel.axvline(0, color="k", lw=0.8)
            panel.set(xlabel="increase of the loss", ylabel=f"{kind} and at what it is held")
        figure.suptitle(f"LSTM layer '{self.layer}', loss {self.loss:.4g} with everything in place")
        return figure

    def __str__(self) -> str:
        lines = [f"LSTM layer '{self.layer}', loss {self.loss:.6g} with everything in place"]
        lines += [
            f"{row.kind} {row.name:<9} held at {row.held:<4}  loss {row.loss:<12.6g}"
            f" increase {row.increase:+.6g}"
            for row in self.rows
        ]
        return "\n".join(lines)
