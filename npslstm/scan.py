"""The LSTM over time, and backpropagation through time. Read this file second, after `cell`.

Axes:  T time steps, B batch (samples side by side), F features, H units; gate order i f g o.
    x      (T, B, F)     input                      W (F, 4H)  U (H, 4H)  b (4H,)   weights
    gates  (T, B, 4H)    i, f, g, o                 mask (T, B)   True = use the step; (0, 0) none
    c, h   (T+1, B, H)   states; row 0 is the state carried in, row t+1 the state after step t
    a      (T, B, H)     the squashed cell state, a = tanh(c)

`forward` and `backward` are kernels: they write into the arrays they are given, allocate nothing.
A masked step carries both states on unchanged. `changes` is for experiments and mostly empty: skip
every `if changed` at first reading. Equation numbers are those of `cell`.
Backpropagation through time: Werbos 1990, https://doi.org/10.1109/5.58337.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .cell import d_a, d_c_prev, d_f, d_g, d_i, d_o, next_c, next_h
from .kernels.activations import TABLE
from .kernels.compiler import Operation
from .kernels.primitives import add_column_sums, copy, each2, each3, each4, fill_rows
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

    z: np.ndarray  # (T, B, 4H), or (1, B, 4H) scratch where the derivatives do not need it
    gates: np.ndarray  # (T, B, 4H)
    c: np.ndarray  # (T+1, B, H)
    a: np.ndarray  # (T, B, H)
    h: np.ndarray  # (T+1, B, H)


class Drops(NamedTuple):
    """Dropout masks, one a gate, the same at every step; (0, 0, 0) for none."""

    x: np.ndarray  # (4, B, F)
    h: np.ndarray  # (4, B, H)


class Change(NamedTuple):
    """An intervention: a number q of the scan becomes keep * q + put; (0, 0, 0) for none."""

    keep: np.ndarray  # (T, B, 4H) or (T, B, H)
    put: np.ndarray


class Changes(NamedTuple):
    """What an experimenter does to a scan. `gates` (T, B, 4H) takes them as they are changed."""

    of_gates: Change
    of_c: Change
    of_h: Change
    gates: np.ndarray


def no_changes(dtype: np.dtype) -> Changes:
    """The scan left to itself."""
    none = np.zeros((0, 0, 0), dtype)
    return Changes(Change(none, none), Change(none, none), Change(none, none), none)


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
    functions = (
        PLAIN.forward,
        PLAIN.forward,
        *(TABLE[name].forward for name in (activation, recurrent_activation)),
    )
    changes = no_changes(x.dtype)
    Operation(forward, np.ascontiguousarray(x), weights, mask, none, tape, changes, *functions)()
    return State(tape.h[T].copy(), tape.c[T].copy()), tape


def tape_shapes(T: int, B: int, H: int, keep_z: bool = True) -> tuple[tuple[int, int, int], ...]:
    """The shapes of a tape's arrays, in order; z has one row where it need not be kept."""
    return ((T if keep_z else 1), B, 4 * H), (T, B, 4 * H), (T + 1, B, H), (T, B, H), (T + 1, B, H)


# ---- forward ------------------------------------------------------------------------------------


def forward(
    x, weights, mask, drops, tape, changes, x_product, h_product, activation, recurrent_activation
):
    """Fill the tape, step by step. Rows 0 of tape.h and tape.c hold the state carried in."""
    T, B = x.shape[:2]
    changed = changes.gates.size > 0
    for t in range(T):
        z_t = tape.z[t if tape.z.shape[0] == T else 0]  # one row: scratch, not kept
        h_prev, c_prev = tape.h[t], tape.c[t]
        fill_rows(z_t, weights.b)  # (1) z = x W + h_prev U + b
        x_product(z_t, x[t], drops.x, weights.W)
        h_product(z_t, h_prev, drops.h, weights.U)
        for n in range(B):
            c, h = tape.c[t + 1, n], tape.h[t + 1, n]
            if mask.size and not mask[t, n]:
                copy(c, c_prev[n])
                copy(h, h_prev[n])
                continue
            z_i, z_f, z_g, z_o = split(z_t[n])
            i, f, g, o = split(tape.gates[t, n])
            a = tape.a[t, n]
            recurrent_activation(z_i, i)  # (2)
            recurrent_activation(z_f, f)
            recurrent_activation(z_o, o)
            activation(z_g, g)  # (3)
            if changed:
                change(changes.gates[t, n], tape.gates[t, n], changes.of_gates, t, n)
                i, f, g, o = split(changes.gates[t, n])
            each4(next_c, c, i, f, g, c_prev[n])  # (4)
            if changed:
                change(c, c, changes.of_c, t, n)
            activation(c, a)  # (5)
            each2(next_h, h, o, a)  # (6)
            if changed:
                change(h, h, changes.of_h, t, n)


def change(out, q, how, t, n):
    """out = keep * q + put, for the numbers q of sample n at step t."""
    each3(keep_and_put, out, how.keep[t, n], q, how.put[t, n])


def keep_and_put(keep, q, put):
    return keep * q + put


# ---- backward -----------------------------------------------------------------------------------


def backward(
    x, weights, mask, drops, tape, dh_out, d_state, dz, scratch, d_weights, dx, changes,
    d_x_product, d_h_product, d_W_product, d_U_product, d_activation, d_recurrent_activation,
):  # fmt: skip
    """The mirror of `forward`, from step T-1 to step 0.

    dh_out (T, B, H) is dL/dh of every step as seen from outside. d_state holds dL/d(last state) and
    is overwritten with dL/d(first state); d_weights, dz (T, B, 4H) and dx are overwritten. dx may
    have size 0, then it is not computed; scratch (2, H) is working space. An activation's backward
    takes dL/dy, the input x, the output y, and where to write dL/dx.
    """
    T, B = x.shape[:2]
    dh, dc = d_state
    d, dc_from_a = scratch[0], scratch[1]
    changed = changes.gates.size > 0
    for t in range(T - 1, -1, -1):
        z_t = tape.z[t if tape.z.shape[0] == T else 0]
        for n in range(B):
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
            each2(d_o, d, dh_n, a)  # (6)
            d_recurrent_activation(d, z_o, y_o, dz_o)  # (2)
            each2(d_a, d, dh_n, o)  # (6)
            d_activation(d, tape.c[t + 1, n], a, dc_from_a)  # (5)
            each2(add, dc_n, dc_n, dc_from_a)
            if changed:
                each2(multiply, dc_n, dc_n, changes.of_c.keep[t, n])
            each2(d_i, d, dc_n, g)  # (4)
            d_recurrent_activation(d, z_i, y_i, dz_i)  # (2)
            each2(d_f, d, dc_n, tape.c[t, n])  # (4)
            d_recurrent_activation(d, z_f, y_f, dz_f)  # (2)
            each2(d_g, d, dc_n, i)  # (4)
            d_activation(d, z_g, y_g, dz_g)  # (3)
            each2(d_c_prev, dc_n, dc_n, f)  # (4)
            if changed:
                each2(multiply, dz[t, n], dz[t, n], changes.of_gates.keep[t, n])
            dh_n[:] = 0
        d_h_product(dh, dz[t], drops.h, weights.U)  # (1)
        if dx.size:
            dx[t, :, :] = 0
            d_x_product(dx[t], dz[t], drops.x, weights.W)
    dW, dU, db = d_weights
    dW[:, :] = 0
    dU[:, :] = 0
    db[:] = 0
    d_W_product(dW, x, drops.x, dz)
    d_U_product(dU, tape.h[:T], drops.h, dz)
    for t in range(T):
        add_column_sums(db, dz[t])


def add(p, q):
    return p + q


def multiply(p, q):
    return p * q
