"""Gates over time: a heat map for each gate, the candidate, and the cell state."""

from __future__ import annotations

from typing import Any

from ...names import meaning
from ..traces import Trace, require_trace
from .paper import heat_map, new_figure, number_axis, of_sample, time_axis


def plot_gates(
    trace: Trace, sample: int = 0, layer: int | str | None = None, labels: Any = None
) -> Any:
    """The gates of all units over the time steps of a sample, as heat maps. Returns the Figure.

    On the left forget, input and output gate, from 0 (black, shut) to 1 (white, open); on the right
    candidate, tanh of the cell state and output, from -1 (black) to 1 (white). Masked steps are
    hatched. layer: position or name, the first by default. labels: letters or dates, one a time
    step. Raises ValueError for a sample or layer that the trace does not hold.
    """
    one = require_trace(trace)[layer]
    units, steps = len(one.units), len(one.steps)
    width = min(16.0, max(8.0, 3 + 0.22 * steps))
    height = min(12.0, 2.5 + 3 * min(2.6, max(0.9, 0.16 * units)))
    candidates = one.cell.candidates
    gates = sorted(letter for letter in one.cell.gates if letter not in candidates)
    others = [*candidates, "a", "h"]
    rows = max(len(gates), len(others))
    columns = [(gates, 0), (others, -1)] if gates else [(others, -1)]
    figure, axes = new_figure(width, height, rows, len(columns), sharex=True, sharey=True)
    images = []
    for column, (quantities, low) in enumerate(columns):
        for row in range(rows):
            panel = axes[row, column]
            if row >= len(quantities):
                panel.set_axis_off()
                continue
            image = heat_map(panel, of_sample(one, quantities[row], sample).T, low, 1)
            panel.set_title(meaning(quantities[row]), fontsize="medium")
        images.append(image)
    for panel in axes[:, 0]:
        panel.set_ylabel("unit")
    number_axis(axes[0, 0].yaxis, one.units)
    for column, (quantities, _) in enumerate(columns):
        lowest = axes[len(quantities) - 1, column]
        lowest.tick_params(labelbottom=True)
        time_axis(lowest, one, labels, most=max(6, int(width * 1.4)))
    options = {"location": "bottom", "aspect": 40, "fraction": 0.06, "pad": 0.02}
    labels_of_bars = {
        0: "gate: 0 shut, 1 open", -1: f"{', '.join(candidates)}, tanh(c), h: from -1 to 1",
    }  # fmt: skip
    for column, (image, (_, low)) in enumerate(zip(images, columns, strict=True)):
        ticks = None if low == 0 else [-1, -0.5, 0, 0.5, 1]
        figure.colorbar(
            image, ax=axes[:, column], label=labels_of_bars[low], ticks=ticks, **options
        )
    figure.suptitle(f"LSTM layer '{one.name}', sample {sample}")
    return figure
