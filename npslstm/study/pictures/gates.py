"""Gates over time: a heat map for each gate, the candidate, and the cell state."""

from __future__ import annotations

from typing import Any

from ..traces import Trace, require_trace
from .paper import MEANINGS, heat_map, new_figure, number_axis, of_sample, time_axis

PANELS = (("f", "g"), ("i", "a"), ("o", "h"))


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
    figure, axes = new_figure(width, height, 3, 2, sharex=True, sharey=True)
    for panels, quantities in zip(axes, PANELS, strict=True):
        for panel, quantity in zip(panels, quantities, strict=True):
            low = 0 if quantity in "ifo" else -1
            image = heat_map(panel, of_sample(one, quantity, sample).T, low, 1)
            panel.set_title(MEANINGS[quantity], fontsize="medium")
            if quantity == "o":
                gate_bar = image
        panels[0].set_ylabel("unit")
    number_axis(axes[0, 0].yaxis, one.units)
    for panel in axes[-1]:
        time_axis(panel, one, labels, most=max(6, int(width * 1.4)))
    options = {"location": "bottom", "aspect": 40, "fraction": 0.06, "pad": 0.02}
    figure.colorbar(gate_bar, ax=axes[:, 0], label="gate: 0 shut, 1 open", **options)
    figure.colorbar(image, ax=axes[:, 1], label="g, tanh(c), h: from -1 to 1",
                    ticks=[-1, -0.5, 0, 0.5, 1], **options)  # fmt: skip
    figure.suptitle(f"LSTM layer '{one.name}', sample {sample}")
    return figure
