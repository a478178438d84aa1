"""Regularizers: penalties, the two numbers that training reads, and configurations."""

import numpy as np
import pytest

from npslstm import regularizers
from npslstm.regularizers import L1, L1L2, L2, Regularizer

# Sums of |w| and w^2: 6 and 14. Every term is exact in float32.
W = np.array([[1.0, -2.0], [3.0, 0.0]], dtype="float32")


@pytest.mark.parametrize(
    ("regularizer", "penalty"),
    [
        (L1(0.5), 3.0),
        (L2(0.5), 7.0),
        (L1L2(l1=0.5, l2=0.25), 6.5),
        (L1L2(l2=0.25), 3.5),
        (L1L2(), 0.0),
        (Regularizer(), 0.0),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_penalty(regularizer, penalty, dtype):
    result = regularizer(W.astype(dtype))
    assert result == penalty
    assert result.dtype == dtype and np.ndim(result) == 0


@pytest.mark.parametrize(
    ("identifier", "l1", "l2"),
    [
        ("l1", 0.01, 0.0),
        ("L1", 0.01, 0.0),
        ("l2", 0.0, 0.01),
        ("L2", 0.0, 0.01),
        ("L1L2", 0.0, 0.0),
        ("l1l2", 0.0, 0.0),
        (regularizers.l2(0.3), 0.0, 0.3),
        (regularizers.l1_l2(l1=0.1, l2=0.2), 0.1, 0.2),
        (L1(None), 0.01, 0.0),
        (L1L2(l1=None, l2=1), 0.0, 1.0),
        (L2(np.float32(0.5)), 0.0, 0.5),
        ({"class_name": "L2", "config": {"l2": 0.4}}, 0.0, 0.4),
        (L1, 0.01, 0.0),
    ],
)
def test_strengths(identifier, l1, l2):
    regularizer = regularizers.get(identifier)
    assert (regularizer.l1, regularizer.l2) == (l1, l2)
    assert type(regularizer.l1) is type(regularizer.l2) is float


def test_none_stays_none():
    assert regularizers.get(None) is None


def test_nan_weights_give_a_nan_penalty():
    assert np.isnan(L2()(np.array([1.0, np.nan])))


def test_a_strength_of_zero_leaves_infinite_weights_out():
    assert L1L2(l1=0.0, l2=0.0)(np.array([np.inf])) == 0.0


@pytest.mark.parametrize("regularizer", [L1(0.3), L2(0.4), L1L2(0.1, 0.2)])
def test_config_round_trip(regularizer):
    described = regularizers.serialize(regularizer)
    assert described == {
        "module": "keras.regularizers",
        "class_name": type(regularizer).__name__,
        "config": regularizer.get_config(),
        "registered_name": None,
    }
    again = regularizers.deserialize(described)
    assert type(again) is type(regularizer)
    assert (again.l1, again.l2) == (regularizer.l1, regularizer.l2)


@pytest.mark.parametrize("cls", [L1, L2, L1L2])
@pytest.mark.parametrize("value", [-0.1, float("nan"), float("inf"), "0.01", [0.01]])
def test_strengths_must_be_finite_and_not_negative(cls, value):
    with pytest.raises(ValueError, match="finite number that is not negative"):
        cls(value)


def test_unknown_names():
    with pytest.raises(ValueError, match="Known names: l1, l1l2, l2"):
        regularizers.get("l3")
    with pytest.raises(ValueError, match=r"L1L2\(l1=0.01, l2=0.01\)"):
        regularizers.get("l1_l2")


def test_penalties_of_another_form_are_refused_rather_than_ignored():
    class Cubic(Regularizer):
        def __call__(self, w):
            return np.sum(np.abs(w) ** 3)

    for own in (Cubic(), lambda w: 0.01 * np.sum(np.abs(w))):
        with pytest.raises(ValueError, match="gradient is not known"):
            regularizers.get(own)


def test_a_subclass_may_set_the_two_strengths():
    class Strong(Regularizer):
        l2 = 2.0

    assert regularizers.get(Strong)(W) == 28.0
