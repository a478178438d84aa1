"""The report as one HTML page that needs nothing else: tables, and the curves as drawings.

The look is in page.css. It follows the reader's choice of light or dark, and prints on A4.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from pathlib import Path

from .description import (
    Cell,
    Drawings,
    Group,
    Items,
    Line,
    Paragraph,
    Section,
    Table,
    described,
    extent,
    lead,
)
from .findings import Curve, Findings, Row
from .pictures import POINTS, svg
from .tolerances import FLOAT32, FLOAT64
from .wording import exponent, measured, verdict

SECTIONS = ("glance", "differing", "tolerances", "curves", "comparisons", "ran on", "remarks")
NUMBERS = {"numbers", "measured", "allowed"}  # the columns that are set to the right

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>npslstm beside Keras</title>
<style>
{css}</style>
</head>
<body>
<header>
<h1>npslstm beside Keras</h1>
<p class="lead {outcome}">{lead}</p>
<p class="extent">{extent}</p>
</header>
<nav aria-label="Contents">
<ol>
{contents}
</ol>
</nav>
<main>
{sections}
</main>
</body>
</html>
"""


def write_page(findings: Findings, path: str | Path) -> None:
    Path(path).write_text(as_html(findings), encoding="utf-8")


def as_html(findings: Findings) -> str:
    """The whole page, style sheet and drawings included. Sections without content are left out."""
    sections = described(findings)
    shown = [sections[name] for name in SECTIONS if sections[name].blocks]
    links = (f'<li><a href="#{anchor(one.title)}">{escape(one.title)}</a></li>' for one in shown)
    return PAGE.format(
        css=Path(__file__).with_name("page.css").read_text(encoding="utf-8"),
        outcome=verdict_class(findings.agree),
        lead=lead(findings),
        extent=escape(extent(findings)),
        contents="\n".join(links),
        sections="\n".join(map(section, shown)),
    )


def section(one: Section) -> str:
    body = "\n".join(map(block, one.blocks))
    return f'<section id="{anchor(one.title)}">\n<h2>{escape(one.title)}</h2>\n{body}\n</section>'


def block(one: Paragraph | Items | Table | Drawings) -> str:
    match one:
        case Paragraph(text):
            return f"<p>{escape(text)}</p>"
        case Items(texts):
            return "<ul>\n" + "\n".join(f"<li>{escape(text)}</li>" for text in texts) + "\n</ul>"
        case Table():
            return table(one)
        case Drawings(curves):
            return drawings(curves)


# ---- tables --------------------------------------------------------------------------------------


def table(one: Table) -> str:
    """A <tbody> for each group of lines, which stay together on paper where they can."""
    titles = "".join(f'<th scope="col"{numeric(title)}>{escape(title)}</th>' for title in one.head)
    return (
        f'<div class="scroll"><table class="{one.name}">\n<thead><tr>{titles}</tr></thead>\n'
        f"{''.join(map(group, one.groups))}</table></div>"
    )


def group(one: Group) -> str:
    title = ""
    if one.title is not None:
        title = f'<th scope="rowgroup" rowspan="{len(one.lines)}">{escape(one.title)}</th>'
    rows = [line(each, title if each is one.lines[0] else "") for each in one.lines]
    return "<tbody>\n" + "\n".join(rows) + "\n</tbody>\n"


def line(one: Line, title: str) -> str:
    outcome = "" if one.row is None else f' class="{verdict_class(one.row.agrees)}"'
    return f"<tr{outcome}>{title}{''.join(map(cell, one.cells))}</tr>"


def cell(one: Cell) -> str:
    text = escape(one.text)
    if one.kind == "head":
        return f'<th scope="row">{text}</th>'
    if one.kind == "worst" and one.row is not None:
        figures = text.replace(" / ", " /&nbsp;")
        mark = "" if one.row.agrees else f"<strong>{verdict(False)}</strong>"
        return f'<td class="{verdict_class(one.row.agrees)}">{figures}{mark}{bar(one.row)}</td>'
    if one.kind == "share" and one.row is not None:
        return f'<td class="share">{bar(one.row)}<span>{text}</span></td>'
    return f"<td>{text}</td>" if one.kind == "text" else f'<td class="{one.kind}">{text}</td>'


def numeric(title: str) -> str:
    return ' class="number"' if title in NUMBERS else ""


def bar(row: Row) -> str:
    """How much of the slack is used, as a line; the figure stands beside it."""
    share = 1.0 if math.isnan(row.share) else min(row.share, 1.0)
    return f'<i class="bar" style="--share: {share:.3f}"></i>'


# ---- drawings ------------------------------------------------------------------------------------


def drawings(curves: Sequence[Curve]) -> str:
    text = (
        "Above, both engines' curves on top of each other; below, their difference divided by the "
        "curve's largest value, in powers of two, with the epsilon of each precision dashed. Equal "
        "values lie on the floor, a value that only one engine has on the ceiling; of more than "
        f"{POINTS} epochs, the largest difference of each stretch is drawn. If what differs is "
        "float32's rounding, the same training in float64 lies as far above its own epsilon: the "
        "differences fall by about the ratio of the epsilons, 2<sup>−29</sup>."
    )
    figures = "\n".join(figure(curve, f"curve{k}") for k, curve in enumerate(curves))
    return f'<p>{text}</p>\n<div class="curves">\n{figures}\n</div>'


def figure(curve: Curve, prefix: str) -> str:
    apart = measured(max(curve.gaps, default=0.0) / FLOAT32)
    texts = [f"Up to {escape(apart)} ε apart in float32"]
    if curve.gaps64:
        texts.append(f"{escape(measured(max(curve.gaps64) / FLOAT64))} ε in float64")
    if not math.isnan(curve.fall):
        texts.append(f"<span>ratio 2<sup>{exponent(curve.fall)}</sup></span>")
    title = f"<h3>{escape(curve.subject)}: {escape(curve.name)}</h3>"
    caption = f"<figcaption>{title}\n<p>{', '.join(texts)}.</p></figcaption>"
    return f"<figure>\n{caption}\n{svg(curve, prefix)}\n</figure>"


def verdict_class(agrees: bool) -> str:
    return "agrees" if agrees else "differs"


def anchor(title: str) -> str:
    return title.lower().replace(",", "").replace(" ", "-")
