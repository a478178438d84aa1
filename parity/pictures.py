"""A curve of both engines as an SVG to stand in a page: values above, differences below.

The drawing takes its colours from the page's style sheet, so that it is dark where the page is
dark, keeps its text as text, and is the same, byte for byte, for the same numbers.
"""

from __future__ import annotations

import io
import math
import re
from typing import Any

from .findings import Curve
from .tolerances import FLOAT32, FLOAT64

WIDTH, HEIGHT = 5.2, 4.1  # inches: two beside each other on a screen, or on a printed A4 page
FLOOR, CEILING = FLOAT64 / 2**6, 1.0  # of the differences: the same in every picture, to compare
POINTS = 250  # of differences: where there are more, each is the largest of a stretch of epochs

# What is drawn in these colours gets the style sheet's instead.
INK, FAINT, OURS, THEIRS, OURS64 = "#010101", "#020202", "#030303", "#040404", "#050505"
VARIABLES = {INK: "ink", FAINT: "line", OURS: "ours", THEIRS: "theirs", OURS64: "ours64"}

STYLE: dict[Any, Any] = {
    "svg.fonttype": "none", "svg.hashsalt": "parity",
    "font.size": 9, "font.family": "DejaVu Sans",  # by which matplotlib measures its texts
    "text.color": INK, "axes.labelcolor": INK, "xtick.color": INK, "ytick.color": INK,
    "axes.edgecolor": FAINT, "axes.spines.top": False, "axes.spines.right": False,
    "xtick.major.size": 0, "ytick.major.size": 0, "ytick.minor.size": 0,
    "axes.axisbelow": True, "grid.color": FAINT, "grid.linewidth": 0.5, "legend.frameon": False,
}  # fmt: skip


def svg(curve: Curve, prefix: str) -> str:
    """The drawing as an <svg> element; prefix: what its ids begin with, unique in the page."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
        above, below = figure.subplots(2, sharex=True, height_ratios=[3, 2.4])
        _values(above, curve)
        _differences(below, curve)
        file = io.StringIO()
        figure.savefig(file, format="svg", transparent=True)
    return _embedded(file.getvalue(), prefix)


def _values(axes: Any, curve: Curve) -> None:
    """Keras's curve wide and pale, ours thin on top of it: both remain visible where they agree."""
    dot = "." if len(curve.ours) == 1 else ""  # one epoch makes no line
    for name, values, colour, width in (
        ("Keras", curve.theirs, THEIRS, 5.0),
        ("npslstm", curve.ours, OURS, 1.3),
    ):
        epochs = range(1, len(values) + 1)
        axes.plot(epochs, values, color=colour, linewidth=width, marker=dot, label=name)
    low, high = axes.get_ylim()
    least = 0.02 * abs(high)  # closer than that one would see rounding, which is drawn below
    if high - low < least:
        axes.set_ylim(low - least, high + least)
    axes.set_ylabel(curve.name)
    axes.grid(axis="y")
    axes.legend(loc="best", handlelength=1.6)


def _differences(axes: Any, curve: Curve) -> None:
    """Each precision's differences in its colour, dashed the epsilon they are to be held against.

    Equal values have no logarithm: their points lie on the floor. Missing numbers: on the ceiling.
    """
    series = [("float32", curve.gaps, FLOAT32, OURS), ("float64", curve.gaps64, FLOAT64, OURS64)]
    for name, gaps, epsilon, colour in series:
        if not gaps:
            continue
        dots: dict[str, Any] = {"color": colour, "marker": ".", "markersize": 2.5}
        stretch = math.ceil(len(gaps) / POINTS)
        epochs = range(1, len(gaps) + 1, stretch)
        largest = [max(gaps[k - 1 : k - 1 + stretch]) for k in epochs]
        shown = [min(max(gap, FLOOR), CEILING) if gap else math.nan for gap in largest]
        equal = [FLOOR if gap == 0 else math.nan for gap in largest]
        axes.plot(epochs, shown, linewidth=0.8, **dots)
        axes.plot(epochs, equal, linestyle="none", **dots)
        axes.axhline(epsilon, color=colour, linewidth=0.8, linestyle=(0, (4, 3)))
        axes.text(
            1.01, epsilon, f"ε {name}", color=colour, va="center",
            transform=axes.get_yaxis_transform(),
        )  # fmt: skip
    axes.set_yscale("log", base=2)
    axes.set_ylim(FLOOR / 2, CEILING * 2)
    axes.set_yticks([2.0**-k for k in (0, 10, 20, 30, 40, 50)])
    axes.grid(axis="y")
    axes.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    axes.set(xlabel="epoch", ylabel="relative difference")


def _embedded(text: str, prefix: str) -> str:
    """The drawing without what only a file needs, its date for one, in the page's colours.

    The width is the page's to decide; the view box keeps the proportions.
    """
    text = text[text.index("<svg") :]
    text = re.sub(r"<(metadata|style).*?</\1>", "", text, flags=re.DOTALL)
    text = re.sub(r'<svg.*?(viewBox="[^"]*").*?>', r'<svg role="img" \1>', text, count=1)
    text = re.sub(r'( id="|"#|url\(#)', rf"\g<1>{prefix}-", text)
    for colour, variable in VARIABLES.items():
        text = text.replace(colour, f"var(--{variable})")
    return text.strip()
