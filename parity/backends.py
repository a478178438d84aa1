"""Why the reference is Keras on tensorflow: the same stateful LSTM on each of Keras's backends.

`python -m parity backends` shows the same input four times to a stateful LSTM, whose answers must
differ, since it remembers, and trains it. Backends that are not installed are left out with a line.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import subprocess
import sys
from typing import NamedTuple

BACKENDS = ("tensorflow", "jax", "torch")


class Verdict(NamedTuple):
    """What the demonstration printed on a backend: `remembers` and `trains` must both hold."""

    backend: str
    remembers: bool
    trains: bool
    printed: str

    @property
    def usable(self) -> bool:
        return self.remembers and self.trains


def demonstrate(backend: str) -> Verdict:
    """`stateful_demo` in a process of its own. Raises OSError where it does not run to its end."""
    environment = os.environ | {
        "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "",
    }  # fmt: skip
    command = [sys.executable, "-W", "ignore", "-m", "parity.stateful_demo"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise OSError(f"The demonstration failed on {backend}:\n{done.stderr}")
    return read(backend, done.stdout)


def read(backend: str, printed: str) -> Verdict:
    lines = dict(line.split(": ", 1) for line in printed.strip().splitlines())
    remembers = len(set(lines["predict"].split())) > 1
    return Verdict(backend, remembers, lines["fit"] == "trained", printed.strip())


def main(arguments: list[str]) -> int:
    """Exit code 0 if tensorflow, the reference, is usable."""
    from rich.console import Console

    console, usable, version = Console(highlight=False), {}, importlib.metadata.version("keras")
    console.print(f"keras {version}, a stateful LSTM, the same input four times:")
    for backend in BACKENDS:
        if importlib.util.find_spec(backend) is None:
            console.print(f"\n[bold]{backend}[/bold] is not installed: left out.")
            continue
        verdict = demonstrate(backend)
        usable[backend] = verdict.usable
        flaws = [] if verdict.remembers else ["predict forgets the state"]
        flaws += [] if verdict.trains else ["it cannot be trained"]
        console.print(f"\n[bold]{backend}[/bold]: {' and '.join(flaws) or 'a usable reference'}")
        console.print(verdict.printed, soft_wrap=True)
    return 0 if usable.get("tensorflow") else 1
