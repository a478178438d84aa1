"""The results as Markdown, for docs/speed.md."""

from __future__ import annotations

from pathlib import Path

from .results import Results
from .tables import Table, tables, workloads_of

NOTICE = "<!-- Written by `python -m parity speed`: what is changed here by hand is lost. -->"
INTRODUCTION = """\
Every contestant runs in a process of its own, with all cores, and is asked in turn, round after
round, so that what disturbs the machine disturbs all of them. Keras and npslstm run the same
program. PyTorch's and JAX's loops are written by hand and add up neither loss nor metrics, which
Keras and npslstm do; JAX compiles a whole training into one function. Data is float32; fit and
predict are silent, without callbacks, validation and shuffling, which would cost more. All start
from the same weights, keep the samples' order and arrive, but for rounding, at the same outputs;
PyTorch's LSTM has two biases where the others have one, and trains both.
"""


def write_document(results: Results, path: Path) -> None:
    path.write_text(as_markdown(results), encoding="utf-8")


def as_markdown(results: Results) -> str:
    command = results.ran_on.get("command", "python -m parity speed")
    parts = [
        "# How fast npslstm is", NOTICE, f"    {command}", INTRODUCTION.strip(),
        *(section(table) for table in (workloads_of(results), *tables(results)) if table.rows),
    ]  # fmt: skip
    if results.remarks:
        parts.append("## Remarks\n\n" + "\n".join(f"- {line}" for line in results.remarks))
    ran_on = [[name, value] for name, value in results.ran_on.items()]
    parts.append(section(Table("What it ran on", "", ["what", "which"], ran_on)))
    return "\n\n".join(parts) + "\n"


def section(table: Table) -> str:
    note = f"{table.note}\n\n" if table.note else ""
    return f"## {table.title}\n\n{note}{grid(table)}"


def grid(table: Table) -> str:
    """Columns as wide as their widest cell, so that the source reads as a table too."""
    lines = [[cell.replace("|", "\\|") for cell in row] for row in [table.head, *table.rows]]
    widths = [max(3, *(len(cell) for cell in column)) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * width for width in widths])
    padded = ([c.ljust(w) for c, w in zip(line, widths, strict=True)] for line in lines)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in padded)
