"""The rows of a summary's table: which layers, and what is said of each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ..arguments import entries, shown
from ..protocols import AnyModel

# The terminal colours (0 to 255) of Keras's table.
NUMBER, NONE, LAYER_TYPE = 34, 45, 33


def rows_of(layers: Iterable[Any], nested: bool, depth: int = 0) -> Iterator[tuple[Any, int]]:
    """Layers, and how deep they lie in models within the model."""
    for layer in layers:
        yield layer, depth
        if nested:
            yield from rows_of(getattr(layer, "layers", ()), nested, depth + 1)


def layers_between(layers: list[Any], given: Any) -> list[Any]:
    """The layers of a range. Raises ValueError unless it names a first and a last one."""
    if given is None:
        return layers
    ends = entries(given, "layer_range", "summary", "names of two layers")
    if len(ends) != 2 or not all(isinstance(end, str) for end in ends):
        raise ValueError(
            "layer_range has the names of two layers, the first and the last to be printed; "
            f"received {shown(given)}."
        )
    try:
        places = [[n for n, one in enumerate(layers) if re.match(end, one.name)] for end in ends]
    except re.error as error:
        raise ValueError(
            f"layer_range: {shown(given)} is no pattern for names: {error}."
        ) from error
    if not all(places):
        known = ", ".join(repr(layer.name) for layer in layers)
        raise ValueError(
            f"layer_range={shown(given)} names a layer that is not there. The layers: {known}."
        )
    first, last = places
    if min(first) > max(last):
        return layers[min(last) : max(first) + 1]
    return layers[min(first) : max(last) + 1]


def cells_of(
    layer: Any, depth: int, connections: dict[int, str] | None, trainable: bool
) -> list[str]:
    """A layer's row of the table."""
    from rich.markup import escape

    kind = "Functional" if type(layer).__name__ == "Model" else type(layer).__name__
    before = "   " * depth + "\u2514 " if depth else ""
    name = f"{before}{escape(layer.name)} ({coloured(escape(kind), LAYER_TYPE)})"
    row = [name, shape_of(layer), parameters_of(layer)]
    if connections is not None:
        row.append(connections.get(id(layer), "-"))
    if trainable:
        row.append(trainability_of(layer))
    return row


def trainability_of(layer: Any) -> str:
    if not getattr(layer, "weights", ()):
        return "[bold]-[/]"
    return f"[bold][color({NUMBER})]Y[/][/]" if layer.trainable else "[bold][color(9)]N[/][/]"


def is_chain(model: AnyModel) -> bool:
    """Whether each layer of a model reads what the one before it makes."""
    plan = getattr(model, "plan", None)
    if plan is None:
        return True
    made: tuple[int, ...] = plan.inputs
    for call in plan.calls:
        if len(call.sources) > 1 or call.sources[0] not in made:
            return False
        made = call.targets
    layers = [id(call.layer) for call in plan.calls]
    return len(plan.inputs) == 1 and len(set(layers)) == len(layers)


def connections_of(model: AnyModel) -> dict[int, str]:
    """What each layer reads, by its identity: the layers, which of their calls, which output."""
    plan = model.plan
    made = {
        number: (layer.name, 0, 0)
        for number, layer in zip(plan.inputs, plan.input_layers, strict=True)
    }
    for call in plan.calls:
        made |= {one: (call.layer.name, call.number, k) for k, one in enumerate(call.targets)}
    found: dict[int, str] = {}
    for call in sorted(plan.calls, key=lambda call: call.number):
        for source in call.sources:
            name, number, position = made[source]
            text = f"{name}[{coloured(number, NUMBER)}][{coloured(position, NUMBER)}]"
            before = found.get(id(call.layer))
            found[id(call.layer)] = text if before is None else f"{before}, {text}"
    return found


def shape_of(layer: Any) -> str:
    if not layer.built:
        return "?"
    shape = layer.output_shape
    if shape is None or isinstance(shape, str):
        return "?"
    if shape and isinstance(shape[0], (tuple, list)):
        return f"[{', '.join(map(dimensions, shape))}]"
    return dimensions(shape)


def dimensions(shape: Sequence[int | None]) -> str:
    return f"({', '.join(coloured(n, NONE if n is None else NUMBER) for n in shape)})"


def parameters_of(layer: Any) -> str:
    if not layer.built:
        return f"{coloured(0, NUMBER)} (unbuilt)"
    return coloured(f"{layer.count_params():,}", NUMBER)


def coloured(text: Any, colour: int) -> str:
    return f"[color({colour})]{text}[/]"
