"""Activation functions, each beside its derivative, and the kernels that apply them to rows.

An elementwise activation is a pair: a = f(x), and d(x, a) = df/dx, which may use whichever of the
two is cheaper. Softmax and log-softmax mix the elements of a row and bring their own row functions.
`TABLE` names them all. Definitions as in https://keras.io/api/layers/activations.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..cell import d_sigmoid, d_tanh, sigmoid, tanh
from ..primitives import (
    as_written,
    chain,
    each,
    erfc,
    exp,
    expm1,
    largest,
    like,
    log,
    log1p,
    where,
)


class Activation(NamedTuple):
    """How an activation is applied to a row `x` of pre-activations, and differentiated.

    forward(x, a) writes a. backward(f, p, q, x, a, dx) writes dx for dL/da_j = f(p_j, q_j): so an
    equation that leads to dL/da and the derivative that leads on to dL/dx are one loop. `needs_x`
    is False where the derivative can be read off `a` alone, so that `x` need not be kept.
    forward_two is forward for two rows that lie side by side in one.
    """

    name: str
    forward: Callable[..., None]
    backward: Callable[..., None]
    needs_x: bool
    forward_two: Callable[..., None]


TABLE: dict[str, Activation] = {}


def elementwise(derivative: Callable, needs_x: bool = True) -> Callable:
    """Decorator: put an elementwise function into the table, with its derivative d(x, a)."""

    def enter(function: Callable) -> Callable:
        name = function.__name__

        def forward(x, a):
            each(function, a, x)

        def backward(f, p, q, x, a, dx):
            chain(dx, f, p, q, derivative, x, a)

        # compiled kernels are told apart by the names of the functions that they are made from
        forward.__name__, backward.__name__ = name, f"d_{name}"
        TABLE[name] = Activation(name, forward, backward, needs_x, forward_two=forward)
        return function

    return enter


# ---- smooth -----------------------------------------------------------------------------------

elementwise(lambda x, a: d_tanh(a), needs_x=False)(tanh)
elementwise(lambda x, a: d_sigmoid(a), needs_x=False)(sigmoid)


@elementwise(lambda x, a: like(x, 1), needs_x=False)
def linear(x):
    return x


@elementwise(lambda x, a: a, needs_x=False)
def exponential(x):
    return exp(x)


@elementwise(lambda x, a: sigmoid(x))
def softplus(x):
    """log(1 + e^x), without overflow."""
    return where(x < like(x, 0), like(x, 0), x) + log1p(exp(-abs(x)))


@elementwise(lambda x, a: like(x, 1) / ((like(x, 1) + abs(x)) * (like(x, 1) + abs(x))))
def softsign(x):
    return x / (like(x, 1) + abs(x))


@as_written
def d_silu(x, a):
    s = sigmoid(x)
    return s * (like(x, 1) + x * (like(x, 1) - s))  # x - a would be all rounding for large x


@elementwise(d_silu)
def silu(x):
    return x * sigmoid(x)


@as_written
def d_mish(x, a):
    t = tanh(softplus(x))
    return t + x * sigmoid(x) * d_tanh(t)


@elementwise(d_mish)
def mish(x):
    return x * tanh(softplus(x))


ROOT_HALF, ROOT_2PI = 0.7071067811865476, 2.5066282746310002


def below(x):
    """The normal distribution's share below x."""
    return like(x, 0.5) * erfc(x * like(x, -ROOT_HALF))


@as_written
def d_gelu(x, a):
    return below(x) + x * exp(like(x, -0.5) * x * x) / like(x, ROOT_2PI)


@elementwise(d_gelu)
@as_written
def gelu(x):
    """x times the normal distribution's share below x (the exact form, not the tanh one)."""
    return x * below(x)


@elementwise(lambda x, a: sigmoid(-x))
def log_sigmoid(x):
    return -softplus(-x)


# ---- piecewise: written so that NaN falls through unchanged -----------------------------------


@elementwise(lambda x, a: where(x > like(x, 0), like(x, 1), like(x, 0)))
def relu(x):
    return where(x < like(x, 0), like(x, 0), x)


def inside(x, low, high):
    """1 where low < x < high, else 0."""
    return where(x > like(x, low), where(x < like(x, high), like(x, 1), like(x, 0)), like(x, 0))


def clipped(x, low, high):
    return where(x < like(x, low), like(x, low), where(x > like(x, high), like(x, high), x))


@elementwise(lambda x, a: inside(x, 0, 6))
def relu6(x):
    return clipped(x, 0, 6)


@elementwise(lambda x, a: where(x > like(x, 0), like(x, 1), like(x, 0.2)))
def leaky_relu(x):
    """Slope 0.2 below zero, Keras's default."""
    return where(x < like(x, 0), like(x, 0.2) * x, x)


@elementwise(lambda x, a: where(x > like(x, 0), like(x, 1), a + like(x, 1)))
def elu(x):
    return where(x > like(x, 0), x, expm1(where(x > like(x, 0), like(x, 0), x)))


# Klambauer et al. 2017, https://arxiv.org/abs/1706.02515, section 2
SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def d_selu(x, a):
    return where(x < like(x, 0), a + like(x, SELU_SCALE * SELU_ALPHA), like(x, SELU_SCALE))


@elementwise(d_selu)
def selu(x):
    bent = like(x, SELU_ALPHA) * expm1(where(x > like(x, 0), like(x, 0), x))
    return like(x, SELU_SCALE) * where(x > like(x, 0), x, bent)


@elementwise(lambda x, a: inside(x, -3, 3) / like(x, 6))
def hard_sigmoid(x):
    """clip(x / 6 + 1/2, 0, 1), as Keras 3 has it; Keras 2 had clip(x / 5 + 1/2, 0, 1)."""
    return clipped(x + like(x, 3), 0, 6) / like(x, 6)


@elementwise(lambda x, a: hard_sigmoid(x) + x * inside(x, -3, 3) / like(x, 6))
def hard_silu(x):
    return x * hard_sigmoid(x)


@elementwise(lambda x, a: where(abs(x) > like(x, 1), like(x, 0), like(x, 1)))
def hard_tanh(x):
    return clipped(x, -1, 1)


# ---- functions of a whole row -----------------------------------------------------------------


def softmax(x, a):
    """a_j = e^(x_j) / sum_k e^(x_k), with the largest x taken off first: no overflow."""
    highest = largest(x)
    total = like(highest, 0)
    for j in range(x.size):
        a[j] = exp(x[j] - highest)
        total += a[j]
    for j in range(x.size):
        a[j] /= total


def d_softmax(f, p, q, x, a, dx):
    """dx_j = a_j (da_j - sum_k a_k da_k)"""
    dot = like(a[0], 0)
    for j in range(a.size):
        dx[j] = f(p[j], q[j])
        dot += a[j] * dx[j]
    for j in range(a.size):
        dx[j] = a[j] * (dx[j] - dot)


def log_softmax(x, a):
    """a_j = x_j - log sum_k e^(x_k)"""
    highest = largest(x)
    total = like(highest, 0)
    for j in range(x.size):
        a[j] = x[j] - highest
        total += exp(a[j])
    for j in range(x.size):
        a[j] -= log(total)


def d_log_softmax(f, p, q, x, a, dx):
    """dx_j = da_j - e^(a_j) sum_k da_k"""
    total = like(a[0], 0)
    for j in range(a.size):
        dx[j] = f(p[j], q[j])
        total += dx[j]
    for j in range(a.size):
        dx[j] -= exp(a[j]) * total


def on_rows(forward: Callable, backward: Callable) -> None:
    """Put a function of a whole row into the table, with its mirror."""

    def forward_two(x, a):
        half = x.size // 2
        forward(x[:half], a[:half])
        forward(x[half:], a[half:])

    name = forward.__name__
    forward_two.__name__ = f"two_{name}"
    TABLE[name] = Activation(name, forward, backward, needs_x=False, forward_two=forward_two)


on_rows(softmax, d_softmax)
on_rows(log_softmax, d_log_softmax)


# ---- kernels over all rows --------------------------------------------------------------------


def activate(x, a, forward):
    """Write the activations of the rows of x (N, C) into a (N, C)."""
    for n in range(x.shape[0]):
        forward(x[n], a[n])


def activate_backward(da, x, a, dx, backward):
    """The mirror of `activate`: write dx (N, C)."""
    for n in range(x.shape[0]):
        backward(given, da[n], da[n], x[n], a[n], dx[n])


def given(da, _):
    """dL/da is not computed first, it is there."""
    return da
