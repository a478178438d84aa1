"""Merge layers and those that reshape, over their options: outputs, masks, gradients, a step."""

import pytest

from parity import gradients
from parity.contexts import precision, without_warnings
from parity.differences import agree
from parity.graphs import batch_for
from parity.merges import CASES
from parity.tolerances import named
from parity.training import gradients_alike, layers_alike
from parity.twins import model_twins

SAMPLES = 5


THOROUGH = pytest.mark.thorough  # the same kernels once more


@pytest.mark.parametrize("dtype", ["float32", pytest.param("float64", marks=THOROUGH)])
@pytest.mark.parametrize("name", CASES)
def test_case(rng, name, dtype):
    with precision(dtype), without_warnings():
        ours, theirs = model_twins(CASES[name].build, rng)
        assert ours.output_shape == theirs.output_shape
        batch = batch_for(ours, rng, SAMPLES)
        layers_alike(ours, theirs, batch.x)
        if dtype == "float64":
            gradients_alike(ours, theirs, batch)
            return
        losses = [m.train_on_batch(*batch) for m in (ours, theirs)]
        agree(named("history", dtype), *losses, "loss of a step")
        weights = ours.get_weights(), theirs.get_weights()
        agree(named("weights after training", dtype), *weights, "weights")


@pytest.mark.parametrize("kind", ["Maximum", "Minimum", "Multiply"])
def test_gradients_of_equal_numbers(rng, kind):
    """Where inputs are the same, or 0: to whom the error goes, by the inputs."""

    def make(nn):
        inputs = [nn.Input((3, 4)) for _ in "abc"]
        return nn.Model(inputs, getattr(nn.layers, kind)()(inputs))

    ours, theirs = model_twins(make, rng)
    xs = [rng.integers(-1, 2, (SAMPLES, 3, 4)).astype("float32") for _ in "abc"]
    upstream = [rng.normal(0, 1, (SAMPLES, 3, 4)).astype("float32")]
    mine = gradients.of_our_model(ours, xs, upstream)
    keras_ = gradients.of_keras_model(theirs, xs, upstream)
    agree("exact", mine[0], keras_[0], "outputs")
    agree("graph gradient", mine[1], keras_[1], "dL/d(inputs)")
