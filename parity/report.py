"""The report in the terminal, and the findings as JSON.

One row per subject and quantity: how many numbers were compared, the worst difference and the
allowed one in epsilons, the share of the second that the first uses, and a verdict in words.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .description import Cell, Items, Table, described, total
from .findings import Curve, Findings, Row

SECTIONS = {"comparisons": "", "failures": "red", "remarks": ""}  # and the colour of their lines
CELLS = 4  # of a bar: the whole table fits 80 characters
PARTS = " ▏▎▍▌▋▊▉█"  # of a cell, in eighths
NUMBERS = ("numbers", "measured", "allowed")  # the columns that are set to the right
WRAPPED = ("program", "quantity")
WIDE = ("where",)  # kinds of cells that there is no room for; they stand at the end of a line
PLAIN_WIDTH = 100  # characters a line in a file or a log, which have no width of their own


def show(findings: Findings, console: Any = None) -> None:
    """Print the table, then the rows that differ once more, with their place, and the total.

    console: a rich.console.Console, by default one of standard output.
    """
    from rich.console import Console
    from rich.text import Text

    console = console or Console(highlight=False)
    if not console.is_terminal:
        console.width = max(console.width, PLAIN_WIDTH)
    sections = described(findings)
    for name, style in SECTIONS.items():
        for block in sections[name].blocks:
            if isinstance(block, Table):
                console.print(table(block))
            elif isinstance(block, Items):
                for line in block.texts:
                    console.print(Text(line, style), soft_wrap=bool(style))
    console.print(Text(total(findings), "green" if findings.agree else "bold red"))
    console.print(Text("on " + ran_on(findings), "dim"))


def as_text(findings: Findings) -> str:
    """What `show` prints, without colours."""
    from rich.console import Console

    console = Console(width=PLAIN_WIDTH, force_terminal=False, color_system=None, highlight=False)
    with console.capture() as captured:
        show(findings, console)
    return captured.get()


def table(one: Table) -> Any:
    """As a rich table, without the columns that a terminal has no room for."""
    from rich import box
    from rich.table import Table as Grid
    from rich.text import Text

    caption = "measured, allowed: the worst difference in epsilons of the precision"
    grid = Grid(box=box.SIMPLE, padding=0, show_edge=False, caption=caption, caption_justify="left")
    for title in one.head[: -len(WIDE)]:
        justify: Any = "right" if title in NUMBERS else "left"
        grid.add_column(title, justify=justify, no_wrap=title not in WRAPPED)
    for group in one.groups:
        for line in group.lines:
            first = group.title if line is group.lines[0] else ""
            texts = [Text(first or ""), *(cell(one) for one in line.cells if one.kind not in WIDE)]
            grid.add_row(*texts)  # Text: a name in brackets is not a style
        grid.add_section()
    return grid


def cell(one: Cell) -> Any:
    from rich.text import Text

    if one.kind == "share" and one.row is not None:
        return Text(f"{bar(one.row.share)} {one.text:>4}")
    if one.kind == "verdict" and one.row is not None:
        return Text(one.text, "green" if one.row.agrees else "bold red")
    return Text(one.text)


def bar(share: float) -> str:
    """CELLS characters, filled to the share; full where nothing of the slack is left."""
    filled = round(8 * CELLS * (min(share, 1.0) if not math.isnan(share) else 1.0))
    whole, rest = divmod(filled, 8)
    return ("█" * whole + PARTS[rest]).ljust(CELLS)[:CELLS]


def ran_on(findings: Findings) -> str:
    return ", ".join(f"{name} {value}" for name, value in findings.ran_on.items())


def write_json(findings: Findings, path: str | Path) -> None:
    """Write everything as JSON, which knows no infinity: 'inf', '-inf' and 'nan' are strings."""
    text = json.dumps(_finite(findings.as_dict()), indent=2, allow_nan=False)
    Path(path).write_text(text + "\n", encoding="utf-8")


def read_json(paths: Iterable[str | Path]) -> Findings:
    """What `write_json` has written, of several runs as if it had been one.

    Of what they ran on, values that differ are counted up; seconds are added.
    """
    reports = [json.loads(Path(path).read_text()) for path in paths]
    found = Findings(_together([report["ran_on"] for report in reports]))
    for report in reports:
        for row in report["rows"]:
            known = {field: row[field] for field in Row.__dataclass_fields__}
            found.rows.append(Row(**{**known, "measured": float(row["measured"])}))
        for curve in report["curves"]:
            names = {"subject", "name"}
            found.curves.append(
                Curve(**{k: v if k in names else [*map(float, v)] for k, v in curve.items()})
            )
        found.remarks += [remark for remark in report["remarks"] if remark not in found.remarks]
    return found


def _together(ran_on: list[dict[str, str]]) -> dict[str, str]:
    found = {key: ", ".join(dict.fromkeys(each[key] for each in ran_on)) for key in ran_on[0]}
    if "seconds" in found:
        found["seconds"] = str(sum(int(each["seconds"]) for each in ran_on))
    return found


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
