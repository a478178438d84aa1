"""The findings as Markdown, for docs/parity.md: what agrees, by how much, and what it ran on."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from pathlib import Path

from .findings import Curve, Findings, Row
from .report import failure, total
from .tolerances import FLOAT32, FLOAT64
from .wording import TOLERANCES_EXPLAINED, allowed, exponent, measured, verdict

NOTICE = "<!-- Written by `python -m parity`: what is changed here by hand is lost. -->"


def write_document(findings: Findings, path: str | Path) -> None:
    Path(path).write_text(as_markdown(findings), encoding="utf-8")


def as_markdown(findings: Findings) -> str:
    """The whole document. Sections without content are left out."""
    sections = {
        "# npslstm beside Keras": f"{NOTICE}\n\n{_text(total(findings))}",
        "## At a glance": _glance(findings),
        "## What differs": _list(failure(row) for row in findings.failing),
        "## Drift in training": _drift(findings),
        "## What it ran on": _ran_on(findings),
        "## Remarks": _list(findings.remarks),
    }
    return "\n\n".join(f"{title}\n\n{body}" for title, body in sections.items() if body) + "\n"


def _glance(findings: Findings) -> str:
    if not findings.rows:
        return ""
    rows = [
        [subject, *(_cell(findings.worst(subject, name)) for name in findings.quantities)]
        for subject in findings.subjects
    ]
    return (
        f"{TOLERANCES_EXPLAINED} Each cell: the largest difference measured / the one allowed.\n\n"
        + _table(["program", *findings.quantities], rows)
    )


def _cell(row: Row | None) -> str:
    if row is None:
        return "–"
    figures = f"{measured(row.measured)} / {allowed(row.allowed)}"
    return figures if row.agrees else f"**{figures} {verdict(False)}**"


def _drift(findings: Findings) -> str:
    """Every curve that was run in float64 as well."""
    rows = [_falls(curve) for curve in findings.curves if curve.gaps64]
    text = (
        "The largest difference of a whole training's curve, divided by the curve's largest value. "
        "Where it is float32's rounding that grows from step to step, the same training in float64 "
        "is as many of its own epsilons apart: the difference falls by about 2^−29, the ratio of "
        "the epsilons. A few programs are compared over a part of their epochs: Keras takes long, "
        "or rounding alone parts npslstm from itself. The remarks say how far one epsilon leads."
    )
    head = ["program", "curve", "epochs", "float32, epsilons", "float64, epsilons", "falls by"]
    return f"{text}\n\n{_table(head, rows)}" if rows else ""


def _falls(curve: Curve) -> list[str]:
    return [
        curve.subject, curve.name, f"{len(curve.gaps):,}",
        measured(max(curve.gaps) / FLOAT32), measured(max(curve.gaps64) / FLOAT64),
        "–" if math.isnan(curve.fall) else f"2^{exponent(curve.fall)}",
    ]  # fmt: skip


def _ran_on(findings: Findings) -> str:
    rows = [[name, value] for name, value in findings.ran_on.items()]
    return _table(["what", "which"], rows) if rows else ""


def _list(texts: Iterable[str]) -> str:
    return "\n".join(f"- {_text(text)}" for text in texts)


def _table(head: list[str], rows: list[list[str]]) -> str:
    """Columns as wide as their widest cell, so that the source reads as a table too."""
    lines = [[_text(cell).replace("|", "\\|") for cell in line] for line in [head, *rows]]
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "| "
        + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        + " |"
        for line in lines
    )


def _text(text: str) -> str:
    """On one line, without what Markdown would take for HTML."""
    return re.sub(r"<(?=[A-Za-z/!?])", "&lt;", " ".join(text.split()))
