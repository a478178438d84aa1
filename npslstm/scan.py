"""The LSTM over time, and backpropagation through time. Read this file second, after `cell`.

Axes:  T time steps, B batch (samples side by side), F features, H units; gate order i f g o.
    x      (T, B, F)     input                      W (F, 4H)  U (H, 4H)  b (4H,)   weights
    gates  (T, B, 4H)    i, f, g, o                 mask (T, B)   True = use the step; (0, 0) none
    c, h   (T+1, B, H)   states; row 0 is the state carried in, row t+1 the state after step t
    a      (T, B, H)     the squashed cell state, a = tanh(c)

`forward` and `backward` are kernels: they write into the arrays they are given, allocate nothing.
A masked step carries both states on unchanged. `changes` is for experiments and mostly empty (see
`kernels/changes`): skip every `if changed` at first reading. Equation numbers are those of `cell`.
Backpropagation through time: Werbos 1990, https://doi.org/10.1109/5.58337.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .cell import d_a, d_c_prev, d_f, d_g, d_i, d_o, next_c, next_h
from .kernels.activations import TABLE
from .kernels.changes import change, no_changes
from .kernels.operations import Operation
from .kernels.primitives import add_column_sums, copy, each2, each4, fill_rows, total
from .kernels.products import PLAIN, split

NO_MASK = np.zeros((0, 0), np.bool_)


class State(NamedTuple):
    """What an LSTM remembers between two steps; also its gradient."""

    h: np.ndarray  # (B, H)
    c: np.ndarray  # (B, H)


class Weights(NamedTuple):
    """The three weights of an LSTM layer; also their gradients."""

    W: np.ndarray  # (F, 4H)  Keras: kernel
    U: np.ndarray  # (H, 4H)  Keras: recurrent_kernel
    b: np.ndarray  # (4H,)    Keras: bias


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


def scan(
    x: np.ndarray,
    weights: Weights,
    state: State,
    mask: np.ndarray = NO_MASK,
    activation: str = "tanh",
    recurrent_activation: str = "sigmoid",
) -> tuple[State, Tape]:
    """The whole loop by itself: from the state carried in to the state after the last step.

    Nothing is remembered between two calls: scan(x) is scan(x[:k]) and then scan(x[k:]) from its
    state, to the last bit. Layers bind `forward` and `backward` to buffers of their own instead.
    """
    T, B, F = x.shape
    H = weights.U.shape[0]
    fits = [w.shape for w in weights] == [(F, 4 * H), (H, 4 * H), (4 * H,)]
    if not fits or any(s.shape != (B, H) for s in state) or mask.shape not in ((T, B), (0, 0)):
        raise ValueError(
            f"For x (T, B, F) = {x.shape} and H = {H}: W (F, 4H), U (H, 4H), b (4H,), h and c "
            f"(B, H), mask (T, B); received {[a.shape for a in (*weights, *state, mask)]}."
        )
    unknown = {activation, recurrent_activation} - TABLE.keys()
    if unknown:
        raise ValueError(f"Unknown activations {unknown}; known: {', '.join(sorted(TABLE))}.")
    tape = Tape(*(np.zeros(s, x.dtype) for s in tape_shapes(T, B, H)))
    tape.h[0], tape.c[0] = state
    none = Drops(np.zeros((0, 0, 0), x.dtype), np.zeros((0, 0, 0), x.dtype))
    a, r = TABLE[activation], TABLE[recurrent_activation]
    functions = PLAIN.forward, PLAIN.forward, a.forward, r.forward, r.forward_two
    changes = no_changes(x.dtype)
    x, whole = np.ascontiguousarray(x), (0, B)
    Operation(forward, x, weights, mask, none, tape, changes, 1, *whole, *functions)()
    return State(tape.h[T].copy(), tape.c[T].copy()), tape


def tape_shapes(
    T: int, B: int, H: int, keep_z: bool = True, keep_gates: bool = True
) -> tuple[tuple[int, int, int], ...]:
    """The shapes of a tape's arrays, in order; one row where a time step need not be kept."""
    z, rest = (T if keep_z else 1), (T if keep_gates else 1)
    return (z, B, 4 * H), (rest, B, 4 * H), (T + 1, B, H), (rest, B, H), (T + 1, B, H)


def at(rows, t):
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


def forward(
    x, weights, mask, drops, tape, changes, carried_in, first, end,
    x_product, h_product, activation, recurrent_activation, of_two_gates,
):  # fmt: skip
    """Fill the tape, step by step, for the samples from `first` to before `end`.

    Rows 0 of tape.h and tape.c hold the state carried in. Where `carried_in` is 0 they hold zeros,
    and h_prev U of the first used step is not computed; nor is anything of a step that is masked
    for all. No sample knows of another one: two threads may share a batch. `of_two_gates` is the
    recurrent activation for two gates side by side, one loop instead of two short ones. W and U are
    ordered as the two products read them.
    """
    T, H = x.shape[0], weights.U.shape[0]
    start = first_used(mask, T, first, end)
    changed = changes.there()
    for t in range(T):
        z_t, gates_t, a_t = (
            tape.z[at(tape.z, t)],
            tape.gates[at(tape.gates, t)],
            tape.a[at(tape.a, t)],
        )
        z, h_prev, c_prev = z_t[first:end], tape.h[t], tape.c[t]
        if used(mask, t, first, end):
            fill_rows(z, weights.b)  # (1) z = x W + h_prev U + b
            x_product(z, x[t, first:end], drops.x[:, first:end], weights.W)
            if t > start or carried_in:
                h_product(z, h_prev[first:end], drops.h[:, first:end], weights.U)
        for n in range(first, end):
            c, h = tape.c[t + 1, n], tape.h[t + 1, n]
            if mask.size and not mask[t, n]:
                copy(c, c_prev[n])
                copy(h, h_prev[n])
                continue
            _, _, z_g, z_o = split(z_t[n])
            i, f, g, o = split(gates_t[n])
            a = a_t[n]
            of_two_gates(z_t[n, : 2 * H], gates_t[n, : 2 * H])  # (2) for i and f at once
            recurrent_activation(z_o, o)  # (2)
            activation(z_g, g)  # (3)
            if changed:
                change(changes.gates[t, n], gates_t[n], changes.of_gates, t, n)
                i, f, g, o = split(changes.gates[t, n])
            each4(next_c, c, i, f, g, c_prev[n])  # (4)
            if changed:
                change(c, c, changes.of_c, t, n)
            activation(c, a)  # (5)
            each2(next_h, h, o, a)  # (6)
            if changed:
                change(h, h, changes.of_h, t, n)


# ---- backward -----------------------------------------------------------------------------------


def backward(
    x, weights, mask, drops, tape, dh_out, d_state, dz, dc_from_a, d_weights, dx,
    changes, carried_in, to_first,
    d_x_product, d_h_product, d_W_product, d_U_product, d_activation, d_recurrent_activation,
):  # fmt: skip
    """The mirror of `forward` for the whole batch: errors through time, gradients of the weights.

    The arguments are those of the two functions below.
    """
    through_time(
        x, weights, mask, drops, tape, dh_out, d_state, dz, dc_from_a, dx, changes, to_first,
        0, x.shape[1], d_x_product, d_h_product, d_activation, d_recurrent_activation,
    )  # fmt: skip
    of_weights(
        x, mask, drops, tape, dz, d_weights, carried_in, 0, x.shape[0], d_W_product, d_U_product
    )


def through_time(
    x, weights, mask, drops, tape, dh_out, d_state, dz, dc_from_a, dx, changes, to_first,
    first, end, d_x_product, d_h_product, d_activation, d_recurrent_activation,
):  # fmt: skip
    """Backpropagation through time: from step T-1 to step 0, for samples `first` to before `end`.

    dh_out (T, B, H) is dL/dh of every step as seen from outside. d_state holds dL/d(last state) and
    is overwritten, with dL/d(first state) if `to_first`; dz (T, B, 4H) and dx are overwritten. dx
    may have size 0, then it is not computed; dc_from_a (H,) is working space. An activation's
    backward takes the f, p and q of dL/dy = f(p, q), the input x, the output y, and where to write
    dL/dx: the two equations named beside it.
    """
    T = x.shape[0]
    start = first_used(mask, T, first, end)
    dh, dc = d_state
    changed = changes.there()
    for t in range(T - 1, -1, -1):
        z_t = tape.z[at(tape.z, t)]
        for n in range(first, end):
            dh_n, dc_n = dh[n], dc[n]
            each2(add, dh_n, dh_n, dh_out[t, n])
            if mask.size and not mask[t, n]:
                dz[t, n, :] = 0
                continue
            z_i, z_f, z_g, z_o = split(z_t[n])
            y_i, y_f, y_g, y_o = split(tape.gates[t, n])  # what (2) and (3) gave
            i, f, g, o = split(changes.gates[t, n] if changed else tape.gates[t, n])
            dz_i, dz_f, dz_g, dz_o = split(dz[t, n])
            a = tape.a[t, n]
            if changed:
                each2(multiply, dh_n, dh_n, changes.of_h.keep[t, n])
            d_recurrent_activation(d_o, dh_n, a, z_o, y_o, dz_o)  # (6), (2)
            d_activation(d_a, dh_n, o, tape.c[t + 1, n], a, dc_from_a)  # (6), (5)
            each2(add, dc_n, dc_n, dc_from_a)
            if changed:
                each2(multiply, dc_n, dc_n, changes.of_c.keep[t, n])
            d_recurrent_activation(d_i, dc_n, g, z_i, y_i, dz_i)  # (4), (2)
            d_recurrent_activation(d_f, dc_n, tape.c[t, n], z_f, y_f, dz_f)  # (4), (2)
            d_activation(d_g, dc_n, i, z_g, y_g, dz_g)  # (4), (3)
            each2(d_c_prev, dc_n, dc_n, f)  # (4)
            if changed:
                each2(multiply, dz[t, n], dz[t, n], changes.of_gates.keep[t, n])
            dh_n[:] = 0
        if dx.size:
            dx[t, first:end, :] = 0
        if used(mask, t, first, end):
            dz_t = dz[t, first:end]
            if t > start or to_first:
                d_h_product(dh[first:end], dz_t, drops.h[:, first:end], weights.U)  # (1)
            if dx.size:
                d_x_product(dx[t, first:end], dz_t, drops.x[:, first:end], weights.W)  # (1)


def of_weights(
    x, mask, drops, tape, dz, d_weights, carried_in, begin, end, d_W_product, d_U_product
):
    """From (1): overwrite d_weights with the sums over the steps from `begin` to before `end`."""
    dW, dU, db = d_weights
    db[:] = 0
    for t in range(begin, end):
        add_column_sums(db, dz[t])
    d_W_product(dW, x[begin:end], drops.x, dz[begin:end])
    if not carried_in and finite(total(db)):
        # h_prev is zero up to the first used step, and adds nothing to dU but for 0 * NaN
        begin = min(max(begin, first_used(mask, x.shape[0], 0, x.shape[1]) + 1), end)
    d_U_product(dU, tape.h[begin:end], drops.h, dz[begin:end])


def add(p, q):
    return p + q


def multiply(p, q):
    return p * q


def finite(x):
    return x - x == 0
