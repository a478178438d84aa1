"""Models as plain data: what they are made of, how they are built, and how they look as code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple


class Part(NamedTuple):
    """A layer, loss, optimizer, ...: ("layers", "LSTM", {"units": 2}) is nn.layers.LSTM(units=2).

    Options may be parts themselves.
    """

    module: str
    name: str
    options: dict[str, Any]

    def make(self, nn: Any) -> Any:
        """The object, with npslstm as nn or with keras."""
        options = {k: v.make(nn) if isinstance(v, Part) else v for k, v in self.options.items()}
        return getattr(getattr(nn, self.module), self.name)(**options)

    @property
    def code(self) -> str:
        options = (
            f"{k}={v.code if isinstance(v, Part) else repr(v)}" for k, v in self.options.items()
        )
        return f"nn.{self.module}.{self.name}({', '.join(options)})"


def layer(name: str, **options: Any) -> Part:
    return Part("layers", name, options)


@dataclass(frozen=True)
class Architecture:
    """A model, and how it is compared.

    shape: of one sample, (time steps, features) or (features,) or (pieces, time steps, features).
    batch: samples. masked: calls are given a mask. weighted: samples are weighted in training.
    """

    shape: tuple[int, ...]
    layers: tuple[Part, ...]
    batch: int = 1
    loss: Part = Part("losses", "MeanSquaredError", {})
    optimizer: Part = Part("optimizers", "SGD", {})
    masked: bool = False
    weighted: bool = False
    dtype: str = "float32"

    def build(self, nn: Any) -> Any:
        """The compiled model, with npslstm as nn or with keras."""
        layers = [part.make(nn) for part in self.layers]
        model = nn.Sequential([nn.Input(batch_shape=(self.batch, *self.shape)), *layers])
        model.compile(self.optimizer.make(nn), self.loss.make(nn), run_eagerly=True)
        return model

    @property
    def settings(self) -> dict[str, Any]:
        """Arguments of `fuzz.compare`, beside `build` and the seed."""
        return {"dtype": self.dtype, "masked": self.masked, "weighted": self.weighted}

    def program(self, seed: int) -> str:
        """One that builds the model in both libraries and compares their numbers."""
        usual = Architecture((1,), ()).settings
        settings = {k: v for k, v in self.settings.items() if v != usual[k]}
        return PROGRAM.format(
            batch_shape=(self.batch, *self.shape),
            layers="\n".join(f"        {part.code}," for part in self.layers),
            optimizer=self.optimizer.code,
            loss=self.loss.code,
            seed=seed,
            settings="".join(f", {k}={v!r}" for k, v in settings.items()),
        )


PROGRAM = """\
from parity.fuzz import compare


def build(nn):
    layers = [
        nn.Input(batch_shape={batch_shape}),
{layers}
    ]
    model = nn.Sequential(layers)
    optimizer = {optimizer}
    model.compile(optimizer, {loss}, run_eagerly=True)
    return model


compare(build, seed={seed}{settings})
"""


# ---- graphs --------------------------------------------------------------------------------------


class Node(NamedTuple):
    """A call of a layer. Tensors are numbers: those of the inputs, then those that nodes make.

    layer: a part, or the number of the node whose layer is called once more. state: the tensors of
    an LSTM's initial_state.
    """

    layer: Part | int
    sources: tuple[int, ...]
    state: tuple[int, ...] = ()
    makes: int = 1

    def call(self, layer: str) -> str:
        """As code, for a layer of this name."""
        xs = [f"x{k}" for k in self.sources]
        given = f"[{', '.join(xs)}]" if len(xs) > 1 else xs[0]
        state = ", ".join(f"x{k}" for k in self.state)
        return f"{layer}({given}" + (f", initial_state=[{state}])" if state else ")")


@dataclass(frozen=True)
class Graph:
    """A model of several branches, and how it is compared.

    shapes: of one sample, by input. outputs: tensors, with a loss for each.
    """

    shapes: tuple[tuple[int, ...], ...]
    nodes: tuple[Node, ...]
    outputs: tuple[int, ...]
    losses: tuple[Part, ...]
    loss_weights: tuple[float, ...]
    batch: int = 1
    optimizer: Part = Part("optimizers", "SGD", {})
    weighted: bool = False
    dtype: str = "float32"

    @property
    def layers(self) -> tuple[Part, ...]:
        return tuple(node.layer for node in self.nodes if isinstance(node.layer, Part))

    def build(self, nn: Any) -> Any:
        """The compiled model, with npslstm as nn or with keras."""
        inputs = [nn.Input(batch_shape=(self.batch, *shape)) for shape in self.shapes]
        tensors, layers = list(inputs), []
        for node in self.nodes:
            part = node.layer
            layers.append(part.make(nn) if isinstance(part, Part) else layers[part])
            xs = [tensors[k] for k in node.sources]
            options = {"initial_state": [tensors[k] for k in node.state]} if node.state else {}
            made = layers[-1](xs if len(xs) > 1 else xs[0], **options)
            tensors += list(made) if isinstance(made, (list, tuple)) else [made]
        model = nn.Model(inputs, [tensors[k] for k in self.outputs])
        losses = [part.make(nn) for part in self.losses]
        options = {"loss_weights": list(self.loss_weights), "run_eagerly": True}
        model.compile(self.optimizer.make(nn), losses, **options)
        return model

    @property
    def settings(self) -> dict[str, Any]:
        return {"dtype": self.dtype, "weighted": self.weighted}

    def program(self, seed: int) -> str:
        lines, made = [], len(self.shapes)
        for k, shape in enumerate(self.shapes):
            lines.append(f"x{k} = nn.Input(batch_shape={(self.batch, *shape)})")
        for k, node in enumerate(self.nodes):
            layer = f"layer{node.layer}"
            if isinstance(node.layer, Part):
                layer = f"layer{k}"
                lines.append(f"{layer} = {node.layer.code}")
            names = ", ".join(f"x{made + n}" for n in range(node.makes))
            lines.append(f"{names} = {node.call(layer)}")
            made += node.makes
        usual = Architecture((1,), ()).settings
        settings = {k: v for k, v in self.settings.items() if v != usual[k]}
        return GRAPH.format(
            lines="\n".join(f"    {line}" for line in lines),
            inputs=", ".join(f"x{k}" for k in range(len(self.shapes))),
            outputs=", ".join(f"x{k}" for k in self.outputs),
            optimizer=self.optimizer.code,
            losses=", ".join(part.code for part in self.losses),
            loss_weights=list(self.loss_weights),
            seed=seed,
            settings="".join(f", {k}={v!r}" for k, v in settings.items()),
        )


GRAPH = """\
from parity.fuzz import compare


def build(nn):
{lines}
    model = nn.Model([{inputs}], [{outputs}])
    optimizer = {optimizer}
    losses = [{losses}]
    model.compile(optimizer, losses, loss_weights={loss_weights}, run_eagerly=True)
    return model


compare(build, seed={seed}{settings})
"""


def describe(architecture: Architecture | Graph, seed: int) -> str:
    """A program that builds the model in both libraries and compares their numbers."""
    return architecture.program(seed)
