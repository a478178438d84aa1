"""Constraints: what comes out obeys them, what went in is untouched, and configurations."""

from typing import Any

import numpy as np
import pytest

from npslstm import Sequential, config, constraints
from npslstm.constraints import Constraint, MaxNorm, MinMaxNorm, NonNeg, UnitNorm
from npslstm.layers import LSTM, Dense, Input

RNG = np.random.default_rng(0)
# Column norms 0, 5, 13, 0.5.
W = np.array([[0.0, 3.0, 5.0, 0.3], [0.0, -4.0, 12.0, 0.4]])

ALL = [NonNeg(), UnitNorm(), MaxNorm(), MinMaxNorm()]


def norms(w, axis=0):
    return np.sqrt(np.sum(w**2, axis=axis))


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        # epsilon = 1e-7 takes up to 1e-7 / 0.5 of a norm away.
        (UnitNorm(), [0, 1, 1, 1]),
        (MaxNorm(2), [0, 2, 2, 0.5]),
        (MaxNorm(6), [0, 5, 6, 0.5]),
        (MinMaxNorm(1, 6), [0, 5, 6, 1]),
        (MinMaxNorm(1, 6, rate=0.5), [0, 5, 9.5, 0.75]),
        (MinMaxNorm(1, 6, rate=0.0), [0, 5, 13, 0.5]),
    ],
)
def test_norms_of_the_columns(constraint, expected):
    np.testing.assert_allclose(norms(constraint(W)), expected, rtol=2.1e-7)


def test_the_direction_is_kept():
    constrained = MaxNorm(2)(W)
    np.testing.assert_allclose(constrained[0] * W[1], constrained[1] * W[0], rtol=1e-15)


@pytest.mark.parametrize("constraint", [UnitNorm(), MaxNorm(1), MinMaxNorm()])
def test_epsilon_is_the_configured_one(constraint):
    config.set_epsilon(5.0)
    try:
        np.testing.assert_allclose(norms(constraint(W))[1], 0.5, rtol=1e-15)
    finally:
        config.set_epsilon(1e-7)


def test_non_neg():
    np.testing.assert_array_equal(NonNeg()(W), [[0, 3, 5, 0.3], [0, 0, 12, 0.4]])


@pytest.mark.parametrize("axis", [1, (0, 1), [0, 1, 2], -1])
def test_other_axes(axis):
    w = RNG.normal(size=(3, 4, 5))
    axes = tuple(axis) if isinstance(axis, list) else axis
    np.testing.assert_allclose(norms(UnitNorm(axis=axis)(w), axes), 1.0, rtol=1e-6)


def test_a_bias_has_one_norm():
    np.testing.assert_allclose(norms(MaxNorm(1)(np.array([3.0, 4.0]))), 1.0, rtol=1e-7)


@pytest.mark.parametrize("constraint", [*ALL, MaxNorm(np.float64(2)), Constraint()])
def test_the_result_is_a_new_array_of_the_same_dtype(constraint):
    w = RNG.normal(size=(3, 8)).astype("float32")
    before = w.copy()
    result = constraint(w)
    assert result.dtype == np.float32 and result.shape == w.shape
    assert not np.shares_memory(result, w)
    np.testing.assert_array_equal(w, before)


@pytest.mark.parametrize("constraint", ALL)
def test_nan_stays_nan(constraint):
    w = np.array([[np.nan, 1.0], [2.0, 3.0]])
    assert np.isnan(constraint(w)[0, 0])


@pytest.mark.parametrize(
    ("identifier", "cls"),
    [
        ("max_norm", MaxNorm),
        ("MaxNorm", MaxNorm),
        ("maxnorm", MaxNorm),
        ("non_neg", NonNeg),
        ("unit_norm", UnitNorm),
        ("min_max_norm", MinMaxNorm),
        (MinMaxNorm, MinMaxNorm),
        (constraints.maxnorm(3), MaxNorm),
    ],
)
def test_get(identifier, cls):
    assert type(constraints.get(identifier)) is cls


def test_get_leaves_functions_and_none():
    assert constraints.get(np.abs) is np.abs
    assert constraints.get(None) is None


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        (NonNeg(), {}),
        (UnitNorm(), {"axis": 0}),
        (MaxNorm(), {"max_value": 2, "axis": 0}),
        (MaxNorm(3, [0, 1]), {"max_value": 3, "axis": [0, 1]}),
        (MinMaxNorm(), {"min_value": 0, "max_value": 1, "rate": 1, "axis": 0}),
        (MinMaxNorm(0.1, 2, 0.5, 1), {"min_value": 0.1, "max_value": 2, "rate": 0.5, "axis": 1}),
    ],
)
def test_config_round_trip(constraint, expected):
    described = constraints.serialize(constraint)
    assert described["config"] == expected
    assert described["module"] == "keras.constraints" and described["registered_name"] is None
    again = constraints.deserialize(described)
    assert type(again) is type(constraint) and again.get_config() == constraint.get_config()


def test_unknown_names():
    known = "Known names: max_norm, min_max_norm, non_neg, unit_norm"
    with pytest.raises(ValueError, match=f"Did you mean 'max_norm'.*{known}"):
        constraints.get("max_nrom")


@pytest.mark.parametrize(
    ("constraint", "message"),
    [
        (lambda w: None, "constraint of weight 'kernel' returns must hold numbers.*None"),
        (lambda w: w[:1], r"has shape \(1, 16\); it must be a new value.*\(2, 16\)"),
        (lambda w: "large", "constraint of weight 'kernel' returns must hold numbers.*'large'"),
    ],
)
def test_a_function_that_returns_no_weight_is_refused_before_a_step(
    constraint: Any, message: str
) -> None:
    model = Sequential([Input((3, 2)), LSTM(4, kernel_constraint=constraint), Dense(1)])
    model.compile("sgd", "mse")
    before = model.get_weights()
    with pytest.raises(ValueError, match=message):
        model.fit(np.ones((4, 3, 2)), np.ones((4, 1)), verbose=0)
    for weight, value in zip(model.get_weights(), before, strict=True):
        assert np.array_equal(weight, value)
