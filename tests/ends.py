"""The error of every float32 formula over the whole number line: `python -m tests.ends`.

Prints a table: for each function and its mirror the largest difference from the exact result, over
a million float32 numbers of every exponent and both signs, subnormals included, and all numbers
around each branch point. A unit in the last place (ulp) is the gap between neighbouring float32
numbers at the exact result; of derivatives that end in a subtraction, the gap at 1 where the result
is smaller than 1. Results below SMALL may be 0 or anything as small.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy.special import erfc

from npslstm.kernels.activations import TABLE, activate, activate_backward
from npslstm.machine.compiler import INTERPRETED
from npslstm.machine.steps import run_once

LARGEST, SMALL = float(np.finfo(np.float32).max), 2 * float(np.finfo(np.float32).tiny)
STRIDE = 4295 if not INTERPRETED else 42949  # of bit patterns: 1,000,000 numbers, or 100,000
BRANCHES = [0, 1, 2, 3, 6, 9.5, 10, 20, 87, 87.3, 88.72, 103.9, 1e-7, 0.3465736, 1.8446744e19]
ROOT_2PI = np.sqrt(2 * np.pi)


def numbers() -> np.ndarray:
    """Finite float32 numbers of every exponent and both signs, and those around branch points."""
    swept = np.arange(0, 2**32, STRIDE, dtype=np.uint64).astype(np.uint32).view(np.float32)
    around = np.float32(BRANCHES).view(np.int32)[:, None] + np.arange(-64, 65)
    near = np.maximum(around, 0).astype(np.int32).view(np.float32).reshape(-1)
    found = np.concatenate([swept, near, -near, np.float32([LARGEST, -LARGEST])])
    return found[np.isfinite(found)]


# ---- exact values -----------------------------------------------------------------------------


def sigmoid(x: np.ndarray) -> np.ndarray:
    e = np.exp(-abs(x))
    return np.where(x < 0, e, 1) / (1 + e)


def softplus(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0) + np.log1p(np.exp(-abs(x)))


def d_tanh(x: np.ndarray) -> np.ndarray:
    e = np.exp(-2 * abs(x))
    return 4 * e / (1 + e) ** 2


def d_silu(x: np.ndarray) -> np.ndarray:
    return sigmoid(x) * (1 + x * sigmoid(-x))


def d_mish(x: np.ndarray) -> np.ndarray:
    return np.tanh(softplus(x)) + x * sigmoid(x) * d_tanh(softplus(x))


def d_gelu(x: np.ndarray) -> np.ndarray:
    return erfc(-x / np.sqrt(2)) / 2 + x * np.exp(-x * x / 2) / ROOT_2PI


def step(x: np.ndarray, low: float, high: float, inner: Any, outer: Any = 0.0) -> np.ndarray:
    return np.where((x > low) & (x < high), inner, outer)


SLOPE = float(np.float32(0.2))
SCALE, BENT = 1.0507009873554805, 1.0507009873554805 * 1.6732632423543772


class Exact(NamedTuple):
    """An activation and its derivative in float64; `absolute` where the derivative is a difference
    of numbers about as large as 1."""

    value: Callable[[np.ndarray], np.ndarray]
    slope: Callable[[np.ndarray], np.ndarray]
    absolute: bool = False
    small: float = SMALL


EXACT = {
    "tanh": Exact(np.tanh, d_tanh, absolute=True),
    "sigmoid": Exact(sigmoid, lambda x: sigmoid(x) * sigmoid(-x), absolute=True),
    "linear": Exact(lambda x: x, np.ones_like),
    "exponential": Exact(np.exp, np.exp),
    "softplus": Exact(softplus, sigmoid),
    "softsign": Exact(lambda x: x / (1 + abs(x)), lambda x: 1 / (1 + abs(x)) ** 2),
    # x sigmoid(x) is 0 where e^-x is no float32 any more, below -88.7
    "silu": Exact(lambda x: x * sigmoid(x), d_silu, absolute=True, small=4e-37),
    "mish": Exact(lambda x: x * np.tanh(softplus(x)), d_mish, absolute=True, small=2e-36),
    "gelu": Exact(lambda x: x * erfc(-x / np.sqrt(2)) / 2, d_gelu, absolute=True),
    "log_sigmoid": Exact(lambda x: -softplus(-x), lambda x: sigmoid(-x)),
    "relu": Exact(lambda x: np.maximum(x, 0), lambda x: np.where(x > 0, 1, 0)),
    "relu6": Exact(lambda x: np.clip(x, 0, 6), lambda x: step(x, 0, 6, 1)),
    "leaky_relu": Exact(lambda x: np.where(x < 0, SLOPE * x, x),
                        lambda x: np.where(x > 0, 1, SLOPE)),
    "elu": Exact(lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
                 lambda x: np.exp(np.minimum(x, 0)), absolute=True),
    "selu": Exact(lambda x: np.where(x > 0, SCALE * x, BENT * np.expm1(np.minimum(x, 0))),
                  lambda x: np.where(x < 0, BENT * np.exp(np.minimum(x, 0)), SCALE), absolute=True),
    "hard_sigmoid": Exact(lambda x: np.clip(x / 6 + 0.5, 0, 1), lambda x: step(x, -3, 3, 1 / 6)),
    "hard_silu": Exact(lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
                       lambda x: step(x, -3, 3, x / 3 + 0.5, np.where(x >= 3, 1.0, 0.0)),
                       absolute=True),
    "hard_tanh": Exact(lambda x: np.clip(x, -1, 1), lambda x: step(x, -1.0000001, 1.0000001, 1)),
}  # fmt: skip
CANCELLING = {"hard_sigmoid", "hard_silu"}  # x + 3 near -3: values relative to 1, not to the result


# ---- measuring --------------------------------------------------------------------------------


def ulps(
    found: np.ndarray, exact: np.ndarray, least: float = 0.0, small: float = SMALL
) -> np.ndarray:
    """The error of each number in units of the last place, at least those of numbers of size
    `least`; infinite where one is NaN, or only one of them has overflowed. Below `small` numbers
    may differ."""
    exact = np.asarray(exact, np.float64)
    over = abs(exact) > LARGEST
    size = np.clip(abs(exact), max(least, small), LARGEST).astype(np.float32)
    with np.errstate(invalid="ignore", over="ignore"):
        error = abs(found.astype(np.float64) - exact) / np.spacing(size)
    both_small = (abs(exact) < small) & (abs(found) <= small)
    same = over & (found == np.copysign(np.inf, exact))
    near = over & (abs(exact) < 1.00001 * LARGEST) & np.isfinite(found)  # rounded to the largest
    error = np.where(both_small | same | near, 0, error)
    return np.where(np.isnan(error), np.inf, error)


def activated(name: str, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values, and derivatives as `activate_backward` gives them for errors of 1."""
    x = np.ascontiguousarray(np.atleast_2d(x))
    a, dx, da = np.zeros_like(x), np.zeros_like(x), np.ones_like(x)
    with np.errstate(all="ignore"):
        run_once(activate, x, a, TABLE[name].forward)
        run_once(activate_backward, da, x, a, dx, TABLE[name].backward)
    return a[0], dx[0]


def of_activation(name: str) -> tuple[float, float]:
    """The largest error of an elementwise activation, and of its derivative."""
    x, exact = numbers(), EXACT[name]
    value, slope = activated(name, x)
    with np.errstate(all="ignore"):
        wide = x.astype(np.float64)
        v = ulps(value, exact.value(wide), 1.0 if name in CANCELLING else 0.0, exact.small)
        s = ulps(slope, exact.slope(wide), 1.0 if exact.absolute else 0.0)
    return float(v.max()), float(s.max())


def table() -> dict[str, tuple[float, float]]:
    """Errors of values and derivatives, of everything that is measured here."""
    from tests import ends_losses, ends_steps

    found = {name: of_activation(name) for name in EXACT}
    return found | ends_losses.table() | ends_steps.table()


if __name__ == "__main__":
    print(f"{'float32, ' + ('interpreted' if INTERPRETED else 'compiled'):44} value  derivative")
    for name, (value, slope) in table().items():
        print(f"{name:40} {value:8.2f} {slope:10.2f}")
