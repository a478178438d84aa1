"""Sequential.fit in its options: History, weights, evaluate and predict afterwards."""

import keras
import numpy as np
import pytest

import npslstm
from parity.differences import agree
from parity.training import (
    EAGER,
    F,
    T,
    classifier,
    data,
    evaluate_alike,
    fits_alike,
    predict_alike,
    regression,
)  # fmt: skip
from parity.twins import model_twins

OPTIONS = {
    "one batch size for all": {"batch_size": 5},
    "partial last batch": {"batch_size": 4},
    "default batch size": {},
    "validation_split": {"batch_size": 4, "validation_split": 0.33},
    "initial_epoch": {"batch_size": 4, "epochs": 4, "initial_epoch": 2},
    "steps_per_epoch": {"batch_size": 4, "steps_per_epoch": 2, "epochs": 1},
    "steps_per_epoch alone": {"steps_per_epoch": 3},
    "no epochs": {"epochs": 0},
    "validation_freq": {"validation_split": 0.2, "validation_freq": 2, "epochs": 3},
    "validation_batch_size": {"validation_split": 0.5, "validation_batch_size": 2},
}


@pytest.mark.parametrize("name", OPTIONS)
def test_fit(rng, name):
    ours, theirs = model_twins(regression, rng)
    x, y = data(rng)
    fits_alike(ours, theirs, x, y, **{"epochs": 2, **OPTIONS[name]})
    evaluate_alike(ours, theirs, x, y, batch_size=3)
    predict_alike(ours, theirs, x, batch_size=3)


def test_steps_per_epoch_go_on_where_the_last_epoch_ended(rng):
    """10 samples, batches of 4, 2 steps: 2, 1 and 2 batches, with a warning in both."""
    ours, theirs = model_twins(regression, rng)
    x, y = data(rng)
    with pytest.warns(UserWarning, match="ran out"):
        fits_alike(ours, theirs, x, y, batch_size=4, steps_per_epoch=2, epochs=3)


def test_too_many_steps_per_epoch(rng):
    ours, theirs = model_twins(regression, rng)
    x, y = data(rng)
    with pytest.warns(UserWarning, match="ran out"):
        fits_alike(ours, theirs, x, y, batch_size=4, steps_per_epoch=5, epochs=2)


@pytest.mark.parametrize("weighted", [False, True], ids=["", "sample_weight"])
def test_validation_data(rng, weighted):
    ours, theirs = model_twins(classifier, rng)
    (x, y), (vx, vy) = data(rng, kind="labels"), data(rng, 7, kind="labels")
    given = (vx, vy, rng.uniform(0, 2, 7).astype("float32")) if weighted else (vx, vy)
    fits_alike(ours, theirs, x, y, validation_data=given, batch_size=4, epochs=3)


def test_fit_twice_goes_on(rng):
    """The optimizer keeps its memory and count; a new compile begins them again."""
    ours, theirs = model_twins(regression, rng)
    x, y = data(rng)
    for again in range(3):
        fits_alike(ours, theirs, x, y, batch_size=4, epochs=2)
        iterations = ours.optimizer.iterations, int(theirs.optimizer.iterations)
        assert iterations == ((12, 12) if again == 1 else (6, 6))
        if again == 1:
            ours.compile(optimizer="adam", loss="mse", metrics=["mae"])
            theirs.compile(optimizer="adam", loss="mse", metrics=["mae"], **EAGER)


def test_frozen_layer(rng):
    """trainable=False, then compile: its weights, and the moving statistics, stay."""
    ours, theirs = model_twins(classifier, rng)
    x, y = data(rng, kind="labels")
    before = ours.get_weights()
    for nn, model in ((npslstm, ours), (keras, theirs)):
        for layer in model.layers[:2]:
            layer.trainable = False
        loss = "sparse_categorical_crossentropy"
        model.compile(nn.optimizers.SGD(0.1), loss, metrics=["accuracy"], **EAGER)
        assert len(model.trainable_weights) == 2 and len(model.non_trainable_weights) == 7
    fits_alike(ours, theirs, x, y, batch_size=4, epochs=2)
    agree("exact", ours.get_weights()[:7], before[:7], "frozen weights")


def test_in_a_graph(rng):
    """As Keras trains by default: compiled to a graph."""
    ours, theirs = model_twins(lambda nn: classifier(nn, run_eagerly=False), rng)
    x, y = data(rng, 11, kind="labels")
    fits_alike(ours, theirs, x, y, batch_size=4, epochs=3, validation_split=0.3)
    evaluate_alike(ours, theirs, x, y, batch_size=4)
    predict_alike(ours, theirs, x, batch_size=4)


def test_penalties_and_dropout_free_stack(rng):
    """Regularizers of weights and of outputs are part of the loss, also in evaluate."""

    def make(nn):
        l2 = nn.regularizers.L2(0.02)
        layers = [
            nn.Input((T, F)),
            nn.layers.LSTM(5, return_sequences=True, kernel_regularizer="l2",
                           activity_regularizer=l2),
            nn.layers.LSTM(4, recurrent_regularizer=l2, bias_regularizer="l1"),
            nn.layers.Dense(3, activation="softmax", activity_regularizer=l2),
        ]  # fmt: skip
        model = nn.Sequential(layers)
        optimizer = nn.optimizers.SGD(0.1)
        loss = "sparse_categorical_crossentropy"
        model.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"], **EAGER)
        return model

    ours, theirs = model_twins(make, rng)
    x, y = data(rng, kind="labels")
    fits_alike(ours, theirs, x, y, batch_size=4, epochs=3)
    evaluate_alike(ours, theirs, x, y, batch_size=4)


# ---- weights of samples and classes -----------------------------------------------------------


@pytest.mark.parametrize("kind", ["sample_weight", "class_weight"])
def test_weighted_samples(rng, kind):
    """metrics= do not see the weights, weighted_metrics= do."""
    extra = {"weighted_metrics": ["acc", "sparse_categorical_crossentropy"]}
    ours, theirs = model_twins(lambda nn: classifier(nn, **extra), rng)
    x, y = data(rng, kind="labels")
    weights = rng.uniform(0, 3, 10).astype("float32")
    given = {kind: weights if kind == "sample_weight" else {0: 2.0, 2: 0.3}}
    fits_alike(ours, theirs, x, y, batch_size=4, epochs=2, **given)
    mine, keras_ = (m.train_on_batch(x, y, return_dict=True, **given) for m in (ours, theirs))
    assert list(mine) == list(keras_)
    agree("history", list(mine.values()), [float(v) for v in keras_.values()], "train_on_batch")
    evaluate_alike(ours, theirs, x, y, batch_size=4, sample_weight=weights)


def test_class_weight_of_one_hot_targets(rng):
    ours, theirs = model_twins(lambda nn: classifier(nn, loss="categorical_crossentropy"), rng)
    x, y = data(rng, kind="labels")
    weight = {0: 2.0, 1: 0.5}
    fits_alike(ours, theirs, x, np.eye(3)[y], batch_size=4, epochs=2, class_weight=weight)


def test_sample_weight_with_validation_split(rng):
    """The weights are split with the samples."""
    ours, theirs = model_twins(regression, rng)
    x, y = data(rng)
    weights = rng.uniform(0, 3, 10).astype("float32")
    fits_alike(ours, theirs, x, y, batch_size=4, sample_weight=weights, validation_split=0.3)


@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")  # of Keras's learning rate
def test_history_keeps_what_callbacks_add(rng):
    """It comes after the others, whose logs it takes; when they are called it lacks the epoch."""
    x, y = data(rng)
    histories, lengths = [], []
    for nn, model in zip((npslstm, keras), model_twins(regression, rng), strict=True):

        class Adds(nn.callbacks.Callback):
            def on_epoch_end(self, epoch, logs=None):
                logs["ten"] = 10.0 * epoch
                if epoch:
                    lengths.append(len(self.model.history.epoch))

        plateau = nn.callbacks.ReduceLROnPlateau(monitor="loss", patience=1)
        options = {"epochs": 3, "verbose": 0, "callbacks": [plateau, Adds()]}
        histories.append(model.fit(x, y, **options).history)
    ours, theirs = histories
    assert lengths == [1, 2, 1, 2]
    assert list(ours) == list(theirs) == ["loss", "mae", "learning_rate", "ten"]
    assert ours["ten"] == theirs["ten"] == [0.0, 10.0, 20.0]
