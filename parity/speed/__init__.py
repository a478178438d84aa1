"""How fast is npslstm, and how far from the machine's bound? `python -m parity speed`.

    python -m parity speed                                everything, seven rounds
    python -m parity speed --quick --workloads airline,mnist,predict_one
    python -m parity speed --json F --plot F.png --document docs/speed.md
    python -m parity speed --before DIR                   beside the engine of another checkout

Peers: Keras on TensorFlow and on JAX, PyTorch, JAX by hand, ONNX Runtime; those that are not
installed are left out with a line (`pip install npslstm[parity,bench]` has them all). The exit code
is 0 whatever the times are.

    workloads    what is timed            contestants   who is timed; on_keras, on_torch, on_jax,
    run          the order of it all                    on_onnx: how each builds a workload
    worker       a contestant's process   conversation  its other end
    timing       how a time is taken      processes     whole processes; whole: what runs in them
    cost         FLOPs, bytes, the bound  shares        where the engine's own time goes
    growth       sweeps over sizes        machine       its name and its rates
    busy         beside busy processes    company      several threads with one model
    scaling      with more threads, and what is expected of more cores
    targets      what is to be reached    results       all that was measured; tables, terminal,
    reference    how fast the machine is                document, plot: how it is shown
"""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path


def parse(arguments: list[str]) -> argparse.Namespace:
    from .run import SUBJECTS, THOROUGH

    parser = argparse.ArgumentParser(prog="python -m parity speed", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--rounds", type=int, default=THOROUGH.rounds, metavar="N")
    length.add_argument("--quick", action="store_true", help="one round, short sweeps")
    parser.add_argument("--workloads", metavar="A,B", help=f"some of {', '.join(SUBJECTS)}")
    parser.add_argument(
        "--before", type=Path, metavar="DIR", help="a checkout of another version, timed as well"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="every time of every round")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="PNG, SVG or PDF")
    parser.add_argument("--document", type=Path, metavar="FILE", help="the tables as Markdown")
    chosen = parser.parse_args(arguments)
    chosen.workloads = tuple(chosen.workloads.split(",")) if chosen.workloads else SUBJECTS
    for name in chosen.workloads:
        if name not in SUBJECTS:
            parser.error(f"there is no workload {name!r}; known: {', '.join(SUBJECTS)}")
    if chosen.rounds < 1:
        parser.error(f"--rounds is a number of rounds, 1 or more; received {chosen.rounds}")
    return chosen


def main(arguments: list[str]) -> int:
    from rich.console import Console

    from ..versions import command
    from .contestants import version_before
    from .document import write_document
    from .plot import write_plot
    from .results import write_json
    from .run import QUICK, THOROUGH, run
    from .terminal import show

    chosen, console = parse(arguments), Console(highlight=False)
    effort = QUICK if chosen.quick else THOROUGH._replace(rounds=chosen.rounds)
    with ExitStack() as stack:
        others = []
        if chosen.before:
            others.append(stack.enter_context(version_before(chosen.before)))
        status = stack.enter_context(console.status(""))
        results = run(chosen.workloads, effort, status.update, others)
    results.ran_on |= {"rounds": str(effort.rounds), "command": command()}
    show(results, console)
    outputs = (chosen.json, write_json), (chosen.plot, write_plot)
    for path, write in (*outputs, (chosen.document, write_document)):
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
            write(results, path)
            console.print(f"Written: {path}")
    return 0
