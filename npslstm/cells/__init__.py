"""Cells by name: what an LSTM layer does at a step. `LSTM(units, cell="peephole")` takes a name, or
a `Cell` of your own (docs/cells.md).

`lstm` (Keras's, the default), `peephole` (Gers & Schmidhuber 2000), `coupled` (Greff et al. 2017).
"""

from __future__ import annotations

from typing import Any

from ..arguments import shown
from ..bundles import Cell as Cell
from ..cell import LSTM as LSTM
from .checks import require_cell
from .coupled import COUPLED as COUPLED
from .peephole import PEEPHOLE as PEEPHOLE
from .trial import require_changes

KNOWN: dict[str, Cell] = {cell.name: cell for cell in (LSTM, PEEPHOLE, COUPLED)}
OWN = tuple(KNOWN)


def get(cell: Any) -> Cell:
    """The cell meant by a name or by a Cell, which is known by its name from then on. Raises
    ValueError."""
    if isinstance(cell, Cell):
        return register(cell)
    if isinstance(cell, str) and cell in KNOWN:
        return KNOWN[cell]
    raise ValueError(
        f"cell is a name ({', '.join(map(repr, KNOWN))}) or a npslstm.cells.Cell; received "
        f"{shown(cell)}. A cell of your own is known by its name once it was used; for a file "
        "write load_model(path, custom_objects={name: cell}), or npslstm.cells.register(cell) "
        "before."
    )


def register(cell: Cell) -> Cell:
    """Let `cell` be found by its name, as files have it; returns it. A later cell of the same name
    takes its place. Raises ValueError if functions and table do not fit together, or if the name is
    one of npslstm's."""
    if isinstance(cell, Cell):
        for known in KNOWN.values():
            if known is cell or (known.name == cell.name and known == cell):  # it, or a copy of it
                return known
    require_cell(cell, OWN)
    KNOWN[cell.name] = cell
    return cell


def require_experiments(cell: Cell, quantity: str) -> None:
    """Raise ValueError if a cell lets nobody change its 'gates', 'c' or 'h'."""
    if cell.name not in OWN:
        require_changes(cell, quantity)
