"""The LSTM over time, and backpropagation through time. Read this file second, after `cell`.

Axes:  T time steps, B batch (samples side by side), F features, H units; gate order i f g o.
    x      (T, B, F)     input                      W (F, 4H)  U (H, 4H)  b (4H,)   weights
    gates  (T, B, 4H)    i, f, g, o                 mask (T, B)   True = use the step; (0, 0) none
    c, h   (T+1, B, H)   states; row 0 is the state carried in, row t+1 the state after step t
    a      (T, B, H)     the squashed cell state, a = tanh(c)

Here are time, masks, the tape, and equation (1) of `cell` with its products; what happens to one
sample at one step, (2) to (6), is the cell's. `forward` and `backward` are kernels: they write into
the arrays they are given, and allocate nothing. A masked step carries both states on unchanged.
Backpropagation through time: Werbos 1990, https://doi.org/10.1109/5.58337.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .bundles import Cell, Errors, Rows, Squash, State, Weights
from .cell import LSTM
from .changes import no_changes
from .kernels.activations import TABLE, Activation
from .kernels.products import PLAIN
from .machine.steps import run_once
from .primitives import add, add_column_sums, copy, each2, fill_rows, total

NO_MASK = np.zeros((0, 0), np.bool_)


class Tape(NamedTuple):
    """The record of a forward pass: what backward needs, and the only record there is."""

    z: np.ndarray  # (T, B, 4H), or (1, B, 4H) where the derivatives do not need it
    gates: np.ndarray  # (T, B, 4H), or (1, B, 4H) where nobody looks back
    c: np.ndarray  # (T+1, B, H)
    a: np.ndarray  # (T, B, H), or (1, B, H) likewise
    h: np.ndarray  # (T+1, B, H)


class Drops(NamedTuple):
    """Dropout masks, one a gate, the same at every step; (0, 0, 0) for none."""

    x: np.ndarray  # (4, B, F)
    h: np.ndarray  # (4, B, H)


class ScanInputs(NamedTuple):
    """What a scan reads. carried_in: 0 if the state carried in is all zeros, else 1."""

    x: np.ndarray
    mask: np.ndarray
    weights: Weights
    drops: Drops
    carried_in: int


class Mirror(NamedTuple):
    """What backpropagation reads and writes besides the tape.

    dh_out (T, B, H) is dL/dh of every step as seen from outside. d_state holds dL/d(last state) and
    is overwritten, with dL/d(first state) if `to_first` is not 0. dz (T, B, 4H), dx (T, B, F) and
    dp, a row for each sample, are overwritten; dx may have size 0, then it is not computed.
    work (H,) is working space.
    """

    dh_out: np.ndarray
    d_state: State
    dz: np.ndarray
    dx: np.ndarray
    dp: np.ndarray
    work: np.ndarray
    to_first: int


class Span(NamedTuple):
    """From `first` to before `end`: samples, or time steps."""

    first: int
    end: int


class ScanFunctions(NamedTuple):
    """The functions that a pass consists of: of the cell, and the products of equation (1) for x
    and for h, each forward or backward."""

    cell: Callable[..., None]
    squash: Squash
    x_product: Callable[..., None]
    h_product: Callable[..., None]


class WeightProducts(NamedTuple):
    """The products for dW, of x, and for dU, of h."""

    x: Callable[..., None]
    h: Callable[..., None]


def scan(
    x: np.ndarray,
    weights: Weights,
    state: State,
    mask: np.ndarray = NO_MASK,
    activation: str = "tanh",
    recurrent_activation: str = "sigmoid",
    cell: Cell = LSTM,
) -> tuple[State, Tape]:
    """The whole loop by itself: from the state carried in to the state after the last step.

    Nothing is remembered between two calls: scan(x) is scan(x[:k]) and then scan(x[k:]) from its
    state, to the last bit. Layers bind `forward` and `backward` to buffers of their own instead.
    """
    T, B, F = x.shape
    H = weights.U.shape[0]
    columns = len(cell.gates) * H
    shapes = [(F, columns), (H, columns), (columns,), (len(cell.own) * H,)]
    fits = [w.shape for w in weights] == shapes
    if not fits or any(s.shape != (B, H) for s in state) or mask.shape not in ((T, B), (0, 0)):
        raise ValueError(
            f"For x (T, B, F) = {x.shape}, H = {H} and cell '{cell.name}': W, U, b and p of shapes "
            f"{shapes}, h and c (B, H), mask (T, B); received "
            f"{[a.shape for a in (*weights, *state, mask)]}."
        )
    unknown = {activation, recurrent_activation} - TABLE.keys()
    if unknown:
        raise ValueError(f"Unknown activations {unknown}; known: {', '.join(sorted(TABLE))}.")
    tape = Tape(*(np.zeros(s, x.dtype) for s in tape_shapes(T, B, H, columns)))
    tape.h[0], tape.c[0] = state
    none = Drops(np.zeros((0, 0, 0), x.dtype), np.zeros((0, 0, 0), x.dtype))
    squash = squash_of(TABLE[activation], TABLE[recurrent_activation])
    given = ScanInputs(np.ascontiguousarray(x), mask, weights, none, 1)
    rules = ScanFunctions(cell.forward, squash, PLAIN.forward, PLAIN.forward)
    run_once(forward, given, tape, no_changes(x.dtype), Span(0, B), rules)
    return State(tape.h[T].copy(), tape.c[T].copy()), tape


def squash_of(activation: Activation, recurrent_activation: Activation) -> Squash:
    """The functions of a cell, as a layer has them."""
    f, r = activation, recurrent_activation
    return Squash(r.forward, r.forward_two, f.forward, r.backward, f.backward)


def tape_shapes(
    T: int, B: int, H: int, columns: int, keep_z: bool = True, keep_gates: bool = True
) -> tuple[tuple[int, int, int], ...]:
    """The shapes of a tape's arrays, in order, with `columns` of z and gates; one row where a time
    step need not be kept."""
    z, rest = (T if keep_z else 1), (T if keep_gates else 1)
    return (z, B, columns), (rest, B, columns), (T + 1, B, H), (rest, B, H), (T + 1, B, H)


def row_at(rows, t):
    """The row of a tape's array that is step t's: row t, or the only one, which all steps share."""
    return min(t, rows.shape[0] - 1)


def used(mask, t, first, end):
    """Whether any sample from `first` to before `end` uses step t."""
    if not mask.size:
        return True
    for n in range(first, end):
        if mask[t, n]:
            return True
    return False


def first_used(mask, T, first, end):
    """The first step that any of these samples uses; T if there is none."""
    for t in range(T):
        if used(mask, t, first, end):
            return t
    return T


# ---- forward ------------------------------------------------------------------------------------


def forward(given, tape, changes, samples, rules):
    """Fill the tape, step by step, for some samples of the batch.

    Rows 0 of tape.h and tape.c hold the state carried in. Where there is none they hold zeros, and
    h_prev U of the first used step is not computed; nor is anything of a step that is masked for
    all. No sample knows of another one: two threads may share a batch. W and U are packed if
    their products are PACKED. See `changes` for these; mostly there are none.
    """
    x, mask, weights, drops, carried_in = given
    first, end = samples
    T = x.shape[0]
    start = first_used(mask, T, first, end)
    for t in range(T):
        z = tape.z[row_at(tape.z, t)]
        if used(mask, t, first, end):
            z_t, h_prev = z[first:end], tape.h[t, first:end]
            fill_rows(z_t, weights.b)  # (1) z = x W + h_prev U + b
            rules.x_product(z_t, x[t, first:end], drops.x[:, first:end], weights.W)
            if t > start or carried_in:
                rules.h_product(z_t, h_prev, drops.h[:, first:end], weights.U)
        for n in range(first, end):
            if mask.size and not mask[t, n]:
                copy(tape.c[t + 1, n], tape.c[t, n])
                copy(tape.h[t + 1, n], tape.h[t, n])
            else:
                rows = rows_of(tape, weights.p, t, n)
                rules.cell(rows, rules.squash, changes.at(changes, t, n))


def rows_of(tape, p, t, n):
    """What the tape holds of sample n at step t, with the cell's own weights."""
    return Rows(
        tape.z[row_at(tape.z, t), n], tape.gates[row_at(tape.gates, t), n],
        tape.c[t, n], tape.c[t + 1, n], tape.a[row_at(tape.a, t), n], tape.h[t + 1, n], p,
    )  # fmt: skip


# ---- backward -----------------------------------------------------------------------------------


def backward(given, tape, changes, mirror, rules, d_weights, d_products):
    """The mirror of `forward` for the whole batch: errors through time, gradients of the weights.
    """
    T, B = given.x.shape[0], given.x.shape[1]
    backward_through_time(given, tape, changes, mirror, Span(0, B), rules)
    weight_gradients(given, tape, mirror, Span(0, T), d_weights, d_products)


def backward_through_time(given, tape, changes, mirror, samples, rules):
    """Backpropagation through time: from step T-1 to step 0, for some samples of the batch."""
    mask, weights, drops = given.mask, given.weights, given.drops
    dh_out, (dh, dc), dz, dx, dp, work, to_first = mirror
    first, end = samples
    dp[first:end, :] = 0
    T = given.x.shape[0]
    start = first_used(mask, T, first, end)
    for t in range(T - 1, -1, -1):
        for n in range(first, end):
            dh_n = dh[n]
            each2(add, dh_n, dh_n, dh_out[t, n])
            if mask.size and not mask[t, n]:
                dz[t, n, :] = 0
                continue
            rows = rows_of(tape, weights.p, t, n)
            errors = Errors(dh_n, dc[n], dz[t, n], work, dp[n])
            rules.cell(rows, errors, rules.squash, changes.at(changes, t, n))
            dh_n[:] = 0
        if dx.size:
            dx[t, first:end, :] = 0
        if used(mask, t, first, end):
            dz_t = dz[t, first:end]
            if t > start or to_first:
                rules.h_product(dh[first:end], dz_t, drops.h[:, first:end], weights.U)  # (1)
            if dx.size:
                rules.x_product(dx[t, first:end], dz_t, drops.x[:, first:end], weights.W)  # (1)


def weight_gradients(given, tape, mirror, steps, d_weights, d_products):
    """From (1): overwrite d_weights with the sums over some time steps. `backward_through_time` has
    summed the gradients of p over time already, for each sample: step 0's part adds them up."""
    x, mask, _, drops, carried_in = given
    dW, dU, db, dp = d_weights
    dz = mirror.dz
    begin, end = steps
    dp[:] = 0
    if begin == 0:
        add_column_sums(dp, mirror.dp)
    db[:] = 0
    for t in range(begin, end):
        add_column_sums(db, dz[t])
    d_products.x(dW, x[begin:end], drops.x, dz[begin:end])
    if not carried_in and finite(total(db)):
        # h_prev is zero up to the first used step, and adds nothing to dU but for 0 * NaN
        begin = min(max(begin, first_used(mask, x.shape[0], 0, x.shape[1]) + 1), end)
    d_products.h(dU, tape.h[begin:end], drops.h, dz[begin:end])


def finite(x):
    return x - x == 0
