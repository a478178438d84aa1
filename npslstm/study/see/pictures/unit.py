"""One unit's life: its gates, candidate, cell state and output as lines over time."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...names import meaning
from ..traces import Trace, require_trace
from .paper import new_figure, of_sample, shade_masked, time_axis

STYLES = (("k-", "s"), ("k--", "o"), ("k:", "^"), ("k-.", "v"), ("0.5", "D"))


def plot_unit(
    trace: Trace, unit: int, sample: int = 0, layer: int | str | None = None, labels: Any = None
) -> Any:
    """i, f, o above, c, h, g below, as lines over the time steps of a sample. Returns the Figure.

    Masked steps are hatched, and the lines broken there. layer, labels: as for plot_gates. Raises
    ValueError for a unit, sample or layer that the trace does not hold.
    """
    one = require_trace(trace)[layer]
    u, steps = one.unit(unit), len(one.steps)
    width = min(16.0, max(7.0, 3 + 0.22 * steps))
    figure, axes = new_figure(width, 5.6, 2, 1, sharex=True)
    above, below = axes[:, 0]
    candidates = one.cell.candidates
    gates = sorted(letter for letter in one.cell.gates if letter not in candidates)
    for panel, lines in ((above, gates), (below, ["c", "h", *candidates])):
        for number, quantity in enumerate(lines):
            style, marker = STYLES[number % len(STYLES)]
            values = of_sample(one, quantity, sample)[:, u]
            panel.plot(
                np.arange(steps), values, style, marker=marker, ms=5, mfc="w", lw=1.3,
                markevery=max(1, steps // 40), label=meaning(quantity),
            )  # fmt: skip
        shade_masked(panel, one, sample)
        panel.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False, handlelength=3)
    above.set(ylim=(-0.05, 1.05), ylabel="gate: 0 shut, 1 open")
    below.axhline(0, color="0.6", lw=0.8, zorder=0)
    below.set_ylabel("state (g and h: -1 to 1)")
    below.set_xlim(-0.5, steps - 0.5)
    time_axis(below, one, labels, most=max(6, int(width * 1.8)))
    figure.suptitle(f"Unit {unit} of LSTM layer '{one.name}', sample {sample}")
    return figure
