"""How time grows with the samples, time steps, batch and units: sweeps of one size at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from math import log
from typing import Any

from .cost import exponent
from .workloads import Workload

SHORT = 4  # sizes of a quick run


@dataclass(frozen=True)
class Sweep:
    """`size` is the field of the workload that grows; `expected` the exponent that the number of
    operations has. `steps`: the time is that of a training step, otherwise of an epoch."""

    name: str
    size: str
    base: Workload
    sizes: tuple[int, ...]
    expected: float = 1.0
    steps: bool = True

    def shown(self, shorter: bool) -> tuple[int, ...]:
        return self.sizes[:SHORT] if shorter else self.sizes

    def workloads(self, shorter: bool) -> list[Workload]:
        return [with_size(self.base, self.size, n) for n in self.shown(shorter)]

    def time(self, workload: Workload, step: float) -> float:
        """Microseconds of what the sweep is about, from those of a training step."""
        return step if self.steps else step * workload.steps_an_epoch


@dataclass(frozen=True)
class Growth:
    """A sweep that was run: microseconds for each size, the fitted exponent."""

    name: str
    expected: float
    sizes: list[int]
    times: list[float]

    @property
    def exponent(self) -> float:
        return exponent(self.sizes, self.times)

    @property
    def steepest(self) -> str:
        """'2.75, 128 to 256': the greatest exponent between two neighbouring sizes."""
        pairs = zip(pairwise(self.sizes), pairwise(self.times), strict=True)
        steep, a, b = max((log(v / u) / log(b / a), a, b) for (a, b), (u, v) in pairs)
        return f"{steep:.2f}, {a:,} to {b:,}"


def with_size(base: Workload, size: str, n: int) -> Workload:
    """The workload with one size changed; a larger batch comes with as many more samples."""
    changed: dict[str, Any] = {size: (n,) if size == "units" else n}
    if size == "batch":
        changed["samples"] = n * base.steps_an_epoch
    return replace(base, name=f"{base.name} {n}", **changed)


def doubled(first: int, times: int) -> tuple[int, ...]:
    return tuple(first * 2**k for k in range(times))


SWEEPS = (
    Sweep(
        "samples", "samples", Workload("samples", 64, 1, 1, 1, (4,)), doubled(64, 9), steps=False
    ),
    Sweep("time steps", "steps", Workload("time steps", 8, 8, 1, 4, (32,)), doubled(4, 8)),
    Sweep("batch", "batch", Workload("batch", 8, 1, 8, 4, (32,)), doubled(4, 8)),
    # to 1,024 units: 16 MB of weights; more leave the last cache, and wait for the memory
    Sweep("units", "units", Workload("units", 16, 16, 8, 4, (1,)), doubled(16, 7), 2.0),
)
