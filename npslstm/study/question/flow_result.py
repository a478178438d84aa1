"""What gradient_flow returns: arrays, a table and a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..requirements import table


class LayerFlow(NamedTuple):
    """One LSTM layer, each array (samples, time steps), norms over its units.

    dh, dc: of dL/dh and dL/dc after each step, by all ways. dh_cut, dc_cut: without the cell's
    path, dL/dc cut between the steps. arriving: of what reaches (h, c) of a step from later steps
    alone, 0 at the last step of a batch. dropped: at the first step of a batch, of the error that
    arrives at the state carried in and goes no further; 0 elsewhere. begins: True where a batch
    begins. Steps count in the order of reading: with go_backwards, from the end of x.
    """

    dh: np.ndarray
    dc: np.ndarray
    dh_cut: np.ndarray
    dc_cut: np.ndarray
    arriving: np.ndarray
    dropped: np.ndarray
    begins: np.ndarray


@dataclass(frozen=True)
class GradientFlow:
    """flow['name of a layer'] or flow[0] is a LayerFlow; `layers` holds them all in order."""

    layers: dict[str, LayerFlow]
    stateful: bool  # whether batches follow each other in time, or are other samples
    batches: int
    backwards: tuple[str, ...] = ()  # the layers with go_backwards

    def __getitem__(self, name: str | int) -> LayerFlow:
        """A layer's flow, by name or position."""
        if isinstance(name, int) and -len(self.layers) <= name < len(self.layers):
            return list(self.layers.values())[name]
        if name not in self.layers:
            known = ", ".join(map(repr, self.layers))
            raise KeyError(f"There is no LSTM layer {name!r} here; there are {known}.")
        return self.layers[str(name)]

    def frame(self) -> Any:
        """A pandas table, a row for each layer, sample and time step."""
        parts: dict[str, list[np.ndarray]] = {}
        for name, flow in self.layers.items():
            places = np.indices(flow.dh.shape)
            columns = {"layer": np.full(flow.dh.shape, name), "sample": places[0]}
            columns["step"] = places[1]
            for column, array in (columns | flow._asdict()).items():
                parts.setdefault(column, []).append(array.ravel())
        return table({column: np.concatenate(arrays) for column, arrays in parts.items()})

    def plot(self, sample: int | None = None) -> Any:
        """The norms over time on a logarithmic axis, a panel a layer. Returns the Figure.

        sample: one of them; None for the mean over all. A zero stands at the lower edge. Thin lines
        mark where a batch begins: no error crosses them to the left.
        """
        from ..see.pictures.paper import BACKWARDS, new_figure

        rows = len(self.layers)
        figure, axes = new_figure(9, 1 + 3.2 * rows, rows, 1)
        for panel, (name, flow) in zip(axes[:, 0], self.layers.items(), strict=True):
            draw(panel, flow, sample)
            panel.set_title(f"LSTM layer '{name}'")
            panel.set_xlabel(BACKWARDS if name in self.backwards else "time step")
        handles, labels = axes[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3)
        return figure

    def __str__(self) -> str:
        crossing = "no error crosses from a batch to the one before"
        several = self.stateful and self.batches > 1
        lines = [f"{self.batches} batches in time; {crossing}."] if several else []
        for name, flow in self.layers.items():
            first, last, cut = (a.mean(axis=0) for a in (flow.dc, flow.dc, flow.dc_cut))
            lines.append(
                f"{name}: |dL/dc| {last[-1]:.2e} at the last of {len(last)} steps, {first[0]:.2e} "
                f"at the first, {cut[0]:.2e} there without the cell's path."
            )
        return "\n".join(lines)


STYLES = {
    "dh": ("dL/dh", "k-o"),
    "dc": ("dL/dc", "k-s"),
    "dh_cut": ("dL/dh without the cell's path", "k:o"),
    "dc_cut": ("dL/dc without the cell's path", "k:s"),
    "arriving": ("what comes from later steps", "k--^"),
}


def draw(panel: Any, flow: LayerFlow, sample: int | None) -> None:
    """One layer's norms as lines; hollow marks for what is cut or partial."""
    pick = slice(None) if sample is None else [sample]
    curves = {name: getattr(flow, name)[pick].mean(axis=0) for name in STYLES}
    positive = np.concatenate([curve[curve > 0] for curve in curves.values()])
    floor = 10.0 ** np.floor(np.log10(positive.min())) if positive.size else 1.0
    for name, curve in curves.items():
        label, style = STYLES[name]
        fill = "k" if name in ("dh", "dc") else "w"
        panel.plot(curve, style, label=label, lw=1, ms=4, mfc=fill)
    panel.xaxis.get_major_locator().set_params(integer=True)
    panel.set_yscale("symlog", linthresh=floor)
    panel.set_ylim(bottom=-floor / 20)
    for step in np.flatnonzero(flow.begins[0]):
        panel.axvline(step - 0.5, color="0.6", lw=0.8)
    panel.set_ylabel("norm, mean over samples" if sample is None else f"norm, sample {sample}")
