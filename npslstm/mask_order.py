"""Masks in Keras's graph: nodes that count in the order of layers, and so of weights.

Layers here hand masks on by themselves. In Keras a mask is computed by operations of the graph,
which have a place between the layer that makes it and those that are given it. `mask_rule` of a
layer says what becomes of a mask: it "makes" one, "passes" it, passes it if it returns
"of sequences", or that "of queries"; of several inputs it makes one if all have one ("of any": a
step is used where it is in any input), or if some have one ("of all", side by side). `reads_mask`:
its call takes one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .tensors import Call, Tensor


class MaskOperation:
    """Stands for a function of masks in Keras's graph. Layers here hand masks on by themselves, but
    there such a node has a place in the order of all calls."""

    name = "mask"

    def __init__(self) -> None:
        self.calls: list[Call] = []


def operation(*inputs: Tensor) -> Tensor:
    return Call(MaskOperation(), inputs, [()], inputs[0].dtype).outputs[0]


def masks_read(
    calls: Sequence[Call], own: Callable[[Tensor], Tensor]
) -> dict[int, list[Tensor]]:
    """The masks that each call is given in Keras's graph, by its identity; calls in an order in
    which they can run. `mask_rule` of a layer says what becomes of masks there."""
    masks: dict[int, Tensor] = {}
    read: dict[int, list[Tensor]] = {}
    for call in calls:
        layer, xs = call.layer, [own(tensor) for tensor in call.inputs]
        found = [masks.get(id(x)) for x in xs]
        known = [mask for mask in found if mask is not None]
        rule = getattr(layer, "mask_rule", "")
        if known and getattr(layer, "reads_mask", False) and (len(xs) == 1 or layer.several):
            read[id(call)] = known
        if call.outputs[0].masked:
            masks[id(call.outputs[0])] = mask_of(rule, xs, found)
    return read


def mask_of(rule: str, xs: Sequence[Tensor], found: Sequence[Tensor | None]) -> Tensor:
    """The mask of what a layer makes of inputs xs, some of which have masks."""
    known = [mask for mask in found if mask is not None]
    if rule == "makes":
        return operation(operation(xs[0]))
    if rule == "of any":
        made = known[0]
        for mask in known[1:]:
            made = operation(made, mask)
        return made
    if rule == "of all":
        parts = [
            operation(x) if mask is None else operation(operation(mask), operation(x))
            for x, mask in zip(xs, found, strict=True)
        ]
        return operation(operation(*parts))
    return operation(known[0]) if rule == "of queries" else known[0]
