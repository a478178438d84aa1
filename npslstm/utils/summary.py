"""The table that `model.summary()` prints: layers, output shapes, numbers of parameters.

Layout, colours and wording are those of Keras 3, so that a summary can be compared line by line.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from ..arguments import entries, flag, function, real_number, whole_number
from ..protocols import AnyModel
from .summary_rows import (
    NUMBER,
    cells_of,
    coloured,
    connections_of,
    is_chain,
    layers_between,
    rows_of,
)  # fmt: skip

COLUMNS = {"Layer (type)": 0.45, "Output Shape": 0.80, "Param #": 1.0}  # where each ends
OF_A_GRAPH = {"Layer (type)": 0.3, "Output Shape": 0.56, "Param #": 0.74, "Connected to": 1.0}
LINE_LENGTH, OF_A_GRAPH_LINE, TRAINABLE_LINE = 88, 108, 12
LONGEST_LINE = 1000



def summary(
    model: AnyModel,
    line_length: int | None = None,
    positions: Sequence[float] | None = None,
    print_fn: Callable[[str], Any] | None = None,
    expand_nested: bool = False,
    show_trainable: bool = False,
    layer_range: Any = None,
) -> None:
    """Print the layers of a model and what its weights weigh (1 KB = 1024 B).

    line_length: characters per line, by default at most 88 (108 for a graph) and what fits the
    terminal. positions: fractions of the line at which the columns end. print_fn: called once,
    with the whole text; by default it is printed, in colour on a terminal. expand_nested: also the
    layers of models within. show_trainable: a column that says Y or N. layer_range: the first and
    the last layer to be printed, as patterns for their names. Raises ValueError if a column would
    be narrower than 4 characters, and for a range that fits no layers.
    """
    from rich.console import Console
    from rich.markup import escape

    if line_length is not None:
        line_length = whole_number(line_length, "line_length", "summary", 0, LONGEST_LINE)
    if print_fn is not None:
        function(print_fn, "print_fn", "summary", "text")
    connections = None if is_chain(model) else connections_of(model)
    trainable = flag(show_trainable, "show_trainable", "summary")
    columns = columns_of(positions, connections is not None, trainable)
    longest = (LINE_LENGTH if connections is None else OF_A_GRAPH_LINE) + trainable * TRAINABLE_LINE
    line_length = line_length or min(longest, shutil.get_terminal_size().columns - 4)
    table = new_table(columns, line_length)
    nested = flag(expand_nested, "expand_nested", "summary")
    for layer, depth in rows_of(layers_between(list(model.layers), layer_range), nested):
        table.add_row(*cells_of(layer, depth, connections, trainable))

    plain: dict[str, Any] = {"force_terminal": False, "color_system": None} if print_fn else {}
    console = Console(highlight=False, **plain)
    console.width = max(console.width, line_length)
    parts = [f'[bold]Model: "{escape(model.name)}"[/]', table, *_totals(model)]
    if print_fn is None:
        _print(console, parts)
    else:
        with console.capture() as captured:
            _print(console, parts)
        print_fn(captured.get())


def columns_of(positions: Any, graph: bool, trainable: bool) -> dict[str, float]:
    """The columns, and where they end. Raises ValueError unless there is a fraction for each."""
    columns = OF_A_GRAPH if graph else COLUMNS
    given = [] if positions is None else entries(
        positions, "positions", "summary", f"{len(columns)} fractions of a line"
    )  # fmt: skip
    if given:
        if len(given) != len(columns):
            raise ValueError(
                f"positions has {len(given)} entries; it has one for each column, such as "
                f"positions={list(columns.values())}."
            )
        ends = [real_number(end, "positions", "summary, an entry of", 0, 1) for end in given]
        columns = dict(zip(columns, ends, strict=True))
    if trainable:
        columns = {title: 0.9 * end for title, end in columns.items()} | {"Trainable": 1.0}
    return columns


def _print(console: Any, parts: Iterable[Any]) -> None:
    for part in parts:
        console.print(part)


def new_table(columns: dict[str, float], line_length: int) -> Any:
    """An empty table. Raises ValueError if a column would be too narrow."""
    from rich.table import Column, Table

    ends = [int(position * line_length) for position in columns.values()]
    widths = [end - start for start, end in zip([0, *ends], ends, strict=False)]
    if min(widths) < 4:
        raise ValueError(
            f"The columns of a summary need 4 characters each, but line_length={line_length} and "
            f"positions={list(columns.values())} leave {widths}. Write a larger line_length, such "
            "as 80."
        )
    justify: dict[str, Any] = {"Param #": "right", "Trainable": "center"}
    return Table(
        *(
            Column(title, justify=justify.get(title, "left"), width=width)
            for title, width in zip(columns, widths, strict=True)
        ),
        width=line_length,
        show_lines=True,
    )


def _totals(model: AnyModel) -> list[str]:
    """The lines below the table; the optimizer's own variables count once they exist."""
    trainable, frozen = list(model.trainable_weights), list(model.non_trainable_weights)
    optimizer = model.optimizer
    has_slots = optimizer is not None and optimizer.built
    slots = list(optimizer.variables) if has_slots else []

    lines = [
        _total("Total params", [*trainable, *frozen, *slots]),
        _total("Trainable params", trainable),
        _total("Non-trainable params", frozen),
    ]
    return [*lines, _total("Optimizer params", slots)] if has_slots else lines


def _total(title: str, weights: list[Any]) -> str:
    sizes = [(math.prod(weight.shape), np.dtype(weight.dtype).itemsize) for weight in weights]
    count = sum(size for size, _ in sizes)
    memory = sum(size * itemsize for size, itemsize in sizes)
    return f"[bold] {title}: [/]{coloured(f'{count:,}', NUMBER)} ({readable_size(memory)})"


def readable_size(size: float) -> str:
    """Bytes in a suitable unit, e.g. 124924 -> "122.00 KB"."""
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if size < 1024:
            return f"{size:.2f} {unit}"
        size /= 1024
    return f"{size:.2f} PB"
