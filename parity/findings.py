"""What a comparison found: rows with a verdict, curves to draw, and what it ran on."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Row:
    """One quantity of one subject: its worst difference, in units of the precision's epsilon.

    subject: a program or a model, 'airline_window'. quantity: 'gradients'. tolerance: its name in
    TOLERANCES. where: the array that came closest to what is allowed, 'lstm/kernel, batch 2'.
    compared: how many numbers. measured is infinite where NaN met a number or shapes differ.
    """

    subject: str
    quantity: str
    tolerance: str
    where: str
    compared: int
    measured: float
    allowed: float
    epsilon: float

    @property
    def agrees(self) -> bool:
        return self.measured <= self.allowed

    @property
    def share(self) -> float:
        """Measured over allowed: how much of the slack is used."""
        if self.measured == 0:
            return 0.0
        return self.measured / self.allowed if self.allowed else float("inf")


@dataclass(frozen=True)
class Curve:
    """One value over a training, of both engines: 'loss' of 'airline_window' epoch by epoch.

    ours64, theirs64: the same training in float64, or empty where it was not run.
    """

    subject: str
    name: str
    ours: list[float]
    theirs: list[float]
    ours64: list[float] = field(default_factory=list)
    theirs64: list[float] = field(default_factory=list)


@dataclass
class Findings:
    """All rows and curves of a run; ran_on: versions, backend, machine, command, seconds."""

    ran_on: dict[str, str]
    rows: list[Row] = field(default_factory=list)
    curves: list[Curve] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def agree(self) -> bool:
        return bool(self.rows) and all(row.agrees for row in self.rows)

    def as_dict(self) -> dict[str, Any]:
        """Numbers and texts only, for a JSON file."""
        rows = [{**asdict(row), "share": row.share, "agrees": row.agrees} for row in self.rows]
        return {**asdict(self), "rows": rows, "agree": self.agree}
