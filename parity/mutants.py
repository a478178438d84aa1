"""Broken copies of npslstm, each of which the frozen references must tell from Keras.

For every mutation a copy of npslstm/ is made, broken, and asked for the reference cases in a
process of its own (a fork of one that has all but npslstm in memory), until an answer differs by
more than is allowed. In the quick form all that is interpreted; the long form also runs the case
that noticed with the compiled engine. A survivor is a hole in the references: write the case that
catches it. Keras is not needed.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from queue import Queue
from typing import Any, NamedTuple

import npslstm

from .mutations import FIRST, MUTATIONS, AnyMutation
from .references.cases import CASES
from .references.golden import Compared

PACKAGE = pathlib.Path(npslstm.__file__).parent
ROOT = pathlib.Path(__file__).parents[1]
FILE_WIDTH = 160  # columns of the table where it does not go to a terminal


class Result(NamedTuple):
    """What noticed a mutation: the first answer that differs, or None for a survivor.

    compiled: the same with the compiled engine, None in the quick form and for survivors.
    """

    mutation: AnyMutation
    interpreted: Compared | None
    compiled: Compared | None = None
    quick: bool = True

    @property
    def caught(self) -> bool:
        return self.interpreted is not None and (self.quick or self.compiled is not None)


def run(
    names: Iterable[str] | None = None,
    quick: bool = False,
    workers: int = 2,
    seen: Callable[[Result], Any] = lambda result: None,
) -> list[Result]:
    """Try the mutations of these names, or all. `seen` is called with each result.

    Raises KeyError for an unknown name, StaleMutation where npslstm has changed, and RuntimeError
    if the unbroken copy does not agree with the references either.
    """
    chosen = [MUTATIONS[name] for name in (MUTATIONS if names is None else names)]
    with (
        tempfile.TemporaryDirectory(prefix="npslstm-mutants-") as folder,
        closing(Copies(pathlib.Path(folder), workers)) as copies,
    ):
        return copies.tried(chosen, quick, seen)


class Copies:
    """Copies of npslstm/ in a folder, the unbroken one among them, and the questions to them."""

    def __init__(self, folder: pathlib.Path, workers: int = 1) -> None:
        self.folder = folder
        self.original = folder / "original"
        copy(PACKAGE, self.original / "npslstm")
        self.servers: Queue[subprocess.Popen[str]] = Queue()
        for _ in range(workers):
            self.servers.put(self.started("--serve", interpreted=True))

    def close(self) -> None:
        while not self.servers.empty():
            self.servers.get().communicate()  # the end of what it reads ends it

    def tried(
        self, chosen: Sequence[AnyMutation], quick: bool, seen: Callable[[Result], Any]
    ) -> list[Result]:
        differing = self.ask(self.original)
        if differing is not None:
            raise RuntimeError(f"npslstm itself does not agree with the references: {differing}")
        for mutation in chosen:
            self.broken(mutation)
        with ThreadPoolExecutor(self.servers.qsize()) as pool:
            results = []
            for result in pool.map(lambda mutation: self.attempt(mutation, quick), chosen):
                seen(result)
                results.append(result)
        return results

    def broken(self, mutation: AnyMutation) -> pathlib.Path:
        """The folder of a new copy with the mutation in it."""
        folder = self.folder / mutation.name
        copy(self.original / "npslstm", folder / "npslstm")
        mutation.apply(folder / "npslstm")
        return folder

    def attempt(self, mutation: AnyMutation, quick: bool) -> Result:
        folder = self.folder / mutation.name
        first = FIRST.get(mutation.name, ())
        cases = sorted(CASES, key=lambda case: case.partition(".")[0] not in first)
        noticed = self.ask(folder, cases)
        compiled = None
        if noticed is not None and not quick:
            compiled = self.ask(folder, [noticed.case], compiled=True)
        shutil.rmtree(folder)
        return Result(mutation, noticed, compiled, quick)

    def ask(
        self, folder: pathlib.Path, cases: Sequence[str] = (), compiled: bool = False
    ) -> Compared | None:
        """The first answer of the npslstm in `folder` that differs from the references."""
        if compiled:
            printed = self.started(*cases, interpreted=False, first=folder).communicate()[0]
        else:
            server = self.servers.get()
            assert server.stdin is not None and server.stdout is not None
            print(json.dumps([str(folder), list(cases)]), file=server.stdin, flush=True)
            printed = server.stdout.readline()
            self.servers.put(server)
        answer = json.loads(printed or '{"failed": "no answer"}')
        if "failed" in answer:
            return Compared("import", answer["failed"], float("inf"), 0.0)
        used = pathlib.Path(answer["package"]).resolve()
        assert used.parent.parent == folder.resolve(), f"the npslstm of {used} was used instead"
        assert answer["interpreted"] is not compiled
        return None if answer["differing"] is None else Compared(**answer["differing"])

    def started(
        self, *arguments: str, interpreted: bool, first: pathlib.Path | None = None
    ) -> subprocess.Popen[str]:
        """A process of `parity.references`; it looks for npslstm in the folder `first`."""
        places = [first, ROOT, os.environ.get("PYTHONPATH")]
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(str(place) for place in places if place),
            "NUMBA_DISABLE_JIT": str(int(interpreted)),
            "NPSLSTM_CACHE_DIR": str(self.folder / "kernels"),
            "OPENBLAS_NUM_THREADS": "1",  # the arrays are tiny
        }
        return subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "parity.references", *arguments],
            cwd=first or self.folder, env=environment, text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip


def copy(package: pathlib.Path, to: pathlib.Path) -> None:
    """Copy the sources, and what Python has compiled of them; not what Numba has."""
    shutil.copytree(package, to, ignore=shutil.ignore_patterns("*.nbi", "*.nbc", "*.csv"))


# ---- the report ---------------------------------------------------------------------------------


def table(results: Sequence[Result]) -> Any:
    """A rich table: a row a mutation, survivors in red."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    made = Table("mutant", "file", "caught by", box=SIMPLE_HEAD)
    made.columns[0].no_wrap = True
    for heading in ("epsilons", "compiled", "allowed"):
        made.add_column(heading, justify="right")
    for result in results:
        noticed, compiled, name = result.interpreted, result.compiled, result.mutation.name
        row = [name, result.mutation.file, "survives", "", "", ""]
        if noticed is not None:
            row[2:4] = f"{noticed.case}, {noticed.key}", f"{noticed.measured:.2g}"
            row[4] = f"{compiled.measured:.2g}" if compiled else "" if result.quick else "survives"
            row[5] = f"{noticed.allowed:g}"
        made.add_row(*row, style="" if result.caught else "red")
    return made


def main(arguments: list[str] | None = None) -> int:
    """python -m parity mutants [--quick] [--workers N] [name ...]; 1 if a mutant survives."""
    from rich.console import Console
    from rich.progress import Progress

    parser = argparse.ArgumentParser(prog="python -m parity mutants", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help="mutations to try; all if none")
    parser.add_argument("--quick", action="store_true", help="interpreted only")
    parser.add_argument("--workers", type=int, default=2, help="processes at a time")
    given = parser.parse_args(arguments)
    unknown = set(given.names) - set(MUTATIONS)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(MUTATIONS)}")
    console = Console()
    if not console.is_terminal:
        console.width = FILE_WIDTH
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("mutants", total=len(given.names or MUTATIONS))
        results = run(
            given.names or None, given.quick, given.workers, lambda result: progress.advance(task)
        )
    console.print(table(results))
    survivors = [result for result in results if not result.caught]
    for result in survivors:
        console.print(f"A hole: {result.mutation.name}: {result.mutation.why}.", style="red")
    console.print(f"{len(results) - len(survivors)} of {len(results)} mutants caught.")
    return int(bool(survivors))
