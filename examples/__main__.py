"""Run the programs of this folder in order and compare them in one table: `python -m examples`.

Named programs run alone: `python -m examples memory mnist`. With --seeds 20 each runs over twenty
seeds, in parallel processes: see `seeds`. In Jupyter, `%run -m examples` shows each picture below
the program that drew it.
"""

import argparse
import importlib
import json
import sys

import matplotlib
import matplotlib.pyplot as plt
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from examples import PROGRAMS, distributions, seeds

IN_NOTEBOOK = "ipykernel.kernelapp" in sys.modules


def run(name, engine):
    """One program of the folder; its figures are closed, so that only one's are in memory."""
    result = importlib.import_module(f"examples.{name}").main(importlib.import_module(engine))
    plt.close("all")
    if IN_NOTEBOOK:
        from IPython.display import Image, display

        display(Image(result["picture"]))
    return result


def table(results, study):
    """One row a program; within a row one line a score, with a dash where a figure is missing."""
    summary = Table(title="Tutorial programs", box=box.SIMPLE_HEAD, padding=0, show_edge=False)
    summary.add_column("program")
    summary.add_column("score", no_wrap=True)
    for heading in ("this run", f"{study['seeds']} seeds", "published", "naive", "seconds"):
        summary.add_column(heading, justify="right", no_wrap=True)
    for r in results:
        known = study["programs"].get(r["program"], {})
        medians = {name: figures[0] for name, figures in known.items()}
        columns = (r["score"], medians, r["published"], r["naive"])
        figures = ("\n".join(seeds.figure(c.get(name)) for name in r["score"]) for c in columns)
        program, names = f"[bold]{r['program']}[/bold]\n{r['shows']}", "\n".join(r["score"])
        summary.add_row(program, names, *figures, f"{r['seconds']:.2f}")
        summary.add_section()
    return summary


def run_all(programs, engine):
    if not IN_NOTEBOOK:
        matplotlib.use("Agg")  # pictures go to files: no display needed, no window opened
    console = Console()
    bar = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    results = []
    with Progress(*bar, console=console, disable=not console.is_interactive) as progress:
        task = progress.add_task("", total=len(programs))
        for name in programs:
            progress.update(task, description=name)
            console.print(f"\n[bold]{name}[/bold]")
            results.append(run(name, engine))
            progress.advance(task)
    study = json.loads(distributions.TABLE.read_text())
    console.print(table(results, study))
    console.print(
        f"This run: seed 7. {study['seeds']} seeds: npslstm's median over as many runs, which says "
        "more than one. Naive: what the simplest rule gets, without a network. Train, Test, "
        "Recursive, Direct: RMSE in thousands of passengers; the other scores are explained in "
        "each program."
    )
    console.print(f"Pictures: {results[0]['picture'].parent.resolve()}", soft_wrap=True)


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m examples", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("programs", nargs="*", metavar="program", help="which; by default all")
    parser.add_argument("--engine", choices=("npslstm", "keras"), default="npslstm")
    seeds.add_options(parser)
    chosen = parser.parse_args(arguments)
    programs = chosen.programs or PROGRAMS
    for name in programs:
        if name not in PROGRAMS:
            parser.error(f"there is no program {name!r}; the programs are: {', '.join(PROGRAMS)}")
    if chosen.seeds:
        seeds.main(programs, chosen)
    else:
        run_all(programs, chosen.engine)


if __name__ == "__main__":
    main()
