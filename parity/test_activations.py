"""Every activation function: values and derivatives, called alone and in the Activation layer."""

import keras
import numpy as np
import pytest

import npslstm
from parity import gradients
from parity.differences import agree
from parity.twins import layer_twins

NAMES = sorted(npslstm.activations.NAMES)
LARGEST = {"exponential": 80.0}  # e^100 is not a float32
ROUNDED = {"gelu", "leaky_relu"}  # TensorFlow keeps their constants in float32, also in float64


def tolerance(name, dtype, what="activation"):
    if dtype == "float32":
        return what
    return f"{what} of rounded constants, float64" if name in ROUNDED else f"{what}, float64"


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", NAMES)
def test_values(name, dtype, rng):
    """From tiny to huge arguments, relative to each value: saturated ends included."""
    size = np.float64(10) ** rng.uniform(-4, np.log10(LARGEST.get(name, 100.0)), (40, 7))
    x = (size * rng.choice([-1, 1], size.shape)).astype(dtype)
    mine, keras_ = (nn.activations.get(name)(x) for nn in (npslstm, keras))
    keras_ = np.asarray(keras_)
    assert mine.dtype == keras_.dtype == dtype
    scale = np.maximum(np.abs(keras_), 1.0)
    agree(tolerance(name, dtype), mine / scale, keras_ / scale, name)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", NAMES)
def test_layer_and_derivative(name, dtype, rng):
    ours, theirs = layer_twins(lambda nn: nn.layers.Activation(name, dtype=dtype), (4, 3, 5), rng)
    x = rng.normal(0, 3, (4, 3, 5)).astype(dtype)
    upstream = rng.normal(0, 1, x.shape).astype(dtype)
    mine, keras_ = gradients.of_ours([ours], x, upstream), gradients.of_keras([theirs], x, upstream)
    agree(tolerance(name, dtype, "activation gradient"), mine.x, keras_.x, "dL/dx")
    agree(tolerance(name, dtype), ours(x), keras_.output, "output of the layer")


@pytest.mark.parametrize("name", NAMES)
def test_derivative_at_the_joints(name, rng):
    """Where the pieces of a piecewise function meet, its derivative is Keras's choice."""
    x = np.array([[-6, -3, -1, -0.0, 0.0, 1, 3, 6]], "float32")
    upstream = rng.normal(0, 1, x.shape).astype("float32")
    ours, theirs = npslstm.layers.Activation(name), keras.layers.Activation(name)
    mine, keras_ = gradients.of_ours([ours], x, upstream), gradients.of_keras([theirs], x, upstream)
    agree("activation gradient", mine.x, keras_.x, "dL/dx")


@pytest.mark.parametrize("name", NAMES)
def test_nan_and_infinity(name):
    """NaN stays NaN, as in Keras; infinities give the same limits."""
    x = np.array([[np.nan, 1, 2], [np.inf, 1, 2], [-np.inf, 1, 2]], "float32")
    mine, keras_ = (np.array(nn.activations.get(name)(x)) for nn in (npslstm, keras))
    agree("activation", mine, keras_, name)
