"""The table that `model.summary()` prints: layers, output shapes, numbers of parameters.

Layout, colours and wording are those of Keras 3, so that a summary can be compared line by line.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from ..arguments import entries, function, real_number, whole_number

HEADER = ("Layer (type)", "Output Shape", "Param #")
POSITIONS = (0.45, 0.80, 1.0)  # where the columns end, as fractions of the line
LINE_LENGTH = 88
LONGEST_LINE = 1000
LATER = ("expand_nested", "show_trainable", "layer_range")  # arguments of Keras's that do nothing

# The terminal colours (0 to 255) of Keras's table.
NUMBER, NONE, LAYER_TYPE = 34, 45, 33


def summary(
    model: Any,
    line_length: int | None = None,
    positions: Sequence[float] | None = None,
    print_fn: Callable[[str], Any] | None = None,
) -> None:
    """Print the layers of a model and what its weights weigh (1 KB = 1024 B).

    line_length: characters per line, by default at most 88 and what fits the terminal.
    positions: three fractions of the line at which the columns end.
    print_fn: called once, with the whole text; by default it is printed, in colour on a terminal.
    Raises ValueError if a column would be narrower than 4 characters.
    """
    from rich.console import Console
    from rich.markup import escape

    if line_length is not None:
        line_length = whole_number(line_length, "line_length", "summary", 0, LONGEST_LINE)
    if print_fn is not None:
        function(print_fn, "print_fn", "summary", "text")
    positions = checked_positions(positions)
    line_length = line_length or min(LINE_LENGTH, shutil.get_terminal_size().columns - 4)
    table = _table(model.layers, line_length, _widths(positions, line_length))

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


def checked_positions(positions: Any) -> Sequence[float]:
    """Where the columns end. Raises ValueError unless there are three fractions."""
    if positions is None:
        return POSITIONS
    given = entries(positions, "positions", "summary", "three fractions of a line")
    if not given:
        return POSITIONS
    if len(given) != len(POSITIONS):
        raise ValueError(
            f"positions has {len(given)} entries; it has one for each column, such as "
            f"positions={list(POSITIONS)}."
        )
    return [real_number(end, "positions", "summary, an entry of", 0, 1) for end in given]


def _print(console: Any, parts: Iterable[Any]) -> None:
    for part in parts:
        console.print(part)


def _widths(positions: Sequence[float], line_length: int) -> list[int]:
    ends = [int(position * line_length) for position in positions]
    widths = [end - start for start, end in zip([0, *ends], ends, strict=False)]
    if min(widths) < 4:
        raise ValueError(
            f"The columns of a summary need 4 characters each, but line_length={line_length} and "
            f"positions={list(positions)} leave {widths}. Write a larger line_length, such as 80."
        )
    return widths


def _table(layers: Iterable[Any], line_length: int, widths: list[int]) -> Any:
    from rich.markup import escape
    from rich.table import Column, Table

    columns = [
        Column(title, justify="right" if title == "Param #" else "left", width=width)
        for title, width in zip(HEADER, widths, strict=True)
    ]
    table = Table(*columns, width=line_length, show_lines=True)
    for layer in layers:
        kind = _coloured(escape(type(layer).__name__), LAYER_TYPE)
        table.add_row(f"{escape(layer.name)} ({kind})", _shape(layer), _parameters(layer))
    return table


def _shape(layer: Any) -> str:
    if not layer.built:
        return "?"
    shape = layer.output_shape
    if shape is None or isinstance(shape, str):
        return "?"
    if shape and isinstance(shape[0], (tuple, list)):
        return f"[{', '.join(map(_dimensions, shape))}]"
    return _dimensions(shape)


def _dimensions(shape: Sequence[int | None]) -> str:
    return f"({', '.join(_coloured(n, NONE if n is None else NUMBER) for n in shape)})"


def _parameters(layer: Any) -> str:
    if not layer.built:
        return f"{_coloured(0, NUMBER)} (unbuilt)"
    return _coloured(f"{layer.count_params():,}", NUMBER)


def _totals(model: Any) -> list[str]:
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
    return f"[bold] {title}: [/]{_coloured(f'{count:,}', NUMBER)} ({readable_size(memory)})"


def readable_size(size: float) -> str:
    """Bytes in a suitable unit, e.g. 124924 -> "122.00 KB"."""
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if size < 1024:
            return f"{size:.2f} {unit}"
        size /= 1024
    return f"{size:.2f} PB"


def _coloured(text: Any, colour: int) -> str:
    return f"[color({colour})]{text}[/]"
