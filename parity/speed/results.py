"""What was measured, as values: times by subject and contestant, shares, growth; and as JSON."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .busy import Busy
from .contestants import CONTESTANTS
from .cost import bound
from .growth import Growth
from .scaling import Scaling
from .timing import median, ratio, spread
from .workloads import TRAINING


@dataclass
class Results:
    """`values[subject][contestant]` has a value for each round, in the unit `units[subject]`."""

    ran_on: dict[str, str]
    values: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    gigaflops: float = 0.0  # a second, of a large product
    shares: dict[str, dict[str, float]] = field(default_factory=dict)  # of training steps
    steady: dict[str, int] = field(default_factory=dict)  # bytes
    growth: list[Growth] = field(default_factory=list)
    busy: list[Busy] = field(default_factory=list)
    scaling: list[Scaling] = field(default_factory=list)
    company: dict[str, dict[str, float]] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)  # what was left out, and why

    def add(self, subject: str, contestant: str, unit: str, value: float) -> None:
        self.units[subject] = unit
        self.values.setdefault(subject, {}).setdefault(contestant, []).append(value)

    def median(self, subject: str, contestant: str = "npslstm") -> float:
        """NaN where nothing was measured."""
        values = self.values.get(subject, {}).get(contestant)
        return median(values) if values else math.nan

    def spread(self, subject: str, contestant: str = "npslstm") -> float:
        return spread(self.values[subject][contestant])

    def ratio(self, subject: str, peer: str) -> float:
        """npslstm's time as a share of a peer's; NaN where one of them has none."""
        of = self.values.get(subject, {})
        complete = len(of.get("npslstm", [])) == len(of.get(peer, [])) > 0
        return ratio(of["npslstm"], of[peer]) if complete else math.nan

    def bound(self, workload: str) -> float:
        """Microseconds of a training step."""
        return bound(TRAINING[workload], self.gigaflops, self.shares[workload]["copying"])

    @property
    def contestants(self) -> list[str]:
        """Keys of those of whom something is known, npslstm first."""
        known = {key for of in self.values.values() for key in of}
        return [key for key in CONTESTANTS if key in known]


def as_dict(results: Results) -> dict[str, Any]:
    from .targets import judged

    return {
        "ran_on": results.ran_on,
        "remarks": results.remarks,
        "targets": [row._asdict() for row in judged(results)],
        "measured": [
            {
                "subject": subject, "contestant": key, "unit": results.units[subject],
                "median": median(values), "spread": spread(values), "rounds": values,
                "npslstm_is": results.ratio(subject, key),
            }
            for subject, of in results.values.items()
            for key, values in of.items()
        ],
        "gigaflops": results.gigaflops,
        "shares_of_processor_time_us": results.shares,
        "bounds_us": {name: results.bound(name) for name in results.shares},
        "steady_state_bytes": results.steady,
        "beside_busy_processes_us": [row._asdict() for row in results.busy],
        "several_threads_us": results.company,
        "by_number_of_threads_us": [
            {
                "of": row.workload.name, "parts": row.parts, "measured": row.measured,
                "expected_by_cores": row.expected,
            }
            for row in results.scaling
        ],
        "growth": [
            {
                "of": g.name, "expected": g.expected, "exponent": g.exponent, "sizes": g.sizes,
                "microseconds": g.times,
            }
            for g in results.growth
        ],
    }  # fmt: skip


def write_json(results: Results, path: Path) -> None:
    """JSON knows no NaN: what was not measured is null."""
    text = json.dumps(finite(as_dict(results)), indent=2, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
