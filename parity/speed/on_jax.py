"""A workload in hand-written JAX: a training is one compiled function, a lax.scan over the batches
inside of a loop over the epochs.

As fast as a small model gets in a framework: Python waits outside. x W is one product over all time
steps; neither loss nor metrics are added up.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from .workloads import BINARY, CATEGORICAL, LABELS, SQUARED, Workload, data, weights

UNROLLED = 8  # time steps that are written out one after the other rather than looped over
RATE = {"adam": 0.001, "sgd": 0.01}


class Training(NamedTuple):
    """All that changes from batch to batch."""

    weights: list[Any]
    moments: Any  # of Adam: running means of the gradients and of their squares
    clock: Any
    states: list[Any]  # (h, c) of each LSTM layer


# ---- the network ---------------------------------------------------------------------------------


def lstm(x: Any, state: Any, W: Any, U: Any, b: Any) -> Any:
    """x (B, T, F): h of all steps (B, T, H), and the last state."""

    def step(state: Any, z: Any) -> Any:
        h, c = state
        i, f, g, o = jnp.split(z + h @ U, 4, axis=-1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), h

    z = jnp.swapaxes(x @ W + b, 0, 1)
    state, h = lax.scan(step, state, z, unroll=z.shape[0] <= UNROLLED or 1)
    return jnp.swapaxes(h, 0, 1), state


def network(workload: Workload, weights: list[Any], x: Any, states: list[Any], training: bool):
    """Outputs before their squashing, the states, and the weights with new moving statistics."""
    left, ends = list(weights), []
    for state in states:
        x, end = lstm(x, state, *left[:3])
        ends.append(end)
        del left[:3]
    x, kept = x[:, -1], list(weights)
    if workload.normalized:
        gamma, beta, mean, variance = left[:4]
        del left[:4]
        if training:
            now = x.mean(axis=0), x.var(axis=0)
            for k, (old, new) in enumerate(zip((mean, variance), now, strict=True), len(kept) - 4):
                kept[k] = lax.stop_gradient(0.99 * old + 0.01 * new)
            mean, variance = now
        x = gamma * (x - mean) * lax.rsqrt(variance + 1e-3) + beta
    return x @ left[0] + left[1], ends, kept


def loss_of(workload: Workload, output: Any, y: Any) -> Any:
    if workload.loss == SQUARED:
        return jnp.mean((output - y) ** 2)
    if workload.loss == BINARY:
        return jnp.mean(jnp.logaddexp(0, output) - y * output)
    if workload.loss == LABELS:
        y = jax.nn.one_hot(y, workload.outputs)
    return -jnp.mean(jnp.sum(y * jax.nn.log_softmax(output), axis=-1))


# ---- training ------------------------------------------------------------------------------------


def adam(training: Training, weights: list[Any], gradients: list[Any]) -> tuple[list[Any], Any]:
    t = training.clock + 1
    rate = RATE["adam"] * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    changed, moments = [], []
    for w, g, (m, v) in zip(weights, gradients, training.moments, strict=True):
        m, v = m + 0.1 * (g - m), v + 0.001 * (g * g - v)
        changed.append(w - rate * m / (jnp.sqrt(v) + 1e-7))
        moments.append((m, v))
    return changed, moments


def step(workload: Workload, training: Training, batch: Any) -> tuple[Training, None]:
    x, y = batch

    def loss(weights: list[Any]) -> Any:
        output, ends, kept = network(workload, weights, x, training.states, True)
        return loss_of(workload, output, y), (ends, kept)

    gradients, (ends, kept) = jax.grad(loss, has_aux=True)(training.weights)
    states = ends if workload.stateful else training.states
    if workload.optimizer == "adam":
        changed, moments = adam(training, kept, gradients)
    else:
        changed = [w - RATE["sgd"] * g for w, g in zip(kept, gradients, strict=True)]
        moments = training.moments
    return Training(changed, moments, training.clock + 1, states), None


class Model:
    def __init__(self, workload: Workload, framework: str) -> None:
        self.workload = workload
        x, y = data(workload)
        batches = workload.steps_an_epoch, workload.batch
        self.batches = tuple(jnp.asarray(a.reshape(*batches, *a.shape[1:])) for a in (x, y))
        self.x, w = x, [jnp.asarray(a) for a in weights(workload)]
        states = [(jnp.zeros((workload.batch, H)),) * 2 for H in workload.units]
        moments = [(jnp.zeros_like(a), jnp.zeros_like(a)) for a in w]
        self.training = Training(w, moments, jnp.zeros((), jnp.float32), states)

    @functools.cached_property
    def epochs(self) -> Any:
        one = functools.partial(step, self.workload)

        def epochs(number: Any, training: Training, batches: Any) -> Training:
            return lax.fori_loop(0, number, lambda _, t: lax.scan(one, t, batches)[0], training)

        return jax.jit(epochs)

    @functools.cached_property
    def forward(self) -> Any:
        squash = {BINARY: jax.nn.sigmoid, CATEGORICAL: jax.nn.softmax}

        def forward(weights: list[Any], states: list[Any], x: Any) -> Any:
            output, ends, _ = network(self.workload, weights, x, states, False)
            return squash.get(self.workload.loss, lambda y: y)(output), ends

        return jax.jit(forward)

    def train(self, epochs: int) -> None:
        self.training = self.epochs(epochs, self.training, self.batches)
        jax.block_until_ready(self.training)

    def predict(self) -> np.ndarray:
        output, ends = self.forward(self.training.weights, self.training.states, self.x)
        if self.workload.stateful:
            self.training = self.training._replace(states=ends)
        return np.asarray(output)
