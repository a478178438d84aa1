"""The LSTM with coupled gates: what is let in and what is forgotten add up to one.

    (1)  z = x W + h_prev U + b            z = [z_i, z_g, z_o]: three blocks instead of four
    (2)  i = sigmoid(z_i)   o = sigmoid(z_o)
    (3)  g = tanh(z_g)
    (4)  c = (1 - i) * c_prev + i * g      the forget gate is 1 - i
    (5)  a = tanh(c)
    (6)  h = o * a

Source: Greff et al. 2017, https://doi.org/10.1109/TNNLS.2016.2582924 (arXiv:1503.04069), section 3,
the variant CIFG.
"""

from __future__ import annotations

from ..bundles import Cell, Equation, thirds
from ..cell import d_a, d_g, d_o, next_h
from ..primitives import add, each2, each3, like


def next_c(i, g, c_prev):
    """(4) Put a share i of the candidate in the place of the same share of the old cell state."""
    return (like(i, 1) - i) * c_prev + i * g


def gain(g, c_prev):
    """From (4): how c grows with i."""
    return g - c_prev


def d_i(dc, gained):
    """From (4): dL/di = dL/dc * (g - c_prev)."""
    return dc * gained


def d_c_prev(dc, i):
    """From (4): dL/dc_prev = dL/dc * (1 - i)."""
    return dc * (like(i, 1) - i)


def forward(rows, squash, changes):
    """Equations (2) to (6)."""
    z_i, z_g, z_o = thirds(rows.z)
    y_i, y_g, y_o = thirds(rows.gates)
    squash.gate(z_i, y_i)  # (2)
    squash.gate(z_o, y_o)
    squash.candidate(z_g, y_g)  # (3)
    i, g, o = thirds(changes.act(rows, changes).gates)
    each3(next_c, rows.c, i, g, rows.c_prev)  # (4)
    changes.move(changes.of_c, rows.c)
    squash.candidate(rows.c, rows.a)  # (5)
    each2(next_h, rows.h, o, rows.a)  # (6)
    changes.move(changes.of_h, rows.h)


def backward(rows, errors, squash, changes):
    """The mirror of `forward`."""
    z_i, z_g, z_o = thirds(rows.z)
    y_i, y_g, y_o = thirds(rows.gates)
    i, g, o = thirds(changes.acting(rows, changes).gates)
    dz_i, dz_g, dz_o = thirds(errors.z)
    dh, dc, work = errors.h, errors.c, errors.work
    changes.d_move(changes.of_h, dh)
    squash.d_gate(d_o, dh, rows.a, z_o, y_o, dz_o)  # (6), (2)
    squash.d_candidate(d_a, dh, o, rows.c, rows.a, work)  # (6), (5)
    each2(add, dc, dc, work)
    changes.d_move(changes.of_c, dc)
    each2(gain, work, g, rows.c_prev)
    squash.d_gate(d_i, dc, work, z_i, y_i, dz_i)  # (4), (2)
    squash.d_candidate(d_g, dc, i, z_g, y_g, dz_g)  # (4), (3)
    each2(d_c_prev, dc, dc, i)  # (4)
    changes.d_move(changes.of_gates, errors.z)


COUPLED = Cell("coupled", forward, backward, gates="igo", equations=(
    Equation("(2)", "i", "squash(z_i)"),
    Equation("(3)", "g", "squash(z_g)"),
    Equation("(2)", "o", "squash(z_o)"),
    Equation("(4)", "c", "(1 - i) * c_prev + i * g", next_c, "i g c_prev"),
    Equation("(5)", "a", "squash(c)"),
    Equation("(6)", "h", "o * a", next_h, "o a"),
))  # fmt: skip
