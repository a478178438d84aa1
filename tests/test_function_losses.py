"""Losses and metrics that are a user's functions: followed and compiled, or run in Python."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import npslstm
from npslstm import Input, Sequential, layers, losses, ops
from npslstm.expressions import Expression
from npslstm.kernels import expression_functions as kernels
from npslstm.losses.expression import Place, write
from npslstm.losses.function import FunctionLoss
from npslstm.machine.steps import Steps
from npslstm.program import Program
from tests.gradients import Problem, worst_error

RNG = np.random.default_rng(2)
X = RNG.normal(size=(10, 4, 3)).astype("float32")
X[3, 2:] = X[1, 1:] = 0
Y = RNG.normal(size=(10, 2)).astype("float32")
EACH = RNG.normal(size=(10, 4, 2)).astype("float32")
WEIGHTS = np.linspace(0.5, 2, 10)


def mse(t, p):
    return ops.mean(ops.square(t - p), axis=-1)


def numpy_mse(t, p):
    return np.mean((t - p) ** 2, axis=-1)


def d_mse(t, p):
    return 2 * (p - t) / p.shape[-1]


def model(sequences=False, masked=False, dtype="float32"):
    npslstm.utils.set_random_seed(1)
    stack = [layers.Masking(dtype=dtype)] if masked else []
    stack += [layers.LSTM(5, return_sequences=sequences, dtype=dtype), layers.Dense(2, dtype=dtype)]
    return Sequential([Input((4, 3)), *stack])


def history(loss, y=Y, weights=None, masked=False):
    found = model(y.ndim == 3, masked)
    found.compile("adam", loss, metrics=["mse"])
    options = {"epochs": 3, "batch_size": 4, "shuffle": False, "verbose": 0}
    return found.fit(X, y, sample_weight=weights, **options).history["loss"]


# ---- the same numbers as the loss that is there --------------------------------------------------

LOSSES = {
    "followed": mse, "of NumPy": numpy_mse, "a class": type("Own", (losses.Loss,), {
        "call": staticmethod(mse)})(), "custom": losses.Custom(numpy_mse, d_mse),
    "an object": FunctionLoss(mse, reduction="sum_over_batch_size"),
}  # fmt: skip


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["", "weights"])
@pytest.mark.parametrize("masked", [False, True], ids=["", "masked"])
@pytest.mark.parametrize("y", [Y, EACH], ids=["last", "each step"])
@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_a_mean_squared_error_of_ones_own(loss, y, masked, weights):
    if y is EACH and weights is not None:
        weights = np.outer(weights, [1, 2, 1, 3])
    expected = history("mse", y, weights, masked)
    np.testing.assert_allclose(history(loss, y, weights, masked), expected, rtol=3e-6)


@pytest.mark.parametrize("reduction", ["sum", "mean_with_sample_weight", "none"])
def test_reductions(reduction):
    built_in = history(losses.MeanSquaredError(reduction=reduction), weights=WEIGHTS)
    own = history(FunctionLoss(mse, reduction=reduction), weights=WEIGHTS)
    custom = history(losses.Custom(numpy_mse, d_mse, reduction=reduction), weights=WEIGHTS)
    np.testing.assert_allclose(own, built_in, rtol=3e-6)
    np.testing.assert_allclose(custom, built_in, rtol=3e-6)


def test_a_loss_of_a_whole_batch():
    """Its mean is over what it returns: one number."""
    expected = history("mse")
    np.testing.assert_allclose(history(lambda t, p: ops.mean((t - p) ** 2)), expected, rtol=3e-6)


def test_losses_of_several_outputs_are_weighed():
    x = Input((4, 3))
    outputs = [layers.Dense(2, name=n)(layers.LSTM(3)(x)) for n in "ab"]
    found = npslstm.Model(x, outputs)
    weights = found.get_weights()
    results = []
    for pair in (["mse", "mse"], [mse, losses.Custom(numpy_mse, d_mse)]):
        found.set_weights(weights)
        found.compile("sgd", pair, loss_weights=[0.5, 3.0])
        found.fit(X, [Y, 2 * Y], epochs=2, shuffle=False, verbose=0)
        results.append(found.get_weights())
    for one, other in zip(*results, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_on_arrays():
    loss = FunctionLoss(mse)
    assert loss(Y, 0 * Y) == pytest.approx(np.mean(Y**2), rel=1e-6)
    weighted = loss(Y, 0 * Y, sample_weight=WEIGHTS)
    assert weighted == pytest.approx(np.mean((Y**2).mean(-1) * WEIGHTS), rel=1e-6)
    assert LOSSES["a class"](Y, 0 * Y) == pytest.approx(np.mean(Y**2), rel=1e-6)


def test_targets_may_have_another_last_axis():
    """A column more, with weights of the samples."""
    def weighted(t, p):
        return ops.mean((t[:, :2] - p) ** 2, axis=-1) * t[:, 2]  # fmt: skip

    y = np.concatenate([Y, WEIGHTS[:, None]], axis=1).astype("float32")
    found = model()
    found.compile("adam", weighted)
    options = {"epochs": 3, "batch_size": 4, "shuffle": False, "verbose": 0}
    np.testing.assert_allclose(
        found.fit(X, y, **options).history["loss"], history("mse", weights=WEIGHTS), rtol=3e-6
    )


# ---- gradients -----------------------------------------------------------------------------------


def of_expression(function, y_shape=(3, 4)):
    """A function of (t, p), t of numbers above 0 and p of both signs, as a Problem."""
    rng = np.random.default_rng(8)
    program = Program(np.float64, learns=True)
    t, p = program.zeros(*y_shape), program.zeros(*y_shape)
    t[...], p[...] = rng.uniform(0.3, 0.9, y_shape), rng.uniform(-0.9, 0.9, y_shape)
    dp = program.zeros(*y_shape)
    leaves = [Expression("leaf", (), y_shape) for _ in "tp"]
    root = ops.sum(function(*leaves))
    places = {id(leaves[0]): Place(t, program.zeros(0)), id(leaves[1]): Place(p, dp)}
    result = write(program, root, places)
    forward, back = Steps(program.forward_operations), Steps(program.backward_operations[::-1])

    def loss():
        forward.run()
        return float(result.value)

    def backward():
        loss()
        result.gradient[...] = 1
        back.run()

    return Problem(loss, backward, {"p": (p, dp)})


POSITIVE = {"sqrt", "log", "log1p"}


def of_one(name):
    function, least = getattr(ops, name), 1 if name in POSITIVE else 0
    return lambda t, p: function(least + p) * t


def of_two(name):
    function = getattr(ops, name)
    return lambda t, p: function(p, t) * p + function(t, 2 + p)


EXPRESSIONS = {
    **{name: of_one(name) for name in kernels.OF_ONE},
    **{name: of_two(name) for name in kernels.OF_TWO if name != "power"},
    "power": lambda t, p: (1.5 + p) ** t + t**p + p**3 + p**2 + (2 + p) ** -0.5 + 2**p,
    "where": lambda t, p: ops.where(p > 0.1, p * p, t * p),
    "clip": lambda t, p: ops.clip(p, -0.5, 0.5) * t,
    "mean of all": lambda t, p: ops.mean(p * t) * p,
    "mean of an axis": lambda t, p: ops.mean(p * t, axis=0) * p,
    "mean, axis kept": lambda t, p: (p - ops.mean(p, axis=-1, keepdims=True)) ** 2 * t,
    "sum of axes": lambda t, p: ops.sum(p * t, axis=(0, 1)) * ops.sum(p, axis=1),
    "spread": lambda t, p: p[:, None, :] * t[None, :, :],
    "a column": lambda t, p: p[:, 1] * t[:, -1] + p[..., 0],
    "every other": lambda t, p: p[::2, ::-1] * t[::2, 1:2],
    "a row of it": lambda t, p: p[1] * t[-1],
    "reshape": lambda t, p: ops.reshape(p, (2, -1)) * ops.reshape(t, (2, 6)),
    "expand, squeeze": lambda t, p: ops.squeeze(ops.expand_dims(p, 1) * 2, 1) * t,
    "used often": lambda t, p: (p + p) * p - p * t + ops.exp(p) * p,
    "alone": lambda t, p: p,
    "numbers": lambda t, p: 3 - 2 * p / 4 + 1 / (2 + p) - (-p),
    "of NumPy": lambda t, p: np.square(np.abs(p)) + np.maximum(p, t) + np.clip(p, -1, 0.2) * np.pi,
    "with arrays": lambda t, p: p * np.arange(4.0) + np.ones((3, 1)),
    "cast": lambda t, p: ops.cast(p, "float32") * ops.convert_to_tensor(t) + ops.ones_like(p),
}  # fmt: skip


@pytest.mark.parametrize("function", EXPRESSIONS.values(), ids=EXPRESSIONS)
def test_gradients(function):
    worst_error(of_expression(function))


def test_three_axes():
    worst_error(of_expression(lambda t, p: ops.mean(p[:, 0] * t[:, 1], 0) * p, (2, 3, 2)))


@pytest.mark.parametrize("name", [n for n in ops.__all__ if n not in ("shape", "cast")])
def test_on_arrays_they_are_numpys(name):
    """And followed ones have the same numbers."""
    function = getattr(ops, name)
    a, b = RNG.uniform(0.2, 0.8, (3, 4)), RNG.uniform(0.2, 0.8, (3, 4))
    more = {"where": (a > 0.5, a, b), "clip": (a, 0.3, 0.6), "reshape": (a, (4, 3)),
            "expand_dims": (a, 1)}  # fmt: skip
    given = more.get(name, (a, b) if name in kernels.OF_TWO else (a,))
    expected = function(*given)

    leaves: list = []

    def as_leaf(x):
        if isinstance(x, np.ndarray) and x.shape == (3, 4):
            leaves.append((Expression("leaf", (), x.shape), x))
            return leaves[-1][0]
        return x

    found = function(*map(as_leaf, given))
    if isinstance(found, np.ndarray):
        assert np.array_equal(found, expected)
        return
    program = Program(np.float64)
    nothing = program.zeros(0)
    root = found + 0.0
    places = {id(leaf): Place(np.array(x, np.float64), nothing) for leaf, x in leaves}
    result = write(program, root, places)
    program.steps().run()
    np.testing.assert_allclose(result.value, expected, rtol=1e-12)


@pytest.mark.parametrize("loss", [mse, losses.Custom(numpy_mse, d_mse)], ids=["ops", "custom"])
@pytest.mark.parametrize("y", [Y, EACH], ids=["last", "each step"])
def test_check_gradients_of_a_model(loss, y):
    found = model(y.ndim == 3, masked=True)
    found.compile("sgd", loss)
    assert npslstm.study.check_gradients(found, X[:3], y[:3])


def test_a_wrong_gradient_is_told():
    found = model()
    found.compile("sgd", losses.Custom(numpy_mse, lambda t, p: 1.1 * d_mse(t, p)))
    assert not npslstm.study.check_gradients(found, X[:3], Y[:3])


# ---- metrics -------------------------------------------------------------------------------------


def absolute(t, p):
    return ops.mean(ops.abs(t - p), axis=-1)


def in_python(t, p):
    return np.median(np.abs(np.asarray(t) - np.asarray(p)), axis=-1)


@pytest.mark.parametrize("y", [Y, EACH], ids=["last", "each step"])
@pytest.mark.parametrize("masked", [False, True], ids=["", "masked"])
def test_metrics(y, masked):
    """Of two units the median is the mean."""
    found = model(y.ndim == 3, masked)
    weights = WEIGHTS if y is Y else np.outer(WEIGHTS, [1, 2, 1, 3])
    three = ["mae", absolute, in_python]
    found.compile("adam", "mse", metrics=three, weighted_metrics=three)
    logs = found.fit(X, y, epochs=2, sample_weight=weights, batch_size=4, verbose=0).history
    logs |= found.evaluate(X, y, sample_weight=weights, verbose=0, return_dict=True)
    for first in ("", "weighted_"):
        expected = logs[f"{first}mae"]
        np.testing.assert_allclose(logs[f"{first}absolute"], expected, rtol=1e-6)
        np.testing.assert_allclose(logs[f"{first}in_python"], expected, rtol=1e-6)


def test_a_metric_by_itself():
    for fn in (absolute, in_python):
        metric = npslstm.metrics.MeanMetricWrapper(fn, name="mine")
        metric.update_state(Y, 0 * Y)
        metric.update_state(Y[:3], 0 * Y[:3])
        both = np.concatenate([Y, Y[:3]])
        assert metric.result() == pytest.approx(np.abs(both).mean(), rel=1e-6)


def test_python_gets_copies():
    kept = []

    def keeps(t, p):
        np.asarray(p)[...] = 1e9  # its own
        kept.append((t, p))
        return float(np.asarray(p).shape[0] > 0)

    found = model()
    found.compile("sgd", "mse", metrics=[keeps])
    first = found.evaluate(X, Y, verbose=0)
    assert first == found.evaluate(X, Y, verbose=0) and first[1] == 1
    y = kept[0][0].copy()
    found.fit(X, -Y, verbose=0)
    assert np.array_equal(kept[0][0], y)


# ---- copies, files, refusals ---------------------------------------------------------------------


def test_copies_and_files_with_functions(tmp_path):
    found = model()
    found.compile("adam", mse, metrics=[absolute])
    found.fit(X, Y, verbose=0)
    expected = found.evaluate(X, Y, verbose=0)
    for other in (copy.deepcopy(found), pickle.loads(pickle.dumps(found))):
        assert other.evaluate(X, Y, verbose=0) == expected
    found.save(tmp_path / "m.keras")
    with pytest.raises(ValueError, match="compile=False"):
        npslstm.models.load_model(tmp_path / "m.keras")
    own = {"mse": mse, "absolute": absolute}
    loaded = npslstm.models.load_model(tmp_path / "m.keras", custom_objects=own)
    assert loaded.evaluate(X, Y, verbose=0) == expected


def norm(t, p):
    return np.linalg.norm(t - p)


def decides(t, p):
    return p if p > 0 else t


REFUSED = {
    "no gradient is known": (norm, r"losses.Custom\(value, gradient\)"),
    "a decision": (decides, "ops.where"),
    "a constant": (lambda t, p: 1.0, "does not depend on y_pred"),
    "shapes": (lambda t, p: p + np.ones(77), r"\(77,\) do not go together"),
    "an error of its own": (lambda t, p: {}["a"], "raised KeyError"),
    "one argument": (lambda t: t, "takes 1 positional argument"),
    "an axis that is not there": (lambda t, p: ops.mean(p, axis=5), "axis=5"),
    "a value of another shape": (losses.Custom(lambda t, p: p, d_mse), r"one of shape \(10,\)"),
    "a gradient of another shape": (
        losses.Custom(numpy_mse, lambda t, p: p[:, :1]), r"gradient .* one of shape \(10, 2\)"),
    "text": (losses.Custom(lambda t, p: "a", d_mse), "must hold numbers"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    loss, words = REFUSED[case]
    found = model()
    kept = found.get_weights()
    found.compile("sgd", loss)
    with pytest.raises(ValueError, match=words):
        found.fit(X, Y, verbose=0)
    assert all(np.array_equal(a, b) for a, b in zip(kept, found.get_weights(), strict=True))
    found.compile("sgd", "mse")
    found.fit(X, Y, verbose=0)


@pytest.mark.parametrize("given", [(1, d_mse), (mse, None), (mse, lambda t: t), (dict, d_mse)])
def test_custom_takes_two_functions(given):
    with pytest.raises(ValueError, match=r"function of \(y_true, y_pred\)"):
        losses.Custom(*given)


def test_an_error_in_a_metric_leaves_the_model_usable():
    def fails(t, p):
        raise RuntimeError("mine")

    found = model()
    found.compile("sgd", "mse", metrics=[fails])
    with pytest.raises(RuntimeError, match="mine"):
        found.fit(X, Y, verbose=0)
    found.compile("sgd", "mse")
    found.fit(X, Y, verbose=0)
    assert np.isfinite(found.predict(X, verbose=0)).all()
