"""A model's graph in words: Keras's description of who is called on what, and back.

Each layer has under `inbound_nodes` its calls, in order; in their arguments a tensor stands as the
layer that made it, the number of that layer's call, and the position among its outputs.
Source: the files that Keras 3.15 writes.
"""

from __future__ import annotations

import collections
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from ..arguments import shown
from ..forms import Form, as_made
from ..identifiers import serialize
from ..layers import LSTM, Bidirectional
from ..layers.input import InputLayer
from ..protocols import AnyModel
from ..tensors import Tensor
from .entries import entry

History = tuple[str, int, int]  # the layer, which of its calls, which of the outputs
OPERATIONS = {"Add", "Subtract", "Multiply"}  # what Keras writes for +, - and * of tensors
MASKS = {
    "NotEqual", "Equal", "Any", "All", "LogicalOr", "LogicalAnd", "LogicalNot", "ExpandDims",
    "Squeeze", "ZerosLike", "OnesLike", "Concatenate", "Stack", "Max", "BroadcastTo", "Cast",
}  # fmt: skip
SAME = "ConvertToTensor"  # what it makes is what it is given
MOST_CALLS = 20_000  # of layers, in a file; those of a model within count at each of its calls
MASK = object()  # stands for a mask: layers here hand masks on by themselves


# ---- writing ----------------------------------------------------------------------------------


def describe_graph(model: AnyModel) -> dict[str, Any]:
    """The configuration of a functional model."""
    plan = model.plan
    histories: dict[int, History] = {
        number: (layer.name, 0, 0)
        for number, layer in zip(plan.inputs, plan.input_layers, strict=True)
    }
    nodes: dict[int, list[Any]] = collections.defaultdict(list)
    for call in sorted(plan.calls, key=lambda call: call.number):
        own = nodes[id(call.layer)]
        for position, target in enumerate(call.targets):
            histories[target] = call.layer.name, len(own), position
        own.append(call)

    def tensor(number: int) -> dict[str, Any]:
        config = {"shape": list(plan.shapes[number]), "dtype": plan.dtype}
        history = {"keras_history": list(histories[number])}
        return {"class_name": "__keras_tensor__", "config": config | history}

    listed = []
    for layer in plan.layers:
        calls = [arguments(one.layer, [tensor(k) for k in one.sources]) for one in nodes[id(layer)]]
        listed.append(serialize(layer) | {"name": layer.name, "inbound_nodes": calls})
    models = models_among(listed)

    def end(number: int) -> list[Any]:
        """An output. Of a model Keras counts the calls from 1 there, and only there."""
        name, call, position = histories[number]
        return [name, call + (name in models), position]

    return {
        "name": model.name, "trainable": model.trainable, "layers": listed,
        "input_layers": as_made(model.input_form, [list(histories[n]) for n in plan.inputs]),
        "output_layers": as_made(model.output_form, [end(n) for n in plan.outputs]),
    }  # fmt: skip


def models_among(listed: list[Any]) -> set[str]:
    """The names of the functional models among layers' descriptions."""
    return {one["name"] for one in listed if one.get("class_name") in ("Functional", "Model")}


def arguments(layer: Any, tensors: list[Any]) -> dict[str, Any]:
    """What a layer was called with, as Keras calls it."""
    states: list[Any] = []
    if isinstance(layer, (LSTM, Bidirectional)):
        tensors, states = tensors[:1], tensors[1:]
    form: Form = "list" if layer.several else None
    if hasattr(layer, "plan"):  # a model
        form = layer.input_form
    return {
        "args": [as_made(form, tensors)],
        "kwargs": {"initial_state": states} if states else {},
    }


# ---- reading ----------------------------------------------------------------------------------


def make_graph(
    config: dict[str, Any], make_layer: Callable[[Any], Any], kind: Callable[..., Any],
    name: str | None,
) -> Any:  # fmt: skip
    """A new model from `describe_graph`'s answer, or Keras's own.

    make_layer: makes a layer of its description. kind: Model. Raises ValueError for calls that do
    not fit, and for a graph whose calls wait for each other.
    """
    made: dict[History, Any] = {}
    waiting: list[tuple[str, Any, list[Any]]] = []
    listed = entry(config, "layers", list)
    for description in listed:
        layer_name = entry(description, "name", str)
        if any(layer_name == one for one, *_ in waiting):
            raise ValueError(f"two layers are called {layer_name!r}.")
        layer = layer_of(description, make_layer)
        if isinstance(layer, InputLayer):
            made[layer_name, 0, 0] = layer.tensor()
        nodes = entry(description, "inbound_nodes", list, default=None) or []
        waiting.append((layer_name, layer, list(enumerate(nodes))))
    run_calls(waiting, made)
    inputs = tensors_at(config.get("input_layers"), made, "input_layers")
    outputs = tensors_at(config.get("output_layers"), made, "output_layers", models_among(listed))
    return kind(inputs, outputs, name=name)


def layer_of(description: dict[str, Any], make_layer: Callable[[Any], Any]) -> Any:
    """A layer, a merge layer for an operation on tensors, or what stands for a mask."""
    kind, module = description.get("class_name"), str(description.get("module"))
    if module.startswith("keras.src.ops"):
        if kind in MASKS or kind == SAME:
            return MASK if kind in MASKS else SAME
        if kind not in OPERATIONS:
            raise ValueError(
                f"the model computes keras.ops' {kind}; of these there are +, - and * of tensors "
                "here. Write the model with layers."
            )
        named = {"name": entry(description, "name", str)}
        return make_layer({"class_name": kind, "module": "keras.layers", "config": named})
    return make_layer(description)


def cost_of(layer: Any, known: dict[int, int]) -> int:
    """How many calls one call of a layer or a model comes to. known: of those met before."""
    if id(layer) not in known:
        calls = layer.plan.calls if hasattr(layer, "plan") else ()
        known[id(layer)] = 1 + sum(cost_of(call.layer, known) for call in calls)
    return known[id(layer)]


def run_calls(waiting: list[tuple[str, Any, list[Any]]], made: dict[History, Any]) -> None:
    """Call layers as their nodes say, each as soon as there is what it reads."""
    left = sum(len(nodes) for *_, nodes in waiting)
    known: dict[int, int] = {}
    calls = sum(len(nodes) * cost_of(layer, known) for _, layer, nodes in waiting)
    if calls > MOST_CALLS:
        raise ValueError(f"its layers are called {calls:,} times; at most {MOST_CALLS:,} are read.")
    while left:
        before = left
        for name, layer, nodes in waiting:
            while nodes and all(one in made for one in histories_in(nodes[0][1])):
                number, node = nodes.pop(0)
                left -= 1
                for position, tensor in enumerate(outputs_of(layer, name, node, made)):
                    made[name, number, position] = tensor
        if left == before:
            name = next(name for name, _, nodes in waiting if nodes)
            raise ValueError(
                f"layer {name!r} is called on what no layer before it makes: the graph is "
                "incomplete, or goes round in a circle."
            )


def outputs_of(layer: Any, name: str, node: Any, made: Mapping[History, Any]) -> list[Any]:
    """One more call of a layer."""
    if layer is MASK:
        return [MASK]
    given = entry(node, "args", list)
    if layer is SAME:
        return [filled(given[0], made)] if given else []
    if layer.several and len(given) > 1:  # an operation's
        if not all(map(is_tensor, given)):
            raise ValueError(
                f"{name!r} is {type(layer).__name__} of a tensor and a number, an operation of "
                "Keras's graph; here there are +, - and * of two tensors, and layers."
            )
        given = [given]
    options = entry(node, "kwargs", dict, default=None) or {}
    wanted = {
        key: filled(value, made) for key, value in options.items()
        if key not in ("mask", "training") and value not in (None, False)
    }  # fmt: skip
    if len(given) != 1 or wanted.keys() - {"initial_state"}:
        extra = ", ".join(sorted(wanted)) or f"{len(given)} arguments"
        raise ValueError(f"layer {name!r} is called with {extra}, which does not exist here.")
    inputs = filled(given[0], made)
    if inputs is MASK or (isinstance(inputs, list) and MASK in inputs):
        raise ValueError(
            f"layer {name!r} is called on what an operation of keras.ops makes; here models "
            "consist of layers, and +, - and * of tensors."
        )
    found = layer(inputs, **wanted)
    if isinstance(found, dict):
        return [found[key] for key in sorted(found)]
    return list(found) if isinstance(found, (list, tuple)) else [found]


def is_tensor(value: Any) -> bool:
    return isinstance(value, dict) and value.get("class_name") == "__keras_tensor__"


def history_of(value: Any) -> History:
    """Where a tensor in a file comes from. Raises ValueError for anything else."""
    if isinstance(value, (list, tuple)) and len(value) == 3:
        name, *numbers = value
        if isinstance(name, str) and all(type(n) is int and n >= 0 for n in numbers):
            return name, numbers[0], numbers[1]
    raise ValueError(f"a tensor is [layer, call, output]; here is {shown(value)}.")


def histories_in(value: Any) -> Iterator[History]:
    """All tensors that a call's arguments name."""
    if is_tensor(value):
        yield history_of(entry(value, "config", dict).get("keras_history"))
    elif isinstance(value, (dict, list)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from histories_in(one)


def filled(value: Any, made: Mapping[History, Any]) -> Any:
    """Arguments with tensors for their descriptions."""
    if is_tensor(value):
        return made[next(histories_in(value))]
    if isinstance(value, dict):
        return {key: filled(one, made) for key, one in value.items()}
    return [filled(one, made) for one in value] if isinstance(value, list) else value


def tensors_at(
    value: Any, made: Mapping[History, Any], what: str, models: Collection[str] = ()
) -> Any:
    """The model's inputs or outputs, in the form in which the file has them. models: the names of
    those whose calls are counted from 1."""
    if isinstance(value, dict):
        return {str(key): tensors_at(one, made, what, models) for key, one in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], list):
        return [tensors_at(one, made, what, models) for one in value]
    name, call, position = history_of(value)
    found = made.get((name, call - (name in models), position))
    if not isinstance(found, Tensor):
        raise ValueError(f"{what} names {shown(value)}, which no layer makes.")
    return found
