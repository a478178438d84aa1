"""Dense, BatchNormalization, Dropout, stacks of layers, and what regularizers add."""

import keras
import numpy as np
import pytest

import npslstm
from parity import gradients
from parity.differences import agree
from parity.twins import layer_twins

N, T, F, U = 6, 5, 3, 4
HOLES = np.random.default_rng(7).uniform(size=(N, T)) < 0.6


def end(dtype):
    return ", float64" if dtype == "float64" else ""


def check(rng, make, shape, mask=None, training=False, dtype="float32", gradient="layer gradient"):
    """Output and gradients of the layers that the functions in `make` make, one on the other."""
    ours, theirs, size = [], [], shape
    for each in make:
        mine, keras_ = layer_twins(each, size, rng)
        ours.append(mine)
        theirs.append(keras_)
        assert mine.compute_output_shape(size) == tuple(keras_.compute_output_shape(size))
        size = mine.compute_output_shape(size)
    x = rng.normal(0.3, 1, shape).astype(dtype)
    upstream = rng.normal(0, 1, size).astype(dtype)
    mine = gradients.of_ours(ours, x, upstream, mask, training)
    keras_ = gradients.of_keras(theirs, x, upstream, mask, training)
    assert mine.output.dtype == keras_.output.dtype == dtype
    agree("layer output" + end(dtype), mine.output, keras_.output, "output")
    agree(gradient + end(dtype), mine.x, keras_.x, "dL/dx")
    agree(gradient + end(dtype), mine.weights, keras_.weights, "dL/d(weights)")
    return ours, theirs


DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])


# ---- Dense ---------------------------------------------------------------------------------------


@DTYPES
@pytest.mark.parametrize("shape", [(N, F), (N, T, F), (N, 2, T, F)], ids=str)
@pytest.mark.parametrize("activation", [None, "tanh", "relu", "sigmoid", "softmax"])
@pytest.mark.parametrize("use_bias", [True, False], ids=["bias", "no bias"])
def test_dense(rng, shape, activation, use_bias, dtype):
    make = [lambda nn: nn.layers.Dense(U, activation, use_bias=use_bias, dtype=dtype)]
    check(rng, make, shape, dtype=dtype)


def test_dense_of_many_units(rng):
    """Products large enough to go through BLAS."""
    make = [lambda nn: nn.layers.Dense(70, kernel_initializer="glorot_uniform")]
    ours, theirs = make[0](npslstm), make[0](keras)
    x = rng.normal(0, 0.1, (50, 60)).astype("float32")
    ours.ensure_built(x.shape)
    theirs.build(x.shape)
    theirs.set_weights(ours.get_weights())
    upstream = rng.normal(0, 1, (50, 70)).astype("float32")
    mine, keras_ = gradients.of_ours([ours], x, upstream), gradients.of_keras([theirs], x, upstream)
    agree("layer output", mine.output, keras_.output)
    agree("layer gradient", [mine.x, *mine.weights], [keras_.x, *keras_.weights])


# ---- BatchNormalization --------------------------------------------------------------------------

MASKS = {
    "none": None, "all used": np.ones((N, T), bool), "holes": HOLES,
    "nothing used": np.zeros((N, T), bool),
}  # fmt: skip


MASKED = "masked normalisation gradient"


@DTYPES
@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("trainable", [True, False], ids=["learns", "frozen"])
@pytest.mark.parametrize("training", [True, False], ids=["training", "inference"])
def test_batch_normalization(rng, training, trainable, mask, dtype):
    """Outputs, gradients and the moving statistics after four batches."""
    options = {"trainable": trainable, "dtype": dtype, "momentum": 0.9}
    ours, theirs = check(
        rng, [lambda nn: nn.layers.BatchNormalization(**options)], (N, T, F),
        MASKS[mask], training, dtype, MASKED if mask != "none" else "layer gradient",
    )  # fmt: skip
    for _ in range(3):
        x = rng.normal(0.5, 2, (N, T, F)).astype(dtype)
        mine = ours[0](x, training=training, mask=MASKS[mask])
        keras_ = theirs[0](x, training=training, mask=MASKS[mask])
        agree("layer output" + end(dtype), mine, keras_.numpy(), "output")
        assert mine.dtype == dtype
    agree("layer output" + end(dtype), ours[0].get_weights(), theirs[0].get_weights(), "weights")


@pytest.mark.parametrize(
    "options",
    [{"center": False}, {"scale": False}, {"center": False, "scale": False},
     {"momentum": 0.0}, {"epsilon": 0.1, "axis": 1}, {"axis": -1}],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("training", [True, False], ids=["training", "inference"])
def test_batch_normalization_options(rng, training, options):
    """On (samples, features), where the moving variance is the biased one too."""
    ours, theirs = check(
        rng, [lambda nn: nn.layers.BatchNormalization(**options)], (N, F), None, training
    )
    assert [v.name for v in ours[0].weights] == [v.name for v in theirs[0].weights]
    agree("layer output", ours[0].get_weights(), theirs[0].get_weights(), "weights")


# ---- Dropout -------------------------------------------------------------------------------------


def test_dropout_in_inference_is_nothing(rng):
    check(rng, [lambda nn: nn.layers.Dropout(0.5)], (N, T, F), training=False)
    check(rng, [lambda nn: nn.layers.Dropout(0.0)], (N, T, F), training=True)
    check(rng, [lambda nn: nn.layers.Dropout(1.0)], (N, T, F), training=True)


NOISES = [None, (None, 1, None), (None, 1, 40), (25, None, 1)]


@pytest.mark.parametrize("noise_shape", NOISES, ids=str)
@pytest.mark.parametrize("rate", [0.2, 0.75])
def test_dropout_statistics(rng, rate, noise_shape):
    """The same two values as Keras's, tied along the same axes, as often up to chance."""
    shape = (25, 30, 40)
    x = np.ones(shape, "float32")
    mine, keras_ = (
        np.asarray(nn.layers.Dropout(rate, noise_shape=noise_shape, seed=3)(x, training=True))
        for nn in (npslstm, keras)
    )
    agree("layer output", np.unique(mine), np.unique(keras_), "kept and dropped")
    ties = [s if n is None else n for s, n in zip(shape, noise_shape or shape, strict=True)]
    draws, worst = np.prod(ties), 5
    for values in (mine, keras_):
        for axis, size in enumerate(ties):
            assert (np.ptp(values, axis).max() == 0) == (size == 1)
        deviation = np.sqrt(rate * (1 - rate) / draws)
        assert abs((values == 0).mean() - rate) < worst * deviation


def test_dropout_gradient_goes_through_the_same_mask(rng):
    layer = npslstm.layers.Dropout(0.5)
    x = rng.normal(0, 1, (N, T, F)).astype("float32")
    found = gradients.of_ours([layer], x, np.ones_like(x), training=True)
    agree("layer output", found.x * x, found.output, "gradient = mask, output = mask * x")


def test_lstm_dropout_statistics(rng):
    """As many inputs dropped as in Keras: seen in the mean output of a linear cell's first step."""
    options = {"dropout": 0.3, "use_bias": False, "activation": None, "unit_forget_bias": False}
    ours, theirs = layer_twins(lambda nn: nn.layers.LSTM(1, **options), (4000, 1, 1), rng)
    kernel = np.array([[0.0, 0.0, 1.0, 0.0]], "float32")  # candidate = input, gates half open
    for layer in (ours, theirs):
        layer.set_weights([kernel, np.zeros((1, 4), "float32")])
    x = np.ones((4000, 1, 1), "float32")
    mine, keras_ = ours(x, training=True), theirs(x, training=True).numpy()
    agree("layer output", np.unique(mine), np.unique(keras_), "0 and 1 / (1 - 0.3) / 4")
    deviation = np.sqrt(0.3 * 0.7 / 4000)
    for y in (mine, keras_):
        assert abs((y == 0).mean() - 0.3) < 5 * deviation


# ---- stacks --------------------------------------------------------------------------------------


def lstm(units, **options):
    return lambda nn: nn.layers.LSTM(units, **options)


def dense(units, **options):
    return lambda nn: nn.layers.Dense(units, **options)


# Factors that float32 holds exactly: Keras rounds them to it even in float64.
L1 = {"class_name": "L1", "config": {"l1": 2.0**-6}}
L2 = {"class_name": "L2", "config": {"l2": 2.0**-5}}

STACKS = {
    "lstm dense": [lstm(U), dense(2)],
    "lstm lstm dense": [lstm(U, return_sequences=True), lstm(3), dense(1)],
    "lstm dense at every step": [lstm(U, return_sequences=True), dense(2, activation="softmax")],
    "lstm three times": [
        lstm(U, return_sequences=True, go_backwards=True),
        lstm(3, return_sequences=True, use_bias=False),
        lstm(2),
    ],
    "normalised": [
        lstm(U, return_sequences=True),
        lambda nn: nn.layers.BatchNormalization(),
        lstm(3),
        lambda nn: nn.layers.BatchNormalization(),
        lambda nn: nn.layers.Activation("relu"),
        dense(2, activation="sigmoid"),
    ],
    "penalised": [
        lstm(U, return_sequences=True, kernel_regularizer=L2, recurrent_regularizer=L1,
             bias_regularizer=L1, activity_regularizer=L2),
        dense(3, kernel_regularizer=L1, bias_regularizer=L2, activity_regularizer=L1),
        lstm(2, activity_regularizer=L1),
        dense(2, activation="softmax", activity_regularizer=L2),
    ],
}  # fmt: skip


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("mask", ["none", "holes"])
@pytest.mark.parametrize("training", [True, False], ids=["training", "inference"])
def test_stacks(rng, stack, mask, training):
    """The mask goes on to the next layer exactly where Keras's layers pass it on."""
    check(rng, STACKS[stack], (N, T, F), MASKS[mask], training)


@pytest.mark.parametrize("dtype", ["float64"])
@pytest.mark.parametrize("stack", ["normalised", "penalised"])
def test_stacks_in_float64(rng, stack, dtype):
    npslstm.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)
    try:
        check(rng, STACKS[stack], (N, T, F), HOLES, True, dtype, MASKED)
    finally:
        npslstm.config.set_floatx("float32")
        keras.config.set_dtype_policy("float32")


@pytest.mark.parametrize("frozen", [0, 1])
def test_a_frozen_layer_has_no_gradients_and_no_penalties(rng, frozen):
    make = [
        lambda nn: nn.layers.LSTM(U, trainable=frozen != 0, kernel_regularizer="l2"),
        lambda nn: nn.layers.Dense(2, trainable=frozen != 1, kernel_regularizer="l2"),
    ]
    check(rng, make, (N, T, F))


@pytest.mark.parametrize(("l1", "l2"), [(0.03, 0.0), (0.0, 0.02), (0.03, 0.02)])
def test_penalties(rng, l1, l2):
    """What regularizers of weights and outputs add to the loss."""
    names = ["kernel", "recurrent", "bias", "activity"]

    def make(nn):
        penalty = nn.regularizers.L1L2(l1, l2)
        return nn.layers.LSTM(U, **{f"{name}_regularizer": penalty for name in names})

    ours, theirs = layer_twins(make, (N, T, F), rng)
    x = rng.normal(0, 1, (N, T, F)).astype("float32")
    theirs(x)
    program = ours.call_program((x.shape,), False, ()).program
    program.sources[0].value[...] = x.swapaxes(0, 1)
    program.forward_steps.run()
    agree("penalty", program.penalty[0], sum(map(float, theirs.losses)), "penalty")
