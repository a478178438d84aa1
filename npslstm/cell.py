"""The equations of the LSTM cell and their derivatives, once. Read this file first.

    (1)  z = x W + h_prev U + b            z = [z_i, z_f, z_g, z_o], the gate order of every 4H axis
    (2)  i = sigmoid(z_i)   f = sigmoid(z_f)   o = sigmoid(z_o)      input, forget and output gate
    (3)  g = tanh(z_g)                                               candidate
    (4)  c = f * c_prev + i * g                                      cell state
    (5)  a = tanh(c)
    (6)  h = o * a                                                   output, and hidden state

Each function below works on scalars and on arrays; `scan` calls these very functions, compiled or
interpreted, so there is no second text of the mathematics. A leading `d` stands for dL/d(...).

Sources: Hochreiter & Schmidhuber 1997, https://doi.org/10.1162/neco.1997.9.8.1735, section 4;
the forget gate: Gers, Schmidhuber & Cummins 2000, https://doi.org/10.1162/089976600300015015,
section 3.
"""

from __future__ import annotations

import numpy as np

GATES = ("i", "f", "g", "o")


# ---- squashing functions, each with its derivative --------------------------------------------


def like(x, constant):
    """`constant` in the precision of `x`; compiled, a plain 1.0 would widen float32 to float64."""
    return np.result_type(x).type(constant)


def sigmoid(x):
    """(2) The logistic function, between 0 (gate shut) and 1 (gate open)."""
    return 1 / (1 + np.exp(-x))


def d_sigmoid(a):
    """Derivative of the sigmoid, read off its output a = sigmoid(x)."""
    return a * (like(a, 1) - a)


def tanh(x):
    """(3), (5) The hyperbolic tangent, between -1 and 1."""
    return np.tanh(x)


def d_tanh(a):
    """Derivative of tanh, read off its output a = tanh(x)."""
    return like(a, 1) - a * a


# ---- forward ----------------------------------------------------------------------------------


def next_c(i, f, g, c_prev):
    """(4) Keep a share f of the old cell state, let in a share i of the candidate g."""
    return f * c_prev + i * g


def next_h(o, a):
    """(6) Show a share o of the squashed cell state a = tanh(c)."""
    return o * a


# ---- backward: the same equations, last first -------------------------------------------------


def d_o(dh, a):
    """From (6): what the output gate's error is worth."""
    return dh * a


def d_a(dh, o):
    """From (6): the error that reaches the squashed cell state."""
    return dh * o


def d_i(dc, g):
    """From (4): the input gate is blamed in proportion to the candidate it let in."""
    return dc * g


def d_f(dc, c_prev):
    """From (4): the forget gate is blamed in proportion to the state it kept."""
    return dc * c_prev


def d_g(dc, i):
    """From (4): the candidate is blamed as far as the input gate was open."""
    return dc * i


def d_c_prev(dc, f):
    """From (4): error flows back in time as far as the forget gate was open, the constant error
    carousel of 1997 when f = 1."""
    return dc * f
