"""Where a running epoch is drawn: the last line of a terminal, or one output of a notebook."""

from __future__ import annotations

import math
import sys
import time
from collections import deque
from typing import Any

BAR = 20  # characters
KEPT = 20  # finished lines that a notebook goes on showing
REDRAW = 0.05  # seconds between two drawings


class TerminalDisplay:
    """A bar below the finished lines, which disappears when its epoch is done."""

    def __init__(self) -> None:
        self._live: Any = None

    def draw(self, title: str, step: int, steps: int, info: str) -> None:
        """Show a bar for `step` of `steps` batches between `title` and `info`."""
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        row = Table.grid(padding=(0, 1))
        row.add_column(no_wrap=True)
        row.add_column(width=BAR)
        row.add_column(no_wrap=True)
        row.add_row(Text(title), ProgressBar(steps, step, width=BAR), Text(info))
        self._open().update(row, refresh=True)

    def _open(self) -> Any:
        if self._live is None:
            from rich.console import Console
            from rich.live import Live

            console = Console(file=sys.stdout, highlight=False)
            self._live = Live(console=console, auto_refresh=False, transient=True)
            self._live.start()
        return self._live

    def finish(self, line: str) -> None:
        """Put a finished line in the place of the bar."""
        self.close()
        print(line, flush=True)  # plain print: rich takes longer than many an epoch

    def close(self) -> None:
        """Take the bar down and give the terminal its cursor back."""
        if self._live is not None:
            self._live.stop()
            self._live = None


class NotebookDisplay:
    """One output updated in place: the latest finished lines and, below them, the running epoch."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=KEPT)
        self._finished = 0
        self._handle: Any = None
        self._shown_at = -math.inf

    def draw(self, title: str, step: int, steps: int, info: str) -> None:
        """Show a bar for `step` of `steps` batches between `title` and `info`."""
        done = "━" * (BAR * step // max(steps, 1))
        self._show(f"{title} {done:<{BAR}} {info}")

    def finish(self, line: str) -> None:
        """Add a finished line; short epochs are shown several at a time."""
        self._lines.append(line)
        self._finished += 1
        if time.perf_counter() - self._shown_at > REDRAW:
            self._show()

    def close(self) -> None:
        """Show the finished lines without a bar."""
        if self._finished or self._handle is not None:
            self._show()

    def _show(self, *running: str) -> None:
        from IPython.display import display

        hidden = self._finished - len(self._lines)
        heading = [f"({hidden} earlier epochs not shown)"] if hidden else []
        data = {"text/plain": "\n".join([*heading, *self._lines, *running])}
        if self._handle is None:
            self._handle = display(data, raw=True, display_id=True)
        else:
            self._handle.update(data, raw=True)
        self._shown_at = time.perf_counter()


def in_notebook() -> bool:
    """Whether this is a Jupyter or Colab notebook (and not IPython on a terminal)."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and (
        type(shell).__name__ == "ZMQInteractiveShell" or "google.colab" in type(shell).__module__
    )


def choose_display() -> NotebookDisplay | TerminalDisplay | None:
    """The display for where standard output goes; None if it is a pipe or a file."""
    redirected = type(sys.stdout).__name__ != "OutStream"  # the class of a notebook's own stdout
    if in_notebook() and not redirected:
        return NotebookDisplay()
    if sys.stdout.isatty():
        return TerminalDisplay()
    return None
