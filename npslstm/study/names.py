"""What the gates of a cell are called, in letters and in words."""

from __future__ import annotations

from ..bundles import Cell

WORDS = {"i": "input", "f": "forget", "g": "candidate", "o": "output"}
TITLES = {"i": "input gate", "f": "forget gate", "g": "candidate", "o": "output gate"}
STATES = ("c", "h")
MEANINGS = {"c": "c, cell state", "a": "tanh(c)", "h": "h, output"}


def gates_of(cell: Cell) -> dict[str, str]:
    """A word for each gate, in the order of its blocks, and its letter: {'input': 'i', ...}."""
    return {WORDS.get(letter, letter): letter for letter in cell.gates}


def title(letter: str) -> str:
    """A gate in words: 'forget gate'."""
    return TITLES.get(letter, f"gate {letter}")


def meaning(quantity: str) -> str:
    """A gate or a state for the title of a picture: 'f, forget gate'."""
    return MEANINGS.get(quantity) or (
        f"{quantity}, {TITLES[quantity]}" if quantity in TITLES else quantity
    )


def quantities(cell: Cell) -> tuple[str, ...]:
    """What a trace has of each step and unit: z and value of each gate, and c, a and h."""
    return (*(f"z_{letter}" for letter in cell.gates), *cell.gates, "c", "a", "h")
