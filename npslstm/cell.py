"""The equations of the LSTM cell and their derivatives, once. Read this file first.

    (1)  z = x W + h_prev U + b            z = [z_i, z_f, z_g, z_o], the gate order of every 4H axis
    (2)  i = sigmoid(z_i)   f = sigmoid(z_f)   o = sigmoid(z_o)      input, forget and output gate
    (3)  g = tanh(z_g)                                               candidate
    (4)  c = f * c_prev + i * g                                      cell state
    (5)  a = tanh(c)
    (6)  h = o * a                                                   output, and hidden state

x is the input of a time step, h_prev and c_prev are the states that the step before has left; W, U
and b are the weights, H the number of units. Sizes and the loop over time are in `scan`.

Each function below works on scalars and on arrays; `scan` calls these very functions, compiled or
interpreted, so there is no second text of the mathematics (compiled for float32, only exp and tanh
are computed otherwise, see `kernels/float32`). L is the loss, and a leading `d` stands for
dL/d(...); but d_sigmoid and d_tanh are plain derivatives.

Sources: Hochreiter & Schmidhuber 1997, https://doi.org/10.1162/neco.1997.9.8.1735, section 4;
the forget gate: Gers, Schmidhuber & Cummins 2000, https://doi.org/10.1162/089976600300015015,
section 3.
"""

from __future__ import annotations

import numpy as np

# ---- squashing functions, each with its derivative --------------------------------------------


def like(x, constant):
    """`constant` in the precision of `x`; compiled, a plain 1.0 would widen float32 to float64."""
    return np.result_type(x).type(constant)


def exp(x):
    """The exponential function."""
    return np.exp(x)


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
# (2), (3) and (5) are chained in kernels/activations, (1) in kernels/products.


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
