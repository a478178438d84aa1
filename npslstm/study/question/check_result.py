"""What check_gradients returns: a table by parameter, and a verdict in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from ..requirements import table

AGREES = 1e-6  # relative; rounding in float64 leaves about 1e-9
DOUBTFUL = 1e-3  # between the two, a kink is more likely than a wrong formula


class Row(NamedTuple):
    """One array: the worst of `compared` slopes, where it stands, and both numbers there.

    where: the entry, with samples first for x; in fast mode the number of the random direction.
    """

    parameter: str
    shape: tuple[int, ...]
    compared: int
    error: float
    where: tuple[int, ...]
    numeric: float
    backward: float


@dataclass(frozen=True)
class GradientCheck:
    """True if all gradients agree; print it for the table and the verdict."""

    rows: tuple[Row, ...]
    fast: bool

    @property
    def worst(self) -> Row:
        """The row of the largest error; one that is NaN, if there is any."""
        return max(self.rows, key=lambda row: float("inf") if row.error != row.error else row.error)

    def __bool__(self) -> bool:
        return bool(self.worst.error < AGREES)

    @property
    def verdict(self) -> str:
        """What the table says, in words."""
        row = self.worst
        if self:
            return (
                f"The backward pass agrees with finite differences: the largest relative error is "
                f"{row.error:.1e}, of {row.parameter}."
            )
        at = f"along random direction {row.where[0]}" if self.fast else f"at entry {row.where}"
        numbers = (
            f"{row.parameter}, {at}: finite differences say {row.numeric:.9g}, the backward pass "
            f"{row.backward:.9g}, a relative error of {row.error:.1e}."
        )
        if row.error < DOUBTFUL:
            return (
                f"Doubtful. {numbers} So small an error is seldom a wrong formula: look for a kink "
                "(relu, absolute error) at these numbers, or for a step computed in float32."
            )
        good = [row.parameter for row in self.rows if row.error < AGREES]
        rest = f" These agree: {', '.join(good)}." if good else ""
        return (
            f"The backward pass is wrong. {numbers}{rest} An error in a layer also reaches all "
            "layers before it: look in the last layer whose row is wrong, or, if all are, in the "
            "loss."
        )

    def frame(self) -> Any:
        """A pandas table of the rows."""
        return table(self.rows, columns=Row._fields)

    def __str__(self) -> str:
        width = max(len(row.parameter) for row in self.rows)
        lines = [f"{'parameter':<{width}}  {'compared':>8}  {'worst error':>11}  where"]
        lines += [
            f"{row.parameter:<{width}}  {row.compared:>8}  {row.error:>11.1e}  {row.where}"
            for row in self.rows
        ]
        return "\n".join([*lines, "", self.verdict])
