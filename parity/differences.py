"""The difference of two results, checked against its tolerance and remembered for the report."""

from __future__ import annotations

from typing import Any

import numpy as np

from .tolerances import TOLERANCES

measured: dict[str, float] = {}  # the largest difference of this run, by the tolerance's name


def difference(ours: Any, theirs: Any, kind: str, least: float = 0.0) -> float:
    """The largest difference of two arrays of one shape; infinite where only one is NaN.

    kind 'relative' divides it by the largest magnitude in `theirs`, 'scaled' too, unless that is
    below 1; least: what it counts as at least, where it is known to be what sums have left of
    larger numbers.
    """
    p, q = np.asarray(ours, np.float64), np.asarray(theirs, np.float64)
    assert p.shape == q.shape, f"ours has shape {p.shape}, Keras's {q.shape}"
    if p.size == 0:
        return 0.0
    same = (p == q) | (np.isnan(p) & np.isnan(q))
    with np.errstate(invalid="ignore"):  # inf - inf, where they are the same
        gap = np.where(same, 0.0, np.abs(p - q))
    worst = float(np.where(np.isnan(gap), np.inf, gap).max())
    if kind != "absolute" and 0 < worst < np.inf:
        smallest = 1.0 if kind == "scaled" else np.finfo(np.float64).tiny
        worst /= max(float(np.nanmax(np.abs(q))), smallest, least)
    return worst


def agree(name: str, ours: Any, theirs: Any, what: str = "") -> None:
    """Assert that two arrays, or two lists of arrays, differ by no more than TOLERANCES[name]."""
    if isinstance(ours, (list, tuple)):
        assert len(ours) == len(theirs), f"{what}: {len(ours)} of ours, {len(theirs)} of Keras's"
        for k, (p, q) in enumerate(zip(ours, theirs, strict=True)):
            agree(name, p, q, f"{what}[{k}]")
        return
    tolerance = TOLERANCES[name]
    worst = difference(ours, theirs, tolerance.kind)
    measured[name] = max(measured.get(name, 0.0), worst)
    assert worst <= tolerance.allowed, (
        f"{what or name}: {tolerance.kind} difference {worst:.3g}, "
        f"allowed {tolerance.allowed:.3g}\n"
        f"ours:\n{np.asarray(ours)}\nKeras's:\n{np.asarray(theirs)}"
    )
