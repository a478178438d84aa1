"""Names for layers, models and optimizers that were given none: lstm, lstm_1, lstm_2, ..."""

from __future__ import annotations

import collections
import itertools

from .identifiers import snake_case

counts: dict[str, itertools.count[int]] = collections.defaultdict(itertools.count)


def automatic_name(kind: str) -> str:
    """The next free name for a class called `kind`: its name in snake case, then numbered."""
    base = snake_case(kind)
    number = next(counts[base])  # one step, also with several threads
    return f"{base}_{number}" if number else base


def clear_session() -> None:
    """Start counting names from the beginning again."""
    counts.clear()
