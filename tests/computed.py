"""The numbers of every kernel family, for one comparison: compiled against interpreted.

`python -m tests.computed FILE` writes them into an .npz file; with NUMBA_DISABLE_JIT=1 they come
from the interpreter, which runs the same functions without Numba.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from npslstm import optimizers
from npslstm.kernels import activations, dense, losses, normalization
from npslstm.machine.steps import Steps, run_once
from npslstm.parameters import Parameters, Variable
from npslstm.scan import NO_MASK, Drops
from tests.scanning import back, new_drops, new_state, run

OPTIMIZERS = {
    "sgd": {},
    "sgd momentum": {"momentum": 0.9},
    "sgd nesterov": {"momentum": 0.9, "nesterov": True},
    "rmsprop": {},
    "rmsprop centered": {"centered": True, "momentum": 0.5},
    "adam": {},
    "adam amsgrad": {"amsgrad": True},
    "adam decay": {"weight_decay": 0.1, "clipvalue": 0.5},
    "adam clipnorm": {"clipnorm": 0.5},
}


def numbers(dtype: Any) -> dict[str, np.ndarray]:
    """Results by name."""
    found: dict[str, np.ndarray] = {}
    for part in (of_scan, of_dense, of_normalization, of_activations, of_losses, of_optimizers):
        draw = np.random.default_rng(6)
        found |= part(lambda *shape, draw=draw: draw.uniform(-1, 1, shape).astype(dtype))
    return {f"{np.dtype(dtype).name} {name}": array for name, array in found.items()}


def of_scan(random: Any) -> dict[str, np.ndarray]:
    found = {}
    for T, B, F, H in [(5, 2, 3, 4), (3, 16, 12, 20)]:  # plain loops, BLAS
        for kind in ("plain", "mask", "dropout"):
            x = random(T, B, F)
            weights = [random(F, 4 * H), random(H, 4 * H), random(4 * H)]
            start = new_state(random(B, H), random(B, H))
            mask = random(T, B) > -0.5 if kind == "mask" else NO_MASK
            drops = new_drops(x.dtype)
            if kind == "dropout":
                drops = Drops(abs(random(4, B, F)), abs(random(4, B, H)))
            tape = run(x, weights, start, mask, drops)
            gradients = back(x, weights, tape, random(T, B, H), mask, drops)
            found |= {f"scan {kind} {H} {n}": getattr(tape, n)[1:] for n in ("c", "h")}
            found |= {f"scan {kind} {H} d{n}": g for n, g in gradients.items()}
    return found


def of_dense(random: Any) -> dict[str, np.ndarray]:
    found = {}
    for N, F, U in [(3, 4, 2), (32, 20, 30)]:
        x, W, b, dy, y = random(N, F), random(F, U), random(U), random(N, U), random(N, U)
        dx, dW, db = random(N, F), random(F, U), random(U)
        run_once(dense.forward, x, W, b, y)
        run_once(dense.backward, x, W, dy, dx, dW, db)
        found |= {f"dense {U} {n}": a for n, a in dict(y=y, dx=dx, dW=dW, db=db).items()}
    return found


def of_normalization(random: Any) -> dict[str, np.ndarray]:
    x, mask = random(12, 3), random(12) > -0.5
    gamma, beta, mu, v, s, moving_mu, moving_v = (random(3) for _ in range(7))
    y, dy, dx, dgamma, dbeta = random(12, 3), random(12, 3), random(12, 3), random(3), random(3)
    settings = np.array([0.9, 1e-3])
    weights, used = normalization.Weights(gamma, beta), normalization.Statistics(mu, v, s)
    moving = normalization.Moving(moving_mu, moving_v)
    run_once(normalization.forward, x, mask, weights, used, moving, settings, y)
    gradients = normalization.Gradients(dgamma, dbeta, random(3), random(3))
    run_once(normalization.backward, x, mask, weights, used, dy, dx, gradients, 0)
    found = dict(y=y, dx=dx, dgamma=dgamma, dbeta=dbeta, mu=moving_mu, v=moving_v)
    return {f"normalization {name}": array for name, array in found.items()}


def of_activations(random: Any) -> dict[str, np.ndarray]:
    found = {}
    for name, function in activations.TABLE.items():
        x, da, a, dx = 8 * random(6, 7), random(6, 7), random(6, 7), random(6, 7)
        run_once(activations.activate, x, a, function.forward)
        run_once(activations.activate_backward, da, x, a, dx, function.backward)
        found |= {f"activation {name}": a, f"activation d_{name}": dx}
    return found


def of_losses(random: Any) -> dict[str, np.ndarray]:
    found = {}
    for mirror in [n for n in dir(losses) if n.startswith("d_")]:
        name = mirror[2:]
        target, output, weights = abs(random(5, 4)), 0.1 + 0.8 * abs(random(5, 4)), random(5)
        if name.startswith("sparse"):
            target = np.floor(4 * target[:, :1])
        values, gradient = random(5), random(5, 4)
        d_row = getattr(losses, mirror)
        run_once(losses.backward, target, output, weights, 1, gradient, d_row)
        found[f"loss {mirror}"] = gradient
        if "_before_" not in name:
            run_once(losses.forward, target, output, values, getattr(losses, name))
            found[f"loss {name}"] = values
    return found


def of_optimizers(random: Any) -> dict[str, np.ndarray]:
    found = {}
    for name, options in OPTIMIZERS.items():
        variables = [Variable(random(3, 4), "kernel"), Variable(random(4), "bias")]
        parameters = Parameters(variables, [])
        optimizer = type(optimizers.get(name.split()[0]))(learning_rate=0.01, **options)
        steps = optimizer.operations(parameters)
        for _ in range(5):
            parameters.gradients[...] = random(16)
            Steps(steps).run()
        found[f"optimizer {name}"] = parameters.values
    return found


if __name__ == "__main__":
    np.savez(sys.argv[1], **numbers(np.float32), **numbers(np.float64))
