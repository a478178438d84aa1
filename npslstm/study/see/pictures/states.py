"""All states of a batch through a stateful epoch: what is carried from batch to batch."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...names import meaning
from ..traces import Trace, require_trace
from .paper import heat_map, new_figure, number_axis, of_sample, time_axis

MOST_SAMPLES = 8  # rows of panels that still can be read
MOST_BORDERS = 60  # batches whose borders are drawn


def plot_states(trace: Trace, layer: int | str | None = None, labels: Any = None) -> Any:
    """tanh(c) and h of all units through all batches, a row of panels a sample of the batch.

    trace: of a stateful model, over an epoch in one call; or of another model, whose samples are
    then shown one below the other. White lines stand where a batch begins and finds the states that
    the one before has left. At most 8 samples are shown. layer, labels: as for plot_gates; labels
    go through all batches. Returns the Figure.
    """
    per_batch = require_trace(trace)[layer].time_steps
    one = (trace.end_to_end() if trace.stateful else trace)[layer]
    samples = one.samples[:MOST_SAMPLES]
    width = min(16.0, max(9.0, 3 + 0.1 * 2 * len(one.steps)))
    height = min(14.0, 1.8 + len(samples) * min(2.5, max(1.2, 0.14 * len(one.units))))
    figure, axes = new_figure(width, height, len(samples), 2, sharex=True, sharey=True)
    for panels, sample in zip(axes, samples, strict=True):
        for panel, quantity in zip(panels, "ah", strict=True):
            image = heat_map(panel, of_sample(one, quantity, sample).T, -1, 1)
            borders = np.arange(per_batch, one.time_steps, per_batch)
            if trace.stateful and len(borders) <= MOST_BORDERS:
                for border in np.searchsorted(one.steps, borders):
                    panel.axvline(border - 0.5, color="w", lw=1.6)
                    panel.axvline(border - 0.5, color="k", lw=0.8, ls=(0, (2, 2)))
        panels[0].set_ylabel(f"sample {sample}\nunit")
    number_axis(axes[0, 0].yaxis, one.units, most=8)
    for panel, quantity in zip(axes[0], "ah", strict=True):
        panel.set_title(meaning(quantity))
    for panel in axes[-1]:
        time_axis(panel, one, labels, most=max(6, int(width * 1.4)))
    figure.colorbar(image, ax=axes, label="from -1 to 1", aspect=40)
    how = f", batch after batch of {per_batch} time steps" if trace.stateful else ""
    figure.suptitle(f"States of LSTM layer '{one.name}'{how}")
    return figure
