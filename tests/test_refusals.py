"""The words of single refusals: the argument is named as the user wrote it, before anything is
done. `tests/test_words.py` has the many."""

import os

import numpy as np
import pytest

import npslstm
from npslstm import callbacks, losses, metrics, models, study
from npslstm.datasets import mnist
from npslstm.layers import LSTM, Dense

X = np.zeros((6, 5, 2), "float32")
LABELS = np.array([1, 2, 3, 1, 2, 3])


@pytest.fixture(autouse=True)
def temporary_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def classifier():
    model = npslstm.Sequential([npslstm.Input((5, 2)), LSTM(3), Dense(3, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


def regression():
    model = npslstm.Sequential([npslstm.Input((5, 2)), LSTM(3), Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    return model


SENTENCES = {
    "labels of fit": (
        lambda: classifier().fit(X, LABELS),
        "y: the labels reach from 1 to 3; the model has 3 outputs, so labels must be the integers "
        "0 to 2. Give the last layer one unit for each class, or renumber the labels.",
    ),
    "labels of evaluate": (
        lambda: classifier().evaluate(X, LABELS), "y: the labels reach from 1 to 3; the model has",
    ),
    "labels of validation": (
        lambda: classifier().fit(X, LABELS - 1, validation_data=(X, LABELS)),
        "In validation_data: y: the labels reach from 1 to 3; the model has 3 outputs",
    ),
    "labels of a loss": (
        lambda: losses.SparseCategoricalCrossentropy()(LABELS, np.ones((6, 3)) / 3),
        "y_true: the labels reach from 1 to 3; y_pred has 3 outputs, so",
    ),
    "labels of a metric": (
        lambda: metrics.SparseCategoricalAccuracy()(LABELS, np.ones((6, 1))),
        "y_true: the labels reach from 1 to 3; y_pred has 1 output, so",
    ),
    "targets of fit": (
        lambda: regression().fit(X, X[:, 0]),
        "y: the targets have shape (6, 2); the model's output is (samples, units) = (6, 1). ",
    ),
    "targets of a loss": (
        lambda: losses.MeanSquaredError()(X[:, 0], X[:, 0, :1]),
        "y_true: the targets have shape (6, 2); the output y_pred is (samples, units) = (6, 1). ",
    ),
    "axes of x": (lambda: regression().predict(X[None]), "x: LSTM layer "),
    "no samples": (lambda: regression().predict(X[:0]), "x: there are no samples in it"),
    "inputs of a model": (
        lambda: npslstm.Sequential([npslstm.Input((4,)), Dense(1)])(X), "inputs: the model takes"
    ),
    "a metric": (lambda: fitted(metrics=["mae", 3]), "metrics: cannot read 3"),
    "a weighted metric": (lambda: fitted(weighted_metrics=[3]), "weighted_metrics: cannot read 3"),
    "no metric": (lambda: fitted(weighted_metrics=[None]), "weighted_metrics: None cannot be used"),
    "a loss": (lambda: fitted(loss=len), "loss: the function 'len' raised TypeError"),
    "no loss": (lambda: fitted(loss=[None]), "There is no loss to train with"),
    "an array as loss": (lambda: fitted(loss=X), "loss: cannot read an array of shape (6, 5, 2)"),
    "steps_per_execution": (lambda: regression().compile(steps_per_execution=0),
                            "steps_per_execution is how many batches"),
    "jit_compile": (lambda: regression().compile(jit_compile="no"), "compile: jit_compile must be"),
    "validation_freq": (lambda: regression().fit(X, X[:, 0, :1], validation_freq=np.array(0.5)),
                        "validation_freq is after how many epochs"),
    "a huge number": (lambda: regression().fit(X, X[:, 0, :1], batch_size=10**5000),
                      "batch_size must be a positive integer; received"),
    "zipped": (lambda: regression().save("a.keras", zipped=False), "save: zipped=False would"),
    "overwrite": (lambda: regression().save("a.keras", "no"), "save: overwrite must be True or"),
    "overwrite weights": (lambda: regression().save_weights("a.weights.h5", overwrite=2),
                          "save_weights: overwrite must be True or False; received 2"),
    "compile": (lambda: loaded(compile="no"), "load_model: compile must be True or False"),
    "safe_mode": (lambda: loaded(safe_mode="no"), "load_model: safe_mode must be True or False"),
    "custom_objects": (lambda: loaded(custom_objects=[LSTM]), "load_model: custom_objects is a di"),
    "a path": (lambda: models.load_model("\ud800.keras"), "A file of a model: filepath cannot be"),
    "an ending": (lambda: regression().save("a.h5"), "filepath: the name of a file of a model"),
    "no file": (lambda: models.load_model("a.keras"), "filepath: there is no file 'a.keras'"),
    "part": (lambda: mnist.load_idx(".", X), "load_idx: part is 'train' or 'test'; received an"),
    "features": (lambda: study.plot_weights(regression(), features=["a", [1]]),
                 "plot_weights: features holds the names of the inputs, which are texts"),
    "a schedule": (lambda: callbacks.LearningRateScheduler(lambda: 0.1),
                   "LearningRateScheduler: schedule is a function of (epoch, learning_rate)"),
    "verbose": (lambda: callbacks.EarlyStopping(verbose="yes"), "verbose of EarlyStopping is 1"),
    "best weights": (lambda: callbacks.EarlyStopping(restore_best_weights="no"),
                     "EarlyStopping: restore_best_weights must be True or False"),
    "append": (lambda: callbacks.CSVLogger("a.csv", append="no"), "CSVLogger: append must be True"),
    "separator": (lambda: callbacks.CSVLogger("a.csv", "\ud800"), "separator is one character"),
    "raise_error": (lambda: callbacks.TerminateOnNaN("no"), "TerminateOnNaN: raise_error must be"),
}  # fmt: skip
KINDS = {
    "a hook": (lambda: callbacks.LambdaCallback(on_epoch_end=lambda logs: None),
               r"takes a function of \(epoch, logs\)"),
    "params": (lambda: callbacks.CallbackList(params=3), "CallbackList: params is a dict"),
    "circles": (lambda: callbacks.CallbackList(circles()), "callbacks= received a list that holds"),
    "filename": (lambda: callbacks.CSVLogger(X), "CSVLogger: filename is a string or a path"),
    "folder": (lambda: mnist.load_idx(X), "load_idx: folder is a string or a path; received an"),
    "folder of both": (lambda: mnist.load_data(folder=X), "folder is a string or a path"),
    "path": (lambda: mnist.load_data(3, "."), "load_data: path is a string or a path; received 3"),
}  # fmt: skip


def fitted(loss="mse", **options):
    model = regression()
    model.compile("sgd", loss, **options)
    model.fit(X, X[:, 0, :1], verbose=0)


def loaded(**options):
    regression().save("written.keras")
    try:
        return models.load_model("written.keras", **options)
    finally:
        os.remove("written.keras")


def circles():
    found = [callbacks.Callback()]
    found.append(found)
    return found


@pytest.mark.parametrize("case", SENTENCES)
def test_a_value_is_refused_in_a_sentence(case):
    call, expected = SENTENCES[case]
    with pytest.raises(ValueError) as refusal:
        call()
    assert str(refusal.value).startswith(expected)
    assert os.listdir() == []


@pytest.mark.parametrize("case", KINDS)
def test_a_kind_is_refused_in_a_sentence(case):
    call, expected = KINDS[case]
    with pytest.raises(TypeError, match=expected):
        call()


def test_what_keras_takes_is_taken(capsys):
    model = regression()
    model.compile("sgd", "mse", run_eagerly=None, steps_per_execution=4, jit_compile=True)
    model.save(b"a.keras", overwrite=1, zipped=True)
    models.load_model("a.keras", {"Mine": Dense}, compile=0, safe_mode=False)
    model.load_weights("a.keras", skip_mismatch=np.True_)
    model.fit(X, X[:, 0, :1], verbose=0, callbacks=[
        callbacks.CSVLogger("a.csv", append=1),
        callbacks.LearningRateScheduler(float, verbose=True),
        callbacks.EarlyStopping("loss", restore_best_weights=np.bool_(True), verbose=1.0),
        [callbacks.LambdaCallback(on_epoch_end=lambda *both: None, on_train_end=print)],
    ])  # fmt: skip
    assert model.optimizer.learning_rate == 0.0  # float(0), since float takes one argument
