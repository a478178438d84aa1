"""The LSTM with peepholes: gates that see the cell state itself.

    (1)  z = x W + h_prev U + b
    (2)  i = sigmoid(z_i + p_i * c_prev)   f = sigmoid(z_f + p_f * c_prev)
    (3)  g = tanh(z_g)
    (4)  c = f * c_prev + i * g
    (5)  o = sigmoid(z_o + p_o * c)        the output gate sees the new cell state
    (6)  a = tanh(c)
    (7)  h = o * a

p_i, p_f and p_o have a number for each unit: its gates see its own cell state and no other. With
all of them 0 this is the LSTM of `cell`. A traced z holds what the peepholes add.

Source: Gers & Schmidhuber 2000, https://doi.org/10.1109/IJCNN.2000.861302, section 3.
"""

from __future__ import annotations

from ..bundles import Cell, Equation, split, split_change, thirds
from ..cell import d_a, d_c_prev, d_f, d_g, d_i, d_o, next_c, next_h
from ..primitives import add, each2, each3, each4


def peep(z, p, c):
    """(2), (5) What a gate sees through its peephole, added to z. Also used on the way back:
    dp += dz * c, and dc += dz * p."""
    return z + p * c


def forward(rows, squash, changes):
    """Equations (2) to (7)."""
    z_i, z_f, z_g, z_o = split(rows.z)
    y_i, y_f, y_g, y_o = split(rows.gates)
    p_i, p_f, p_o = thirds(rows.p)
    each3(peep, z_i, z_i, p_i, rows.c_prev)  # (2)
    each3(peep, z_f, z_f, p_f, rows.c_prev)
    squash.gate(z_i, y_i)
    squash.gate(z_f, y_f)
    squash.candidate(z_g, y_g)  # (3)
    i, f, g, _ = split(changes.act(rows, changes).gates)
    each4(next_c, rows.c, i, f, g, rows.c_prev)  # (4)
    changes.move(changes.of_c, rows.c)
    each3(peep, z_o, z_o, p_o, rows.c)  # (5)
    squash.gate(z_o, y_o)
    _, _, _, o = split(changes.act(rows, changes).gates)
    squash.candidate(rows.c, rows.a)  # (6)
    each2(next_h, rows.h, o, rows.a)  # (7)
    changes.move(changes.of_h, rows.h)


def backward(rows, errors, squash, changes):
    """The mirror of `forward`."""
    z_i, z_f, z_g, z_o = split(rows.z)
    y_i, y_f, y_g, y_o = split(rows.gates)
    i, f, g, o = split(changes.acting(rows, changes).gates)
    dz_i, dz_f, dz_g, dz_o = split(errors.z)
    p_i, p_f, p_o = thirds(rows.p)
    dp_i, dp_f, dp_o = thirds(errors.p)
    of_i, of_f, of_g, of_o = split_change(changes.of_gates)
    dh, dc = errors.h, errors.c
    changes.d_move(changes.of_h, dh)
    squash.d_gate(d_o, dh, rows.a, z_o, y_o, dz_o)  # (7), (5)
    changes.d_move(of_o, dz_o)
    squash.d_candidate(d_a, dh, o, rows.c, rows.a, errors.work)  # (7), (6)
    each2(add, dc, dc, errors.work)
    each3(peep, dc, dc, dz_o, p_o)  # (5)
    each3(peep, dp_o, dp_o, dz_o, rows.c)
    changes.d_move(changes.of_c, dc)
    squash.d_gate(d_i, dc, g, z_i, y_i, dz_i)  # (4), (2)
    squash.d_gate(d_f, dc, rows.c_prev, z_f, y_f, dz_f)
    squash.d_candidate(d_g, dc, i, z_g, y_g, dz_g)  # (4), (3)
    changes.d_move(of_i, dz_i)
    changes.d_move(of_f, dz_f)
    changes.d_move(of_g, dz_g)
    each2(d_c_prev, dc, dc, f)  # (4)
    each3(peep, dc, dc, dz_i, p_i)  # (2)
    each3(peep, dc, dc, dz_f, p_f)
    each3(peep, dp_i, dp_i, dz_i, rows.c_prev)
    each3(peep, dp_f, dp_f, dz_f, rows.c_prev)


PEEPHOLE = Cell("peephole", forward, backward, own=("p_i", "p_f", "p_o"), equations=(
    Equation("(2)", "f", "squash(z_f)"),
    Equation("(2)", "i", "squash(z_i)"),
    Equation("(3)", "g", "squash(z_g)"),
    Equation("(4)", "c", "f * c_prev + i * g", next_c, "i f g c_prev"),
    Equation("(5)", "o", "squash(z_o)"),
    Equation("(6)", "a", "squash(c)"),
    Equation("(7)", "h", "o * a", next_h, "o a"),
), terms=(("i", "c_prev", "p_i"), ("f", "c_prev", "p_f"), ("o", "c", "p_o")))  # fmt: skip
