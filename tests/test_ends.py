"""The ends of the number line: errors of every float32 formula are bounded, limits are exact.

`tests.ends` measures; `python -m tests.ends` prints the same figures. No bound is more than a third
above the larger of what compiled and interpreted code was measured at, with NumPy 2.4 and Numba
0.68 on x86-64. docs/numbers.md has the table, and says where the larger errors come from.
"""

from __future__ import annotations

import numpy as np
import pytest

import npslstm
from npslstm import losses
from npslstm.kernels import losses as kernels
from npslstm.kernels import metrics as metric_kernels
from npslstm.kernels.activations import TABLE
from npslstm.layers import LSTM, Dense
from npslstm.machine.steps import run_once
from tests import ends, ends_losses, ends_steps

# name: (value, derivative), in units of the last place
ACTIVATIONS = {
    "tanh": (5.0, 5.0), "sigmoid": (3.0, 0.95), "linear": (0, 0), "exponential": (2.9, 2.9),
    "softplus": (2.2, 3.0), "softsign": (1.8, 4.0), "silu": (3.7, 10.0), "mish": (6.0, 36.0),
    "gelu": (220.0, 1.4), "log_sigmoid": (2.2, 3.0), "relu": (0, 0), "relu6": (0, 0),
    "leaky_relu": (0.5, 0), "elu": (1.0, 0.5), "selu": (2.4, 2.0), "hard_sigmoid": (0.8, 0.42),
    "hard_silu": (2.4, 1.7), "hard_tanh": (0, 0),
}  # fmt: skip
LOSSES = {
    "mean_squared_error": (0.51, 0), "mean_absolute_error": (0, 0),
    "binary_crossentropy": (1.3, 2.0), "binary_crossentropy_from_logits": (2.0, 0.92),
    "binary_crossentropy_before_sigmoid": (0, 0.92),
    "categorical_crossentropy_from_logits": (1.9, 1.5),
    "sparse_categorical_crossentropy_from_logits": (1.9, 1.5),
    "softmax": (1.5, 0), "log_softmax": (2.0, 0),
    "categorical_crossentropy_before_softmax": (0, 1.5),
    "sparse_categorical_crossentropy_before_softmax": (0, 1.5),
    "categorical_crossentropy": (1.0, 0), "sparse_categorical_crossentropy": (1.9, 4.5),
}  # fmt: skip
OPTIMIZERS = {
    "sgd": 1.6, "sgd momentum": 3.5, "sgd nesterov": 5.0, "rmsprop": 6.0, "rmsprop momentum": 5.0,
    "rmsprop centered": 6.2, "adam": 5.2, "adam amsgrad": 5.2, "adam decay": 5.2,
    "adam clipvalue": 5.2,
}  # fmt: skip


def within(found, bound):
    assert found[0] <= bound[0] and found[1] <= bound[1], f"{found} ulp, allowed {bound}"


def test_nothing_is_left_out():
    on_rows = {"softmax", "log_softmax"}
    assert ACTIVATIONS.keys() == ends.EXACT.keys() == TABLE.keys() - on_rows
    measured = LOSSES.keys() - on_rows
    assert measured == {name[2:] for name in dir(kernels) if name.startswith("d_")}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(name):
    within(ends.of_activation(name), ACTIVATIONS[name])


@pytest.mark.parametrize("part", ["of_regression", "of_binary", "of_logits", "of_shares"])
def test_losses(part):
    for name, found in getattr(ends_losses, part)().items():
        within(found, LOSSES[name])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers(name):
    within(ends_steps.of_optimizer(name), (OPTIMIZERS[name], 0))


def test_normalization():
    found = ends_steps.of_normalization()
    within(found["normalization, inference"], (2.5, 0))
    within(found["normalization, training"], (6.0, 0))


# ---- limits -----------------------------------------------------------------------------------

INF = np.inf
LIMITS = {
    "tanh": [(100, 1, 0), (-100, -1, 0), (1e10, 1, 0), (INF, 1, 0), (-INF, -1, 0)],
    "sigmoid": [(200, 1, 0), (-200, 0, 0), (3e38, 1, 0), (-3e38, 0, 0), (INF, 1, 0), (-INF, 0, 0)],
    "exponential": [(-200, 0, 0), (-INF, 0, 0), (200, INF, INF), (INF, INF, INF)],
    "softplus": [(1e10, 1e10, 1), (-200, 0, 0), (3e38, 3e38, 1), (INF, INF, 1), (-INF, 0, 0)],
    "softsign": [(1e10, 1, 1e-20), (-1e10, -1, 1e-20), (3e38, 1, 0), (-3e38, -1, 0)],
    "silu": [(200, 200, 1), (1e10, 1e10, 1), (3e38, 3e38, 1), (-200, 0, 0), (-3e38, 0, 0)],
    "mish": [(200, 200, 1), (1e10, 1e10, 1), (3e38, 3e38, 1), (-200, 0, 0), (-3e38, 0, 0)],
    "gelu": [(200, 200, 1), (3e38, 3e38, 1), (-200, 0, 0), (-3e38, 0, 0)],
    "log_sigmoid": [(200, 0, 0), (3e38, 0, 0), (-1e10, -1e10, 1), (-INF, -INF, 1)],
    "elu": [(-200, -1, 0), (-INF, -1, 0), (3e38, 3e38, 1), (-1e-20, -1e-20, 1)],
    "hard_sigmoid": [(3e38, 1, 0), (-3e38, 0, 0), (INF, 1, 0), (-INF, 0, 0)],
    "hard_silu": [(3e38, 3e38, 1), (-3e38, 0, 0)],
    "hard_tanh": [(INF, 1, 0), (-INF, -1, 0)],
}


@pytest.mark.parametrize("name", LIMITS)
def test_limits(name):
    """Alone, and among others, where several numbers are computed at once."""
    x, value, slope = np.float32(LIMITS[name]).T
    for copies in (1, 40):
        found = ends.activated(name, np.tile(x, copies))
        np.testing.assert_array_equal(found[0], np.tile(value, copies))
        np.testing.assert_array_equal(found[1], np.tile(slope, copies))


@pytest.mark.parametrize("size", [1e8, 1e9, 1e10])
def test_a_saturated_lstm_does_not_learn(size):
    """Its units are 1 or -1 exactly, so no error passes, however large the data."""
    npslstm.utils.set_random_seed(4)
    rng = np.random.default_rng(4)
    model = npslstm.Sequential([npslstm.Input((5, 2)), LSTM(8), Dense(1)])
    model.compile(optimizer=npslstm.optimizers.SGD(0.1), loss="mse")
    before = model.get_weights()
    model.train_on_batch(size * rng.uniform(1, 2, (16, 5, 2)), rng.normal(size=16))
    after = model.get_weights()
    np.testing.assert_array_equal(after[0], before[0])
    np.testing.assert_array_equal(after[1], before[1])
    assert not np.array_equal(after[3], before[3]), "the Dense layer does learn"


# ---- labels -----------------------------------------------------------------------------------

WRONG = [3, 4, 1e8, 1e30, -1, -0.5, -1e30, INF, -INF, np.nan]
SPARSE = ["sparse_categorical_crossentropy", "sparse_categorical_crossentropy_from_logits"]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", SPARSE)
def test_labels_out_of_range_spoil_their_row_alone(name, dtype):
    """They reach a kernel where a user changes arrays in training: nothing outside is touched."""
    good = len(WRONG) * [1.0]
    target = np.array(WRONG + good, dtype)[:, None]
    output = np.full((len(target), 3), 0.3, dtype)
    bad = np.arange(len(target)) < len(WRONG)
    values, guarded = np.zeros(len(target), dtype), np.full((len(target) + 2, 3), 7, dtype)
    gradient, none = guarded[1:-1], np.zeros(0, dtype)
    run_once(kernels.forward, target, output, values, getattr(kernels, name))
    np.testing.assert_array_equal(np.isnan(values), bad)
    mirrors = [f"d_{name}"]
    if name.endswith("logits"):
        mirrors.append("d_sparse_categorical_crossentropy_before_softmax")
    for mirror in mirrors:
        run_once(kernels.backward, target, output, none, 1, gradient, getattr(kernels, mirror))
        np.testing.assert_array_equal(np.isnan(gradient).all(axis=1), bad)
        np.testing.assert_array_equal(np.isnan(gradient).any(axis=1), bad)
        assert (guarded[[0, -1]] == 7).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_labels_out_of_range_are_never_hit(dtype):
    target = np.array([*WRONG, 1], dtype)[:, None]
    output = np.tile(np.array([0.2, 0.5, 0.3], dtype), (len(target), 1))
    values = np.ones(len(target), dtype)
    run_once(
        metric_kernels.accuracies, target, output, np.full(1, 0.5, dtype), values,
        metric_kernels.sparse_categorical_accuracy,
    )  # fmt: skip
    assert values.tolist() == [0] * len(WRONG) + [1]


# ---- reduction 'none' -------------------------------------------------------------------------


@pytest.mark.parametrize("weighted", [False, True])
def test_reduction_none_trains_on_the_sum_and_reports_the_mean(weighted):
    """As Keras does: the gradient of several numbers is that of their sum."""
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
    w = rng.uniform(0, 2, 6) if weighted else None

    def model(reduction):
        npslstm.utils.set_random_seed(5)
        made = npslstm.Sequential([npslstm.Input((3,)), Dense(2)])
        loss = losses.MeanSquaredError(reduction=reduction)
        made.compile(optimizer=npslstm.optimizers.SGD(0.01), loss=loss)
        return made

    none, summed, mean = (model(r) for r in ("none", "sum", "sum_over_batch_size"))
    assert none.evaluate(x, y, sample_weight=w, verbose=0) == mean.evaluate(
        x, y, sample_weight=w, verbose=0
    )
    for _ in range(3):
        reported = none.train_on_batch(x, y, sample_weight=w)
        total = summed.train_on_batch(x, y, sample_weight=w)
        np.testing.assert_allclose(reported, total / 6, rtol=1e-6)
    for a, b in zip(none.get_weights(), summed.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
