"""The scan run by itself: its kernels bound to buffers of their own, for tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from npslstm import scan
from npslstm.bundles import Cell, State, Weights
from npslstm.cell import LSTM
from npslstm.changes import Changes, no_changes
from npslstm.kernels.activations import TABLE
from npslstm.kernels.products import through
from npslstm.machine.operations import Operation
from npslstm.machine.steps import Steps
from npslstm.scan import (
    NO_MASK,
    Drops,
    Mirror,
    ScanFunctions,
    ScanInputs,
    Span,
    Tape,
    WeightProducts,
    squash_of,
    tape_shapes,
)

PAIR = ("tanh", "sigmoid")


def new_tape(T: int, B: int, H: int, dtype: Any = np.float64, gates: int = 4) -> Tape:
    """Empty buffers, z kept at every step."""
    return Tape(*(np.zeros(shape, dtype) for shape in tape_shapes(T, B, H, gates * H)))


def given_weights(weights: Sequence[np.ndarray]) -> Weights:
    """W, U and b, and p of their precision, empty if there is none."""
    W, U, b, *p = weights
    return Weights(W, U, b, *(p or [np.zeros(0, W.dtype)]))


def new_mirror(
    x: np.ndarray, weights: Weights, tape: Tape, dh_out: np.ndarray, d_state: State
) -> Mirror:
    """Places for the errors of a whole batch, back to the first state."""
    _, B, H = tape.a.shape
    dp = np.zeros((B, weights.p.size), x.dtype)
    dx, work = np.zeros_like(x), np.zeros(H, x.dtype)
    return Mirror(dh_out, d_state, np.zeros_like(tape.gates), dx, dp, work, to_first=1)


def new_drops(dtype: Any = np.float64) -> Drops:
    """No dropout."""
    return Drops(np.zeros((0, 0, 0), dtype), np.zeros((0, 0, 0), dtype))


def new_state(h: np.ndarray, c: np.ndarray) -> State:
    return State(h.copy(), c.copy())


def run(
    x: np.ndarray, weights: Sequence[np.ndarray], state: State, mask: np.ndarray = NO_MASK,
    drops: Drops | None = None, pair: tuple[str, str] = PAIR, changes: Changes | None = None,
) -> Tape:  # fmt: skip
    """scan.forward over x (T, B, F) from a state, with weights W, U, b."""
    T, B, _ = x.shape
    tape = new_tape(T, B, state.h.shape[1], x.dtype)
    tape.h[0], tape.c[0] = state
    Steps([forward_operation(x, weights, tape, mask, drops, pair, changes)]).run()
    return tape


def forward_operation(
    x: np.ndarray, weights: Sequence[np.ndarray], tape: Tape, mask: np.ndarray = NO_MASK,
    drops: Drops | None = None, pair: tuple[str, str] = PAIR, changes: Changes | None = None,
    kind: Cell = LSTM,
) -> Operation:  # fmt: skip
    """scan.forward for the whole batch."""
    drops = drops or new_drops(x.dtype)
    x, mask = np.ascontiguousarray(x), np.ascontiguousarray(mask)
    products = through(drops.x).forward, through(drops.h).forward
    rules = ScanFunctions(kind.forward, squash_of(*(TABLE[name] for name in pair)), *products)
    given = ScanInputs(x, mask, given_weights(weights), drops, 1)
    changes = changes or no_changes(x.dtype)
    return Operation(scan.forward, given, tape, changes, Span(0, x.shape[1]), rules)


def back(
    x: np.ndarray, weights: Sequence[np.ndarray], tape: Tape, dh_out: np.ndarray,
    mask: np.ndarray = NO_MASK, drops: Drops | None = None, pair: tuple[str, str] = PAIR,
    changes: Changes | None = None,
) -> dict[str, np.ndarray]:  # fmt: skip
    """scan.backward after `run`: the gradients by name, for a loss that sees h only."""
    _, B, H = tape.a.shape
    own = given_weights(weights)
    d_weights = Weights(*map(np.zeros_like, own))
    d_state = State(np.zeros((B, H), x.dtype), np.zeros((B, H), x.dtype))
    mirror = new_mirror(x, own, tape, dh_out, d_state)
    back = backward_operation(x, weights, tape, mirror, d_weights, mask, drops, pair, changes)
    Steps([back]).run()
    found = {"x": mirror.dx, **d_weights._asdict(), "h0": d_state.h, "c0": d_state.c}
    return {name: array for name, array in found.items() if array.size}


def backward_operation(
    x: np.ndarray, weights: Sequence[np.ndarray], tape: Tape, mirror: Mirror, d_weights: Weights,
    mask: np.ndarray = NO_MASK, drops: Drops | None = None, pair: tuple[str, str] = PAIR,
    changes: Changes | None = None, kind: Cell = LSTM,
) -> Operation:  # fmt: skip
    """scan.backward for the whole batch."""
    drops = drops or new_drops(x.dtype)
    by_W, by_U = through(drops.x), through(drops.h)
    squash = squash_of(*(TABLE[name] for name in pair))
    rules = ScanFunctions(kind.backward, squash, by_W.d_rows, by_U.d_rows)
    return Operation(
        scan.backward, ScanInputs(x, mask, given_weights(weights), drops, 1), tape,
        changes or no_changes(x.dtype), mirror, rules, d_weights,
        WeightProducts(by_W.d_weight, by_U.d_weight),
    )  # fmt: skip
