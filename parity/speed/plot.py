"""The picture: training times of all contestants on a logarithmic axis, and the growth sweeps.

Readable in black and white: contestants differ in shade and hatching, sweeps in line and marker.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from .contestants import CONTESTANTS
from .results import Results
from .tables import figure, title

HATCHES = {
    "npslstm": ("0.0", ""), "before": ("0.4", ""),
    "keras_tf": ("1.0", ""), "keras_jax": ("1.0", "////"),
    "pytorch": ("0.75", ""), "jax_scan": ("0.75", "\\\\\\\\"), "onnxruntime": ("1.0", "...."),
}  # fmt: skip
LINES = (("o", "-"), ("s", "--"), ("^", "-."), ("D", ":"))
BAR = 0.16  # inches
WIDTH = 11


def write_plot(results: Results, path: Path) -> None:
    """PNG, SVG or PDF, by the path's ending."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    subjects = [s for s, unit in results.units.items() if unit == "us"]
    bars = sum(len(results.values[s]) + 1 for s in subjects)
    with rc_context({"font.size": 9, "hatch.linewidth": 0.6}):
        picture = Figure(figsize=(WIDTH, max(4.5, BAR * bars + 1.2)), layout="constrained")
        if subjects and results.growth:
            left, right = picture.subplots(1, 2, width_ratios=[1.5, 1])
            draw_times(left, results, subjects)
            draw_growth(right, results)
        elif results.growth:
            draw_growth(picture.subplots(), results)
        else:
            draw_times(picture.subplots(), results, subjects)
        picture.savefig(path, dpi=150)


def draw_times(axes: Any, results: Results, subjects: list[str]) -> None:
    """A group of bars for each subject, npslstm's on top of it."""
    place, ticks, named = 0.0, [], set()
    for subject in subjects:
        keys = [key for key in results.contestants if key in results.values[subject]]
        ticks.append(place + (len(keys) - 1) / 2)
        for key in keys:
            shade, hatch = HATCHES[key]
            label = None if key in named else CONTESTANTS[key].title
            named.add(key)
            time = results.median(subject, key)
            axes.barh(
                place, time, 0.9, color=shade, hatch=hatch, edgecolor="k", linewidth=0.6,
                label=label,
            )  # fmt: skip
            axes.annotate(
                figure(time), (time, place), xytext=(3, 0), textcoords="offset points",
                va="center", fontsize=7, fontweight="bold" if key == "npslstm" else "normal",
            )  # fmt: skip
            place += 1
        place += 1
    axes.set_xscale("log")
    axes.margins(y=0.01)
    shown = [
        results.median(subject, key) for subject in subjects for key in results.values[subject]
    ]
    positive = [time for time in shown if time > 0]
    axes.set_xlim(10 ** math.floor(math.log10(min(positive)) - 0.2), 4 * max(positive))
    axes.set_yticks(ticks, [title(subject) for subject in subjects])
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    axes.set_xlabel("microseconds (logarithmic): a training step, a call of predict, a call of fit")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False)


def draw_growth(axes: Any, results: Results) -> None:
    """Every sweep relative to its smallest size; thin guides of exponents 1 and 2."""
    top = max(growth.sizes[-1] / growth.sizes[0] for growth in results.growth)
    high = 2 * max(time / g.times[0] for g in results.growth for time in g.times)
    for power in (1, 2):
        end = min(top, high ** (1 / power))
        axes.plot([1, end], [1, end**power], color="0.6", linewidth=0.6)
        axes.annotate(
            f"size{'²' if power == 2 else ''}", (end, end**power), color="0.4", fontsize=8,
            xytext=(3, 0), textcoords="offset points", va="center",
        )  # fmt: skip
    for growth, (marker, line) in zip(results.growth, LINES, strict=False):
        sizes = [size / growth.sizes[0] for size in growth.sizes]
        times = [time / growth.times[0] for time in growth.times]
        label = f"{growth.name}: exponent {growth.exponent:.2f}"
        axes.plot(sizes, times, f"k{line}", marker=marker, mfc="w", markersize=4, label=label)
    axes.set(title="Growth")
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set(xlabel="size, as a multiple of the smallest", ylabel="time, likewise")
    axes.set_ylim(0.5, high)
    axes.set_box_aspect(1.3)
    axes.set_anchor("N")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="lower right", frameon=False, handlelength=4)
