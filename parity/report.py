"""The findings in the terminal, and as JSON.

One row per subject and quantity: how many numbers were compared, the worst difference and the
allowed one in epsilons, the share of the second that the first uses, and a verdict in words.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .findings import Curve, Findings, Row
from .wording import allowed, count, measured, percent, verdict

CELLS = 4  # of a bar: the whole table fits 80 characters
PARTS = " ▏▎▍▌▋▊▉█"  # of a cell, in eighths
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
    console.print(_table(findings))
    for row in findings.failing:
        console.print(Text(failure(row), "red"), soft_wrap=True)
    for line in findings.remarks:
        console.print(Text(line))
    console.print(Text(total(findings), "green" if findings.agree else "bold red"))
    console.print(Text("on " + ran_on(findings), "dim"))


def as_text(findings: Findings) -> str:
    """What `show` prints, without colours."""
    from rich.console import Console

    console = Console(width=PLAIN_WIDTH, force_terminal=False, color_system=None, highlight=False)
    with console.capture() as captured:
        show(findings, console)
    return captured.get()


def _table(findings: Findings) -> Any:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    caption = "measured, allowed: the worst difference in epsilons of the precision"
    table = Table(
        box=box.SIMPLE, padding=0, show_edge=False, caption=caption, caption_justify="left"
    )
    table.add_column("program")
    table.add_column("quantity")
    for title in ("numbers", "measured", "allowed"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("share", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for subject in findings.subjects:
        rows = [row for row in findings.rows if row.subject == subject]
        for row in rows:
            colour = "green" if row.agrees else "bold red"
            cells = (
                subject if row is rows[0] else "", row.quantity, f"{row.compared:,}",
                measured(row.measured), allowed(row.allowed),
                f"{bar(row.share)} {percent(row.share):>4}",
            )  # fmt: skip
            texts = [Text(cell) for cell in cells]  # Text: a name in brackets is not a style
            table.add_row(*texts, Text(verdict(row.agrees), colour))
        table.add_section()
    return table


def bar(share: float) -> str:
    """CELLS characters, filled to the share; full where nothing of the slack is left."""
    filled = round(8 * CELLS * (min(share, 1.0) if not math.isnan(share) else 1.0))
    whole, rest = divmod(filled, 8)
    return ("█" * whole + PARTS[rest]).ljust(CELLS)[:CELLS]


def failure(row: Row) -> str:
    """'DIFFERS mnist, gradients at lstm/kernel: 91.4 epsilons of float32, 40 allowed'."""
    return (
        f"{verdict(row.agrees)} {row.subject}, {row.quantity} at {row.where}: "
        f"{measured(row.measured)} epsilons of {row.precision}, {allowed(row.allowed)} allowed"
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
