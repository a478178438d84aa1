"""Compare npslstm with Keras on every tutorial program: `python -m parity`.

    python -m parity                              all programs, three epochs of each
    python -m parity memory mnist --epochs 20     two of them, twenty epochs
    python -m parity --full                       all epochs (of three programs a part of them: see
                                                  suite.LONG), in float32 and again in float64
    python -m parity --json F --html F --document docs/parity.md
    python -m parity --from F G H --html F        a report of several earlier ones, from their JSON
    python -m parity --against keras==3.12.0      another version, installed beside this one
    python -m parity fuzz --minutes 10            models drawn at random
    python -m parity mutants                      break npslstm on purpose: is it noticed?
    python -m parity freeze                       Keras's answers anew, into tests/golden
    python -m parity backends                     why the reference is tensorflow
    python -m parity speed                        times beside those of all peers

The exit code is 0 if everything agrees, 1 if something differs, 2 if parity cannot run here.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from pathlib import Path
from typing import Any

from .environment import prepare
from .findings import Findings

COMMANDS = {
    "fuzz": "fuzz", "mutants": "mutants", "freeze": "freeze", "backends": "backends",
    "speed": "speed",
}  # fmt: skip
SHORT = 3


def main(arguments: list[str]) -> int:
    try:
        return run(arguments)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith(("npslstm", "parity")):
            raise
        print(
            f"{error.name} is not installed, which parity needs: write `make test`, which installs "
            "all, or `pip install -e '.[parity]'`.",
            file=sys.stderr,
        )
        return 2


def run(arguments: list[str]) -> int:
    """What the command line asks for. Returns the exit code."""
    if arguments and arguments[0] in COMMANDS:
        command = importlib.import_module(f".{COMMANDS[arguments[0]]}", __package__)
        return command.main(arguments[1:])
    chosen = parse(arguments)
    if chosen.against:
        from .against import run_with

        return run_with(chosen.against, arguments)
    return compare_programs(chosen)


def parse(arguments: list[str]) -> argparse.Namespace:
    from .programs import TUTORIALS

    parser = argparse.ArgumentParser(prog="python -m parity", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("programs", nargs="*", metavar="program", help="which; by default all")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--epochs", type=int, default=SHORT, help=f"by default {SHORT}")
    full = "all epochs, of three programs a part; in float64 too"
    length.add_argument("--full", action="store_true", help=full)
    parser.add_argument("--json", type=Path, metavar="FILE", help="every row and curve")
    parser.add_argument("--html", type=Path, metavar="FILE", help="a page with tables and curves")
    parser.add_argument("--document", type=Path, metavar="FILE", help="the same as Markdown")
    parser.add_argument("--from", dest="earlier", nargs="+", metavar="FILE", help="read, not run")
    parser.add_argument("--against", metavar="keras==X", help="another version of Keras")
    chosen = parser.parse_args(arguments)
    chosen.programs = chosen.programs or list(TUTORIALS)
    for name in chosen.programs:
        if name not in TUTORIALS:
            parser.error(f"there is no program {name!r}; the programs are: {', '.join(TUTORIALS)}")
    return chosen


def compare_programs(chosen: argparse.Namespace) -> int:
    """The suite, then the reports that were asked for."""
    from rich.console import Console

    from . import document, page, report

    console = Console()
    findings = report.read_json(chosen.earlier) if chosen.earlier else examine(chosen, console)
    report.show(findings, console)
    outputs = (chosen.json, report.write_json), (chosen.html, page.write_page)
    for path, write in (*outputs, (chosen.document, document.write_document)):
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
            write(findings, path)
            console.print(f"Written: {path}")
    return 0 if findings.agree else 1


def examine(chosen: argparse.Namespace, console: Any) -> Findings:
    """Every chosen program, with progress on a terminal."""
    prepare()
    from . import suite
    from .versions import ran_on

    findings, start = Findings(ran_on()), time.perf_counter()
    epochs = None if chosen.full else chosen.epochs
    with console.status("") as status:
        for name in chosen.programs:
            status.update(f"{name} on both engines ...")
            rows, curves = suite.examine(name, epochs, precise=chosen.full)
            findings.rows += rows
            findings.curves += curves
            if chosen.full:
                findings.remarks.append(suite.sensitivity(name))
    findings.ran_on["seconds"] = f"{time.perf_counter() - start:.0f}"
    return findings


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
