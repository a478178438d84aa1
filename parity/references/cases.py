"""What the reference cases share: how a case is entered, random weights and data, gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

Case = Callable[[Any, np.random.Generator], dict[str, Any]]
CASES: dict[str, Case] = {}  # by name: 'lstm.sequences_and_states'

T, F = 5, 3  # time steps, features

# The step of this learning rate shows the gradient: next to it, the weights' own rounding is small.
RATE = 1024.0


def case(function: Case) -> Case:
    """Decorator: enter a case under '<file>.<function>'."""
    CASES[f"{function.__module__.rpartition('.')[2]}.{function.__name__}"] = function
    return function


def run(name: str, nn: Any) -> dict[str, np.ndarray]:
    """The answers of a case by the package `nn`. The name seeds the random numbers."""
    rng = np.random.default_rng(list(name.encode()))
    nn.utils.set_random_seed(1)  # what dropout draws is the same in every run
    return {key: np.asarray(value) for key, value in CASES[name](nn, rng).items()}


def tolerance_of(key: str) -> str:
    """The name in TOLERANCES that an answer's key begins with: 'lstm output: h' -> 'lstm output'"""
    return key.partition(":")[0]


def listed(key: str, arrays: Iterable[Any]) -> dict[str, Any]:
    """Answers 'key 0', 'key 1', ..."""
    return {f"{key} {position}": array for position, array in enumerate(arrays)}


def flat(arrays: Iterable[Any]) -> np.ndarray:
    """All numbers of some arrays in one vector."""
    return np.concatenate([np.ravel(a) for a in arrays])


# ---- random weights and data --------------------------------------------------------------------


def numbers(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.normal(0, 1, shape).astype("float32")


def randomized(made: Any, rng: np.random.Generator) -> Any:
    """The layer or model itself, with random weights."""
    made.set_weights([random_weight(v.name, v.shape, rng) for v in made.weights])
    return made


def random_weight(name: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    return rng.uniform(0.5, 2, shape) if name == "moving_variance" else rng.normal(0, 0.5, shape)


def built(layer: Any, shape: tuple[int, ...], rng: np.random.Generator) -> Any:
    """The layer itself, with random weights for inputs of this shape."""
    layer.build(shape)
    return randomized(layer, rng)


def model_of(nn: Any, rng: np.random.Generator, layers: list[Any], **options: Any) -> Any:
    """A compiled model of these layers with random weights."""
    return randomized(compiled(nn.Sequential(layers), **options), rng)


def graph_of(nn: Any, rng: np.random.Generator, inputs: Any, outputs: Any, **options: Any) -> Any:
    """The same of what leads from `inputs` to `outputs`."""
    return randomized(compiled(nn.Model(inputs, outputs), **options), rng)


def compiled(model: Any, **options: Any) -> Any:
    """The model itself, ready to train."""
    # run_eagerly means nothing to npslstm; it spares Keras the compilation of a graph
    settings = {"optimizer": "sgd", "loss": "mse", "run_eagerly": True}
    model.compile(**settings | options)
    return model


# ---- gradients ----------------------------------------------------------------------------------


def gradients_of(
    nn: Any, rng: np.random.Generator, layers: list[Any], x: np.ndarray, y: np.ndarray,
    loss: Any = "mse", **options: Any,
) -> list[np.ndarray]:  # fmt: skip
    """The loss's gradient for each trainable weight, from one step of plain gradient descent."""
    model = model_of(nn, rng, layers, optimizer=nn.optimizers.SGD(RATE), loss=loss)
    return descent(model, x, y, **options)


def descent(model: Any, x: Any, y: Any, **options: Any) -> list[np.ndarray]:
    """The gradients that a step of a model shows, whose optimizer is SGD(RATE)."""
    before = [v.numpy() for v in model.trainable_weights]
    model.train_on_batch(x, y, **options)
    after = [v.numpy() for v in model.trainable_weights]
    return [(old - new) / np.float32(RATE) for old, new in zip(before, after, strict=True)]
