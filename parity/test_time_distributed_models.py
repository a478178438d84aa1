"""TimeDistributed around models, shared layers and other wrappers, trained as in Keras."""

import keras
import numpy as np
import pytest

import npslstm
from parity.differences import agree
from parity.training import EAGER, F, T, evaluate_alike, fits_alike, predict_alike
from parity.twins import model_twins

SAMPLES = 8


def branched(nn, **options):
    """A model of vectors with two ways that meet."""
    x, L = nn.Input((F,)), nn.layers
    return nn.Model(x, L.Add()([L.Dense(2, "tanh", **options)(x), L.Dense(2)(x)]))


def reader(nn, last=2):
    """A model of sequences that hides their steps of zeros."""
    both = nn.layers.Bidirectional(nn.layers.LSTM(2, return_sequences=True))
    return nn.Sequential([nn.Input((T, F)), nn.layers.Masking(), both, nn.layers.LSTM(last)])


def penalised(nn):
    """Of what is made at each step, of weights, and of what TimeDistributed makes of it."""
    inner = branched(nn, activity_regularizer="l2", kernel_regularizer="l1")
    return nn.layers.TimeDistributed(inner, activity_regularizer="l1")


def one_in_another(nn):
    x = nn.Input((T, F))
    inner = nn.layers.TimeDistributed(branched(nn, activity_regularizer="l2"))
    return nn.layers.TimeDistributed(nn.Model(x, inner(x)))


def directions(nn):
    lstm = nn.layers.LSTM(2, activity_regularizer="l2")
    return nn.layers.TimeDistributed(nn.layers.Bidirectional(lstm, merge_mode="ave"))


LAYERS = {
    "a graph": lambda nn: nn.layers.TimeDistributed(branched(nn)),
    "a chain": lambda nn: nn.layers.TimeDistributed(
        nn.Sequential([nn.Input((F,)), nn.layers.Dense(3, "relu"), nn.layers.Dense(2)])
    ),
    "a chain without Input": lambda nn: nn.layers.TimeDistributed(
        nn.Sequential([nn.layers.Dense(3, "relu"), nn.layers.Dense(2)])
    ),
    "penalties": penalised,
    "pieces, read": lambda nn: nn.layers.TimeDistributed(reader(nn)),
    "pieces, one in another": one_in_another,
    "pieces, penalised directions": directions,
}  # fmt: skip


@pytest.mark.parametrize("name", LAYERS)
def test_training(rng, name):
    shape = (3, T, F) if "pieces" in name else (T, F)

    def make(nn):
        x = nn.Input(shape)
        model = nn.Model(x, LAYERS[name](nn)(x))
        model.compile(loss="mse", optimizer=nn.optimizers.SGD(0.1), metrics=["mae"], **EAGER)
        return model

    ours, theirs = model_twins(make, rng)
    assert ours.output_shape == theirs.output_shape
    x = rng.normal(0, 1, (SAMPLES, *shape)).astype("float32")
    if "read" in name:
        x[0, 1] = x[1, :, 2] = 0
    y = rng.normal(0, 1, (SAMPLES, *ours.output_shape[1:])).astype("float32")
    evaluate_alike(ours, theirs, x, y, batch_size=4)
    fits_alike(ours, theirs, x, y, batch_size=4, epochs=2)
    predict_alike(ours, theirs, x, batch_size=4)


def test_a_mask_goes_past_the_model(rng):
    """To the LSTM behind it, and to the loss."""

    def make(nn):
        x = nn.Input((T, F))
        steps = nn.layers.TimeDistributed(branched(nn))(nn.layers.Masking()(x))
        model = nn.Model(x, [steps, nn.layers.LSTM(2)(steps)])
        model.compile(loss=["mse", "mse"], optimizer="sgd", **EAGER)
        return model

    ours, theirs = model_twins(make, rng)
    x = rng.normal(0, 1, (SAMPLES, T, F)).astype("float32")
    x[0, 1:], x[1, :2], x[2] = 0, 0, 0
    y = [rng.normal(0, 1, (SAMPLES, *shape[1:])).astype("float32") for shape in ours.output_shape]
    for model in (ours, theirs):
        model.fit(x, y, batch_size=4, verbose=0, shuffle=False)
    agree("weights after training", ours.get_weights(), theirs.get_weights())
    agree("prediction", *(list(model.predict(x, verbose=0)) for model in (ours, theirs)))


def test_a_model_at_each_step_and_by_itself(rng):
    """Its weights are there once, and have the errors of both."""

    def make(nn):
        inner = branched(nn, activity_regularizer="l2")
        x, z = nn.Input((T, F)), nn.Input((F,))
        model = nn.Model([x, z], [nn.layers.TimeDistributed(inner)(x), inner(z)])
        model.compile(loss=["mse", "mae"], optimizer="sgd", **EAGER)
        return model

    ours, theirs = model_twins(make, rng)
    shapes = [(SAMPLES, T, F), (SAMPLES, F), (SAMPLES, T, 2), (SAMPLES, 2)]
    a, b, *y = (rng.normal(0, 1, shape).astype("float32") for shape in shapes)
    for model in (ours, theirs):
        model.fit([a, b], y, batch_size=4, verbose=0, shuffle=False)
    agree("weights after training", ours.get_weights(), theirs.get_weights())


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of Keras's
def test_either_reads_what_the_other_wrote(rng, tmp_path):
    def make(nn):
        x = nn.Input((T, F))
        return nn.Model(x, nn.layers.TimeDistributed(branched(nn))(x))

    pair = model_twins(make, rng)
    x = rng.normal(0, 1, (SAMPLES, T, F)).astype("float32")
    for model, reader_ in zip(pair, (keras, npslstm), strict=True):
        model.save(tmp_path / "model.keras")
        again = reader_.models.load_model(tmp_path / "model.keras")
        agree("prediction", again.predict(x, verbose=0), np.asarray(model.predict(x, verbose=0)))
