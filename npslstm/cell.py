"""The LSTM cell: its equations, their derivatives, and a whole step of it. Read this file first.

    (1)  z = x W + h_prev U + b            z = [z_i, z_f, z_g, z_o], the gate order of every 4H axis
    (2)  i = sigmoid(z_i)   f = sigmoid(z_f)   o = sigmoid(z_o)      input, forget and output gate
    (3)  g = tanh(z_g)                                               candidate
    (4)  c = f * c_prev + i * g                                      cell state
    (5)  a = tanh(c)
    (6)  h = o * a                                                   output, and hidden state

x is the input of a time step, h_prev and c_prev are the states that the step before has left; W, U
and b are the weights, H the number of units. Sizes and the loop over time are in `scan`.

The functions of an equation work on scalars and on arrays. `forward` and `backward` put them
together, (2) to (6), and `scan` calls these two for each sample at each time step, compiled or
interpreted: there is no second text of the mathematics (compiled for float32, only exp and tanh are
computed otherwise, see `machine/float32`). `step` and `step_backward` add equation (1), to be tried
by hand. L is the loss, and a leading `d` stands for dL/d(...); but d_sigmoid and d_tanh are plain
derivatives.

Sources: Hochreiter & Schmidhuber 1997, https://doi.org/10.1162/neco.1997.9.8.1735, section 4;
the forget gate: Gers, Schmidhuber & Cummins 2000, https://doi.org/10.1162/089976600300015015,
section 3.
"""

from __future__ import annotations

import numpy as np

from .bundles import Cell, Equation, Errors, Rows, Squash, State, Weights, halves, split
from .changes import no_changes
from .primitives import add, chain, each, each2, each4, exp, like

# ---- squashing functions, each with its derivative --------------------------------------------


def sigmoid(x):
    """(2) The logistic function, between 0 (gate shut) and 1 (gate open)."""
    return like(x, 1) / (like(x, 1) + exp(-x))


def d_sigmoid(y):
    """Derivative of the sigmoid, read off its output y = sigmoid(x)."""
    return y * (like(y, 1) - y)


def tanh(x):
    """(3), (5) The hyperbolic tangent, between -1 and 1."""
    return np.tanh(x)


def d_tanh(y):
    """Derivative of tanh, read off its output y = tanh(x)."""
    return like(y, 1) - y * y


# ---- forward ----------------------------------------------------------------------------------


def next_c(i, f, g, c_prev):
    """(4) Keep a share f of the old cell state, let in a share i of the candidate g."""
    return f * c_prev + i * g


def next_h(o, a):
    """(6) Show a share o of the squashed cell state a = tanh(c)."""
    return o * a


# ---- backward of (6) and (4) ------------------------------------------------------------------


def d_o(dh, a):
    """From (6): dL/do = dL/dh * a."""
    return dh * a


def d_a(dh, o):
    """From (6): dL/da = dL/dh * o, the error that reaches the squashed cell state."""
    return dh * o


def d_i(dc, g):
    """From (4): dL/di = dL/dc * g; the gate is blamed in proportion to what it let in."""
    return dc * g


def d_f(dc, c_prev):
    """From (4): dL/df = dL/dc * c_prev; the gate is blamed in proportion to what it kept."""
    return dc * c_prev


def d_g(dc, i):
    """From (4): dL/dg = dL/dc * i; the candidate is blamed as far as the gate was open."""
    return dc * i


def d_c_prev(dc, f):
    """From (4): dL/dc_prev = dL/dc * f. With f = 1 the error goes back through time unchanged: the
    constant error carousel of 1997, which is what lets an LSTM learn over many steps."""
    return dc * f


# ---- a step -----------------------------------------------------------------------------------


def forward(rows, squash, changes):
    """Equations (2) to (6). `changes` do nothing, unless somebody experiments with the cell."""
    z_if, _ = halves(rows.z)  # i and f lie side by side: one loop for both
    gates_if, _ = halves(rows.gates)
    _, _, z_g, z_o = split(rows.z)
    _, _, g, o = split(rows.gates)
    squash.two_gates(z_if, gates_if)  # (2)
    squash.gate(z_o, o)  # (2)
    squash.candidate(z_g, g)  # (3)
    i, f, g, o = split(changes.act(rows, changes).gates)
    each4(next_c, rows.c, i, f, g, rows.c_prev)  # (4)
    changes.move(changes.of_c, rows.c)
    squash.candidate(rows.c, rows.a)  # (5)
    each2(next_h, rows.h, o, rows.a)  # (6)
    changes.move(changes.of_h, rows.h)


def backward(rows, errors, squash, changes):
    """The mirror of `forward`: from the errors of h and c to those of z and c_prev."""
    z_i, z_f, z_g, z_o = split(rows.z)
    y_i, y_f, y_g, y_o = split(rows.gates)  # what (2) and (3) gave
    i, f, g, o = split(changes.acting(rows, changes).gates)
    dz_i, dz_f, dz_g, dz_o = split(errors.z)
    dh, dc = errors.h, errors.c
    changes.d_move(changes.of_h, dh)
    squash.d_gate(d_o, dh, rows.a, z_o, y_o, dz_o)  # (6), (2)
    squash.d_candidate(d_a, dh, o, rows.c, rows.a, errors.work)  # (6), (5)
    each2(add, dc, dc, errors.work)
    changes.d_move(changes.of_c, dc)
    squash.d_gate(d_i, dc, g, z_i, y_i, dz_i)  # (4), (2)
    squash.d_gate(d_f, dc, rows.c_prev, z_f, y_f, dz_f)  # (4), (2)
    squash.d_candidate(d_g, dc, i, z_g, y_g, dz_g)  # (4), (3)
    each2(d_c_prev, dc, dc, f)  # (4)
    changes.d_move(changes.of_gates, errors.z)


LSTM = Cell("lstm", forward, backward, equations=(
    Equation("(2)", "f", "squash(z_f)"),
    Equation("(2)", "i", "squash(z_i)"),
    Equation("(3)", "g", "squash(z_g)"),
    Equation("(2)", "o", "squash(z_o)"),
    Equation("(4)", "c", "f * c_prev + i * g", next_c, "i f g c_prev"),
    Equation("(5)", "a", "squash(c)"),
    Equation("(6)", "h", "o * a", next_h, "o a"),
))  # fmt: skip


# ---- the whole of it, to be tried by hand -------------------------------------------------------


def sigmoids(z, y, /):
    each(sigmoid, y, z)


def d_sigmoids(f, p, q, z, y, dz, /):
    chain(dz, f, p, q, lambda z, y: d_sigmoid(y), z, y)


def tanhs(z, y, /):
    each(tanh, y, z)


def d_tanhs(f, p, q, z, y, dz, /):
    chain(dz, f, p, q, lambda z, y: d_tanh(y), z, y)


STANDARD = Squash(sigmoids, sigmoids, tanhs, d_sigmoids, d_tanhs)


def step(
    x: np.ndarray, state: State, weights: Weights, cell: Cell = LSTM
) -> tuple[State, Rows]:
    """One sample at one time step, x (F,): the state after it, and what `step_backward` needs.
    Raises ValueError for weights that are not those of such a cell."""
    require_shapes(x, state, weights, cell)
    z = x @ weights.W + state.h @ weights.U + weights.b  # (1)
    c, a, h = np.zeros((3, state.c.size), z.dtype)
    rows = Rows(z, np.zeros_like(z), state.c, c, a, h, weights.p)
    cell.forward(rows, STANDARD, no_changes(z.dtype))  # (2) to (6)
    return State(h, c), rows


def require_shapes(x: np.ndarray, state: State, weights: Weights, cell: Cell) -> None:
    """Raise ValueError unless these go together."""
    F, H, G = x.shape[-1], state.h.shape[-1], len(cell.gates)
    wanted = (F, G * H), (H, G * H), (G * H,), (len(cell.own) * H,)
    given = tuple(np.shape(weight) for weight in weights)
    if given != wanted:
        raise ValueError(
            f"For F = {F}, H = {H} and the cell '{cell.name}' the weights W, U, b and p have the "
            f"shapes {wanted}; received {given}. Another cell is given as step(..., cell=...)."
        )


def step_backward(
    d_state: State, x: np.ndarray, state: State, weights: Weights, rows: Rows, cell: Cell = LSTM
) -> tuple[np.ndarray, State, Weights]:
    """The mirror of `step`: from dL/d(state after it) to dL/dx, dL/d(state) and dL/d(weights)."""
    dh, dc = d_state.h.copy(), d_state.c.copy()
    dz, work, dp = np.zeros_like(rows.z), np.zeros_like(rows.c), np.zeros_like(rows.p)
    cell.backward(rows, Errors(dh, dc, dz, work, dp), STANDARD, no_changes(dz.dtype))
    d_weights = Weights(np.outer(x, dz), np.outer(state.h, dz), dz, dp)  # (1)
    return weights.W @ dz, State(weights.U @ dz, dc), d_weights  # (1)
