"""Sequential: layers one after the other, trained, evaluated and used as one model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .arguments import flag, label
from .graph import Plan, Planned
from .layers.checks import Shape
from .model import Model
from .naming import automatic_name
from .stack import Stack


class Sequential(Stack, Model):
    """A stack of layers: the graph that is a chain.

    layers: a list, also of an Input in front. With an Input, or `input_shape=` on the first layer,
    weights are made as layers are added; without, at the first call. Raises ValueError for layers
    that do not fit on each other, and leaves the model as it was.
    """

    several = False
    input_form = output_form = None

    def __init__(self, layers: Any = None, trainable: bool = True, name: str | None = None) -> None:
        trainable = flag(trainable, "trainable", "Sequential")
        self.input_layer = None
        self.stacked = []
        self.batch_shape = None
        self.tensors = None
        self.begin(label(name, "Sequential") or automatic_name("Sequential"))
        self.add_all(layers)
        if not trainable:
            self.trainable = False

    # ---- the chain as a graph ------------------------------------------------------------------

    @property
    def plan(self) -> Plan:  # type: ignore[override]
        """The layers as calls, each on what the one before it made."""
        calls = [Planned(layer, (k,), (k + 1,), 0) for k, layer in enumerate(self.stacked)]
        return Plan(calls, (0,), (len(calls),), [], self.layers, self.dtype)

    @property
    def named_layers(self) -> list[Any]:
        return self.stacked

    @property
    def layers(self) -> list[Any]:
        """The layers, from the bottom up, without the Input; a list of its own."""
        return list(self.stacked)

    @property
    def input_names(self) -> list[str]:  # type: ignore[override]
        return [self.input_layer.name if self.input_layer else "input"]

    @property
    def output_names(self) -> list[str]:  # type: ignore[override]
        return [self.stacked[-1].name if self.stacked else "output"]

    output_keys = output_names

    # ---- shapes --------------------------------------------------------------------------------

    def shapes_after(self, shapes: Sequence[Shape]) -> list[Shape]:
        return [self.shape_after(tuple(shapes[0]))]

    def shapes_of_outputs(self, shapes: Sequence[Shape]) -> list[Shape]:
        """For a model as a layer of another one: builds it. Raises ValueError."""
        if len(shapes) > 1:
            raise ValueError(
                f"Model '{self.name}' takes one input; it was called on {len(shapes)}."
            )
        self.build(shapes[0])
        return self.shapes_after(shapes)

    def ensure_built(self, input_shape: Any) -> None:
        self.build(input_shape)

    def fit_rank(self, x: np.ndarray, position: int = 0) -> np.ndarray:
        expected = self.batch_shape
        if expected is None or x.ndim == len(expected):
            return x
        return super().fit_rank(x, position)

    @property
    def input_shapes(self) -> list[Shape]:
        return [self.input_shape]

    # ---- description ---------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """What it takes to make the model again, without weights and `compile`."""
        from .identifiers import serialize

        layers: list[Any] = [serialize(self.input_layer)] if self.input_layer else []
        config = {"name": self.name, "layers": layers + [serialize(one) for one in self.stacked]}
        return config | ({"build_input_shape": list(self.input_shape)} if self.built else {})

    def __repr__(self) -> str:
        return f"<Sequential name={self.name}, built={self.built}>"
