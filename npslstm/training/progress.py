"""What `fit`, `evaluate` and `predict` print: a line per epoch, and a bar while a long one runs.

The bar appears on a terminal or in a notebook; into a pipe or a file go only the lines, without
control characters. verbose=2 is Keras's text to the letter.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from npslstm.arguments import shown
from npslstm.training.displays import REDRAW, choose_display

FIRST_DRAW = 0.1  # seconds an epoch runs before its bar appears: shorter ones leave only their line
TITLES = {"fit": "Epoch", "evaluate": "Evaluate", "predict": "Predict"}

Logs = Mapping[str, Any]  # name -> number


class Progress:
    """Prints the progress of `epochs` passes over `steps` batches.

    verbose: 0 nothing; 1 or "auto" a bar while an epoch runs and one line when it is finished;
    2 Keras's line per epoch (with "Epoch 1/5" above it if there are several).
    kind: "fit", "evaluate" or "predict"; the latter two are one epoch.
    live: True if a bar is drawn, so that calling `update` between batches is worthwhile.

    Call epoch_begin after the callbacks' on_epoch_begin and epoch_end after their on_epoch_end, so
    that what they print and what they add to the logs stand where Keras has them; and `close`
    in any case.
    """

    def __init__(self, verbose: int | str, epochs: int, steps: int, kind: str = "fit") -> None:
        self.verbose = verbosity(verbose)
        self.epochs = epochs
        self.steps = steps
        self.kind = kind
        self._display = choose_display() if self.verbose == 1 else None
        self._title = TITLES[kind]
        self._start = time.perf_counter()
        self._next_draw = math.inf

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()

    @property
    def live(self) -> bool:
        return self._display is not None

    def epoch_begin(self, epoch: int) -> None:
        """Start the clock of an epoch, counted from 0."""
        if self.kind == "fit":
            self._title = f"Epoch {epoch + 1}/{self.epochs}"
            if self.verbose >= 2 and self.epochs > 1:
                print(self._title, flush=True)
        self._start = time.perf_counter()
        self._next_draw = self._start + FIRST_DRAW

    def update(self, step: int, logs: Logs | None = None) -> None:
        """Say that `step` batches are done, with the means over them; cheap when nothing is due."""
        if self._display is None:
            return
        now = time.perf_counter()
        if now >= self._next_draw:
            self._next_draw = now + REDRAW
            left = time_left(step, self.steps, now - self._start)
            info = f"{step}/{self.steps} - {left} left{results(logs)}"
            self._display.draw(self._title, step, self.steps, info)

    def epoch_end(self, logs: Logs | None = None, seconds: float | None = None) -> None:
        """Print the finished line; it took `seconds`, by default the time since epoch_begin."""
        if seconds is None:
            seconds = time.perf_counter() - self._start
        if self.verbose == 2:
            print(keras_line(self.steps, seconds, logs), flush=True)
        elif self.verbose == 1:
            line = f"{self._title} - {plain_line(self.steps, seconds, logs)}"
            if self._display is None:
                print(line, flush=True)
            else:
                self._display.finish(line)

    def close(self) -> None:
        """Take down a bar that is still up, also after an exception."""
        if self._display is not None:
            self._display.close()


def keras_line(steps: int, seconds: float, logs: Logs | None) -> str:
    """E.g. `3/3 - 1s - 172ms/step - loss: 0.4435`, as Keras 3 prints it with verbose=2."""
    pace = seconds / max(steps, 1)
    if pace >= 1 or pace == 0:
        per_step = f"{pace:.0f}s"
    elif pace >= 1e-3:
        per_step = f"{pace * 1e3:.0f}ms"
    else:
        per_step = f"{pace * 1e6:.0f}us"
    # Keras compares the value here, not its size, with 0.001: negative ones appear in e-notation.
    shown = [
        f" - {name}: {value:.4f}" if value > 1e-3 else f" - {name}: {value:.4e}"
        for name, value in _floats(logs)
    ]
    return f"{steps}/{steps} - {seconds:.0f}s - {per_step}/step{''.join(shown)}"


def plain_line(steps: int, seconds: float, logs: Logs | None) -> str:
    """E.g. `94 steps - 0s - 0.2ms/step - loss: 0.0123`."""
    pace, unit = seconds / max(steps, 1), "s"
    if pace < 1e-4:
        pace, unit = pace * 1e6, "us"
    elif pace < 1:
        pace, unit = pace * 1e3, "ms"
    per_step = f"{pace:.1f}{unit}" if pace < 10 else f"{pace:.0f}{unit}"
    count = "1 step" if steps == 1 else f"{steps} steps"
    return f"{count} - {seconds:.0f}s - {per_step}/step{results(logs)}"


def results(logs: Logs | None) -> str:
    """E.g. ` - loss: 0.4435 - mae: 5.0990e-04`, in the order of `logs`."""
    return "".join(
        f" - {name}: {value:.4f}" if abs(value) > 1e-3 else f" - {name}: {value:.4e}"
        for name, value in _floats(logs)
    )


def time_left(step: int, steps: int, seconds: float) -> str:
    """E.g. `7s`, `1:05` or `2:03:07` for the rest, if the first `step` batches took `seconds`."""
    rest = int(seconds / max(step, 1) * (steps - step))
    minutes, second = divmod(rest, 60)
    hours, minute = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minute:02d}:{second:02d}"
    return f"{minute}:{second:02d}" if minute else f"{second}s"


def _floats(logs: Logs | None) -> list[tuple[str, float]]:
    return [(name, float(value)) for name, value in (logs or {}).items()]


def verbosity(verbose: Any) -> int:
    """verbose as 0, 1 or 2. Raises ValueError for anything else."""
    if type(verbose) is int and 0 <= verbose <= 2:
        return verbose
    if verbose is None:
        return 0
    if isinstance(verbose, str) and verbose == "auto":
        return 1
    if isinstance(verbose, (int, float, np.number, np.bool_)) and verbose in (0, 1, 2):
        return int(verbose)
    raise ValueError(
        f"verbose={shown(verbose)} is not known; use 0 (silent), 1 or 'auto' (progress), "
        "or 2 (one line per epoch)."
    )
