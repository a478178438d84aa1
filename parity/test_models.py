"""Sequential with its losses and metrics, on single batches and called, in both precisions."""

import keras
import numpy as np
import pytest

import npslstm
from parity.differences import agree
from parity.training import (
    EAGER,
    QUIET,
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

# ---- losses and metrics in a model ------------------------------------------------------------

CLASSES, HOT = np.arange(12).reshape(12, 1) % 3, np.eye(3)[np.arange(12) % 3]
LABELS = {
    "sparse": (3, "softmax", "sparse_categorical_crossentropy", CLASSES[:, 0]),
    "sparse column": (3, "softmax", "sparse_categorical_crossentropy", CLASSES),
    "one-hot": (3, "softmax", "categorical_crossentropy", HOT),
    "binary": (1, "sigmoid", "binary_crossentropy", CLASSES[:, 0] % 2),
    "binary column": (1, "sigmoid", "bce", CLASSES % 2),
    "several binary": (3, "sigmoid", "binary_crossentropy", HOT),
    "chosen by shapes": (3, "softmax", "crossentropy", CLASSES[:, 0]),
    "softmax as binary": (3, "softmax", "binary_crossentropy", HOT),
    "sigmoid as categorical": (3, "sigmoid", "categorical_crossentropy", HOT),
    "sigmoid as sparse": (3, "sigmoid", "sparse_categorical_crossentropy", CLASSES),
    "mse of softmax": (3, "softmax", "mse", HOT),
    "accuracy of a regression": (1, None, "mse", CLASSES % 2),
}


@pytest.mark.parametrize("name", LABELS)
def test_accuracy(rng, name):
    """'accuracy' means what the shapes say, whatever the loss."""
    units, activation, loss, y = LABELS[name]

    def make(nn):
        layers = [nn.Input((T, F)), nn.layers.LSTM(5)]
        model = nn.Sequential([*layers, nn.layers.Dense(units, activation=activation)])
        metrics = ["accuracy", "acc", *(["mse"] if y.shape[-1] == units else [])]
        model.compile("sgd", loss, metrics=metrics, **EAGER)
        return model

    ours, theirs = model_twins(make, rng)
    x, _ = data(rng, 12)
    fits_alike(ours, theirs, x, y, batch_size=5, epochs=2)
    evaluate_alike(ours, theirs, x, y, batch_size=5)


@pytest.mark.parametrize("weighted", [False, True], ids=["", "sample_weight"])
@pytest.mark.parametrize("name", ["one-hot", "sparse", "numbers"])
def test_targets_at_every_step(rng, name, weighted):
    activation = None if name == "numbers" else "softmax"
    loss = {"one-hot": "categorical_crossentropy", "sparse": "sparse_categorical_crossentropy",
            "numbers": "mse"}[name]  # fmt: skip

    def make(nn):
        layers = [nn.Input((T, F)), nn.layers.LSTM(5, return_sequences=True),
                  nn.layers.Dense(3, activation=activation)]  # fmt: skip
        model = nn.Sequential(layers)
        metrics = ["mae"] if name == "numbers" else ["accuracy"]
        model.compile("adam", loss, metrics=metrics, weighted_metrics=["mse"] * (name != "sparse"),
                      **EAGER)  # fmt: skip
        return model

    ours, theirs = model_twins(make, rng)
    x, _ = data(rng, 7)
    labels = rng.integers(0, 3, (7, T))
    numbers = rng.normal(0, 1, (7, T, 3))
    y = {"one-hot": np.eye(3)[labels], "sparse": labels, "numbers": numbers}[name]
    given = {"sample_weight": rng.uniform(0, 2, (7, T))} if weighted else {}
    fits_alike(ours, theirs, x, y, batch_size=3, epochs=2, **given)
    evaluate_alike(ours, theirs, x, y, batch_size=3, **given)
    predict_alike(ours, theirs, x, batch_size=3)


def test_metric_objects_and_names(rng):
    """Objects keep their own names, strings are shown as given, doubles are numbered. With doubles
    Keras's `evaluate` returns some numbers twice in its list, so the dict is compared."""

    def make(nn):
        m = nn.metrics
        metrics = ["mse", m.MeanSquaredError(), m.RootMeanSquaredError(name="error"),
                   m.BinaryAccuracy(threshold=0.2), "mse", "MeanAbsoluteError"]  # fmt: skip
        return regression(nn, metrics=metrics, weighted_metrics=["mse", "mae"])

    ours, theirs = model_twins(make, rng)
    x, y = data(rng)
    weights = rng.uniform(0, 2, 10)
    fits_alike(ours, theirs, x, y, batch_size=4, sample_weight=weights)
    given = {"sample_weight": weights, "return_dict": True, **QUIET}
    mine, keras_ = (m.evaluate(x, y, **given) for m in (ours, theirs))
    assert list(mine) == list(keras_)
    agree("history", list(mine.values()), list(keras_.values()), "evaluate")


@pytest.mark.parametrize("last", ["Dense", "Activation", "Dropout"])
def test_losses_look_through_softmax(last):
    """Logits 40, 0, -40 and class 3: 80 from the logits, 16.118 from the float32 probabilities."""
    found = []
    for nn in (npslstm, keras):
        activation = "softmax" if last == "Dense" else None
        layers = [nn.Input((1,)), nn.layers.Dense(3, activation=activation)]
        if last != "Dense":
            layers.append(nn.layers.Activation("softmax"))
        if last == "Dropout":
            layers.append(nn.layers.Dropout(0.5))
        model = nn.Sequential(layers)
        loss = "categorical_crossentropy"
        model.compile(nn.optimizers.SGD(1.0), loss, metrics=[loss], **EAGER)
        model.set_weights([np.array([[40.0, 0.0, -40.0]]), np.zeros(3)])
        x, y = np.ones((1, 1), "float32"), np.eye(3)[[2]]
        output = model.predict(x, **QUIET)
        direct = float(nn.losses.CategoricalCrossentropy()(y, output))
        found.append([*model.evaluate(x, y, **QUIET), direct])
        if last != "Dropout":
            model.fit(x, y, **QUIET)
            found[-1] += list(model.get_weights()[0].ravel())
    agree("history", *found, "loss, metric, loss on probabilities, kernel after a step")
    assert found[0][:2] == [80.0, 80.0] and found[0][2] == pytest.approx(16.118, abs=1e-3)


def test_a_saturated_sigmoid_still_learns():
    """Kernel 20 on input 1 and target 0: a step of 1."""
    found = []
    for nn in (npslstm, keras):
        model = nn.Sequential([nn.Input((1,)), nn.layers.Dense(1, activation="sigmoid")])
        model.compile(nn.optimizers.SGD(1.0), "binary_crossentropy", **EAGER)
        model.set_weights([np.array([[20.0]]), np.zeros(1)])
        loss = model.train_on_batch(np.ones((1, 1), "float32"), np.zeros((1, 1)))
        found.append([float(loss), model.get_weights()[0][0, 0]])
    agree("history", *found, "loss and kernel")
    assert found[0] == [20.0, 19.0]


# ---- single batches, calls --------------------------------------------------------------------


def test_single_batches(rng):
    """Values and types: numbers, lists, dicts, arrays."""
    ours, theirs = model_twins(regression, rng)
    for _ in range(3):
        x, y = data(rng)
        mine, keras_ = (m.train_on_batch(x, y) for m in (ours, theirs))
        assert type(mine) is type(keras_) is list
        agree("history", mine, [float(v) for v in keras_], "train_on_batch")
        mine, keras_ = (m.test_on_batch(x, y) for m in (ours, theirs))
        assert type(mine) is type(keras_) is list
        agree("history", mine, [float(v) for v in keras_], "test_on_batch")
        mine, keras_ = (m.test_on_batch(x, y, return_dict=True) for m in (ours, theirs))
        assert list(mine) == list(keras_)
        mine, keras_ = (m.predict_on_batch(x) for m in (ours, theirs))
        assert type(mine) is type(keras_) is np.ndarray
        agree("prediction", mine, keras_, "predict_on_batch")
        agree("prediction", ours(x), theirs(x).numpy(), "the model called")


def test_results_without_metrics_are_numbers(rng):
    ours, theirs = model_twins(lambda nn: regression(nn, metrics=None), rng)
    x, y = data(rng)
    mine, keras_ = (m.test_on_batch(x, y) for m in (ours, theirs))
    assert np.ndim(mine) == np.ndim(keras_) == 0
    agree("history", mine, float(keras_), "test_on_batch")
    assert isinstance(ours.evaluate(x, y, **QUIET), float)
    assert isinstance(theirs.evaluate(x, y, **QUIET), float)


def test_call_with_training(rng):
    """Inference is the default; training=True uses and moves the batch's statistics."""
    ours, theirs = model_twins(classifier, rng)
    x, _ = data(rng)
    for training in (False, True, False):
        agree("prediction", ours(x, training=training), theirs(x, training=training).numpy())
    agree("weights after training", ours.get_weights(), theirs.get_weights(), "statistics")


@pytest.mark.filterwarnings("ignore:Layer 'sequential")  # Keras's, which uses the mask all the same
@pytest.mark.parametrize("last", ["lstm", "dense"])
def test_call_with_a_mask(rng, last):
    def make(nn):
        sequences = {"return_sequences": last == "dense"}
        layers = [
            nn.Input((T, F)),
            nn.layers.LSTM(5, return_sequences=True),
            nn.layers.BatchNormalization(),
            nn.layers.Dropout(0.5),
            nn.layers.LSTM(3, go_backwards=True, **sequences),
            nn.layers.Dense(2),
        ]
        return nn.Sequential(layers)

    ours, theirs = model_twins(make, rng)
    x, _ = data(rng)
    mask = rng.uniform(size=(10, T)) < 0.6
    agree("prediction", ours(x, mask=mask), theirs(x, mask=mask).numpy(), "output")


@pytest.mark.parametrize("kind", ["float64", "int64", "bool", "DataFrame"])
def test_kinds_of_data(rng, kind):
    import pandas as pd

    def make(nn):
        model = nn.Sequential([nn.Input((F,)), nn.layers.Dense(2), nn.layers.Dense(1)])
        model.compile("sgd", "mse", **EAGER)
        return model

    ours, theirs = model_twins(make, rng)
    x, y = rng.normal(0, 2, (10, F)), rng.normal(0, 2, 10)
    if kind == "DataFrame":
        x, y = pd.DataFrame(x), pd.Series(y)
    else:
        x, y = x.astype(kind), y.astype(kind)
    fits_alike(ours, theirs, x, y, batch_size=4)
    predict_alike(ours, theirs, x)


def test_ranks_that_keras_forgives(rng):
    """(N, T) for Input((T, 1)), and one axis of size 1 too many."""

    def make(nn):
        return nn.Sequential([nn.Input((T, 1)), nn.layers.LSTM(5), nn.layers.Dense(1)])

    ours, theirs = model_twins(make, rng)
    x = rng.normal(0, 1, (6, T, 1)).astype("float32")
    for given in (x[..., 0], x[..., None]):
        agree("prediction", ours(given), theirs(given).numpy(), f"shape {given.shape}")
    predict_alike(ours, theirs, x[..., 0])  # in a graph Keras does not forgive the other


def test_float64(rng):
    """Everything in float64: the rounding errors fall by the ratio of the epsilons."""

    def make(nn):
        layers = [nn.Input((T, F), dtype="float64"), nn.layers.LSTM(5, dtype="float64"),
                  nn.layers.Dense(1, dtype="float64")]  # fmt: skip
        model = nn.Sequential(layers)
        model.compile(nn.optimizers.SGD(0.125, momentum=0.5), "mse", **EAGER)
        return model

    npslstm.config.set_floatx("float64")
    keras.config.set_floatx("float64")
    try:
        ours, theirs = model_twins(make, rng)
        x, y = rng.normal(0, 1, (10, T, F)), rng.normal(0, 1, (10, 1))
        pair = [m.fit(x, y, batch_size=4, epochs=5, shuffle=False, **QUIET) for m in (ours, theirs)]
    finally:
        npslstm.config.set_floatx("float32")
        keras.config.set_floatx("float32")
    assert ours.get_weights()[0].dtype == theirs.get_weights()[0].dtype == np.float64
    agree("weights after training, float64", ours.get_weights(), theirs.get_weights(), "weights")
    agree("history, float64", pair[0].history["loss"], pair[1].history["loss"], "loss")
