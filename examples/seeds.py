"""Programs over many seeds, in parallel processes: median and range instead of one lucky run.

    python -m examples --seeds 20 --json out/seeds.json           all programs, seeds 0 to 19
    python -m examples --seeds 20 --engine keras memory mnist     two of them, on Keras
    python -m examples --seeds 20 --dask tcp://scheduler:8786     on a Dask cluster

What --json writes is read by `distributions`, which compares engines.
The same seed gives the same scores, wherever it runs and with however many workers. A cluster needs
the extra `cluster` here, and on its workers npslstm with the extra `examples` and this folder:
start them in the repository, with PYTHONPATH=. in their environment.
"""

import contextlib
import importlib
import io
import json
import os
import statistics
import tempfile
import threading
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
from joblib import Parallel, delayed, parallel_config
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

ALONE = threading.Lock()  # seed, folder and figures belong to the process: one program at a time


def add_options(parser):
    """The command line's options for a study."""
    group = parser.add_argument_group("over seeds")
    group.add_argument("--seeds", type=int, metavar="N", help="run each with seeds 0 to N-1")
    group.add_argument("--json", type=Path, metavar="FILE", help="write every score into a file")
    group.add_argument("--workers", type=int, default=-1, help="processes; by default one a core")
    group.add_argument("--epochs", type=int, help="instead of the program's own number")
    group.add_argument("--dask", metavar="ADDRESS", help="scheduler of a Dask cluster to run on")


def run(program, engine, seed, epochs=None):
    """One program with one seed, silent, its picture thrown away: scores, figures and seconds."""
    matplotlib.use("Agg")
    module, nn = importlib.import_module(f"examples.{program}"), importlib.import_module(engine)
    options = {} if epochs is None else {"epochs": epochs}
    silence = contextlib.redirect_stdout(io.StringIO())
    with ALONE, silence, tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        result = module.main(nn, seed=seed, **options)
        plt.close("all")
    return {key: result[key] for key in ("score", "published", "naive", "seconds")}


def summarize(results):
    """Median, range and single values of every score, over the results of one program."""
    first = results[0]
    scores = {}
    for name in first["score"]:
        values = [result["score"][name] for result in results]
        scores[name] = {
            "median": statistics.median(values), "min": min(values), "max": max(values),
            "published": first["published"].get(name), "naive": first["naive"].get(name),
            "values": values,
        }  # fmt: skip
    seconds = statistics.median(result["seconds"] for result in results)
    return {"scores": scores, "seconds": seconds}


def study(programs, count, engine="npslstm", workers=-1, epochs=None, dask=None):
    """For each program its name and summary over `count` seeds, as soon as it is finished."""
    if "NPSLSTM_MNIST" in os.environ:  # run() works in a folder of its own
        os.environ["NPSLSTM_MNIST"] = os.path.abspath(os.environ["NPSLSTM_MNIST"])
    with cluster(dask), Parallel(n_jobs=workers, batch_size=1) as parallel:
        for program in programs:
            jobs = (delayed(run)(program, engine, seed, epochs) for seed in range(count))
            yield program, summarize(parallel(jobs))


@contextlib.contextmanager
def cluster(address):
    """Inside, joblib sends its work to the Dask cluster of this address, if there is one."""
    if address is None:
        yield
        return
    from distributed import Client

    with Client(address, set_as_default=True), parallel_config(backend="dask"):
        yield


def figure(value):
    """A number for a table: two decimals, more for small ones, whole numbers as they are."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.3f}" if 0 < abs(value) < 1 else f"{value:.2f}"
    return str(value)


def table(summaries, engine, count):
    view = Table(title=f"{engine}, {count} seeds", box=box.SIMPLE_HEAD, padding=0, show_edge=False)
    for heading in ("program", "score"):
        view.add_column(heading, no_wrap=True)
    for heading in ("median", "min", "max", "published", "naive"):
        view.add_column(heading, justify="right", no_wrap=True)
    for program, summary in summaries.items():
        names = [program]
        for name, score in summary["scores"].items():
            keys = ("median", "min", "max", "published", "naive")
            values = (figure(score[key]) for key in keys)
            view.add_row(names.pop() if names else "", name, *values)
        view.add_section()
    return view


def main(programs, chosen):
    """Run the study that the command line asks for; the file grows with every program."""
    console = Console()
    bar = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    summaries = {}
    with Progress(*bar, console=console, disable=not console.is_interactive) as progress:
        task = progress.add_task(f"{programs[0]}, {chosen.seeds} seeds", total=len(programs))
        options = (chosen.seeds, chosen.engine, chosen.workers, chosen.epochs, chosen.dask)
        for i, (program, summary) in enumerate(study(programs, *options), 1):
            summaries[program] = summary
            console.print(f"{program}: {summary['seconds']:.2f} s a seed")
            upcoming = f"{programs[i]}, {chosen.seeds} seeds" if i < len(programs) else ""
            progress.update(task, advance=1, description=upcoming)
            if chosen.json:
                write(chosen, summaries)
    console.print(table(summaries, chosen.engine, chosen.seeds))


def write(chosen, summaries):
    nn = importlib.import_module(chosen.engine)
    report = {"engine": chosen.engine, "version": nn.__version__, "backend": nn.config.backend()}
    report["seeds"] = chosen.seeds
    chosen.json.parent.mkdir(parents=True, exist_ok=True)
    chosen.json.write_text(json.dumps(report | {"programs": summaries}, indent=1) + "\n")
