"""Stateful models: states after every batch, epoch and reset, as Keras keeps them."""

import keras
import numpy as np
import pytest

import npslstm
from parity.differences import agree
from parity.twins import model_twins

B, T, F = 2, 3, 1


def stateful(nn, run_eagerly=True, batch=B):
    """Two stateful LSTMs for batches of two samples."""
    layers = [
        nn.Input(batch_shape=(batch, T, F)),
        nn.layers.LSTM(4, stateful=True, return_sequences=True),
        nn.layers.LSTM(3, stateful=True),
        nn.layers.Dense(1),
    ]
    model = nn.Sequential(layers)
    model.compile(optimizer="adam", loss="mse", run_eagerly=run_eagerly)
    return model


def reset(ours, theirs):
    ours.reset_states()
    for layer in theirs.layers[:2]:
        layer.reset_state()


def states_alike(ours, theirs):
    """h and c of both layers."""
    for mine, layer in zip(ours.get_states(), theirs.layers[:2], strict=True):
        agree("states", mine, [s.numpy() for s in layer.states], "states")


def series(rng, samples):
    x = rng.normal(0, 1, (samples, T, F)).astype("float32")
    return x, rng.normal(0, 1, (samples, 1)).astype("float32")


@pytest.mark.parametrize(
    ("eagerly", "resets", "with_validation"),
    [(True, False, False), (True, True, True), (False, False, True), (False, True, False)],
)
def test_five_epochs(rng, eagerly, resets, with_validation):
    """One fit of one epoch after the other, as the tutorials do it, with and without resets."""
    ours, theirs = model_twins(lambda nn: stateful(nn, eagerly), rng)
    x, y = series(rng, 8)
    options = {"batch_size": B, "shuffle": False, "verbose": 0}
    if with_validation:
        options["validation_data"] = series(rng, 4)
    for _ in range(5):
        mine, keras_ = (m.fit(x, y, **options).history for m in (ours, theirs))
        assert list(mine) == list(keras_)
        for key in keras_:
            agree("history", mine[key], keras_[key], key)
        states_alike(ours, theirs)
        agree("weights after training", ours.get_weights(), theirs.get_weights(), "weights")
        if resets:
            reset(ours, theirs)
            states_alike(ours, theirs)


def test_five_epochs_in_one_fit(rng):
    """Nothing resets the states between epochs; validation runs through the same ones."""
    ours, theirs = model_twins(stateful, rng)
    x, y = series(rng, 8)
    options = {"batch_size": B, "shuffle": False, "verbose": 0, "epochs": 5}
    mine, keras_ = (m.fit(x, y, validation_split=0.25, **options).history for m in (ours, theirs))
    for key in keras_:
        agree("history", mine[key], keras_[key], key)
    states_alike(ours, theirs)


def test_resets_by_a_callback(rng):
    ours, theirs = model_twins(stateful, rng)
    x, y = series(rng, 8)

    def at_the_end(nn, model):
        class Reset(nn.callbacks.Callback):
            def on_epoch_end(self, epoch, logs=None):
                for layer in self.model.layers[:2]:
                    layer.reset_states()

        options = {"batch_size": B, "shuffle": False, "verbose": 0, "epochs": 3}
        return model.fit(x, y, callbacks=[Reset()], **options)

    mine, keras_ = at_the_end(npslstm, ours), at_the_end(keras, theirs)
    agree("history", mine.history["loss"], keras_.history["loss"], "loss")
    agree("weights after training", ours.get_weights(), theirs.get_weights(), "weights")


def test_every_use_advances_the_states(rng):
    ours, theirs = model_twins(stateful, rng)
    x, y = series(rng, 4)
    uses = {
        "predict": lambda m: m.predict(x, batch_size=B, verbose=0),
        "evaluate": lambda m: m.evaluate(x, y, batch_size=B, verbose=0),
        "predict_on_batch": lambda m: m.predict_on_batch(x[:B]),
        "train_on_batch": lambda m: m.train_on_batch(x[:B], y[:B]),
        "test_on_batch": lambda m: m.test_on_batch(x[:B], y[:B]),
        "call": lambda m: np.asarray(m(x[:B])),
        "set_weights": lambda m: m.set_weights([w * 0.9 for w in m.get_weights()]) or 0,
        "predict again": lambda m: m.predict(x, batch_size=B, verbose=0),
        "compile": lambda m: m.compile("sgd", "mse") or 0,
        "fit": lambda m: m.fit(x, y, batch_size=B, shuffle=False, verbose=0).history["loss"],
    }
    for name, use in uses.items():
        agree("prediction", use(ours), use(theirs), name)
        states_alike(ours, theirs)


def test_predict_one_by_one_with_a_second_model(rng):
    """Trained on batches of two, used on batches of one: weights pass, states stay."""

    ours, theirs = model_twins(stateful, rng)
    x, y = series(rng, 4)
    for model in (ours, theirs):
        model.fit(x, y, batch_size=B, shuffle=False, verbose=0)
    one, keras_one = (stateful(nn, batch=1) for nn in (npslstm, keras))
    one.set_weights(ours.get_weights())
    keras_one.set_weights(theirs.get_weights())
    mine, keras_ = (m.predict(x, batch_size=1, verbose=0) for m in (one, keras_one))
    agree("prediction", mine, keras_, "predict")
    states_alike(one, keras_one)


def test_states_are_not_weights(rng):
    ours, theirs = model_twins(stateful, rng)
    assert ours.count_params() == theirs.count_params()
    assert [w.shape for w in ours.get_weights()] == [w.shape for w in theirs.get_weights()]
    assert len(ours.weights) == len(theirs.weights) == 8
