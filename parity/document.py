"""The report as Markdown, for docs/parity.md."""

from __future__ import annotations

import re
from pathlib import Path

from .description import Cell, Drawings, Items, Paragraph, Section, Table, described, total
from .findings import Findings
from .wording import verdict

NOTICE = "<!-- Written by `python -m parity`: what is changed here by hand is lost. -->"
SECTIONS = ("glance", "failures", "drift", "ran on", "remarks")


def write_document(findings: Findings, path: str | Path) -> None:
    Path(path).write_text(as_markdown(findings), encoding="utf-8")


def as_markdown(findings: Findings) -> str:
    """The whole document. Sections without content are left out."""
    sections = described(findings)
    parts = [f"# npslstm beside Keras\n\n{NOTICE}\n\n{plain(total(findings))}"]
    parts += [section(sections[name]) for name in SECTIONS if sections[name].blocks]
    return "\n\n".join(parts) + "\n"


def section(one: Section) -> str:
    return "\n\n".join([f"## {one.title}", *map(block, one.blocks)])


def block(one: Paragraph | Items | Table | Drawings) -> str:
    match one:
        case Paragraph(text):
            return text
        case Items(texts):
            return "\n".join(f"- {plain(text)}" for text in texts)
        case Table():
            return table(one)
        case _:
            return ""


def table(one: Table) -> str:
    """Columns as wide as their widest cell, so that the source reads as a table too."""
    rows = [list(one.head)]
    for group in one.groups:
        first = [] if group.title is None else [group.title]
        rows += [[*first, *map(cell, line.cells)] for line in group.lines]
    lines = [[plain(text).replace("|", "\\|") for text in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join("| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines)


def cell(one: Cell) -> str:
    if one.kind == "worst" and one.row is not None and not one.row.agrees:
        return f"**{one.text} {verdict(False)}**"
    return one.text


def plain(text: str) -> str:
    """On one line, without what Markdown would take for HTML."""
    return re.sub(r"<(?=[A-Za-z/!?])", "&lt;", " ".join(text.split()))
