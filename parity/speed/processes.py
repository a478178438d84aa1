"""Times and memory of whole processes: an import, the airline program, thirteen programs in one."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from examples import PROGRAMS

from .contestants import Contestant
from .conversation import Failed

PROCESS_ROUNDS = 3  # at most: a whole process takes seconds, and Keras's a quarter of a minute
AIRLINE = ("airline_regression",)
TUTORIALS = PROGRAMS[: PROGRAMS.index("mnist")]
WHOLE = Path(__file__).with_name("whole.py")
IMPORT = "import time; t = time.perf_counter(); import {}; print(time.perf_counter() - t)"


def import_seconds(contestant: Contestant) -> float:
    """What `import npslstm`, or that of a framework, takes in a new process."""
    return float(output(contestant, ["-c", IMPORT.format(contestant.imports)], None))


def program(
    contestant: Contestant, programs: tuple[str, ...], epochs: int | None = None, cold: bool = False
) -> dict[str, Any]:
    """What `whole` says of a run, and 'seconds': the process's, from its start to its end.

    cold: with an empty cache of compiled kernels, those of Numba's own functions included.
    """
    options = [] if epochs is None else [f"epochs={epochs}"]
    with tempfile.TemporaryDirectory() as folder:
        caches = ("NPSLSTM_CACHE_DIR", "NUMBA_CACHE_DIR") if cold else ()
        changed = dict.fromkeys(caches, folder)
        command = ["-P", str(WHOLE), contestant.imports, *programs, *options]
        begin = time.perf_counter()
        printed = output(contestant, command, folder, changed)
        seconds = time.perf_counter() - begin
    return json.loads(printed) | {"seconds": seconds}


def output(
    contestant: Contestant, arguments: list[str], folder: str | None, changed: Any = None
) -> str:
    """The last line that Python prints. Raises Failed."""
    environment = contestant.environment | (changed or {})
    command = [sys.executable, "-W", "ignore", *arguments]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise Failed(f"{contestant.title}, {arguments[-1]}: {done.stderr[-400:]}")
    return done.stdout.strip().splitlines()[-1]


@functools.cache
def warm_up(contestant: Contestant, programs: tuple[str, ...]) -> None:
    """Fill the caches: compiled kernels, byte code, the files in the system's memory."""
    program(contestant, programs, epochs=1)
