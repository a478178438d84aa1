"""The picture of a GateRecorder: a gate over epochs and time steps, above the gradient norms."""

from __future__ import annotations

from typing import Any

import numpy as np

from .pictures.paper import label_text

STYLES = ("k-", "k--", "k-.", "k:")


def draw(
    epochs: np.ndarray, gate: np.ndarray, gradients: dict[str, np.ndarray], title: str,
    labels: Any = None,
) -> Any:  # fmt: skip
    """gate (records, time steps), gradients (records,) by name. Returns the Figure."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 6.5), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    lowest = -1 if title.startswith("candidate") else 0
    steps, every = gate.shape[1], epochs[0]  # records stand at multiples of the first epoch
    image = above.imshow(
        gate.T, aspect="auto", interpolation="nearest", cmap="gray", vmin=lowest, vmax=1,
        extent=(epochs[0] - every / 2, epochs[-1] + every / 2, steps - 0.5, -0.5),
    )  # fmt: skip
    ticks = np.unique(np.linspace(0, steps - 1, 10).astype(int))
    if labels is None:
        above.set_yticks(ticks)
    else:
        above.set_yticks(ticks, [label_text(labels[step]) for step in ticks])
    word = "time step" if labels is None else "input read at each time step"
    above.set(title=title, ylabel=word)
    figure.colorbar(image, ax=above, label="gate, black = shut")
    for style, (name, norms) in zip(STYLES, gradients.items(), strict=True):
        below.plot(epochs, norms, style, label=name, lw=1)
    if any((norms > 0).any() for norms in gradients.values()):
        below.set_yscale("log")
    below.set(xlabel="epoch", ylabel="norm of the gate's gradient")
    below.legend(ncols=4)
    return figure
