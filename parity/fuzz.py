"""Random models, drawn until two numbers disagree; then the smallest model in which they do.

    python -m parity fuzz --minutes 10 [--seed 17]

Whatever is found is shown as a program that can be run.
"""

from __future__ import annotations

import argparse
import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import hypothesis
from hypothesis import strategies as st
from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table

from .architectures import Architecture, Graph, describe
from .differences import measured
from .drawing import MANY, Pairs
from .drawing_graphs import models
from .environment import prepare
from .tolerances import TOLERANCES

MODELS = 50  # of one search
SETTINGS: dict[str, Any] = {
    "database": None,
    "deadline": None,  # the first model of a kind takes seconds: its kernels are compiled
    "phases": [hypothesis.Phase.generate, hypothesis.Phase.shrink],
    "print_blob": False,
    "report_multiple_bugs": False,
    "suppress_health_check": [hypothesis.HealthCheck.too_slow],
}
SEEDS = st.integers(0, 2**16)


class Failure(NamedTuple):
    """A model whose numbers disagree with these random weights and data, and what was raised."""

    architecture: Architecture | Graph
    seed: int
    error: Exception


def compare(build: Callable[[Any], Any], seed: int = 0, **settings: Any) -> None:
    """`pair.compare`, after setting up Keras, which must not be imported before that."""
    prepare()
    from . import pair

    pair.compare(build, seed, **settings)


def check(architecture: Architecture | Graph, seed: int) -> None:
    """Assert that both libraries agree on this model, with weights and data of this seed."""
    compare(architecture.build, seed, **architecture.settings)


def search(
    seed: int, tell: Callable[[], None], until: float = float("inf"), pairs: Pairs = MANY
) -> Failure | None:
    """The smallest failure among some random models, or None. `tell` is called after each.

    until: no further model when time.monotonic() is beyond that; a failure is made small first.
    """
    found: list[Failure] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(max_examples=MODELS, **SETTINGS)
    @hypothesis.given(models(pairs), SEEDS)
    def attempt(architecture: Architecture | Graph, seed: int) -> None:
        if not found and time.monotonic() > until:
            return
        try:
            check(architecture, seed)
        except Exception as error:
            found.append(Failure(architecture, seed, error))
            raise
        finally:
            tell()

    try:
        attempt()
    except Exception:
        if not found:
            raise
        return found[-1]  # hypothesis ends with the smallest
    return None


# ---- on the command line -------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> int:
    """python -m parity fuzz [--minutes M] [--seed S]; 1 if a model disagrees."""
    parser = argparse.ArgumentParser(prog="python -m parity fuzz", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--minutes", type=float, default=1.0, help="1 by default")
    parser.add_argument("--seed", type=int, help="to repeat a run")
    given = parser.parse_args(arguments)
    return run(given.minutes, given.seed)


def run(minutes: float, seed: int | None = None) -> int:
    """Search for so many minutes, or until something is found. Returns the exit code."""
    seed = secrets.randbelow(2**32) if seed is None else seed
    console, failure, tried = Console(), None, 0
    start = time.monotonic()
    end = start + 60 * minutes
    with console.status("") as status:

        def tell() -> None:
            nonlocal tried
            tried += 1
            worst = max(rows(), key=share, default="")
            closest = f"{worst}, {share(worst):.0%} of what is allowed" if worst else ""
            status.update(f"seed {seed}, {tried} models; worst: {closest}")

        while failure is None and time.monotonic() < end:
            failure = search(seed, tell, end)
            seed += failure is None
    console.print(table())
    console.print(f"{tried} models in {(time.monotonic() - start) / 60:.1f} minutes.")
    if failure is not None:
        console.print("The smallest model in which the two disagree:\n")
        console.print(Syntax(describe(failure.architecture, failure.seed), "python"))
        console.print(str(failure.error), highlight=False, markup=False)
        console.print(f"{in_float64(failure)}\nTo repeat it: python -m parity fuzz --seed {seed}")
    return int(failure is not None)


def in_float64(failure: Failure) -> str:
    """Whether rounding can be the reason."""
    if failure.architecture.dtype == "float64":
        return "All of it is in float64."
    try:
        check(replace(failure.architecture, dtype="float64"), failure.seed)
    except Exception:
        return "They disagree in float64 too: not a matter of rounding."
    return (
        "They agree in float64: rounding errors that have grown, or that have taken the two to "
        "different sides of a corner, such as relu's at 0."
    )


def rows() -> list[str]:
    return [name for name in TOLERANCES if name in measured]


def share(name: str) -> float:
    """Measured over allowed."""
    allowed = TOLERANCES[name].allowed
    return measured[name] / allowed if allowed else float(measured[name] > 0)


def table() -> Table:
    """What was measured in this run beside what is allowed."""
    found = Table("difference", "kind", "measured", "allowed", "share", title="in epsilons")
    for column in found.columns[2:]:
        column.justify = "right"
    for name in rows():
        tolerance = TOLERANCES[name]
        size = measured[name] / tolerance.epsilon
        found.add_row(name, tolerance.kind, f"{size:.2f}", f"{tolerance.allowed_epsilons:g}",
                      f"{share(name):.0%}")  # fmt: skip
    return found
