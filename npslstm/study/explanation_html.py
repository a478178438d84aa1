"""An Explanation as HTML, for notebooks: a table for each gate, with bars that need no colour."""

from __future__ import annotations

from html import escape

from .explanation import Explanation, Gate
from .names import title

WIDEST = 8  # em that the longest bar takes to either side
CELL = 'style="text-align:right;padding:0 0.5em;font-variant-numeric:tabular-nums"'


def page(explanation: Explanation) -> str:
    """The whole explanation: four gates, then the equations."""
    shown = [row for gate in explanation.gates.values() for row in explanation.shown(gate)]
    longest = max(abs(amount) for _, amount in shown) or 1.0
    in_order = [explanation.gates[letter] for letter in explanation.order]
    gates = "".join(table(explanation, gate, longest) for gate in in_order)
    equations = "<br>".join(escape(line) for line in explanation.equations())
    return (
        f"<div><b>{escape(explanation.title)}</b>"
        f'<div style="display:flex;flex-wrap:wrap;gap:2em;margin:0.7em 0">{gates}</div>'
        f"<code>{equations}</code></div>"
    )


def table(explanation: Explanation, gate: Gate, longest: float) -> str:
    """One gate: its terms with their bars, and their sum."""
    rows = [
        f'<tr><td {CELL}>{amount:+.4f}</td><td>{bar(amount / longest)}</td>'
        f'<td style="text-align:left">{escape(text)}</td></tr>'
        for text, amount in explanation.shown(gate)
    ]  # fmt: skip
    total = f'<tr style="border-top:1px solid"><td {CELL}>{gate.z:+.4f}</td><td></td>'
    total += f'<td style="text-align:left">z_{gate.letter}</td></tr>'
    caption = f'<caption style="text-align:left"><b>{title(gate.letter)}</b></caption>'
    return f"<table>{caption}{''.join(rows)}{total}</table>"


def bar(share: float) -> str:
    """A bar from the middle: full to the right if positive, hollow to the left if negative."""
    width = f"{abs(share) * WIDEST:.2f}em"
    left = f"{WIDEST + min(share, 0) * WIDEST:.2f}em"
    fill = "currentColor" if share >= 0 else "transparent"
    style = f"margin-left:{left};width:{width};height:0.7em;background:{fill};"
    frame = f"width:{2 * WIDEST}em"
    return f'<div style="{frame}"><div style="{style}border:1px solid currentColor"></div></div>'
