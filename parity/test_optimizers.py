"""Optimizers: weights and slots after ten steps on the same gradients; ten steps of a model."""

import keras
import numpy as np
import pytest

import npslstm
from npslstm.machine.steps import Steps
from npslstm.parameters import Parameters, Variable
from parity.differences import agree
from parity.twins import model_twins

SHAPES = [(3, 8), (2, 8), (8,)]

CASES = [
    ("SGD", {}),
    ("SGD", {"learning_rate": 0.1, "momentum": 0.9}),
    ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True}),
    ("SGD", {"nesterov": True}),
    ("SGD", {"learning_rate": 0.1, "weight_decay": 0.1}),
    ("SGD", {"learning_rate": 0.1, "clipnorm": 0.7}),
    ("SGD", {"learning_rate": 0.1, "clipvalue": 0.3}),
    ("SGD", {"learning_rate": 0.1, "global_clipnorm": 0.9}),
    ("SGD", {"learning_rate": 0.1, "momentum": 0.5, "clipnorm": 0.7, "weight_decay": 0.05}),
    ("RMSprop", {}),
    ("RMSprop", {"learning_rate": 0.01, "rho": 0.8, "epsilon": 1e-3}),
    ("RMSprop", {"learning_rate": 0.01, "momentum": 0.9}),
    ("RMSprop", {"learning_rate": 0.01, "centered": True}),
    ("RMSprop", {"learning_rate": 0.01, "centered": True, "momentum": 0.5, "clipvalue": 0.3}),
    ("RMSprop", {"learning_rate": 0.01, "weight_decay": 0.1}),
    ("Adam", {}),
    ("Adam", {"learning_rate": 0.01, "beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-2}),
    ("Adam", {"learning_rate": 0.01, "amsgrad": True}),
    ("Adam", {"learning_rate": 0.01, "weight_decay": 0.1}),
    ("Adam", {"learning_rate": 0.01, "clipnorm": 0.7}),
    ("Adam", {"learning_rate": 0.01, "clipvalue": 0.3}),
    ("Adam", {"learning_rate": 0.01, "global_clipnorm": 0.9, "amsgrad": True}),
]


def label(part):
    if isinstance(part, str):
        return part
    return " ".join(f"{name}={value}" for name, value in part.items()) or "defaults"


EACH = pytest.mark.parametrize(("name", "options"), CASES, ids=label)


@EACH
def test_ten_steps(rng, name, options):
    """Gradients from tiny to large, some of them exactly 0, a learning rate changed on the way."""
    start = [rng.normal(0, 1, shape).astype("float32") for shape in SHAPES]
    ours, theirs = (getattr(nn.optimizers, name)(**options) for nn in (npslstm, keras))
    mine = [Variable(w.copy(), "w") for w in start]
    keras_ = [keras.Variable(w) for w in start]
    parameters = Parameters(mine, [])
    steps = Steps(ours.operations(parameters))
    theirs.build(keras_)
    for step in range(10):
        if step == 7:
            ours.learning_rate = theirs.learning_rate = 0.02
        for variable, weight in zip(mine, start, strict=True):
            size = 10.0 ** rng.uniform(-3, 1, weight.shape) * rng.choice([-1, 0, 1], weight.shape)
            variable.gradient[...] = size
        gradients = [keras.ops.convert_to_tensor(v.gradient.copy()) for v in mine]
        steps.run()
        theirs.apply_gradients(zip(gradients, keras_, strict=True))
    weights = [v.numpy() for v in keras_]
    agree("weights after ten steps", [v.value for v in mine], weights, "weights")
    assert ours.iterations == int(theirs.iterations) == 10
    slots = [v.numpy() for v in theirs.variables]
    assert [v.shape for v in ours.variables] == [s.shape for s in slots]
    agree("slots after ten steps", [v.value for v in ours.variables], slots, "slots")


@EACH
def test_ten_steps_of_a_model(rng, name, options):
    def make(nn):
        layers = [nn.Input((4, 3)), nn.layers.LSTM(5), nn.layers.Dense(1)]
        model = nn.Sequential(layers)
        optimizer = getattr(nn.optimizers, name)(**options)
        model.compile(optimizer=optimizer, loss="mse", run_eagerly=True)
        return model

    ours, theirs = model_twins(make, rng)
    for _ in range(10):
        x = rng.normal(0, 1, (6, 4, 3)).astype("float32")
        y = rng.normal(0, 1, (6, 1)).astype("float32")
        agree("loss of a batch", ours.train_on_batch(x, y), theirs.train_on_batch(x, y), "loss")
    agree("weights after ten steps", ours.get_weights(), theirs.get_weights(), "weights")


@EACH
def test_config(name, options):
    ours, theirs = (getattr(nn.optimizers, name)(**options) for nn in (npslstm, keras))
    mine, keras_ = ours.get_config(), theirs.get_config()
    mine["name"] = keras_["name"] = mine["name"].rstrip("_0123456789")
    mine["learning_rate"] = np.float32(mine["learning_rate"])
    # what Keras keeps beside: moving averages of weights and gradients, and loss scaling
    extra = {"use_ema", "ema_momentum", "ema_overwrite_frequency", "loss_scale_factor",
             "gradient_accumulation_steps"}  # fmt: skip
    assert mine == {k: v for k, v in keras_.items() if k not in extra}


def test_constraints_follow_the_step(rng):
    def make(nn):
        layers = [
            nn.Input((4, 3)),
            nn.layers.LSTM(
                5, kernel_constraint=nn.constraints.MaxNorm(0.9, axis=0),
                recurrent_constraint="unit_norm", bias_constraint="non_neg",
            ),
            nn.layers.Dense(2, kernel_constraint=nn.constraints.MinMaxNorm(0.3, 0.6, 0.5)),
        ]  # fmt: skip
        model = nn.Sequential(layers)
        model.compile(optimizer=nn.optimizers.SGD(0.1), loss="mse", run_eagerly=True)
        return model

    ours, theirs = model_twins(make, rng)
    for _ in range(3):
        x = rng.normal(0, 1, (6, 4, 3)).astype("float32")
        y = rng.normal(0, 1, (6, 2)).astype("float32")
        agree("loss of a batch", ours.train_on_batch(x, y), theirs.train_on_batch(x, y), "loss")
        agree("weights after ten steps", ours.get_weights(), theirs.get_weights(), "weights")
