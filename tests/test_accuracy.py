"""The float32 exponential and hyperbolic tangent of compiled code against NumPy's in float64.

Every limit stands just above what was measured, with NumPy 2.4 and Numba 0.68 on x86-64.
"""

from __future__ import annotations

import numpy as np
import pytest

from npslstm.kernels.activations import TABLE, activate
from npslstm.machine.steps import run_once

pytestmark = pytest.mark.compiled_only

EXACT = {"exponential": np.exp, "tanh": np.tanh, "sigmoid": lambda x: 1 / (1 + np.exp(-x))}


def compiled(name: str, x: np.ndarray) -> np.ndarray:
    row, out = np.float32(x)[None], np.zeros((1, x.size), np.float32)
    run_once(activate, row, out, TABLE[name].forward)
    return out[0]


def errors(name: str, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Absolute errors, and the exact values."""
    exact = EXACT[name](x.astype(np.float64))
    return abs(compiled(name, x) - exact), abs(exact)


@pytest.mark.parametrize(
    ("name", "low", "high", "limit"),
    [
        ("exponential", -86.9, 88.72, 1.3e-7),  # measured 1.06e-7
        ("exponential", -1, 1, 1.3e-7),  # 1.21e-7
        ("tanh", -100, 100, 2.9e-7),  # 2.39e-7
        ("tanh", -10, 10, 2.9e-7),  # 2.62e-7
        ("tanh", -1, 1, 2.9e-7),  # 2.81e-7
        ("tanh", -1e-3, 1e-3, 2.9e-7),  # 2.37e-7
        ("sigmoid", -80, 80, 1.7e-7),  # 1.44e-7
    ],
)
def test_relative_error(name, low, high, limit):
    x = np.linspace(low, high, 1_000_000).astype(np.float32)
    error, exact = errors(name, x[x != 0])
    assert np.max(error / exact) < limit


def test_tanh_of_tiny_numbers_keeps_its_relative_accuracy():
    error, exact = errors("tanh", np.geomspace(1e-36, 1e-3, 1_000_000).astype(np.float32))
    assert np.max(error / exact) < 2.9e-7  # 2.69e-7
    error, exact = errors("tanh", np.geomspace(1e-45, 1e-36, 1_000_000).astype(np.float32))
    assert np.max(error) < 1e-43  # 8.97e-44: denormal numbers have few digits


def test_exp_below_the_smallest_normal_numbers_is_zero_or_close_to_it():
    error, _ = errors("exponential", np.linspace(-1000, -86.9, 1_000_000).astype(np.float32))
    assert np.max(error) < 1.8e-38  # 1.67e-38


def test_tanh_stays_within_one():
    values = compiled("tanh", np.linspace(-20, 20, 1_000_000).astype(np.float32))
    assert abs(values).max() <= 1


NAN, INF, DENORMAL = np.float32("nan"), np.float32("inf"), np.float32(1e-45)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("exponential", {NAN: NAN, INF: INF, -INF: 0, 0: 1, DENORMAL: 1, 88.73: INF, 3e38: INF}),
        ("tanh", {NAN: NAN, INF: 1, -INF: -1, 0: 0, DENORMAL: DENORMAL, 3e38: 1, -3e38: -1}),
        ("sigmoid", {NAN: NAN, INF: 1, -INF: 0, 0: 0.5, DENORMAL: 0.5, 3e38: 1, -3e38: 0}),
    ],
)
def test_special_values(name, values):
    found = compiled(name, np.array([*values], np.float32))
    np.testing.assert_allclose(found, np.float32([*values.values()]), rtol=2.4e-7)
