"""A model's graph: its calls of layers in an order in which each finds what it needs.

`plan` follows calls back from outputs to inputs. Names, and the order of layers and so of weights,
are Keras's (keras/src/ops/function.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from .mask_order import MaskOperation, masks_read
from .tensors import Call, Shape, Tensor


class Planned(NamedTuple):
    """A call as a model keeps it: signals are numbers, in the order in which they are made."""

    layer: Any
    sources: tuple[int, ...]
    targets: tuple[int, ...]
    number: int  # which call of its layer this is, from 0


class Plan(NamedTuple):
    """What a model runs. layers: in Keras's order, inputs among them."""

    calls: list[Planned]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    shapes: list[Shape]
    layers: list[Any]
    dtype: str
    input_layers: list[Any] = []  # noqa: RUF012 - never changed

    def tensors(self) -> tuple[list[Tensor], list[Tensor]]:
        """Tensors of inputs and outputs: those of calls that the layers know, or of new ones."""
        found: dict[int, Tensor] = {}
        used: set[int] = set()
        for number, layer in zip(self.inputs, self.input_layers, strict=True):
            found[number] = layer.tensor(self.dtype)
        for call in self.calls:
            sources = [found[source] for source in call.sources]
            shapes = [self.shapes[target] for target in call.targets]
            known = (c for c in call.layer.calls if c.reads(sources) and id(c) not in used)
            made = next(known, None) or Call(call.layer, sources, shapes, self.dtype)
            used.add(id(made))
            found.update(zip(call.targets, made.outputs, strict=True))
        return [found[n] for n in self.inputs], [found[n] for n in self.outputs]


def plan(
    inputs: Sequence[Tensor], outputs: Sequence[Tensor], beginning_at: Callable[[Tensor], Tensor]
) -> tuple[list[Tensor], list[Tensor], Plan]:
    """Inputs, outputs, and the calls between them, in an order in which they can run.

    beginning_at: makes an input in place of a Tensor that a layer has made, where a model begins in
    the middle of another. Raises ValueError for outputs that need other inputs.
    """
    stands_for = {id(t): beginning_at(t) for t in inputs if t.call.inputs}

    def own(tensor: Tensor) -> Tensor:
        return stands_for.get(id(tensor), tensor)

    ins, outs = [own(t) for t in inputs], [own(t) for t in outputs]
    found, seen = followed(ins, outs, own, reads_inputs)
    given_masks = masks_read(found, own)
    if given_masks:  # of which Keras's graph knows, so that they count in its order
        def reads(call: Call) -> Sequence[Tensor]:
            return (*call.inputs, *given_masks.get(id(call), ()))

        found, seen = followed(ins, outs, own, reads)
        depths = depths_of(found, own, reads)
    else:
        depths = depths_of(found, own, reads_inputs)
    for tensor in ins:  # an input that no output needs
        seen.setdefault(id(tensor.call.layer), -1)
        depths.setdefault(id(tensor.call), 0)
    calls = {id(call): call for call in (*found, *(tensor.call for tensor in ins))}
    numbers: dict[int, int] = {}
    shapes: list[Shape] = []

    def number(tensor: Tensor) -> int:
        tensor = own(tensor)
        if id(tensor) not in numbers:
            numbers[id(tensor)] = len(shapes)
            shapes.append(tensor.shape)
        return numbers[id(tensor)]

    for tensor in ins:
        number(tensor)
    planned = []
    met = {id(call): call for call in found}
    for key in sorted(depths, key=lambda key: -depths[key]):  # those of one depth as they were met
        call = met.get(key)
        if call is not None and call.inputs and not isinstance(call.layer, MaskOperation):
            sources = tuple(number(tensor) for tensor in call.inputs)
            targets = tuple(number(tensor) for tensor in call.outputs)
            planned.append(Planned(call.layer, sources, targets, call.number))
    depth_of_layer: dict[int, int] = {}
    layers: dict[int, Any] = {}
    for key, call in calls.items():
        if isinstance(call.layer, MaskOperation):
            continue
        one = id(call.layer)
        layers[one] = call.layer
        depth_of_layer[one] = max(depth_of_layer.get(one, 0), depths[key])
    in_order = sorted(layers, key=lambda one: (-depth_of_layer[one], seen[one]))
    return ins, outs, Plan(
        planned, tuple(map(number, ins)), tuple(map(number, outs)), shapes,
        [layers[one] for one in in_order], ins[0].dtype, [one.call.layer for one in ins],
    )  # fmt: skip


def followed(
    inputs: Sequence[Tensor], outputs: Sequence[Tensor], own: Callable[[Tensor], Tensor],
    reads: Callable[[Call], Sequence[Tensor]],
) -> tuple[list[Call], dict[int, int]]:  # fmt: skip
    """The calls that the outputs need, each behind those that it needs, and in which order layers
    were met, by their identity. Goes no deeper than Python's stack: models may be long."""
    given = {id(tensor) for tensor in inputs}
    done: dict[int, Call] = {}
    seen: dict[int, int] = {}
    waiting: list[tuple[Tensor, Iterator[Tensor]]] = []

    def meet(tensor: Tensor) -> None:
        call = tensor.call
        if id(call) in done:
            return
        seen.setdefault(id(call.layer), len(seen))
        if not call.inputs and id(tensor) not in given:
            known = ", ".join(repr(one.name) for one in inputs)
            raise ValueError(
                f"The outputs need the input '{tensor.name}', which is not among the model's "
                f"inputs ({known}): add it to inputs=."
            )
        waiting.append((tensor, map(own, reads(call))))

    for output in outputs:
        meet(output)
        while waiting:
            tensor, further = waiting[-1]
            before = next(further, None)
            if before is None:
                done[id(tensor.call)] = tensor.call
                waiting.pop()
            else:
                meet(before)
    return list(done.values()), seen


def reads_inputs(call: Call) -> Sequence[Tensor]:
    return call.inputs


def depths_of(
    calls: Sequence[Call], own: Callable[[Tensor], Tensor],
    reads: Callable[[Call], Sequence[Tensor]],
) -> dict[int, int]:  # fmt: skip
    """How far each call is from the outputs, by its identity: a layer that is called several times
    is as far as the farthest of its calls met so far, as Keras counts."""
    known = {id(call) for call in calls}
    depths: dict[int, int] = {}
    of_layers: dict[int, int] = {}
    for call in reversed(calls):
        depth = max(depths.setdefault(id(call), 0), of_layers.get(id(call.layer), 0))
        depths[id(call)] = of_layers[id(call.layer)] = depth
        for tensor in map(own, reads(call)):
            if id(tensor.call) in known:
                depths[id(tensor.call)] = max(depth + 1, depths.get(id(tensor.call), 0))
    return depths
