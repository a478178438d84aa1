"""What npslstm sets out to reach, as data, and whether it did: told, never asserted.

A limit is a share of a peer's time in the same run, or a number in the subject's own unit. Those of
time were set on another machine: if this one is slower, what they would be here (`reference`)
stands beside them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from .contestants import CONTESTANTS
from .reference import slowness
from .results import Results
from .workloads import TINY

STRAIGHT = 0.1  # how far above the expected one a fitted exponent may be
TIMES = ("us", "s")  # units
PEAK = 160  # MB
STEADY = 4096  # bytes of Python's own passing objects; the smallest buffer of `large` has 65,536


class Target(NamedTuple):
    subject: str
    limit: float
    peer: str = ""


class Verdict(NamedTuple):
    subject: str
    target: str
    measured: str
    share: float  # of the limit; above 1 it is missed
    verdict: str


TARGETS = (
    *(Target(name, 1.0, "jax_scan") for name in TINY),
    Target("mnist", 1.0, "pytorch"),
    Target("large", 1.15, "pytorch"),
    Target("large", 1.0, "keras_tf"),
    Target("large", 1.0, "keras_jax"),
    Target("fit_call", 100),
    Target("predict_one", 10),
    Target("predict_stateful", 10),
    Target("predict_mnist", 1.0, "pytorch"),
    Target("predict_mnist", 1.0, "onnxruntime"),
    Target("import", 0.35),
    Target("process", 1.5),
    Target("process_cold", 1.0, "keras_tf"),
    Target("tutorials", 8),
    Target("model_peak", PEAK),
    Target("peak", PEAK),
)


def judged(results: Results) -> list[Verdict]:
    """Every target of what was measured; those that need a peer who is missing are not judged."""
    found = [verdict(results, t) for t in TARGETS if t.subject in results.values]
    return [*found, *of_memory(results), *of_growth(results)]


def verdict(results: Results, target: Target) -> Verdict:
    unit = results.units[target.subject]
    if target.peer:
        found = results.ratio(target.subject, target.peer)
        share = "" if target.limit == 1 else f"{target.limit:g} of "
        limit = f"at most {share}{CONTESTANTS[target.peer].title}"
        text = f"{found:.3g} of it"
    else:
        found = results.median(target.subject)
        limit, text = f"at most {target.limit:g} {unit}", f"{found:,.3g} {unit}"
        if unit in TIMES and (factor := slowness(results)) > 1:
            limit += f" (here {target.limit * factor:.3g})"
    return judge(target.subject, limit, text, found / target.limit)


def of_memory(results: Results) -> Iterator[Verdict]:
    if "helpers_peak" in results.values:
        own = results.median("peak") - results.median("helpers_peak")
        limit = f"at most {PEAK} MB beyond its helpers'"
        yield judge("own_peak", limit, f"{own:.3g} MB", own / PEAK)
    if results.steady:
        most = max(results.steady.values())
        limit = f"no buffers: under {STEADY:,} bytes"
        yield judge("steady state", limit, f"{most:,} bytes", most / STEADY)


def of_growth(results: Results) -> Iterator[Verdict]:
    for growth in results.growth:
        limit = growth.expected + STRAIGHT
        text = f"exponent {growth.exponent:.2f}"
        name = f"growth, {growth.name}"
        yield judge(name, f"exponent at most {limit:.1f}", text, growth.exponent / limit)


def judge(subject: str, target: str, measured: str, share: float) -> Verdict:
    if math.isnan(share):
        return Verdict(subject, target, "–", share, "not measured")
    return Verdict(subject, target, measured, share, "met" if share <= 1 else "missed")
