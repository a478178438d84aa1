"""Models that are graphs: names and order, what every layer makes, gradients, whole trainings."""

import keras
import pytest

import npslstm
from parity.contexts import precision, without_warnings
from parity.graphs import GRAPHS, batch_for
from parity.training import (
    evaluate_alike,
    fits_alike,
    gradients_alike,
    layers_alike,
    predict_alike,
)  # fmt: skip
from parity.twins import count_names_anew, model_twins

DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])
SAMPLES = 8  # two batches of one size: see test_graph_fit.py, test_in_a_graph


def described(model):
    """What has to be the same: names, shapes and order."""
    weights = (model.weights, model.trainable_weights, model.non_trainable_weights)
    return {
        "model": model.name,
        "layers": [layer.name for layer in model.layers],
        "inputs": [tensor.shape for tensor in model.inputs],
        "outputs": [tensor.shape for tensor in model.outputs],
        "input shape": model.input_shape,
        "output shape": model.output_shape,
        "weights": [[(v.name, tuple(v.shape), str(v.dtype)) for v in kind] for kind in weights],
        "of layers": [[tuple(v.shape) for v in layer.weights] for layer in model.layers],
        "parameters": model.count_params(),
    }


@pytest.mark.parametrize("name", GRAPHS)
def test_names_and_order(name):
    found = []
    count_names_anew()
    for nn in (npslstm, keras):
        model = GRAPHS[name](nn)
        found.append(described(model))
        if isinstance(model, nn.Model) and not isinstance(model, nn.Sequential):
            found[-1]["output names"] = model.output_names
    names = found[1].get("output names", [])
    if len(set(names)) < len(names):  # of a layer with two outputs: here each has its own
        del found[1]["output names"]
    for what, keras_ in found[1].items():
        assert found[0][what] == keras_, what


@DTYPES
@pytest.mark.parametrize("name", GRAPHS)
def test_every_layer_and_gradients(rng, name, dtype):
    with precision(dtype), without_warnings():
        ours, theirs = model_twins(GRAPHS[name], rng)
        batch = batch_for(ours, rng, SAMPLES, weighted=True)
        layers_alike(ours, theirs, batch.x)
        gradients_alike(ours, theirs, batch)


@pytest.mark.parametrize("dtype", ["float32", pytest.param("float64", marks=pytest.mark.thorough)])
@pytest.mark.parametrize("name", GRAPHS)
def test_training(rng, name, dtype):
    """A whole one, with weights for the samples of every output, and data to validate on."""
    with precision(dtype), without_warnings():
        ours, theirs = model_twins(GRAPHS[name], rng)
        batch, held_out = (batch_for(ours, rng, n, weighted=True) for n in (SAMPLES, 3))
        options = {"sample_weight": batch.sample_weight, "batch_size": 4}
        if dtype == "float64":  # the same kernels, once more
            fits_alike(ours, theirs, batch.x, batch.y, **options)
            return
        fits_alike(ours, theirs, batch.x, batch.y, epochs=2, validation_data=held_out, **options)
        evaluate_alike(ours, theirs, batch.x, batch.y, **options)
        predict_alike(ours, theirs, batch.x, batch_size=4)
