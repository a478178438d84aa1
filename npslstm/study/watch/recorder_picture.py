"""The picture of a GateRecorder: a gate over epochs and time steps, above the gradient norms."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from ..see.pictures.paper import label_text, new_figure, number_axis

STYLES = ("k-", "k--", "k-.", "k:", "0.6")


def draw(
    epochs: np.ndarray, gate: np.ndarray, gradients: dict[str, np.ndarray], title: str,
    labels: Any = None,
) -> Any:  # fmt: skip
    """gate (records, time steps), gradients (records,) by name. Returns the Figure."""
    figure, axes = new_figure(9, 6.5, 2, 1, sharex=True)
    above, below = axes[:, 0]
    lowest = -1 if title.startswith("candidate") else 0
    steps, every = gate.shape[1], epochs[0]  # records stand at multiples of the first epoch
    image = above.imshow(
        gate.T, aspect="auto", interpolation="nearest", cmap="gray", vmin=lowest, vmax=1,
        extent=(epochs[0] - every / 2, epochs[-1] + every / 2, steps - 0.5, -0.5),
    )  # fmt: skip
    number_axis(above.yaxis, range(steps) if labels is None else list(map(label_text, labels)))
    word = "time step" if labels is None else "input read at each time step"
    above.set(title=title, ylabel=word)
    figure.colorbar(image, ax=above, label="gate, black = shut")
    for style, (name, norms) in zip(itertools.cycle(STYLES), gradients.items(), strict=False):
        below.plot(epochs, norms, style, label=name, lw=1)
    if any((norms > 0).any() for norms in gradients.values()):
        below.set_yscale("log")
    below.set(xlabel="epoch", ylabel="norm of the gate's gradient")
    below.legend(ncols=4, loc="lower center", bbox_to_anchor=(0.5, 1), frameon=False)
    return figure
