"""Errors of the row losses and of softmax over the whole number line, for `tests.ends`.

The exact results come from float64 formulas that are written out here. Targets are what a loss is
made for: any number, 0, 1/2 and 1, or a label.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from npslstm.kernels import losses
from npslstm.kernels.activations import TABLE, activate
from npslstm.machine.compiler import INTERPRETED
from npslstm.machine.steps import run_once
from tests.ends import LARGEST, numbers, sigmoid, softplus, ulps

LOW, HIGH = float(np.float32(1e-7)), float(np.float32(1 - 1e-7))
CLASSES = 3
THIN = 20 if INTERPRETED else 1  # row by row in Python takes its time


def run(
    name: str, target: np.ndarray, output: np.ndarray, mirror: str = ""
) -> tuple[np.ndarray, np.ndarray]:
    """Values (R,) and gradients (R, C) of a row loss, or of one of its other mirrors."""
    values, gradient = np.zeros(len(output), np.float32), np.zeros_like(output)
    none = np.zeros(0, np.float32)
    with np.errstate(all="ignore"):
        if not mirror:
            run_once(losses.forward, target, output, values, getattr(losses, name))
        row = getattr(losses, mirror or f"d_{name}")
        run_once(losses.backward, target, output, none, 0, gradient, row)
    return values, gradient


def worst(found: tuple[np.ndarray, ...], exact: tuple[Any, Any], least: Any) -> tuple[float, float]:
    value, slope = least
    errors = ulps(found[0], exact[0], value), ulps(found[1], np.broadcast_to(
        exact[1], found[1].shape), slope)  # fmt: skip
    return float(errors[0].max()), float(errors[1].max())


# ---- one output a row -------------------------------------------------------------------------


def columns() -> tuple[np.ndarray, np.ndarray]:
    """Outputs of every exponent, each with the targets 0, 1/2 and 1."""
    y = numbers()[:: 3 * THIN]
    t = np.repeat(np.float32([0, 0.5, 1]), y.size)[:, None]
    return t, np.ascontiguousarray(np.tile(y, 3)[:, None])


def of_regression() -> dict[str, tuple[float, float]]:
    y = numbers()[::THIN]
    t = np.random.default_rng(0).permutation(y)
    t[: y.size // 2] = y[: y.size // 2] * np.float32(1 + 2**-20)  # near the output: a cancellation
    t, y = np.ascontiguousarray(t[:, None]), np.ascontiguousarray(y[:, None])
    with np.errstate(all="ignore"):
        d = (y - t).astype(np.float64)  # the difference as float32 has it
    # where a square or its sum overflows, so it does in Keras
    squares = np.where(abs(d) < 2 * LARGEST, d * d, np.inf)
    found = {
        "mean_squared_error": (squares[:, 0], 2 * d),
        "mean_absolute_error": (abs(d)[:, 0], np.sign(d)),
    }
    return {n: worst(run(n, t, y), exact, (0.0, 0.0)) for n, exact in found.items()}


def of_binary() -> dict[str, tuple[float, float]]:
    t, y = columns()
    wide_t, wide = t.astype(np.float64), y.astype(np.float64)
    p = np.clip(wide, LOW, HIGH)
    within = (wide >= LOW) & (wide <= HIGH)
    exact = -(wide_t * np.log(p) + (1 - wide_t) * np.log(1 - p))[:, 0]
    slope = within * ((1 - wide_t) / (1 - p) - wide_t / p)
    found = {"binary_crossentropy": worst(run("binary_crossentropy", t, y), (exact, slope),
                                          (1.0, 1.0))}  # fmt: skip
    name = "binary_crossentropy_from_logits"
    exact = (wide_t * softplus(-wide) + (1 - wide_t) * softplus(wide))[:, 0]
    slope = (1 - wide_t) * sigmoid(wide) - wide_t * sigmoid(-wide)
    found[name] = worst(run(name, t, y), (exact, slope), (0.0, 1.0))
    p = np.zeros_like(y)
    with np.errstate(all="ignore"):
        run_once(activate, y, p, TABLE["sigmoid"].forward)
    mirror = "d_binary_crossentropy_before_sigmoid"
    _, gradient = run("", t, p, mirror)
    found[mirror[2:]] = 0.0, float(ulps(gradient, slope, 1.0).max())
    return found


# ---- classes ----------------------------------------------------------------------------------


def rows() -> tuple[np.ndarray, np.ndarray]:
    """Labels, and rows of outputs: numbers of every exponent, near each other and far apart. Up to
    half the largest, as from differences that overflow TensorFlow's loss is NaN too."""
    rng = np.random.default_rng(1)
    near = rng.normal(0, 20, (20_000 // THIN, CLASSES))
    near += 10.0 ** rng.uniform(-3, 3, (len(near), 1))
    y = numbers()[::THIN] / 2
    y = rng.permutation(y)[: y.size // CLASSES * CLASSES].reshape(-1, CLASSES)
    y = np.concatenate([y, near.astype(np.float32), np.float32([[1, 1, 1], [0, 0, 0]]) * LARGEST])
    return rng.integers(0, CLASSES, len(y)), np.ascontiguousarray(y, np.float32)


def softmax(y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities and their logarithms; differences as float32 rounds them."""
    with np.errstate(over="ignore"):
        z = (y - y.max(axis=1, keepdims=True)).astype(np.float64)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return np.exp(log_p), log_p


def of_logits() -> dict[str, tuple[float, float]]:
    labels, y = rows()
    one_hot, column = np.eye(CLASSES, dtype=np.float32)[labels], np.float32(labels)[:, None]
    p, log_p = softmax(y)
    exact = -np.take_along_axis(log_p, labels[:, None], 1)[:, 0], p - one_hot
    found, a, least = {}, np.zeros_like(y), (1.0, 1.0)
    for name, t in [("categorical", one_hot), ("sparse_categorical", column)]:
        name = f"{name}_crossentropy_from_logits"
        found[name] = worst(run(name, t, y), exact, least)
    for name, value in [("softmax", p), ("log_softmax", log_p)]:
        with np.errstate(all="ignore"):
            run_once(activate, y, a, TABLE[name].forward)
        found[name] = float(ulps(a, value, 1.0).max()), 0.0
        if name == "softmax":
            given = a.copy()
    for name, t in [("categorical", one_hot), ("sparse_categorical", column)]:
        mirror = f"d_{name}_crossentropy_before_softmax"
        _, gradient = run("", t, given, mirror)
        found[mirror[2:]] = 0.0, float(ulps(gradient, exact[1], 1.0).max())
    return found


def of_shares() -> dict[str, tuple[float, float]]:
    """Crossentropies of outputs that are probabilities: one of ordinary size in each row, the
    others from 0 to 1, of every exponent."""
    rng = np.random.default_rng(2)
    y = rng.permutation(numbers()[::THIN])
    y = y[(y >= 0) & (y <= 1)]
    y = y[: y.size // CLASSES * CLASSES].reshape(-1, CLASSES)
    y[:, 0] = rng.uniform(0.3, 1, len(y))
    y = rng.permuted(y, axis=1)
    even = rng.dirichlet(np.ones(CLASSES), 20_000 // THIN).astype(np.float32)
    y = np.ascontiguousarray(np.concatenate([y, even, np.eye(CLASSES, dtype=np.float32)]))
    labels = rng.integers(0, CLASSES, len(y))
    at = labels[:, None]
    one_hot, column = np.eye(CLASSES, dtype=np.float32)[labels], np.float32(labels)[:, None]
    with np.errstate(all="ignore"):
        share = y / y.sum(axis=1, keepdims=True)  # rounded as in float32: limits cut it off
    p = np.clip(share.astype(np.float64), LOW, HIGH)
    value = -np.log(np.take_along_axis(p, at, 1))[:, 0]
    found = {"categorical_crossentropy": run("categorical_crossentropy", one_hot, y)[0]}
    exact = {"categorical_crossentropy": value}
    p = np.clip(y.astype(np.float64), LOW, HIGH)
    name = "sparse_categorical_crossentropy"
    exact[name] = np.log(p.sum(axis=1)) - np.log(np.take_along_axis(p, at, 1))[:, 0]
    found[name], gradient = run(name, column, y)
    inside = (y >= np.float32(LOW)) & (y <= np.float32(HIGH))
    slope = inside * (1 / p.sum(axis=1, keepdims=True) - one_hot / p)
    return {
        n: (float(ulps(found[n], exact[n], 1.0).max()),
            float(ulps(gradient, slope, 1.0).max()) if n == name else 0.0)
        for n in found
    }  # fmt: skip


def table() -> dict[str, tuple[float, float]]:
    return of_regression() | of_binary() | of_logits() | of_shares()
