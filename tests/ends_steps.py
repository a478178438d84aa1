"""Errors of optimizer steps and of normalisation over the whole number line, for `tests.ends`."""

from __future__ import annotations

from typing import Any

import numpy as np

from npslstm import optimizers
from npslstm.kernels import normalization
from npslstm.machine.steps import Steps, run_once
from npslstm.parameters import Parameters, Variable
from tests.ends import LARGEST, numbers, ulps

RATE, STEPS = 0.001, 3
CASES: dict[str, dict[str, Any]] = {
    "sgd": {},
    "sgd momentum": {"momentum": 0.9},
    "sgd nesterov": {"momentum": 0.9, "nesterov": True},
    "rmsprop": {},
    "rmsprop momentum": {"momentum": 0.9},
    "rmsprop centered": {"centered": True, "momentum": 0.5},
    "adam": {},
    "adam amsgrad": {"amsgrad": True},
    "adam decay": {"weight_decay": 0.1},
    "adam clipvalue": {"clipvalue": 0.5},
}


def run(name: str, gradients: np.ndarray, start: float = 0.0, dtype: Any = np.float32) -> Any:
    """What STEPS steps on the same gradients, and one on gradients of 0, make of every weight."""
    variable = Variable(np.full(gradients.size, start, dtype), "weight")
    parameters = Parameters([variable], [])
    options = {"learning_rate": float(np.float32(RATE))} | CASES[name]
    optimizer = type(optimizers.get(name.split()[0]))(**options)
    steps = optimizer.operations(parameters)
    with np.errstate(all="ignore"):
        for k in range(STEPS + 1):
            parameters.gradients[...] = gradients if k < STEPS else 0
            Steps(steps).run()
    return variable.value.copy()


def overflows(name: str, g: np.ndarray) -> np.ndarray:
    """Gradients whose square is no float32, while the rule squares them."""
    squared = not name.startswith("sgd") and "clipvalue" not in CASES[name]
    with np.errstate(over="ignore"):
        return squared & np.isinf(g * g)


def of_optimizer(name: str) -> tuple[float, float]:
    """The error of weights that begin at 0, against float64. Those whose gradient's square
    overflows must stay at 0 exactly under RMSprop; under Adam, and where the mean is squared, they
    become NaN at the second step, in Keras as here. Gradients are at least 1e-15 in size: below,
    g^2 is subnormal, and beside epsilon nothing."""
    g = numbers()
    g = g[(g == 0) | (abs(g) > 1e-15)]
    found, exact = run(name, g), run(name, g.astype(np.float64), dtype=np.float64)
    over = overflows(name, g)
    inexact = ulps(found[~over], exact[~over]).max()
    stays = name in ("rmsprop", "rmsprop momentum")
    return float(inexact), np.inf if stays and found[over].any() else 0.0


def of_normalization() -> dict[str, tuple[float, float]]:
    """y of inference for variances of every exponent; y of training for data of every exponent."""
    v = abs(numbers())
    C = v.size
    one, zero, s, y = np.ones(C, np.float32), np.zeros(C, np.float32), np.ones(C), np.ones((1, C))
    s, y, settings = s.astype(np.float32), y.astype(np.float32), np.array([0.99, 1e-3])
    with np.errstate(all="ignore"):
        weights, given = normalization.Weights(one, zero), normalization.Statistics(zero, v, s)
        run_once(normalization.normalize, one[None], weights, given, settings, y)
    inference = ulps(y[0], 1 / np.sqrt(v.astype(np.float64) + np.float32(1e-3))).max()

    rng = np.random.default_rng(3)
    size = abs(numbers()[::10])
    size = size[(size < 1e18) & (size > 0)]
    C = size.size
    x = rng.normal(size=(8, C)).astype(np.float32) * size
    one, zero = np.ones(C, np.float32), np.zeros(C, np.float32)
    mu, v, s, moving_mu, moving_v = (np.zeros(C, np.float32) for _ in range(5))
    y, no_mask = np.zeros_like(x), np.zeros(0, np.bool_)
    weights, used = normalization.Weights(one, zero), normalization.Statistics(mu, v, s)
    moving = normalization.Moving(moving_mu, moving_v)
    run_once(normalization.forward, x, no_mask, weights, used, moving, settings, y)
    wide = x.astype(np.float64)
    exact = (wide - wide.mean(axis=0)) / np.sqrt(wide.var(axis=0) + np.float32(1e-3))
    training = (abs(y - exact) / np.maximum(abs(exact).max(axis=0), 1e-37)).max() * 2**24
    assert np.isfinite(y).all()
    assert np.isfinite(x).all() and abs(x).max() < LARGEST
    return {"normalization, inference": (float(inference), 0.0),
            "normalization, training": (float(training), 0.0)}  # fmt: skip


def table() -> dict[str, tuple[float, float]]:
    return {f"optimizer {name}": of_optimizer(name) for name in CASES} | of_normalization()
