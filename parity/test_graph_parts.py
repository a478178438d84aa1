"""Graphs that are called, keep states, lend layers to each other, or are frozen in part."""

import keras
import numpy as np
import pytest

import npslstm
import parity
from parity import graphs
from parity.contexts import without_warnings
from parity.differences import agree
from parity.graphs import EAGER, GRAPHS, F, H, T, batch_for
from parity.nested import mapped, together
from parity.observe import Batch
from parity.training import QUIET, arrays_alike, fits_alike, predict_alike
from parity.twins import count_names_anew, model_twins, randomize

SAMPLES = 8


def made(name, rng):
    ours, theirs = model_twins(GRAPHS[name], rng)
    return ours, theirs, batch_for(ours, rng, SAMPLES)


# ---- calls ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("name", ["dicts of inputs and outputs", "a Sequential in a model",
                                  "a model in a model, twice", "states as outputs"])  # fmt: skip
def test_models_called_on_arrays(rng, name, training):
    ours, theirs, batch = made(name, rng)
    keras_ = theirs(batch.x, training=training)
    arrays_alike(ours(batch.x, training=training), mapped(np.array, keras_), "the model called")
    agree("weights after training", ours.get_weights(), theirs.get_weights(), "statistics")


def test_called_with_masks(rng):
    """One for each input, or None."""

    def make(nn):
        L = nn.layers
        a, b = nn.Input((T, F)), nn.Input((T, F))
        return nn.Model([a, b], L.LSTM(2)(L.Add()([L.LSTM(F, return_sequences=True)(a), b])))

    ours, theirs = model_twins(make, rng)
    x = [rng.normal(0, 1, (SAMPLES, T, F)).astype("float32") for _ in "ab"]
    a, b = (rng.uniform(size=(SAMPLES, T)) < 0.6 for _ in "ab")
    with without_warnings():
        for masks in ([a, b], [a, None]):
            agree("prediction", ours(x, mask=masks), theirs(x, mask=masks).numpy(), str(masks))


# ---- states --------------------------------------------------------------------------------------


def stateful(nn):
    """One stateful layer at places of different depths, and one in a model in the model."""
    L = nn.layers
    a, b, inner = (nn.Input(batch_shape=(2, T, F)) for _ in range(3))
    within = nn.Model(inner, L.LSTM(F, stateful=True, return_sequences=True)(inner))
    shared = L.LSTM(H, stateful=True)
    both = L.Concatenate()([L.Dense(2)(shared(a)), L.Dense(2)(L.Dense(2)(shared(within(b))))])
    return graphs.compiled(nn, [a, b], L.Dense(1)(both))


def test_stateful_layers(rng):
    ours, theirs = model_twins(stateful, rng)
    batch = Batch(*map(together, zip(*(batch_for(ours, rng, 2) for _ in "ab"), strict=True)))
    findings = parity.compare(ours, theirs, batch.x, batch.y)
    assert findings.agree, str(findings)
    assert "state" in {row.quantity for row in findings.rows}


# ---- parts of a model ----------------------------------------------------------------------------


def test_encoder_and_decoder_step_by_step(rng):
    """Trained with teacher forcing, then run word by word, on the trained weights."""
    ours, theirs, batch = made("encoder and decoder", rng)
    pair = {nn: (model, *graphs.inference_models(nn, model))
            for nn, model in ((npslstm, ours), (keras, theirs))}  # fmt: skip
    source = batch.x[0]
    for _ in range(2):  # what is trained later is seen, too
        fits_alike(ours, theirs, batch.x, batch.y, batch_size=4, epochs=2)
        words = []
        for _, encoder, decoder in pair.values():
            state = encoder.predict(source, **QUIET)
            word, said = np.zeros((SAMPLES, 1, 2), "float32"), []
            for _ in range(5):
                word, *state = decoder.predict([word, *state], **QUIET)
                said.append(word)
            words.append([*said, *state])
        agree("prediction", *words, "words and the last states")
    assert len({tuple(m.count_params() for m in models) for models in pair.values()}) == 1


def test_a_layer_seen_from_outside(rng):
    """A model of a trained model's inputs and one of its layers' outputs."""
    ours, theirs, batch = made("residual LSTMs", rng)
    fits_alike(ours, theirs, batch.x, batch.y)
    parts = [
        nn.Model(model.input, [model.get_layer("add_1").output, model.layers[-2].output])
        for nn, model in ((npslstm, ours), (keras, theirs))
    ]
    predict_alike(*parts, batch.x)
    assert [layer.name for layer in parts[0].layers] == [layer.name for layer in parts[1].layers]


def test_frozen_after_the_first_training(rng):
    """A model in the model, then a shared layer."""
    ours, theirs, batch = made("frozen layers", rng)
    for name in ("functional", "dense_1"):
        for model in (ours, theirs):
            layer = model.get_layer(name)
            layer.trainable = not layer.trainable
            model.compile(model.optimizer.__class__(2.0**-6), "mse", **EAGER)
        assert len(ours.trainable_weights) == len(theirs.trainable_weights)
        fits_alike(ours, theirs, batch.x, batch.y, batch_size=4, epochs=2)


def test_two_models_that_share_layers(rng):
    """Trained in turn, each with an optimizer of its own."""

    def make(nn):
        x = nn.Input((T, F))
        y = nn.layers.LSTM(H)(x)
        return [graphs.compiled(nn, x, nn.layers.Dense(units)(y)) for units in (1, 2)]

    count_names_anew()
    pairs = [make(nn) for nn in (npslstm, keras)]
    for twins in zip(*pairs, strict=True):
        randomize(*twins, rng)
    for _ in range(2):
        for twins in zip(*pairs, strict=True):
            x, y, _ = batch_for(twins[0], rng, SAMPLES)
            fits_alike(*twins, x, y, batch_size=4, epochs=2)
    for twins in zip(*pairs, strict=True):
        predict_alike(*twins, x)


def test_lengths_that_vary(rng):
    """Of both sequences, independently."""
    ours, theirs, _ = made("encoder and decoder", rng)
    for first, second in ((1, 2), (5, 1), (3, 3)):
        x = [rng.normal(0, 1, (4, steps, size)) for steps, size in ((first, F), (second, 2))]
        y = np.eye(2)[rng.integers(0, 2, (4, second))]
        fits_alike(ours, theirs, x, y, batch_size=4)
        predict_alike(ours, theirs, x, batch_size=3)


def test_operators(rng):
    """Layers here, operations in Keras: so a count of layers is another one."""

    def make(nn):
        a, b, c = (nn.Input((T, F)) for _ in "abc")
        model = nn.Model([a, b, c], nn.layers.LSTM(2)((a - b) * c + a))
        model.compile("sgd", "mse", **EAGER)
        return model

    ours, theirs = model_twins(make, rng)
    batch = batch_for(ours, rng, SAMPLES)
    fits_alike(ours, theirs, batch.x, batch.y)
    predict_alike(ours, theirs, batch.x)
