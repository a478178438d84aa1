"""The scan run by itself: its kernels bound to buffers of their own, for tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from npslstm import scan
from npslstm.kernels.activations import TABLE
from npslstm.kernels.changes import Changes, no_changes
from npslstm.kernels.operations import Operation
from npslstm.kernels.products import through
from npslstm.scan import NO_MASK, Drops, State, Tape, Weights

PAIR = ("tanh", "sigmoid")


def new_tape(T: int, B: int, H: int, dtype: Any = np.float64) -> Tape:
    """Empty buffers, z kept at every step."""
    shapes = (T, B, 4 * H), (T, B, 4 * H), (T + 1, B, H), (T, B, H), (T + 1, B, H)
    return Tape(*(np.zeros(shape, dtype) for shape in shapes))


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
    f, r = (TABLE[name] for name in pair)
    given = np.ascontiguousarray(mask)
    drops = drops or new_drops(x.dtype)
    changes = changes or no_changes(x.dtype)
    functions = (
        through(drops.x).forward, through(drops.h).forward, f.forward, r.forward, r.forward_two,
    )  # fmt: skip
    x, weights = np.ascontiguousarray(x), Weights(*weights)
    Operation(scan.forward, x, weights, given, drops, tape, changes, 1, 0, B, *functions)()
    return tape


def back(
    x: np.ndarray, weights: Sequence[np.ndarray], tape: Tape, dh_out: np.ndarray,
    mask: np.ndarray = NO_MASK, drops: Drops | None = None, pair: tuple[str, str] = PAIR,
    changes: Changes | None = None,
) -> dict[str, np.ndarray]:  # fmt: skip
    """scan.backward after `run`: the gradients by name, for a loss that sees h only."""
    _, B, H = tape.a.shape
    d_weights, dx = Weights(*map(np.zeros_like, weights)), np.zeros_like(x)
    d_state = State(np.zeros((B, H), x.dtype), np.zeros((B, H), x.dtype))
    f, r = (TABLE[name].backward for name in pair)
    drops = drops or new_drops(x.dtype)
    by_W, by_U = through(drops.x), through(drops.h)
    Operation(
        scan.backward, x, Weights(*weights), mask, drops, tape, dh_out, d_state,
        np.zeros_like(tape.gates), np.zeros(H, x.dtype), d_weights, dx,
        changes or no_changes(x.dtype), 1, 1,
        by_W.d_rows, by_U.d_rows, by_W.d_weight, by_U.d_weight, f, r,
    )()  # fmt: skip
    return {"x": dx, **d_weights._asdict(), "h0": d_state.h, "c0": d_state.c}
