"""The findings as one HTML page that needs nothing else: tables, and the curves as drawings.

The look is in page.css. It follows the reader's choice of light or dark, and prints on A4.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from html import escape
from pathlib import Path

from .findings import Curve, Findings, Row
from .pictures import POINTS, svg
from .report import extent
from .tolerances import FLOAT32, FLOAT64, TOLERANCES
from .wording import TOLERANCES_EXPLAINED, allowed, count, exponent, measured, percent, verdict

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
    sections = {
        "At a glance": _glance(findings),
        "What differs": _comparisons(findings.failing),
        "How much is allowed": _tolerances(findings),
        "Trainings, epoch by epoch": _curves(findings),
        "Every comparison": _comparisons(findings.rows),
        "What it ran on": _ran_on(findings),
        "Remarks": _list(findings.remarks),
    }
    shown = {title: body for title, body in sections.items() if body}
    return PAGE.format(
        css=Path(__file__).with_name("page.css").read_text(encoding="utf-8"),
        outcome=_class(findings.agree),
        lead=_lead(findings),
        extent=escape(extent(findings)),
        contents="\n".join(f'<li><a href="#{_anchor(t)}">{escape(t)}</a></li>' for t in shown),
        sections="\n".join(_section(title, body) for title, body in shown.items()),
    )


def _lead(findings: Findings) -> str:
    rows = count(len(findings.rows), "comparison")
    if not findings.rows:
        return "Nothing was compared."
    return (
        f"All {rows} agree." if findings.agree else f"{len(findings.failing):,} of {rows} DIFFER."
    )


def _glance(findings: Findings) -> str:
    """Programs as rows, quantities as columns."""
    if not findings.rows:
        return ""
    rows = []
    for subject in findings.subjects:
        cells = [_cell(findings.worst(subject, quantity)) for quantity in findings.quantities]
        rows.append(f'<tr><th scope="row">{escape(subject)}</th>{"".join(cells)}</tr>')
    text = "Epsilons measured / allowed; the bar shows the share of the allowed that is used."
    table = _table("glance", ["program", *findings.quantities], [rows])
    return f"<p>{text}</p>\n{table}"


def _cell(row: Row | None) -> str:
    if row is None:
        return '<td class="none">–</td>'
    figures = f"{escape(measured(row.measured))} /&nbsp;{allowed(row.allowed)}"
    mark = "" if row.agrees else f"<strong>{verdict(False)}</strong>"
    return f'<td class="{_class(row.agrees)}">{figures}{mark}{_bar(row)}</td>'


def _comparisons(rows: list[Row]) -> str:
    """One row each, under the name of its program; nothing if there are none."""
    head = ["program", "quantity", "numbers", "measured", "allowed", "share", "verdict", "worst at"]
    groups = []
    for subject in dict.fromkeys(row.subject for row in rows):
        lines = [_comparison(row) for row in rows if row.subject == subject]
        name = f'<th scope="rowgroup" rowspan="{len(lines)}">{escape(subject)}</th>'
        lines[0] = lines[0].replace("<td>", name + "<td>", 1)
        groups.append(lines)
    return _table("comparisons", head, groups) if rows else ""


def _comparison(row: Row) -> str:
    return (
        f'<tr class="{_class(row.agrees)}"><td>{escape(row.quantity)}</td>'
        f"{_number(f'{row.compared:,}')}{_number(measured(row.measured))}"
        f"{_number(allowed(row.allowed))}{_share(row)}"
        f'<td class="verdict">{verdict(row.agrees)}</td>'
        f'<td class="where">{escape(row.where)}</td></tr>'
    )


def _tolerances(findings: Findings) -> str:
    """What the rows were held against, with the largest difference of this run."""
    rows = []
    for name in TOLERANCES:
        worst = Findings({}, [row for row in findings.rows if row.tolerance == name]).worst()
        if worst is not None:
            rows.append(
                f'<tr class="{_class(worst.agrees)}"><th scope="row">{escape(name)}</th>'
                f"<td>{TOLERANCES[name].kind}</td><td>{worst.precision}</td>"
                f"{_number(measured(worst.measured))}{_number(allowed(worst.allowed))}"
                f"{_share(worst)}</tr>"
            )
    kinds = (
        "Absolute: the difference itself. Relative: divided by the largest magnitude of Keras's "
        "array. Scaled: relative where that magnitude is above 1, else absolute."
    )
    head = ["tolerance", "kind", "precision", "measured", "allowed", "share"]
    table = _table("tolerances", head, [rows])
    return f"<p>{TOLERANCES_EXPLAINED}</p>\n{table}\n<p>{kinds}</p>" if rows else ""


def _curves(findings: Findings) -> str:
    if not findings.curves:
        return ""
    text = (
        "Above, both engines' curves on top of each other; below, their difference divided by the "
        "curve's largest value, in powers of two, with the epsilon of each precision dashed. Equal "
        "values lie on the floor, a value that only one engine has on the ceiling; of more than "
        f"{POINTS} epochs, the largest difference of each stretch is drawn. If what differs is "
        "float32's rounding, the same training in float64 lies as far above its own epsilon: the "
        "differences fall by about the ratio of the epsilons, 2<sup>−29</sup>."
    )
    figures = "\n".join(_figure(curve, f"curve{k}") for k, curve in enumerate(findings.curves))
    return f'<p>{text}</p>\n<div class="curves">\n{figures}\n</div>'


def _figure(curve: Curve, prefix: str) -> str:
    apart = measured(max(curve.gaps, default=0.0) / FLOAT32)
    texts = [f"Up to {escape(apart)} ε apart in float32"]
    if curve.gaps64:
        texts.append(f"{escape(measured(max(curve.gaps64) / FLOAT64))} ε in float64")
    if not math.isnan(curve.fall):
        texts.append(f"<span>ratio 2<sup>{exponent(curve.fall)}</sup></span>")
    title = f"<h3>{escape(curve.subject)}: {escape(curve.name)}</h3>"
    caption = f"<figcaption>{title}\n<p>{', '.join(texts)}.</p></figcaption>"
    return f"<figure>\n{caption}\n{svg(curve, prefix)}\n</figure>"


def _ran_on(findings: Findings) -> str:
    items = (
        f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>"
        for name, value in findings.ran_on.items()
    )
    return "<dl>\n" + "\n".join(items) + "\n</dl>" if findings.ran_on else ""


def _list(texts: Iterable[str]) -> str:
    items = "\n".join(f"<li>{escape(text)}</li>" for text in texts)
    return f"<ul>\n{items}\n</ul>" if items else ""


def _section(title: str, body: str) -> str:
    return f'<section id="{_anchor(title)}">\n<h2>{escape(title)}</h2>\n{body}\n</section>'


def _table(name: str, head: list[str], groups: list[list[str]]) -> str:
    """A <tbody> for each group of rows, which stay together on paper where they can."""
    titles = "".join(f'<th scope="col"{_numeric(title)}>{escape(title)}</th>' for title in head)
    bodies = "\n".join("<tbody>\n" + "\n".join(rows) + "\n</tbody>" for rows in groups)
    return (
        f'<div class="scroll"><table class="{name}">\n<thead><tr>{titles}</tr></thead>\n'
        f"{bodies}\n</table></div>"
    )


def _numeric(title: str) -> str:
    return ' class="number"' if title in NUMBERS else ""


def _number(text: str) -> str:
    return f'<td class="number">{escape(text)}</td>'


def _share(row: Row) -> str:
    return f'<td class="share">{_bar(row)}<span>{escape(percent(row.share))}</span></td>'


def _bar(row: Row) -> str:
    """How much of the slack is used, as a line; the figure stands beside it."""
    share = 1.0 if math.isnan(row.share) else min(row.share, 1.0)
    return f'<i class="bar" style="--share: {share:.3f}"></i>'


def _class(agrees: bool) -> str:
    return "agrees" if agrees else "differs"


def _anchor(title: str) -> str:
    return title.lower().replace(",", "").replace(" ", "-")
