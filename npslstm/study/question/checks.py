"""check_gradients: the backward pass against finite differences, for one's own layers and losses.

    numeric = (L(p + s d) - L(p - s d)) / 2s       along a direction d, in float64
    error   = |numeric - backward| / max(|numeric|, |backward|, SMALL * largest, ROUNDED * size)

d is one entry of a weight after the other, or, in fast mode, a few random directions; largest is
the largest slope of the weight, size the larger of 1 and |L|. The last two keep rounding, which
leaves about 1e-11 in every slope, from counting as a difference where a slope is nearly 0. See also
http://cs231n.github.io/neural-networks-3/#gradcheck.
"""

from __future__ import annotations

import collections
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...arguments import flag
from ...model import Model
from ...training.data import batches, labelled
from ..models import require_model
from ..requirements import require_built, require_finite, require_one_batch
from ..runs import Run
from .check_result import GradientCheck, Row
from .float64_copy import float64_copy

STEP = 1e-5
SMALL = 1e-3
ROUNDED = 1e-4
DIRECTIONS = 4
SEED = 11  # of the random directions: the same check twice gives the same numbers


def check_gradients(model: Model, x: Any, y: Any, fast: bool = False) -> GradientCheck:
    """Compare every gradient of a compiled model with finite differences of its loss.

        print(check_gradients(model, x[:3], y[:3]))

    x, y: a few samples as for `fit`, one batch. Returns a GradientCheck, true if all agree: one row
    for x (left out behind a Masking layer, where the loss jumps) and one for each trainable weight,
    the worst error and where it is, and a verdict in words. fast: along 4 random directions of each
    weight instead of entry by entry. Cost: two forward passes for each entry or direction; beyond
    some ten thousand weights take fast.

    All runs on a copy in float64, in training mode with dropout masks that are drawn once; the
    model, its weights, states and random streams are left alone. A layer of one's own needs
    nothing more than `connect`, which adds operations on arrays, forward and backward:

        def double(x, y):
            y[...] = x + x

        class Double(npslstm.layers.Layer):
            def connect(self, program, x):
                y = program.signal(*x.shape, mask=x.mask)
                program.forward(double, x.rows, y.rows)
                program.backward(double, y.gradient_rows, x.gradient_rows)
                return y

    Its weights come from `add_weight` in `build`; constants should be made in `connect` with
    `program.dtype`, or be arrays among its attributes. Raises ValueError for a model that was not
    compiled, and for data that do not fit.
    """
    fast = flag(fast, "fast", "check_gradients")
    require_model(model)
    model.require_compiled("check_gradients")
    require_built(model)
    require_one_call_of_stateful(model)
    given = labelled(model, x, y)
    require_finite(given)
    require_one_batch(model, given)
    model.build_for(given.xs, batches(model, given.samples, given.samples, "the batch"))
    wide = float64_copy(model)
    data = labelled(wide, x, y)
    wide.parameters  # noqa: B018 - gathers the copy's weights
    run = Run(wide, data, learns=True, training=True)
    run.program.draw()
    run.load(data)
    states = wide.get_states()

    def loss() -> float:
        wide.set_states(states)
        run.forward_steps.run()
        return run.loss

    for _ in range(2):  # again: gradients must be written, not added to what was there
        loss()
        run.backward()
    random = np.random.default_rng(SEED)
    found = [(name, value, gradient.copy()) for name, value, gradient in places(wide, run)]
    rows = [compare(name, value, g, loss, random, fast) for name, value, g in found]
    return GradientCheck(tuple(rows), fast)


def places(model: Model, run: Run) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """What the loss depends on: a name, the array, and its gradient."""
    if not any(hasattr(layer, "mask_value") for layer in model.every_layer):
        for name, x in zip(model.input_names, run.xs, strict=True):
            yield "x" if len(run.xs) == 1 else f"x '{name}'", x.value, x.gradient
    for layer in model.stacked:
        for variable in layer.trainable_weights:
            assert variable.gradient is not None
            yield f"{layer.name} {variable.name}", variable.value, variable.gradient


def compare(
    name: str, value: np.ndarray, gradient: np.ndarray, loss: Callable[[], float],
    random: np.random.Generator, fast: bool,
) -> Row:  # fmt: skip
    """One array: the slope along each direction, from the loss and from the gradient."""
    numeric, backward = [], []
    for direction in directions(value, random, fast):
        numeric.append(slope(loss, value, direction))
        backward.append(float(np.sum(gradient * direction)))
    pair = np.abs([numeric, backward])
    floor = max(SMALL * pair.max(), ROUNDED * max(1.0, abs(loss())))
    scale = np.maximum(pair.max(axis=0), floor)
    difference = np.abs(np.subtract(numeric, backward))
    errors = difference / scale
    worst = int(np.argmax(errors))  # the first NaN, if there is any
    place: tuple[int, ...] = (worst,)
    shape: tuple[int, ...] = value.shape
    if not fast:
        place = tuple(int(i) for i in np.unravel_index(worst, shape))
    if len(shape) > 2 and (name == "x" or name.startswith("x '")):  # time comes first inside
        shape = samples_first(shape)
        place = place if fast else samples_first(place)
    return Row(name, shape, len(errors), float(errors[worst]), place, numeric[worst],
               backward[worst])  # fmt: skip


def samples_first(entry: tuple[int, ...]) -> tuple[int, ...]:
    steps, samples, *rest = entry
    return samples, steps, *rest


def directions(value: np.ndarray, random: np.random.Generator, fast: bool) -> Iterator[np.ndarray]:
    """Unit vectors of the shape of `value`: one for each entry, or a few random ones."""
    if fast:
        for _ in range(DIRECTIONS):
            direction = random.normal(size=value.shape)
            yield direction / np.linalg.norm(direction)
        return
    for place in np.ndindex(value.shape):
        direction = np.zeros(value.shape)
        direction[place] = 1
        yield direction


def slope(loss: Callable[[], float], value: np.ndarray, direction: np.ndarray) -> float:
    """The central difference of the loss along one direction."""
    kept = value.copy()
    value[...] = kept + STEP * direction
    high = loss()
    value[...] = kept - STEP * direction
    low = loss()
    value[...] = kept
    return (high - low) / (2 * STEP)


def require_one_call_of_stateful(model: Model) -> None:
    """Raise ValueError if a stateful layer is called twice: its state goes on from the first call
    to the second without a gradient, as from batch to batch, and differences would see it."""
    called = collections.Counter(id(call.layer) for call in model.plan.calls)
    for call in model.plan.calls:
        if called[id(call.layer)] > 1 and call.layer.state_keepers:
            raise ValueError(
                f"Layer '{call.layer.name}' is stateful and called {called[id(call.layer)]} times: "
                "no error is sent back through its kept state, so finite differences mean another "
                "gradient. Check a model whose layers are not stateful."
            )
