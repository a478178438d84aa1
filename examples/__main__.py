"""Run every program of this folder in order and compare them in one table: `python -m examples`.

In Jupyter, `%run -m examples` shows each picture below the program that drew it.
"""

import importlib
import pkgutil
import sys

import matplotlib
import matplotlib.pyplot as plt
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

import examples
import npslstm

IN_NOTEBOOK = "ipykernel" in sys.modules


def run(name):
    """One program of the folder; the pictures are closed, so that no more than one is in memory."""
    result = importlib.import_module(f"examples.{name}").main(npslstm)
    if IN_NOTEBOOK:
        plt.show()
    plt.close("all")
    return result


def table(results):
    """One row a program; within a row one line a score, with a dash where a figure is missing."""
    summary = Table(title="Tutorial programs", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    summary.add_column("program", no_wrap=True)
    summary.add_column("what it shows", min_width=14)
    summary.add_column("", no_wrap=True)
    for heading in ("score", "published", "naive", "seconds"):
        summary.add_column(heading, justify="right", no_wrap=True)
    for r in results:
        figures = []
        for key in ("score", "published", "naive"):
            values = (r[key].get(name, "-") for name in r["score"])
            lines = (f"{v:.2f}" if isinstance(v, float) else str(v) for v in values)
            figures.append("\n".join(lines))
        names = "\n".join(r["score"])
        summary.add_row(r["program"], r["shows"], names, *figures, f"{r['seconds']:.1f}")
        summary.add_section()
    return summary


def main():
    if not IN_NOTEBOOK:
        matplotlib.use("Agg")  # pictures go to files: no display needed, no window opened
    programs = [m.name for m in pkgutil.iter_modules(examples.__path__) if m.name != "__main__"]
    console = Console()
    bar = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    results = []
    with Progress(*bar, console=console, disable=not console.is_interactive) as progress:
        task = progress.add_task("", total=len(programs))
        for name in programs:
            progress.update(task, description=name)
            console.print(f"\n[bold]{name}[/bold]")
            results.append(run(name))
            progress.advance(task)
    console.print(table(results))
    console.print("Airline: RMSE in thousands of passengers; naive: next month = this month.")
    console.print(f"Pictures: {results[0]['picture'].parent.resolve()}", soft_wrap=True)


if __name__ == "__main__":
    main()
