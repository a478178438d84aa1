"""Where two samples differ: after equal inputs, whatever still differs is memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ....arguments import entries, naming
from ..traces import Trace, require_trace
from .paper import heat_map, label_text, new_figure, number_axis, of_sample, time_axis

SHARE = 0.9  # of the difference at the end: the units that hold it stand above a white line


def plot_difference(
    trace: Trace,
    samples: Sequence[int] = (0, 1),
    layer: int | str | None = None,
    labels: Any = None,
    names: Sequence[Any] | None = None,
) -> Any:
    """tanh(c) of two samples, and the size of the difference of c, over time steps and units.

    The units are in the order of their difference at the last step that both samples have; the
    fewest that hold nine tenths of it stand above a white line. layer, labels: as for plot_gates.
    names: two, for the titles. Returns the Figure. Raises ValueError unless there are two samples
    that the trace holds, with a step that neither has masked.
    """
    one = require_trace(trace)[layer]
    samples = entries(samples, "samples", "plot_difference", "two samples")
    if names is not None:
        names = entries(names, "names", "plot_difference", "two titles")
    if len(samples) != 2 or (names is not None and len(names) != 2):
        raise ValueError(
            f"A difference has two samples, and names for both; received {samples!r}, {names!r}."
        )
    with naming("samples"):
        c = [of_sample(one, "c", sample) for sample in samples]
    gap = abs(c[0] - c[1])
    common = np.flatnonzero(~np.isnan(gap[:, 0]))
    if not len(common):
        raise ValueError(f"Samples {samples[0]} and {samples[1]} have no unmasked step in common.")
    last = gap[common[-1]]
    order = np.argsort(-last, kind="stable")
    few = np.searchsorted(np.cumsum(last[order]), SHARE * last.sum()) + 1
    width = min(16.0, max(9.0, 4 + 0.3 * len(one.steps)))
    height = min(12.0, max(5.0, 2.2 + 0.14 * len(order)))
    figure, axes = new_figure(width, height, 1, 3, sharey=True)
    shown = [f"tanh(c) of {label_text(name)}" for name in names or [f"sample {n}" for n in samples]]
    most = float(np.nanmax(gap)) or 1.0  # no difference at all is black
    maps = [(np.tanh(c[0]), -1, 1), (np.tanh(c[1]), -1, 1), (gap, 0, most)]
    for panel, title, drawn in zip(axes[0], [*shown, "difference of c"], maps, strict=True):
        image = heat_map(panel, drawn[0][:, order].T, *drawn[1:])
        panel.axhline(few - 0.5, color="w", lw=4)
        panel.set_title(title)
        time_axis(panel, one, labels, most=max(4, int(width * 0.6)))
        word = "size of the difference" if drawn[0] is gap else "from -1 to 1"
        figure.colorbar(image, ax=panel, location="bottom", label=word)
    number_axis(axes[0, 0].yaxis, np.array(one.units)[order], most=30)
    axes[0, 0].set_ylabel("unit, the greatest difference first")
    figure.suptitle(f"What two samples leave in LSTM layer '{one.name}'")
    return figure
