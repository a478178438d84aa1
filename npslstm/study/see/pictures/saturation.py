"""How often gates are shut or open: saturation in the sense of Karpathy, Johnson & Li.

A gate is left-saturated where it is below 0.1 and right-saturated where it is above 0.9: Karpathy,
Johnson & Li 2015, https://arxiv.org/abs/1506.02078, section 4.2.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...names import meaning
from ..layer_trace import LayerTrace
from ..traces import Trace, require_trace
from .paper import new_figure

SHUT, OPEN = 0.1, 0.9


def saturation(trace: Trace, layer: int | str | None = None) -> dict[str, np.ndarray]:
    """For each gate, 'i', 'f', 'o' of an LSTM, an array (units, 2): the shares of steps shut, and
    open.

    Shut is below 0.1, open above 0.9, over all samples and steps of the trace that are not masked.
    """
    one = require_trace(trace)[layer]
    gates = [letter for letter in one.cell.gates if letter not in one.cell.candidates]
    return {gate: shares(used_steps(one, gate)) for gate in gates}


def used_steps(one: LayerTrace, quantity: str) -> np.ndarray:
    """A quantity at all steps that are not masked: (samples and steps together, units)."""
    return getattr(one, quantity)[one.mask]


def shares(values: np.ndarray) -> np.ndarray:
    return np.stack([(values < SHUT).mean(axis=0), (values > OPEN).mean(axis=0)], axis=1)


def plot_saturation(trace: Trace, layer: int | str | None = None) -> Any:
    """Above each unit as a circle: the share of steps at which its gate is shut, and open. Below
    how often the gate takes which value, over all units. Returns the Figure.

    Circles on the diagonal are gates that are always one or the other; circles at the lower left
    are never saturated. layer: position or name, the first by default.
    """
    one = require_trace(trace)[layer]
    found = saturation(trace, layer)
    if not found:
        raise ValueError(
            f"The cell '{one.cell.name}' of layer '{one.name}' has candidates only, and no gate "
            "that is shut or open."
        )
    figure, axes = new_figure(10, 6.4, 2, len(found), sharex="row", sharey="row")
    for (gate, units), above, below in zip(found.items(), *axes, strict=True):
        above.fill([1, 0, 1], [0, 1, 1], color="0.9", lw=0)
        above.plot([1, 0], [0, 1], "k-", lw=0.8)
        above.plot(*units.T, "o", mfc="none", mec="k", ms=8, clip_on=False)
        above.set(title=meaning(gate), xlim=(0, 1), ylim=(0, 1), aspect="equal")
        above.set_xlabel(f"share of steps shut (< {SHUT})")
        values = used_steps(one, gate).ravel()
        weights = np.full(values.size, 1 / max(1, values.size))
        below.hist(values, np.linspace(0, 1, 41), weights=weights, color="0.75", ec="k", lw=0.6)
        for border in (SHUT, OPEN):
            below.axvline(border, color="k", ls="--", lw=0.8)
        below.set(xlim=(0, 1), xlabel="value of the gate: 0 shut, 1 open")
    axes[0, 0].set_ylabel(f"share of steps open (> {OPEN})")
    axes[1, 0].set_ylabel("share of all units and steps")
    used = int(one.mask.sum())
    figure.suptitle(f"LSTM layer '{one.name}': {len(one.units)} units, {used} steps")
    return figure
