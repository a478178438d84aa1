"""What the pictures share: heat maps in grey, masked steps hatched, and the axis of time."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from numbers import Number
from typing import Any

import numpy as np

from ....arguments import entries, shown
from ...requirements import optional
from ..layer_trace import LayerTrace

BACKWARDS = "time step, counted from the end of the sequence"


def new_figure(width: float, height: float, rows: int = 1, columns: int = 1, **options: Any) -> Any:
    """A Figure and its axes (rows, columns). It is not registered with pyplot, so not kept open."""
    library = optional("matplotlib.figure", "pip install matplotlib")
    figure = library.Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False, **options)


def heat_map(axes: Any, values: np.ndarray, low: float, high: float) -> Any:
    """values (rows, columns), black at `low` to white at `high`; NaN, a masked step, is hatched."""
    axes.patch.set(facecolor="0.85", hatch="xxxx", edgecolor="0.45")
    shown = np.ma.masked_invalid(values)
    return axes.imshow(
        shown, aspect="auto", interpolation="nearest", cmap="gray", vmin=low, vmax=high
    )


def number_axis(axis: Any, numbers: Sequence[Any] | np.ndarray, most: int = 16) -> None:
    """Ticks at the rows of a heat map, named by `numbers`; at most so many."""
    rows = thinned(len(numbers), most)
    axis.set_ticks(rows, [str(numbers[row]) for row in rows])


def time_axis(axes: Any, one: LayerTrace, labels: Any = None, most: int = 12) -> None:
    """Time from left to right in the order of reading, with letters, dates or step numbers.

    labels: one for each time step of the sequence. most: how many to show, of single letters four
    times as many. Raises ValueError for another number of labels.
    """
    places = np.arange(len(one.steps))
    if labels is None:
        names = [str(step) for step in one.steps]
        word = "time step"
    else:
        if not isinstance(labels, str):
            labels = entries(labels, "labels", "A picture", "one entry for each time step")
        if len(labels) != one.time_steps:
            raise ValueError(
                f"labels has {len(labels)} entries; layer '{one.name}' read {one.time_steps} time "
                "steps. Give one for each."
            )
        names = [label_text(labels[position]) for position in one.positions]
        word = "input read at each time step"
    if one.go_backwards:
        word = BACKWARDS if labels is None else word
    longest = max((len(name) for name in names), default=1)
    rows = thinned(len(places), 4 * most if longest == 1 else most)
    slanted = longest > 3
    axes.set_xticks(rows, [names[row] for row in rows], rotation=45 if slanted else 0,
                    ha="right" if slanted else "center")  # fmt: skip
    axes.set_xlabel(word)


def thinned(count: int, most: int) -> np.ndarray:
    """Row numbers 0, k, 2k, ... of so many rows, at most `most` of them."""
    return np.arange(0, count, max(1, -(-count // most)))


def label_text(label: Any) -> str:
    """A label in few letters; of a date, the day; a space, which could not be seen, as a sign."""
    if isinstance(label, str):
        return "\N{OPEN BOX}" if label == " " else label
    if isinstance(label, datetime.date):
        return label.strftime("%Y-%m-%d")
    return str(label) if isinstance(label, (Number, np.generic)) else shown(label)


def of_sample(one: LayerTrace, quantity: str, sample: int) -> np.ndarray:
    """A quantity (steps, units) of a sample, NaN at every masked step, also of c and h."""
    n = one.sample(sample)
    values = np.array(getattr(one, quantity)[n])
    values[~one.mask[n]] = np.nan
    return values


def shade_masked(axes: Any, one: LayerTrace, sample: int) -> None:
    """Hatch the masked steps of a picture of lines."""
    for t in np.flatnonzero(~one.mask[one.sample(sample)]):
        axes.axvspan(t - 0.5, t + 0.5, facecolor="0.85", hatch="xxxx", edgecolor="0.45", lw=0)
