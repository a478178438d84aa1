"""Gradients as the engine computes them, beside central finite differences, in float64.

    numeric_j = (L(p + s e_j) - L(p - s e_j)) / 2s        for every entry j of an array p, s = STEP
    error     = |numeric - analytic| / max(|numeric|, |analytic|)              Euclidean norms

An array of more than MANY entries is checked along random directions instead of entry by entry.
What is differentiated is a Problem; this file makes one from layers, from the scan and from a loss.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from npslstm.arrays import time_major_shape
from npslstm.bundles import Cell, State, Weights
from npslstm.cell import LSTM
from npslstm.changes import Change, Changes
from npslstm.kernels import losses
from npslstm.layers import Masking
from npslstm.machine.operations import Operation
from npslstm.machine.steps import Steps
from npslstm.program import NO_MASK, Program, Signal
from npslstm.scan import Drops
from tests.scanning import (
    backward_operation,
    forward_operation,
    new_drops,
    new_mirror,
    new_tape,
)  # fmt: skip

STEP = 1e-5
TOLERANCE = 1e-6
MANY = 120
DIRECTIONS = 6


class Problem(NamedTuple):
    """A loss L, a backward pass, and the arrays that L depends on with where their gradients go."""

    loss: Callable[[], float]
    backward: Callable[[], None]
    arrays: dict[str, tuple[np.ndarray, np.ndarray]]


def worst_error(problem: Problem) -> float:
    """The largest error of any array. AssertionError, with both numbers, above TOLERANCE."""
    problem.backward()
    problem.backward()  # again: gradients must be written, not added to what was there
    analytic = {name: gradient.copy() for name, (_, gradient) in problem.arrays.items()}
    return max(
        error_of(problem.loss, value, analytic[name], name)
        for name, (value, _) in problem.arrays.items()
    )


def error_of(
    loss: Callable[[], float], value: np.ndarray, gradient: np.ndarray, name: str
) -> float:
    """The error of one array's gradient."""
    assert gradient.shape == value.shape, f"{name}: gradient {gradient.shape} of {value.shape}"
    directions = directions_in(value)
    numeric = np.array([slope(loss, value, d) for d in directions])
    analytic = np.array([np.sum(gradient * d) for d in directions])
    size = max(np.linalg.norm(numeric), np.linalg.norm(analytic))
    error = np.linalg.norm(numeric - analytic) / size if size != 0 else 0.0
    j = int(np.argmax(abs(numeric - analytic)))
    along = f"along random direction {j}" if value.size > MANY else f"of entry {j}"
    assert error < TOLERANCE, (
        f"d loss / d {name} has a relative error of {error:.2e}; it differs most {along}: "
        f"finite differences {numeric[j]:.12g}, backward pass {analytic[j]:.12g}"
    )
    return error


def directions_in(value: np.ndarray) -> list[np.ndarray]:
    """One direction for each entry, or a few random ones."""
    if value.size <= MANY:
        return list(np.eye(value.size).reshape(value.size, *value.shape))
    rng = np.random.default_rng(11)
    return [d / np.linalg.norm(d) for d in rng.normal(size=(DIRECTIONS, *value.shape))]


def slope(loss: Callable[[], float], value: np.ndarray, direction: np.ndarray) -> float:
    """The central difference of the loss along one direction."""
    kept = value.copy()
    value[...] = kept + STEP * direction
    high = loss()
    value[...] = kept - STEP * direction
    low = loss()
    value[...] = kept
    return (high - low) / (2 * STEP)


# ---- layers --------------------------------------------------------------------------------------


def of_layers(
    layers: list[Any], shape: tuple[int, ...], mask: Any = None, training: bool = True,
    start: bool = False, criterion: Any = None, weighted: bool = False,
) -> Problem:  # fmt: skip
    """L = sum(outputs * random numbers) + penalties, for layers one after the other.

    shape (samples, ..., features); mask (samples, time steps), which a Masking layer in front has
    to find in x; `start` gives the first layer an initial state. With a `criterion`, an object of
    `npslstm.losses`, L is its loss of random targets, with random sample weights if `weighted`.
    Weights are random, dropout masks are drawn once.
    """
    rng = np.random.default_rng(3)
    program = Program(np.float64, training, learns=True)
    hidden = mask is not None and isinstance(layers[0], Masking)
    x = program.input(
        *time_major_shape(shape), needs_gradient=True, masked=mask is not None and not hidden
    )
    x.value[...] = rng.uniform(-1, 1, x.shape)
    arrays, kept, y = {"x": (x.value, x.gradient)}, [], x
    if hidden:
        x.value[np.transpose(mask) == 0] = layers[0].mask_value
        arrays = {}  # the least change of x would unmask it
    elif mask is not None:
        x.mask[...] = np.transpose(mask)
    for layer in layers:
        layer.ensure_built(shape)
        for variable in layer.weights:
            variable.assign(rng.uniform(0.2, 0.9, variable.shape) * rng.choice([-1, 1], 1))
            if "variance" in variable.name:
                variable.assign(abs(variable.value))
        states: list[Signal] = []
        if start and layer is layers[0]:
            states = [program.input(shape[0], layer.units, needs_gradient=True) for _ in "hc"]
            for name, state in zip("hc", states, strict=True):
                state.value[...] = rng.uniform(-1, 1, state.shape)
                arrays[f"first {name}"] = state.value, state.gradient
        y = layer.write(program, y, *states)
        arrays |= {f"{layer.name} {v.name}": (v.value, v.gradient) for v in layer.trainable_weights}
        kept += [(s, rng.uniform(-1, 1, s.shape)) for s in getattr(layer, "states", [])]
        shape = layer.compute_output_shape(shape)
    program.draw()
    weight, total = rng.uniform(-1, 1, y.shape), np.zeros(1)
    if criterion is not None:
        weight = np.zeros(y.shape)  # the loss writes the gradient of y itself
        total = criterion.write(program, y, *random_targets(rng, y, criterion.sparse, weighted))
    forward = Steps(program.forward_operations)
    back = Steps(program.backward_operations[::-1])

    def loss() -> float:
        for state, carried_in in kept:  # a stateful layer replaces it
            state[...] = carried_in
        forward.run()
        return float(np.sum(y.value * weight) + total[0] + program.penalty[0])

    def backward() -> None:
        loss()
        y.gradient[...] = weight
        back.run()

    return Problem(loss, backward, arrays)


def of_graph(model: Any, samples: int = 2) -> Problem:
    """L = sum(every output * random numbers) + penalties, for a model of one or more inputs.

    If it has Masking layers, some steps are zeros, and x is not differentiated.
    """
    rng = np.random.default_rng(4)
    program = Program(np.float64, training=True, learns=True)
    xs = [
        program.input(*time_major_shape((samples, *shape[1:])), needs_gradient=True)
        for shape in model.input_shapes
    ]
    arrays = {}
    masked = any(isinstance(layer, Masking) for layer in model.layers)
    for number, x in enumerate(xs):
        x.value[...] = rng.uniform(0.2, 1, x.shape) * rng.choice([-1, 1], x.shape)
        if masked:
            x.value[number + 1 :, 0] = 0
        else:
            arrays[f"x{number}"] = x.value, x.gradient
    for number, variable in enumerate(model.weights):
        variable.assign(rng.uniform(0.2, 0.9, variable.shape) * rng.choice([-1, 1]))
        arrays[f"{number} {variable.name}"] = variable.value, variable.gradient
    found = model.write(program, *xs)
    outputs = found if isinstance(found, tuple) else (found,)
    program.draw()
    factors = [rng.uniform(-1, 1, y.shape) for y in outputs]
    forward, back = Steps(program.forward_operations), Steps(program.backward_operations[::-1])

    def loss() -> float:
        forward.run()
        sums = [np.sum(y.value * f) for y, f in zip(outputs, factors, strict=True)]
        return float(sum(sums) + program.penalty[0])

    def backward() -> None:
        loss()
        for y, factor in zip(outputs, factors, strict=True):
            y.gradient[...] = factor
        back.run()

    return Problem(loss, backward, arrays)


def random_targets(
    rng: np.random.Generator, y: Signal, sparse: bool, weighted: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Targets (R, K) that suit every loss, and sample weights (R,), or (0,)."""
    rows, units = y.rows.shape
    target = rng.dirichlet(np.ones(units), rows) if units > 1 else rng.random((rows, units))
    if sparse:
        target = rng.integers(units, size=(rows, 1)).astype(float)
    return target, rng.uniform(0.5, 2, rows if weighted else 0)


def random_state(rng: np.random.Generator, B: int, H: int) -> State:
    return State(rng.uniform(-1, 1, (B, H)), rng.uniform(-1, 1, (B, H)))


# ---- the scan ------------------------------------------------------------------------------------


def random_changes(rng: np.random.Generator, T: int, B: int, H: int, gates: int = 4) -> Changes:
    """Scales and shifts of every gate and state; a third of the numbers replaced altogether."""

    def change(width: int) -> Change:
        keep = rng.uniform(0.5, 1.5, (T, B, width)) * (rng.random((T, B, width)) < 0.67)
        return Change(keep, rng.uniform(-0.5, 0.5, (T, B, width)))

    return Changes(change(gates * H), change(H), change(H), np.zeros((T, B, gates * H)))


def of_scan(
    T: int, B: int, F: int, H: int, mask: np.ndarray = NO_MASK, dropped: bool = False,
    pair: tuple[str, str] = ("tanh", "sigmoid"), changed: bool = False, kind: Cell = LSTM,
) -> Problem:  # fmt: skip
    """L = sum over every h and the last c of random numbers times them. mask (T, B)."""
    rng = np.random.default_rng(5)
    columns = len(kind.gates) * H
    x, tape = rng.uniform(-1, 1, (T, B, F)), new_tape(T, B, H, gates=len(kind.gates))
    shapes = [(F, columns), (H, columns), columns, len(kind.own) * H]
    weights = Weights(*(rng.uniform(-0.5, 0.5, s) for s in shapes))
    d_weights = Weights(*map(np.zeros_like, weights))
    start, d_state = random_state(rng, B, H), State(np.zeros((B, H)), np.zeros((B, H)))
    dh_out, d_last = rng.uniform(-1, 1, (T, B, H)), random_state(rng, B, H)
    drops = new_drops()
    if dropped:
        gates = len(kind.gates)
        drops = Drops(*(2.0 * (rng.random(s) < 0.5) for s in [(gates, B, F), (gates, B, H)]))
    changes = random_changes(rng, T, B, H, len(kind.gates)) if changed else None
    run = Steps([forward_operation(x, weights, tape, mask, drops, pair, changes, kind)]).run
    mirror = new_mirror(x, weights, tape, dh_out, d_state)
    operation = backward_operation(
        x, weights, tape, mirror, d_weights, mask, drops, pair, changes, kind
    )
    back = Steps([operation]).run

    def loss() -> float:
        tape.h[0], tape.c[0] = start
        run()
        last = np.sum(tape.h[T] * d_last.h) + np.sum(tape.c[T] * d_last.c)
        return float(np.sum(tape.h[1:] * dh_out) + last)

    def backward() -> None:
        loss()
        d_state.h[...], d_state.c[...] = d_last
        back()

    arrays = dict(zip(["W", "U", "b", "p"], zip(weights, d_weights, strict=True), strict=True))
    if not kind.own:
        del arrays["p"]
    states = {"h0": (start.h, d_state.h), "c0": (start.c, d_state.c)}
    return Problem(loss, backward, {"x": (x, mirror.dx), **arrays, **states})


# ---- losses --------------------------------------------------------------------------------------


def of_loss(
    name: str, target: np.ndarray, output: np.ndarray, weights: np.ndarray, divide: bool
) -> Problem:
    """A row loss of `kernels.losses` over a batch: target (R, K), output (R, C), weights (R,)."""
    row_loss, d_row_loss = getattr(losses, name), getattr(losses, f"d_{name}")
    values, total, d_output = np.zeros(len(output)), np.zeros(1), np.zeros_like(output)
    rows = Operation(losses.forward, target, output, values, row_loss)
    reduce = Operation(losses.reduce, values, weights, divide, total)
    back = Operation(losses.backward, target, output, weights, divide, d_output, d_row_loss)

    def loss() -> float:
        Steps([rows, reduce]).run()
        return float(total[0])

    return Problem(loss, Steps([back]).run, {"output": (output, d_output)})
