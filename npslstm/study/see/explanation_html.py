"""An Explanation as HTML, for notebooks: a table for each gate, with bars that need no colour."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from ..names import title

WIDEST = 8  # em that the longest bar takes to either side
CELL = 'style="text-align:right;padding:0 0.5em;font-variant-numeric:tabular-nums"'

Terms = list[tuple[str, float]]  # what adds to a z, in words, and how much
Gate = tuple[str, float, Terms]  # its letter, its z, and what that consists of


def page(heading: str, gates: Sequence[Gate], equations: Sequence[str]) -> str:
    """The whole explanation: the gates in order, then the equations."""
    longest = max(abs(amount) for _, _, terms in gates for _, amount in terms) or 1.0
    tables = "".join(table(*gate, longest) for gate in gates)
    lines = "<br>".join(escape(line) for line in equations)
    return (
        f"<div><b>{escape(heading)}</b>"
        f'<div style="display:flex;flex-wrap:wrap;gap:2em;margin:0.7em 0">{tables}</div>'
        f"<code>{lines}</code></div>"
    )


def table(letter: str, z: float, terms: Terms, longest: float) -> str:
    """One gate: its terms with their bars, and their sum."""
    rows = [
        f'<tr><td {CELL}>{amount:+.4f}</td><td>{bar(amount / longest)}</td>'
        f'<td style="text-align:left">{escape(text)}</td></tr>'
        for text, amount in terms
    ]  # fmt: skip
    total = f'<tr style="border-top:1px solid"><td {CELL}>{z:+.4f}</td><td></td>'
    total += f'<td style="text-align:left">z_{letter}</td></tr>'
    caption = f'<caption style="text-align:left"><b>{title(letter)}</b></caption>'
    return f"<table>{caption}{''.join(rows)}{total}</table>"


def bar(share: float) -> str:
    """A bar from the middle: full to the right if positive, hollow to the left if negative."""
    width = f"{abs(share) * WIDEST:.2f}em"
    left = f"{WIDEST + min(share, 0) * WIDEST:.2f}em"
    fill = "currentColor" if share >= 0 else "transparent"
    style = f"margin-left:{left};width:{width};height:0.7em;background:{fill};"
    frame = f"width:{2 * WIDEST}em"
    return f'<div style="{frame}"><div style="{style}border:1px solid currentColor"></div></div>'
