"""The table of graphs, and what their builders share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

T, U, F, H = 4, 3, 3, 5  # time steps, of a second sequence too, features, units
EAGER = {"run_eagerly": True}  # means nothing here; spares Keras the compilation of a graph
Build = Callable[[Any], Any]
GRAPHS: dict[str, Build] = {}


def graph(name: str) -> Callable[[Build], Build]:
    """Puts what builds a model into GRAPHS."""

    def put(build: Build) -> Build:
        GRAPHS[name] = build
        return build

    return put


def compiled(nn: Any, inputs: Any, outputs: Any, loss: Any = "mse", **options: Any) -> Any:
    model = nn.Model(inputs, outputs)
    optimizer = nn.optimizers.Adam(2.0**-6, epsilon=2.0**-10)
    model.compile(**{"optimizer": optimizer, "loss": loss, **EAGER, **options})
    return model
