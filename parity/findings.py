"""What a comparison found: rows with a verdict, curves to draw, and what it ran on."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from itertools import zip_longest
from typing import Any

from .tolerances import FLOAT32

# In the order in which a training makes them.
QUANTITIES = (
    "weights", "outputs", "state", "loss and metrics", "gradients", "optimizer", "training",
    "result",
)  # fmt: skip


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

    @property
    def precision(self) -> str:
        return "float32" if self.epsilon == FLOAT32 else "float64"


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

    @property
    def gaps(self) -> list[float]:
        """The difference at each point, divided by the largest |Keras's| of the curve."""
        return _gaps(self.ours, self.theirs)

    @property
    def gaps64(self) -> list[float]:
        return _gaps(self.ours64, self.theirs64)

    @property
    def fall(self) -> float:
        """The largest gap in float64 over that in float32: about 2^-29 if rounding is the cause.

        NaN where one of the two is no positive number.
        """
        gap, gap64 = max(self.gaps, default=0.0), max(self.gaps64, default=0.0)
        return gap64 / gap if 0 < gap < math.inf and 0 < gap64 < math.inf else math.nan


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

    @property
    def subjects(self) -> list[str]:
        """In the order of their first rows."""
        return list(dict.fromkeys(row.subject for row in self.rows))

    @property
    def quantities(self) -> list[str]:
        """Those compared: the known ones in their order, 'state, float64' after 'state', others."""
        order = {name: k for k, name in enumerate(QUANTITIES)}
        compared = dict.fromkeys(row.quantity for row in self.rows)
        return sorted(compared, key=lambda name: order.get(name.split(", ")[0], len(order)))

    @property
    def failing(self) -> list[Row]:
        return [row for row in self.rows if not row.agrees]

    @property
    def compared(self) -> int:
        return sum(row.compared for row in self.rows)

    def worst(self, subject: str | None = None, quantity: str | None = None) -> Row | None:
        """The row that uses most of its slack, of all or of one subject, of one quantity."""
        rows = [
            row
            for row in self.rows
            if subject in (None, row.subject) and quantity in (None, row.quantity)
        ]
        return max(rows, key=_urgency, default=None)

    def __str__(self) -> str:
        from .report import as_text

        return as_text(self)

    def as_dict(self) -> dict[str, Any]:
        """Numbers and texts only, for a JSON file."""
        rows = [{**asdict(row), "share": row.share, "agrees": row.agrees} for row in self.rows]
        return {**asdict(self), "rows": rows, "agree": self.agree}


def _urgency(row: Row) -> float:
    return math.inf if math.isnan(row.share) else row.share


def _gaps(ours: Iterable[float], theirs: Iterable[float]) -> list[float]:
    """|ours - theirs| over the largest |theirs|; infinite where only one of the two is a number."""
    pairs = list(zip_longest(ours, theirs, fillvalue=math.nan))
    scale = max((abs(q) for _, q in pairs if math.isfinite(q)), default=0.0) or 1.0
    return [_gap(p, q) / scale for p, q in pairs]


def _gap(p: float, q: float) -> float:
    if p == q or (math.isnan(p) and math.isnan(q)):
        return 0.0
    gap = abs(p - q)
    return math.inf if math.isnan(gap) else gap
