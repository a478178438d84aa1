"""The report of a comparison, described once; `report`, `page` and `document` write it: in the
terminal, as HTML and as Markdown.

A report has named sections, a section blocks: paragraphs, lists, tables, drawings. Each medium says
which sections it has room for; what stands in them is the same in all.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .findings import Curve, Findings, Row
from .tolerances import FLOAT32, FLOAT64, TOLERANCES
from .wording import TOLERANCES_EXPLAINED, allowed, count, exponent, measured, percent, verdict


class Cell(NamedTuple):
    """A cell of a table. row: whose agreement it shows.

    kind: 'text', 'head' (what its line is about), 'number', 'share' (of what is allowed, with a
    bar), 'verdict', 'where' (a place, for media that have the room), 'worst' (measured and allowed,
    with a verdict if they do not agree), 'none'.
    """

    text: str
    kind: str = "text"
    row: Row | None = None


class Line(NamedTuple):
    """Cells beside each other. row: whose agreement the whole line shows."""

    cells: Sequence[Cell]
    row: Row | None = None


class Group(NamedTuple):
    """Lines that belong together, under a title in a column of its own, if they have one."""

    title: str | None
    lines: Sequence[Line]


class Paragraph(NamedTuple):
    text: str


class Items(NamedTuple):
    texts: Sequence[str]


class Table(NamedTuple):
    name: str
    head: Sequence[str]
    groups: Sequence[Group]


class Drawings(NamedTuple):
    curves: Sequence[Curve]


class Section(NamedTuple):
    """It is left out where it has no blocks."""

    title: str
    blocks: Sequence[Paragraph | Items | Table | Drawings] = ()


def described(findings: Findings) -> dict[str, Section]:
    """All sections, by name."""
    comparisons, differing = (comparisons_of(rows) for rows in (findings.rows, findings.failing))
    return {
        "glance": Section("At a glance", glance(findings)),
        "differing": Section("What differs", differing),
        "failures": Section("What differs", items(failure(row) for row in findings.failing)),
        "tolerances": Section("How much is allowed", tolerances(findings)),
        "curves": Section("Trainings, epoch by epoch", curves(findings)),
        "drift": Section("Drift in training", drift(findings)),
        "comparisons": Section("Every comparison", comparisons),
        "ran on": Section("What it ran on", ran_on(findings)),
        "remarks": Section("Remarks", items(findings.remarks)),
    }


# ---- in one line ---------------------------------------------------------------------------------


def lead(findings: Findings) -> str:
    """'All 98 comparisons agree.'"""
    rows = count(len(findings.rows), "comparison")
    if not findings.rows:
        return "Nothing was compared."
    return (
        f"All {rows} agree." if findings.agree else f"{len(findings.failing):,} of {rows} DIFFER."
    )


def total(findings: Findings) -> str:
    """'98 rows, 2,000,000 numbers compared, worst share 46% (mnist, state): all agree'."""
    if not findings.rows:
        return "Nothing was compared."
    failing = len(findings.failing)
    outcome = f"{failing:,} DIFFER{'S' if failing == 1 else ''}" if failing else "all agree"
    return f"{extent(findings)}: {outcome}"


def extent(findings: Findings) -> str:
    """What was compared, and the row that came closest to its limit, or went furthest past it."""
    compared = f"{count(len(findings.rows), 'row')}, {count(findings.compared, 'number')} compared"
    worst = findings.worst()
    if worst is None:
        return compared
    return f"{compared}, worst share {percent(worst.share)} ({worst.subject}, {worst.quantity})"


def failure(row: Row) -> str:
    """'DIFFERS mnist, gradients at lstm/kernel: 91.4 epsilons of float32, 40 allowed'."""
    return (
        f"{verdict(row.agrees)} {row.subject}, {row.quantity} at {row.where}: "
        f"{measured(row.measured)} epsilons of {row.precision}, {allowed(row.allowed)} allowed"
    )


# ---- sections ------------------------------------------------------------------------------------

Blocks = list[Paragraph | Items | Table | Drawings]


def items(texts: Iterable[str]) -> Blocks:
    found = list(texts)
    return [Items(found)] if found else []


def glance(findings: Findings) -> Blocks:
    """Programs as lines, quantities as columns."""
    lines = []
    for subject in findings.subjects:
        worst = [findings.worst(subject, quantity) for quantity in findings.quantities]
        lines.append(Line([Cell(subject, "head"), *map(worst_cell, worst)]))
    text = f"{TOLERANCES_EXPLAINED} Each cell: the largest difference measured / the one allowed."
    table = Table("glance", ["program", *findings.quantities], [Group(None, lines)])
    return [Paragraph(text), table] if lines else []


def worst_cell(row: Row | None) -> Cell:
    if row is None:
        return Cell("–", "none")
    return Cell(f"{measured(row.measured)} / {allowed(row.allowed)}", "worst", row)


def comparisons_of(rows: Sequence[Row]) -> Blocks:
    """One line each, in groups by program."""
    head = ["program", "quantity", "numbers", "measured", "allowed", "share", "verdict", "worst at"]
    groups = [
        Group(subject, [comparison(row) for row in rows if row.subject == subject])
        for subject in dict.fromkeys(row.subject for row in rows)
    ]
    return [Table("comparisons", head, groups)] if rows else []


def comparison(row: Row) -> Line:
    cells = [
        Cell(row.quantity), Cell(f"{row.compared:,}", "number"), *figures(row),
        Cell(verdict(row.agrees), "verdict", row), Cell(row.where, "where"),
    ]  # fmt: skip
    return Line(cells, row)


def figures(row: Row) -> list[Cell]:
    """Measured, allowed, and the first as a share of the second."""
    return [
        Cell(measured(row.measured), "number"), Cell(allowed(row.allowed), "number"),
        Cell(percent(row.share), "share", row),
    ]  # fmt: skip


def tolerances(findings: Findings) -> Blocks:
    """What the rows were held against, with the largest difference of this run."""
    lines = []
    for name in TOLERANCES:
        worst = Findings({}, [row for row in findings.rows if row.tolerance == name]).worst()
        if worst is not None:
            cells = [Cell(name, "head"), Cell(TOLERANCES[name].kind), Cell(worst.precision)]
            lines.append(Line([*cells, *figures(worst)], worst))
    kinds = (
        "Absolute: the difference itself. Relative: divided by the largest magnitude of Keras's "
        "array. Scaled: relative where that magnitude is above 1, else absolute."
    )
    head = ["tolerance", "kind", "precision", "measured", "allowed", "share"]
    table = Table("tolerances", head, [Group(None, lines)])
    return [Paragraph(TOLERANCES_EXPLAINED), table, Paragraph(kinds)] if lines else []


def curves(findings: Findings) -> Blocks:
    return [Drawings(findings.curves)] if findings.curves else []


def drift(findings: Findings) -> Blocks:
    """Every curve that was run in float64 as well."""
    lines = [falls(curve) for curve in findings.curves if curve.gaps64]
    text = (
        "The largest difference of a whole training's curve, divided by the curve's largest value. "
        "Where it is float32's rounding that grows from step to step, the same training in float64 "
        "is as many of its own epsilons apart: the difference falls by about 2^−29, the ratio of "
        "the epsilons. A few programs are compared over a part of their epochs: Keras takes long, "
        "or rounding alone parts npslstm from itself. The remarks say how far one epsilon leads."
    )
    head = ["program", "curve", "epochs", "float32, epsilons", "float64, epsilons", "falls by"]
    table = Table("drift", head, [Group(None, lines)])
    return [Paragraph(text), table] if lines else []


def falls(curve: Curve) -> Line:
    fall = "–" if math.isnan(curve.fall) else f"2^{exponent(curve.fall)}"
    gaps = measured(max(curve.gaps) / FLOAT32), measured(max(curve.gaps64) / FLOAT64)
    texts = [curve.name, f"{len(curve.gaps):,}", *gaps, fall]
    return Line([Cell(curve.subject, "head"), *map(Cell, texts)])


def ran_on(findings: Findings) -> Blocks:
    lines = [Line([Cell(name, "head"), Cell(value)]) for name, value in findings.ran_on.items()]
    return [Table("ran-on", ["what", "which"], [Group(None, lines)])] if lines else []
