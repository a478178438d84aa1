"""Bidirectional layers: outputs, gradients, masks, states and whole trainings, against Keras's."""

import numpy as np
import pytest

import npslstm
from parity.differences import agree
from parity.training import EAGER, F, T, evaluate_alike, fits_alike, predict_alike
from parity.twins import model_twins

SAMPLES, H = 8, 4
MODES = ("concat", "sum", "ave", "mul")


def both_ways(L, mode="concat", **options):
    return L.Bidirectional(L.LSTM(H, **options), merge_mode=mode)


def given_backwards(L):
    forward = L.LSTM(H, return_sequences=True)
    backward = L.LSTM(H, activation="relu", return_sequences=True, go_backwards=True)
    return L.Bidirectional(forward, backward_layer=backward, name="given")


STACKS = {
    **{f"{mode}, sequences": lambda L, mode=mode: [both_ways(L, mode, return_sequences=True)]
       for mode in MODES},
    **{f"{mode}, last": lambda L, mode=mode: [both_ways(L, mode)] for mode in MODES},
    "stacked": lambda L: [
        both_ways(L, return_sequences=True), both_ways(L, "sum", return_sequences=True),
        L.LSTM(3),
    ],
    "masked": lambda L: [
        L.Masking(), both_ways(L, "mul", return_sequences=True), both_ways(L), L.Dense(2),
    ],
    "masked sequences": lambda L: [L.Masking(), both_ways(L, return_sequences=True), L.Dense(2)],
    "given both": lambda L: [given_backwards(L)],
    "regularized": lambda L: [
        both_ways(L, kernel_regularizer="l2", bias_regularizer="l1", activity_regularizer="l2"),
    ],
    "no bias": lambda L: [both_ways(L, "ave", use_bias=False), L.Dense(2)],
}  # fmt: skip


def twins(name, rng):
    def make(nn):
        model = nn.Sequential([nn.Input((T, F)), *STACKS[name](nn.layers)])
        optimizer = nn.optimizers.Adam(0.01)
        model.compile(loss="mse", optimizer=optimizer, metrics=["mae"], **EAGER)
        return model

    ours, theirs = model_twins(make, rng)
    x = rng.normal(0, 1, (SAMPLES, T, F)).astype("float32")
    if "masked" in name:
        x[0, :2], x[1, 2:], x[2, 1], x[3] = 0, 0, 0, 0
    y = rng.normal(0, 1, (SAMPLES, *ours.output_shape[1:])).astype("float32")
    return ours, theirs, x, y


@pytest.mark.parametrize("name", STACKS)
def test_training(rng, name):
    ours, theirs, x, y = twins(name, rng)
    assert ours.output_shape == theirs.output_shape
    assert [w.shape for w in ours.get_weights()] == [w.shape for w in theirs.get_weights()]
    agree("prediction", ours.predict(x, verbose=0), theirs.predict(x, verbose=0))
    fits_alike(ours, theirs, x, y, batch_size=4, epochs=3)
    evaluate_alike(ours, theirs, x, y, batch_size=4)
    predict_alike(ours, theirs, x, batch_size=4)


def test_frozen(rng):
    ours, theirs, x, y = twins("regularized", rng)
    for model in (ours, theirs):
        model.layers[0].trainable = False
        model.compile(loss="mse", optimizer="sgd", **EAGER)
    losses = [m.evaluate(x, y, verbose=0, return_dict=True)["loss"] for m in (ours, theirs)]
    agree("loss", *losses)
    assert ours.trainable_weights == [] and theirs.trainable_weights == []


def test_states_of_both_directions(rng):
    def make(nn):
        layers = nn.layers
        stack = [both_ways(layers, stateful=True, return_sequences=True), layers.LSTM(2)]
        model = nn.Sequential([nn.Input(batch_shape=(SAMPLES, T, F)), *stack])
        model.compile(loss="mse", optimizer="sgd", **EAGER)
        return model

    ours, theirs = model_twins(make, rng)
    x = rng.normal(0, 1, (SAMPLES, T, F)).astype("float32")
    y = rng.normal(0, 1, (SAMPLES, 2)).astype("float32")
    for _ in range(2):
        fits_alike(ours, theirs, x, y, batch_size=SAMPLES, epochs=2)
        kept = [state.numpy() for state in theirs.layers[0].states]
        agree("states", ours.layers[0].states, kept)
    assert [np.shape(s) for s in ours.get_states()] == [(2, SAMPLES, H)] * 2
    for model in (ours, theirs):
        model.layers[0].reset_state()
    options = {"batch_size": SAMPLES, "verbose": 0}
    agree("prediction", ours.predict(x, **options), theirs.predict(x, **options))
    ours.reset_states()
    assert not any(state.any() for state in ours.layers[0].states)


def test_configurations(rng):
    ours, theirs, *_ = twins("given both", rng)
    mine, keras_ = ours.layers[0].get_config(), theirs.layers[0].get_config()
    assert list(mine) == list(keras_)
    for name in ("layer", "backward_layer"):
        assert mine[name]["config"]["go_backwards"] == keras_[name]["config"]["go_backwards"]
    one = npslstm.layers.Bidirectional(npslstm.layers.LSTM(3, name="words"), name="both")
    assert one.names == ["both", "forward_words", "backward_words"]


MISTAKES = {
    "no LSTM": (lambda L: L.Bidirectional(L.Dense(3)), "needs an LSTM"),
    "mode": (lambda L: L.Bidirectional(L.LSTM(3), merge_mode="both"), "'concat', 'sum'.*or None"),
    "no mode": (lambda L: L.Bidirectional(L.LSTM(3), merge_mode=False), "received False"),
    "directions": (
        lambda L: L.Bidirectional(L.LSTM(3), backward_layer=L.LSTM(3)), "go_backwards=True",
    ),
    "sequences": (
        lambda L: L.Bidirectional(
            L.LSTM(3, return_sequences=True), backward_layer=L.LSTM(3, go_backwards=True)
        ), "same return_sequences",
    ),
    "states": (
        lambda L: L.Bidirectional(
            L.LSTM(3, return_state=True), backward_layer=L.LSTM(3, go_backwards=True)
        ), "same return_state",
    ),
    "units": (
        lambda L: L.Bidirectional(L.LSTM(3), backward_layer=L.LSTM(4, go_backwards=True)),
        "as many units",
    ),
    "features": (
        lambda L: npslstm.Sequential([npslstm.Input((3,)), L.Bidirectional(L.LSTM(3))]),
        "3 axes",
    ),
    "names": (
        lambda L: npslstm.Sequential([
            L.Bidirectional(L.LSTM(3, name="a", return_sequences=True)),
            L.Bidirectional(L.LSTM(3, name="a")),
        ]), "already one called",
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes(mistake):
    make, message = MISTAKES[mistake]
    with pytest.raises(ValueError, match=message):
        make(npslstm.layers)
