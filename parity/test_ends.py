"""The ends of the number line beside Keras: no NaN where Keras has none, the same limits.

TensorFlow's kernels take subnormal numbers for zero; npslstm does not. NaN itself is left out of
gradients, where Keras's clips and comparisons turn it into 0: here it stays NaN.
"""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

import npslstm
from npslstm.machine.steps import Steps
from npslstm.parameters import Parameters, Variable
from parity import gradients
from parity.test_losses import gradient, keras_gradient
from parity.test_optimizers import CASES, label

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

LARGE = [20, 87, 88.8, 100, 200, 2e19, 1e38, 3.4e38]
ENDS = np.float32([0, 1e-37, 1e-20, 0.5, 1, *LARGE, np.inf])
ENDS = np.concatenate([ENDS, -ENDS])
FINITE = ENDS[np.isfinite(ENDS)]


def no_new_nan(ours, theirs, what):
    """NaN only where Keras has NaN, infinite only where Keras is not finite."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    wrong = np.isnan(ours) & ~np.isnan(theirs) | np.isinf(ours) & np.isfinite(theirs)
    assert not wrong.any(), f"{what}: {ours[wrong][:5]}, Keras {theirs[wrong][:5]}"


def close(ours, theirs, what, rtol=4e-6, atol=2e-6):
    no_new_nan(ours, theirs, what)
    both = np.isfinite(ours) & np.isfinite(theirs)
    np.testing.assert_allclose(
        np.asarray(ours)[both], np.asarray(theirs)[both], rtol, atol, err_msg=what
    )


@pytest.mark.parametrize("name", sorted(npslstm.activations.NAMES))
def test_activations(name):
    """Alone, and forty times, where several numbers are computed at once; all triples in a row."""
    if "softmax" in name:
        rows = [np.array([*itertools.product(ENDS, repeat=3)], np.float32)]
    else:
        rows = [ENDS[:, None], np.repeat(ENDS[:, None], 40, axis=1)]
    if name == "selu":  # below 0, Keras takes the slope above it where e^x - 1 is rounded to 0
        rows = [x[(x[:, 0] >= 0) | (x[:, 0] < -1e-7)] for x in rows]
    ours, theirs = npslstm.layers.Activation(name), keras.layers.Activation(name)
    for x in rows:
        upstream = np.zeros_like(x)
        upstream[:, 0] = 1
        mine = gradients.of_ours([ours], x, upstream)
        keras_ = gradients.of_keras([theirs], x, upstream)
        close(ours(x), keras_.output, name)
        close(mine.x, keras_.x, f"derivative of {name}")


@pytest.mark.parametrize("name", ["MeanSquaredError", "MeanAbsoluteError"])
def test_errors(name):
    t, y = (v[:, None].copy() for v in np.array([*itertools.product(FINITE, ENDS)], "float32").T)
    compare(name, {}, t, y)


@pytest.mark.parametrize("from_logits", [False, True], ids=["probabilities", "logits"])
@pytest.mark.parametrize("target", [0.0, 0.5, 1.0])
def test_binary_crossentropy(target, from_logits):
    y = np.concatenate([ENDS, np.float32([1e-8, 1e-7, 2e-7, 1 - 6e-8, 1 - 1.2e-7, 1 - 3e-7])])
    t = np.full_like(y, target)[:, None]
    compare("BinaryCrossentropy", {"from_logits": from_logits}, t, y[:, None])


@pytest.mark.parametrize("from_logits", [False, True], ids=["probabilities", "logits"])
@pytest.mark.parametrize("name", ["CategoricalCrossentropy", "SparseCategoricalCrossentropy"])
def test_crossentropies(name, from_logits):
    y = np.array([*itertools.product(ENDS, repeat=3)], "float32")
    labels = np.random.default_rng(0).integers(0, 3, len(y))
    t = labels if name.startswith("Sparse") else np.eye(3, dtype="float32")[labels]
    compare(name, {"from_logits": from_logits}, t, y)


def compare(name, options, t, y):
    """One number a row, and the gradient of their sum."""
    ours, theirs = (
        getattr(nn.losses, name)(reduction="none", **options) for nn in (npslstm, keras)
    )
    close(ours(t, y), theirs(t, y).numpy(), name)
    mine, keras_ = gradient(ours, t, y), keras_gradient(theirs, t, y)
    no_new_nan(mine, keras_, f"gradient of {name}")
    size = np.nanmax(np.where(np.isfinite(keras_), abs(keras_), 0), axis=1, keepdims=True)
    size = np.maximum(size, 1 if options.get("from_logits") else 1e-6)
    close(mine / size, keras_ / size, f"gradient of {name}")


@pytest.mark.parametrize(("name", "options"), CASES, ids=label)
def test_optimizers(name, options):
    """Two steps with gradients and weights of every exponent, then one with gradients of 1/2."""
    exponents = 10.0 ** np.arange(-36, 39)
    g = np.float32([0, *exponents, *-exponents, 1.8e19, 2e19, 3e19, 5e19, 6e19, 3.4e38])
    w = np.float32([0, 1, -1e-30, 1e10, -1e19, 3e38])
    w, g = (a.reshape(-1).astype("float32") for a in np.meshgrid(w, g))
    if any("norm" in o for o in options):  # one weight's gradient moves all
        w, g = np.float32([1, -1, 0]), np.stack([g, np.ones_like(g), 0 * g], 1)[:: w.size // 150]
        cases = [(w, row) for row in g]
    else:
        cases = [(w, g)]
    for start, first in cases:
        ours, theirs = (getattr(nn.optimizers, name)(**options) for nn in (npslstm, keras))
        mine, keras_ = Variable(start.copy(), "w"), keras.Variable(start)
        steps = Steps(ours.operations(Parameters([mine], [])))
        theirs.build([keras_])
        for k in range(3):
            now = first if k < 2 else np.full_like(first, 0.5)
            mine.gradient[...] = now
            steps.run()
            theirs.apply_gradients([(tf.constant(now), keras_)])
            rate = ours.learning_rate
            with np.errstate(over="ignore"):
                size = np.maximum(abs(start), rate)
            close(mine.value / size, keras_.numpy() / size, f"step {k}", rtol=4e-5, atol=4e-5)


@pytest.mark.parametrize("training", [False, True])
def test_normalization(training):
    """Columns of every exponent: those whose sum of squares overflows too."""
    rng = np.random.default_rng(0)
    x = (rng.normal(size=(8, 73)) * 10.0 ** np.arange(-35, 38)).astype("float32")
    layers = [nn.layers.BatchNormalization() for nn in (npslstm, keras)]
    mine, keras_ = (np.asarray(layer(x, training=training)) for layer in layers)
    size = np.nanmax(abs(keras_), axis=0) + 1e-37
    close(mine / size, keras_ / size, "normalised")


@pytest.mark.parametrize("masked", [False, True], ids=["", "mask"])
@pytest.mark.parametrize("weighted", [False, True], ids=["", "sample_weight"])
def test_reduction_none_in_training(rng, masked, weighted):
    """Trains on the sum of the rows; reports their mean, masked steps among them."""
    x, y = rng.normal(size=(8, 4, 3)).astype("float32"), rng.normal(size=(8, 2)).astype("float32")
    x[3, 2:] = x[5, 1:] = 0
    if masked:
        y = rng.normal(size=(8, 4, 2)).astype("float32")
    w = rng.uniform(0, 2, 8).astype("float32") if weighted and not masked else None

    def make(nn):
        layers = [nn.Input((4, 3))] + [nn.layers.Masking()] * masked
        layers += [nn.layers.LSTM(5, return_sequences=masked), nn.layers.Dense(2)]
        model = nn.Sequential(layers)
        loss = nn.losses.MeanSquaredError(reduction="none")
        model.compile(nn.optimizers.SGD(0.02), loss)
        return model

    ours, theirs = make(npslstm), make(keras)
    ours.set_weights(theirs.get_weights())
    options = {"batch_size": 4, "shuffle": False, "verbose": 0, "sample_weight": w}
    mine, keras_ = (
        m.fit(x, y, epochs=3, validation_data=(x, y), **options).history for m in (ours, theirs)
    )
    for key in ("loss", "val_loss"):
        np.testing.assert_allclose(mine[key], keras_[key], rtol=3e-6)
    values = [m.evaluate(x, y, batch_size=4, verbose=0, sample_weight=w) for m in (ours, theirs)]
    np.testing.assert_allclose(*values, rtol=3e-6)
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=2e-6)
