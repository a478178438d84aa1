"""Whether a cell's table of names is one, and its functions are functions."""

from __future__ import annotations

import inspect
import re
from typing import Any

from ..arguments import shown, takes
from ..bundles import Cell, Equation
from .trial import try_out

STATES = ("c_prev", "c", "a", "h")
TAKEN = "abcdhxz"  # letters that are no gates
SIGNATURES = {
    "forward": ("rows", "squash", "changes"),
    "backward": ("rows", "errors", "squash", "changes"),
}


def require_cell(cell: Any, taken: tuple[str, ...] = ()) -> None:
    """Raise ValueError for anything but a cell that a layer can use. taken: other cells' names."""
    if not isinstance(cell, Cell):
        raise ValueError(f"cell: a Cell is needed, see npslstm.cells; received {shown(cell)}.")
    require_names(cell, taken)
    for which, arguments in SIGNATURES.items():
        require_function(getattr(cell, which), f"cell '{cell.name}': {which}", arguments)
    require_explanation(cell)
    try_out(cell)


def require_names(cell: Cell, taken: tuple[str, ...]) -> None:
    """Raise ValueError unless name, gates, candidates and own are names that can stand together."""
    name, letters, own = cell.name, cell.gates, cell.own
    if not isinstance(name, str) or not name.isidentifier() or name in taken:
        raise ValueError(
            f"cell: the name of a cell of your own is a Python identifier other than "
            f"{', '.join(taken)}, such as 'my_cell'; received {shown(name)}."
        )
    known = isinstance(letters, str) and 0 < len(letters) == len({*letters})
    if not known or not (letters.isascii() and letters.isalpha() and letters.islower()):
        raise ValueError(
            f"cell '{name}': gates is a small letter for each block of z, each another one, such "
            f"as 'ifgo'; received {shown(letters)}."
        )
    if {*letters} & {*TAKEN}:
        raise ValueError(
            f"cell '{name}': gates may not be called {', '.join(TAKEN)}, which mean something else "
            f"in a step; received {letters!r}."
        )
    if not isinstance(cell.candidates, str) or not {*cell.candidates} <= {*letters}:
        raise ValueError(
            f"cell '{name}': candidates names those of the gates {letters!r} that the layer's "
            f"activation squashes; received {shown(cell.candidates)}."
        )
    if not isinstance(own, tuple) or not all(isinstance(o, str) and o.isidentifier() for o in own):
        raise ValueError(
            f"cell '{name}': own is a tuple with a name for each weight of the cell's own, such as "
            f"('p_i', 'p_f'); received {shown(own)}."
        )
    if len({*own, *letters, *STATES}) < len(own) + len(letters) + len(STATES):
        raise ValueError(
            f"cell '{name}': each weight in own has a name by itself, other than those of gates "
            f"and states; received {own}."
        )


def require_explanation(cell: Cell) -> None:
    """Raise ValueError for equations and terms that `study.explain` could not put numbers into."""
    numbers = {*cell.gates, *STATES, *cell.own}
    for equation in cell.equations if isinstance(cell.equations, tuple) else (None,):
        fits = (
            isinstance(equation, Equation)
            and equation.name in [*cell.gates, *"cah"]
            and all(isinstance(part, str) for part in (equation.number, equation.text, equation.of))
            and (equation.function is None or inspect.isfunction(equation.function))
        )
        if fits and equation.function is not None:
            of = equation.of.split()
            known = {*of, *re.findall(r"[a-z]\w*", equation.text)} <= numbers
            fits = known and takes(equation.function, *of)
        if not fits:
            raise ValueError(
                f"cell '{cell.name}': equations is a tuple of Equation(number, name, text, "
                "function, of): name a gate, c, a or h, and text and `of` in terms of "
                f"{', '.join(sorted(numbers))}; received {shown(equation)}."
            )
    for term in cell.terms if isinstance(cell.terms, tuple) else (None,):
        fits = isinstance(term, tuple) and len(term) == 3
        if not fits or not (
            term[0] in [*cell.gates] and term[1] in STATES and term[2] in cell.own
        ):
            raise ValueError(
                f"cell '{cell.name}': terms is a tuple of (gate, state, own weight), such as "
                f"('i', 'c_prev', 'p_i'); received {shown(term)}."
            )


def require_function(function: Any, what: str, arguments: tuple[str, ...]) -> None:
    """Raise ValueError unless this is a plain function of so many arguments."""
    if not inspect.isfunction(function):
        raise ValueError(f"{what} is a plain Python function; received {shown(function)}.")
    parameters = inspect.signature(function).parameters.values()
    plain = all(p.kind is p.POSITIONAL_OR_KEYWORD and p.default is p.empty for p in parameters)
    if len(parameters) != len(arguments) or not plain:
        raise ValueError(
            f"{what} takes ({', '.join(arguments)}); it is defined as "
            f"{function.__name__}{inspect.signature(function)}."
        )
