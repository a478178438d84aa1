"""The tables on the terminal."""

from __future__ import annotations

from typing import Any

from .results import Results
from .tables import Table, tables

PLAIN_WIDTH = 150  # characters a line in a file or a log, which have no width of their own
COLOURS = {"met": "green", "missed": "bold red"}


def show(results: Results, console: Any = None) -> None:
    """console: a rich.console.Console, by default one of standard output."""
    from rich.console import Console
    from rich.text import Text

    console = console or Console(highlight=False)
    if not console.is_terminal:
        console.width = max(console.width, PLAIN_WIDTH)
    for table in tables(results):
        console.print(drawn(table))
    for line in results.remarks:
        console.print(Text(line))
    console.print(Text("on " + ", ".join(f"{k} {v}" for k, v in results.ran_on.items()), "dim"))


def drawn(table: Table) -> Any:
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    grid = RichTable(
        title=table.title, caption=table.note, caption_justify="left", title_justify="left",
        box=box.SIMPLE, padding=(0, 1, 0, 0), show_edge=False,
    )  # fmt: skip
    words = [all(not row[k][:1].isdigit() for row in table.rows) for k in range(len(table.head))]
    for name, left in zip(table.head, words, strict=True):
        grid.add_column(name, justify="left" if left else "right")
    for row in table.rows:
        grid.add_row(*(Text(cell, COLOURS.get(cell, "")) for cell in row))
    return grid
