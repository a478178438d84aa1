"""NaN in, NaN out: a model that has diverged never looks healthy."""

from __future__ import annotations

import numpy as np
import pytest

import npslstm
from npslstm import optimizers
from npslstm.kernels import losses
from npslstm.kernels.activations import TABLE, activate, activate_backward
from npslstm.layers import LSTM, BatchNormalization, Dense
from npslstm.machine.compiler import INTERPRETED
from npslstm.machine.steps import Steps, run_once
from npslstm.parameters import Parameters, Variable
from npslstm.program import Program
from tests.cases import EVERY_PAIR, PAIRS
from tests.computed import OPTIMIZERS
from tests.scanning import back, new_state, run

DTYPES = ["float32", "float64"]
MIRRORS = [name for name in dir(losses) if name.startswith("d_")]
ROW_LOSSES = [name[2:] for name in MIRRORS if "_before_" not in name]
ON_ROWS = ("softmax", "log_softmax")

# What these activations rightly make of +inf; every other one must not give a finite number.
LIMITS = {"tanh": 1, "sigmoid": 1, "hard_sigmoid": 1, "hard_tanh": 1, "relu6": 6, "log_sigmoid": 0}


def activated(name: str, x: np.ndarray) -> np.ndarray:
    out = np.zeros_like(x)
    run_once(activate, x, out, TABLE[name].forward)
    return out


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", TABLE)
def test_activations(name, dtype):
    x = np.array([[0.5, np.nan, -2.0], [1.0, 2.0, 3.0]], dtype)
    a = activated(name, x)
    bad = [True] * 3 if name in ON_ROWS else [False, True, False]
    assert np.isnan(a).tolist() == [bad, [False] * 3]

    x, da, dx = np.array([[-9.0, 0.5, 9.0]], dtype), np.full((1, 3), np.nan, dtype), np.ones((1, 3))
    dx = dx.astype(dtype)
    run_once(activate_backward, da, x, activated(name, x), dx, TABLE[name].backward)
    assert np.isnan(dx).all(), "an error that is NaN must stay so, also where the slope is 0"


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", TABLE)
def test_activations_of_infinity(name, dtype):
    found = activated(name, np.array([[np.inf, 1.0]], dtype))[0, 0]
    if name in LIMITS:
        assert found == pytest.approx(LIMITS[name], abs=3e-7)
    else:
        assert not np.isfinite(found)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ROW_LOSSES)
def test_losses(name, dtype):
    target, output = np.full((2, 3), 0.3, dtype), np.full((2, 3), 0.4, dtype)
    target = np.ones((2, 1), dtype) if name.startswith("sparse") else target
    output[0, 1] = np.nan
    values, total, gradient = np.zeros(2, dtype), np.zeros(1), np.zeros_like(output)
    run_once(losses.forward, target, output, values, getattr(losses, name))
    run_once(losses.reduce, values, np.zeros(0, dtype), 1, total)
    arguments = target, output, np.zeros(0, dtype), 1, gradient
    run_once(losses.backward, *arguments, getattr(losses, f"d_{name}"))
    assert np.isnan(values).tolist() == [True, False]
    assert np.isnan(total[0]) and np.isnan(gradient[0, 1]) and not np.isnan(gradient[1]).any()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", [name for name in MIRRORS if "_before_" in name])
def test_mirrors_that_read_the_outputs(name, dtype):
    target, output = np.ones((2, 1 if "sparse" in name else 3), dtype), np.full((2, 3), 0.4, dtype)
    output[0] = np.nan
    gradient = np.zeros_like(output)
    run_once(
        losses.backward, target, output, np.zeros(0, dtype), 1, gradient, vars(losses)[name]
    )
    assert np.isnan(gradient[0]).all() and not np.isnan(gradient[1]).any()


@pytest.mark.parametrize("wrong", [np.nan, np.inf], ids=["nan", "inf"])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers(name, dtype, wrong):
    options = OPTIMIZERS[name]
    if wrong == np.inf and "clipvalue" in options:
        pytest.skip("to make inf a finite number is what clipvalue is for")
    variable = Variable(np.ones(3, dtype), "weight")
    parameters = Parameters([variable], [])
    optimizer = type(optimizers.get(name.split()[0]))(learning_rate=0.01, **options)
    parameters.gradients[...] = [0.1, wrong, 0.1]
    Steps(optimizer.operations(parameters)).run()
    assert not np.isfinite(variable.value[1])


@pytest.mark.parametrize("where", ["x", "W", "U", "b", "h0", "c0"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_scan(where, dtype):
    rng = np.random.default_rng(0)
    B, F, H = 2, 3, 4
    arrays = {"x": (3, B, F), "W": (F, 4 * H), "U": (H, 4 * H), "b": (4 * H,)}
    arrays = {n: rng.uniform(-1, 1, s).astype(dtype) for n, s in arrays.items()}
    arrays |= {n: rng.uniform(-1, 1, (B, H)).astype(dtype) for n in ("h0", "c0")}
    arrays[where][...] = np.nan
    x, weights = arrays["x"], [arrays[n] for n in "WUb"]
    tape = run(x, weights, new_state(arrays["h0"], arrays["c0"]))
    assert np.isnan(tape.h[1:]).all() and np.isnan(tape.c[1:]).all()
    gradients = back(x, weights, tape, np.ones_like(tape.a))
    assert np.isnan(gradients["W"]).all() and np.isnan(gradients["U"]).all()
    assert np.isnan(gradients["b"]).all() and np.isnan(gradients["x"]).all()


@pytest.mark.parametrize("pair", EVERY_PAIR if INTERPRETED else PAIRS, ids="-".join)
def test_one_number_in_the_data_spoils_every_gradient(pair):
    program = Program(np.float64, training=True, learns=True)
    x = program.input(4, 2, 3, needs_gradient=True)
    x.value[...] = 0.1
    x.value[1, 0, 0] = np.nan
    lstm = LSTM(3, *pair, dtype="float64")
    stack = [lstm, BatchNormalization(dtype="float64"), Dense(2, dtype="float64")]
    y, shape = x, (2, 4, 3)
    for layer in stack:
        layer.ensure_built(shape)
        y, shape = layer.write(program, y), layer.compute_output_shape(shape)
    loss = npslstm.losses.MeanSquaredError(dtype="float64")
    total = loss.write(program, y, np.zeros((2, 2)), np.zeros(0))
    program.steps().run()
    assert np.isnan(total[0])
    for layer in stack:
        for variable in layer.trainable_weights:
            assert np.isnan(variable.gradient).all(), variable


def test_training_on_one_wrong_number_shows():
    npslstm.utils.set_random_seed(1)
    model = npslstm.Sequential([npslstm.Input((3, 1)), LSTM(2), Dense(1)])
    model.compile(loss="mse", optimizer="adam")
    x = np.ones((6, 3, 1))
    x[4, 1] = np.nan
    history = model.fit(x, np.ones(6), epochs=1, batch_size=2, verbose=0)
    assert np.isnan(history.history["loss"][0])
    assert all(np.isnan(w).all() for w in model.get_weights())
    assert np.isnan(model.predict(np.ones((1, 3, 1)), verbose=0)).all()
