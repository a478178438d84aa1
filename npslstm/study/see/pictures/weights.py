"""The weights of an LSTM by gate: what each unit's gates hear, and how loudly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ....arguments import entries, is_whole, naming, shown
from ....bundles import Cell, Weights
from ...models import lstm_layer, require_model, weights_of
from ...names import meaning
from ..traces import Trace
from .paper import heat_map, new_figure, number_axis

BLOCKS = {"W": "W, kernel\n(feature)", "U": "U, recurrent kernel\n(unit of the step before)",
          "b": "b, bias"}  # fmt: skip


def plot_weights(
    source: Any, layer: int | str | None = None, features: Sequence[str] | None = None
) -> Any:
    """W, U and b as heat maps, a column of panels for each gate, on one scale. Returns the Figure.

    A panel's columns are the units, its rows what they hear. Black is the most negative weight,
    white the most positive. source: a model, or a trace of it. layer: position or name, the first
    by default. features: names for the inputs. Raises ValueError for a layer that does not exist.
    """
    name, weights, cell = source_of(source, layer)
    F, H = weights.W.shape[0], weights.U.shape[0]
    names: list[Any] = [str(k) for k in range(F)]
    if features is not None:
        names = entries(features, "features", "plot_weights", "names of the inputs")
        for one in names:
            if not isinstance(one, str) and not is_whole(one):
                raise ValueError(
                    "plot_weights: features holds the names of the inputs, which are texts; "
                    f"received {shown(one)} of type {type(one).__name__} among them. Write for "
                    "example features=['temperature', 'rain']."
                )
    if len(names) != F:
        raise ValueError(f"features names {len(names)} inputs; layer '{name}' has {F}.")
    largest = max(float(np.abs(w).max()) for w in weights[:3]) or 1.0
    rows = [min(max(F, 2), 2 * H), H, max(1, H // 10)]
    height = min(12.0, 2.5 + 0.17 * sum(rows))
    figure, axes = new_figure(
        min(14.0, max(8.5, 2 + 0.6 * H)), max(5.0, height), 3, len(cell.gates), height_ratios=rows
    )
    for panels, key in zip(axes, BLOCKS, strict=True):
        blocks = np.split(np.atleast_2d(getattr(weights, key)), len(cell.gates), axis=1)
        for panel, block in zip(panels, blocks, strict=True):
            image = heat_map(panel, block, -largest, largest)
            panel.set_xticks([])
            panel.set_yticks([])
        panels[0].set_ylabel(BLOCKS[key], rotation=0, ha="right", va="center")
    number_axis(axes[0, 0].yaxis, names, most=40)
    number_axis(axes[1, 0].yaxis, range(H))
    for panel, bottom, letter in zip(axes[0], axes[2], cell.gates, strict=True):
        panel.set_title(meaning(letter))
        number_axis(bottom.xaxis, range(H), most=8)
        bottom.set_xlabel("unit")
    figure.colorbar(image, ax=axes, label="weight (black negative, white positive)", aspect=40)
    figure.suptitle(f"Weights of LSTM layer '{name}'")
    return figure


def source_of(source: Any, layer: Any) -> tuple[str, Weights, Cell]:
    """The name, the weights and the cell of a layer of a model or of a trace."""
    if isinstance(source, Trace):
        return source[layer].name, source[layer].weights, source[layer].cell
    with naming("source"):
        require_model(source)
    found = lstm_layer(source, layer)
    if not found.built:
        raise ValueError(f"LSTM layer '{found.name}' was not built, so it has no weights yet.")
    return found.name, weights_of(found), found.cell
