"""Names for layers, models and optimizers that were given none: lstm, lstm_1, lstm_2, ..."""

from __future__ import annotations

import collections

from .identifiers import snake_case

counts: collections.Counter[str] = collections.Counter()


def automatic_name(kind: str) -> str:
    """The next free name for a class called `kind`: its name in snake case, then numbered."""
    base = snake_case(kind)
    number = counts[base]
    counts[base] += 1
    return f"{base}_{number}" if number else base


def clear_session() -> None:
    """Start counting names from the beginning again."""
    counts.clear()
