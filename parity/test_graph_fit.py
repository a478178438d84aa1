"""fit, evaluate and predict of models with several inputs and outputs."""

import re

import keras
import pytest

import npslstm
from parity import graphs
from parity.contexts import without_warnings
from parity.differences import agree
from parity.graphs import GRAPHS, F, H, T, batch_for
from parity.nested import part
from parity.training import (
    QUIET,
    arrays_alike,
    evaluate_alike,
    fits_alike,
    predict_alike,
)  # fmt: skip
from parity.twins import model_twins

SAMPLES = 8


def made(name, rng, samples=SAMPLES, weighted=False):
    ours, theirs = model_twins(GRAPHS[name], rng)
    return ours, theirs, batch_for(ours, rng, samples, weighted)


def called_alike(pair, method, *arguments, **options):
    """A list or a number from both, or dicts with their keys in the same order."""
    mine, keras_ = (getattr(m, method)(*arguments, **options) for m in pair)
    if isinstance(keras_, dict):
        assert list(mine) == list(keras_)
        mine, keras_ = list(mine.values()), list(keras_.values())
    agree("history", mine, [float(v) for v in keras_], method)


# ---- data and weights in their forms -------------------------------------------------------------

NAMED = {"x": ["series", "facts"], "y": ["price", "kind"]}


def in_form(given, names, form):
    """A list as it is, or a dict by the names, in their order or the other one."""
    if form == "list":
        return given
    pairs = list(zip(names, given, strict=True))
    return dict(pairs if form == "dict" else pairs[::-1])


@pytest.mark.parametrize("form", ["list", "dict", "dict in another order"])
def test_forms_of_data(rng, form):
    ours, theirs, batch = made("two inputs, two outputs", rng, weighted=True)
    x, held_out = (in_form(a, NAMED["x"], form) for a in (batch.x, part(batch.x, 0, 3)))
    y, held_y = (in_form(a, NAMED["y"], form) for a in (batch.y, part(batch.y, 0, 3)))
    weights = batch.sample_weight if form == "list" else None  # Keras cannot have both
    fits_alike(ours, theirs, x, y, batch_size=4, epochs=2, sample_weight=weights,
               validation_data=(held_out, held_y))  # fmt: skip
    evaluate_alike(ours, theirs, x, y, batch_size=4, sample_weight=weights)
    predict_alike(ours, theirs, x, batch_size=4)
    for method in ("train_on_batch", "test_on_batch"):
        called_alike((ours, theirs), method, x, y, sample_weight=weights)
        called_alike((ours, theirs), method, x, y, return_dict=True)
    arrays_alike(ours.predict_on_batch(x), theirs.predict_on_batch(x), "predict_on_batch")


@pytest.mark.parametrize("name", ["two inputs, two outputs", "one loss for all outputs"])
@pytest.mark.parametrize("kind", ["one array", "", "validation_split"])
def test_weights_of_samples(rng, name, kind):
    """One array of weights serves all outputs."""
    ours, theirs, batch = made(name, rng)
    options = {"batch_size": 4, "epochs": 2}
    if kind == "one array":
        options["sample_weight"] = rng.uniform(0.5, 2, SAMPLES).astype("float32")
    if kind == "validation_split":
        options["validation_split"] = 0.5
    fits_alike(ours, theirs, batch.x, batch.y, **options)


def test_class_weight(rng):
    ours, theirs, batch = made("siamese, differences", rng)
    options = {"class_weight": {0: 0.5, 1: 2.0}, "batch_size": 4}
    fits_alike(ours, theirs, batch.x, batch.y, epochs=2, **options)
    called_alike((ours, theirs), "train_on_batch", batch.x, batch.y, class_weight={1: 3.0})


# ---- compile -------------------------------------------------------------------------------------

SPARSE = "sparse_categorical_crossentropy"
COMPILED = {
    "lists": {"loss": ["mse", SPARSE], "loss_weights": [0.5, 2.0],
              "metrics": [["mae"], ["accuracy"]]},
    "one metric each": {"loss": ["mae", SPARSE], "metrics": ["mse", "accuracy"]},
    "metrics of one": {"loss": ["mae", SPARSE], "metrics": {"kind": "accuracy"},
                       "weighted_metrics": {"price": ["mse"]}},
    "the same metric of both": {"loss": "mse", "metrics": [["mse", "mae"], ["mse"]],
                                "weighted_metrics": [["mse"], ["mse"]]},
    "no loss of the first": {"loss": {"price": None, "kind": SPARSE},
                             "metrics": {"kind": ["accuracy"]}},
    "no loss of the last": {"loss": ["mse", None], "loss_weights": [0.25, None]},
    "only metrics of the last": {"loss": ["mse", None], "metrics": [[], ["accuracy"]]},
}  # fmt: skip


@pytest.mark.parametrize("name", COMPILED)
def test_losses_and_metrics(rng, name):
    """Keys of the History, and the order of what evaluate returns."""
    ours, theirs = model_twins(lambda nn: graphs.two_and_two(nn, **COMPILED[name]), rng)
    x, y, weights = batch_for(ours, rng, SAMPLES, weighted=True)
    if COMPILED[name]["loss"] != "mse":
        y[1] = rng.integers(0, 3, SAMPLES)
    options = {"batch_size": 4, "sample_weight": weights}
    with without_warnings():  # Keras's, of weights that no loss depends on
        fits_alike(ours, theirs, x, y, epochs=2, validation_split=0.5, **options)
    evaluate_alike(ours, theirs, x, y, **options)


def test_objects(rng):
    """Losses and metrics that are no names."""

    def make(nn):
        losses = {"kind": nn.losses.SparseCategoricalCrossentropy(name="words"),
                  "price": nn.losses.MeanSquaredError(reduction="sum")}  # fmt: skip
        metrics = {"price": [nn.metrics.MeanAbsoluteError(name="error")]}
        return graphs.two_and_two(nn, losses, metrics=metrics)

    ours, theirs = model_twins(make, rng)
    x, y, _ = batch_for(ours, rng, SAMPLES)
    y[1] = rng.integers(0, 3, SAMPLES)
    fits_alike(ours, theirs, x, y, batch_size=4, epochs=2)
    evaluate_alike(ours, theirs, x, y, batch_size=4)


def test_weights_that_no_loss_depends_on(rng):
    """A difference, said in docs/keras.md: Keras leaves them out of the step, here they decay."""

    def make(nn):
        x = nn.Input((T, F))
        y = nn.layers.LSTM(H)(x)
        outputs = [nn.layers.Dense(1)(y), nn.layers.Dense(2)(y)]
        optimizer = nn.optimizers.SGD(0.125, weight_decay=0.5)
        return graphs.compiled(nn, x, outputs, ["mse", None], optimizer=optimizer)

    ours, theirs = model_twins(make, rng)
    x, y, _ = batch_for(ours, rng, SAMPLES)
    before = ours.get_weights()
    with without_warnings():
        for model in (ours, theirs):
            model.fit(x, y, **QUIET)
    mine, keras_ = ours.get_weights(), theirs.get_weights()
    agree("weights after training", mine[:-2], keras_[:-2], "those that it depends on")
    agree("exact", keras_[-2:], before[-2:], "the others in Keras")
    decayed = [(1 - 0.125 * 0.5) * weight for weight in before[-2:]]
    agree("weights after training", mine[-2:], decayed, "the others here")


@pytest.mark.parametrize("batch_size", [4, 3])
def test_in_a_graph(rng, batch_size):
    """As Keras trains by default, compiled to a graph of its own. There the loss of each of several
    outputs is the mean of its batches, the last and smaller one as much as the others."""
    ours, theirs, batch = made("two inputs, two outputs", rng)
    theirs.run_eagerly = False
    fits_alike(ours, theirs, batch.x, batch.y, batch_size=batch_size, epochs=3)


def test_callbacks_watch_one_output(rng):
    """By the name that its metric has in the History; Keras has to be told which way is better."""
    pair, stopped = model_twins(GRAPHS["two inputs, two outputs"], rng), []
    batch, held_out = (batch_for(pair[0], rng, n) for n in (SAMPLES, 4))
    for nn, model in zip((npslstm, keras), pair, strict=True):
        watch = nn.callbacks.EarlyStopping(
            "val_kind_weighted_accuracy", patience=1, mode="max", restore_best_weights=True
        )
        options = {"validation_data": held_out[:2], "callbacks": [watch], "epochs": 8, **QUIET}
        history = model.fit(*batch[:2], shuffle=False, batch_size=4, **options)
        stopped.append((history.epoch, watch.stopped_epoch, watch.best_epoch))
    assert stopped[0] == stopped[1]
    assert len(stopped[0][0]) < 8
    agree("weights after training", pair[0].get_weights(), pair[1].get_weights())


def test_what_is_printed(rng, capsys, tmp_path):
    """verbose=2, but for the time it took, and the columns of a CSVLogger."""
    pair = model_twins(GRAPHS["two inputs, two outputs"], rng)
    x, y, weights = batch_for(pair[0], rng, SAMPLES, weighted=True)
    printed, columns = [], []
    for nn, model in zip((npslstm, keras), pair, strict=True):
        file = tmp_path / f"{nn.__name__}.csv"
        options = {"sample_weight": weights, "batch_size": 4, "verbose": 2}
        callbacks = [nn.callbacks.CSVLogger(str(file))]
        model.fit(x, y, validation_data=(x, y), shuffle=False, callbacks=callbacks, **options)
        model.evaluate(x, y, **options)
        printed.append(re.sub(r"\d+[mu]?s", "", capsys.readouterr().out))
        columns.append(file.read_text().splitlines()[0])
    assert printed[0] == printed[1]
    assert columns[0] == columns[1]
