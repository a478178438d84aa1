"""Files of models and weights, written and read here; parity/test_saving compares with Keras."""

from __future__ import annotations

import errno
import json
import os
import zipfile

import h5py
import numpy as np
import pytest

import npslstm
from npslstm import losses, metrics
from npslstm.layers import (
    LSTM,
    Activation,
    BatchNormalization,
    Dense,
    Dropout,
    Flatten,
    Masking,
    RepeatVector,
    TimeDistributed,
)
from npslstm.models import load_model

X = np.random.default_rng(1).normal(size=(6, 4, 3)).astype(np.float32)
Y = X.sum(axis=(1, 2))[:, None]


def every_layer():
    return [
        Masking(), LSTM(4, return_sequences=True, kernel_regularizer="l2", dropout=0.1),
        TimeDistributed(Dense(3, activation="relu", kernel_constraint="non_neg")),
        BatchNormalization(), LSTM(2, go_backwards=True, use_bias=False), Dropout(0.1),
        RepeatVector(2), LSTM(3, return_sequences=True, activation="softsign"), Flatten(),
        Activation("tanh"), Dense(1),
    ]  # fmt: skip


@pytest.fixture
def model(tmp_path, monkeypatch):
    """A trained model of every layer, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    npslstm.utils.set_random_seed(3)
    found = npslstm.Sequential([npslstm.Input((4, 3)), *every_layer()], name="all")
    found.compile("adam", "mse", metrics=["mae"], weighted_metrics=["mse"])
    found.fit(X, Y, epochs=2, verbose=0)
    return found


def small(units=2):
    return npslstm.Sequential([npslstm.Input((4, 3)), LSTM(units, name="memory"), Dense(1)])


def equal(one, two):
    for a, b in zip(one, two, strict=True):
        np.testing.assert_array_equal(a, b)


# ---- whole models -------------------------------------------------------------------------------


def test_a_model_comes_back_whole(model):
    model.save("model.keras")
    found = load_model("model.keras")
    equal(found.get_weights(), model.get_weights())
    assert found.get_config() == model.get_config()
    assert [layer.name for layer in found.layers] == [layer.name for layer in model.layers]
    equal([found.predict(X, verbose=0)], [model.predict(X, verbose=0)])
    assert found.optimizer.iterations == model.optimizer.iterations == 2
    slots = [[v.value for v in m.optimizer.variables] for m in (model, found)]
    equal(*slots)


def test_training_goes_on_as_if_nothing_had_happened(model):
    layers = LSTM(4, return_sequences=True), LSTM(3), Dense(1)
    model = npslstm.Sequential([npslstm.Input((4, 3)), *layers])
    model.compile(npslstm.optimizers.RMSprop(0.01, momentum=0.5), "mse", metrics=["mae"])
    model.fit(X, Y, epochs=3, shuffle=False, verbose=0)
    model.save("model.keras")
    found = load_model("model.keras")
    histories = [m.fit(X, Y, epochs=3, shuffle=False, verbose=0).history for m in (model, found)]
    assert histories[0] == histories[1] and "mae" in histories[0]
    equal(found.get_weights(), model.get_weights())


@pytest.mark.parametrize(
    "options",
    [
        {"optimizer": npslstm.optimizers.SGD(0.1, momentum=0.9, clipnorm=1.0), "loss": "mae"},
        {"loss": losses.BinaryCrossentropy(from_logits=True)},
        {"loss": losses.mean_squared_error, "metrics": [metrics.MeanAbsoluteError()]},
        {"loss": "mse", "metrics": ["accuracy", "mae"]},
        {},
    ],
    ids=["sgd", "loss object", "function", "names", "nothing"],
)  # fmt: skip
def test_compile_arguments_come_back(model, options):
    model = small()
    model.compile(**options)
    model.save("model.keras")
    found = load_model("model.keras")
    mine, other = (m.optimizer.get_config() for m in (model, found))
    assert mine == other and type(found.optimizer) is type(model.optimizer)
    if options.get("loss"):
        equal([found.evaluate(X, Y > 0, verbose=0)], [model.evaluate(X, Y > 0, verbose=0)])
        assert found.metrics_names == model.metrics_names
    assert load_model("model.keras", compile=False).compiled is None


def test_stateful_float64_and_built_by_data(model):
    for original in (
        npslstm.Sequential([npslstm.Input(batch_shape=(2, 4, 3)), LSTM(2, stateful=True)]),
        npslstm.Sequential([npslstm.Input((4, 3), dtype="float64"), LSTM(2, dtype="float64")]),
        npslstm.Sequential([LSTM(2), Dense(1)]),
        npslstm.Sequential([LSTM(2, input_shape=(4, 3))]),
    ):
        expected = original.predict(X, batch_size=2, verbose=0)
        original.save("model.keras")
        found = load_model("model.keras")
        assert found.batch_shape == original.batch_shape and found.dtype == original.dtype
        equal([found.predict(X, batch_size=2, verbose=0)], [expected])  # from zero states


def test_layers_of_ones_own(model):
    class Doubled(Dense):
        """A Dense layer of another name."""

    original = npslstm.Sequential([npslstm.Input((4, 3)), LSTM(2), Doubled(1)])
    original.save("model.keras")
    with pytest.raises(ValueError, match=r"class 'Doubled', .* Known are: Activation, .*custom"):
        load_model("model.keras")
    found = load_model("model.keras", custom_objects={"Doubled": Doubled})
    assert type(found.layers[1]) is Doubled
    equal(found.get_weights(), original.get_weights())


def test_the_file_is_laid_out_as_kerass(model):
    model.save("model.keras")
    with zipfile.ZipFile("model.keras") as file:
        assert file.namelist() == ["metadata.json", "config.json", "model.weights.h5"]
        assert {info.compress_type for info in file.infolist()} == {zipfile.ZIP_STORED}
        config = json.loads(file.read("config.json"))
    assert [config[key] for key in ("module", "class_name")] == ["keras", "Sequential"]
    assert config["build_config"] == {"input_shape": [None, 4, 3]}
    assert config["config"]["layers"][0]["class_name"] == "InputLayer"
    assert {layer["module"] for layer in config["config"]["layers"]} == {"keras.layers"}
    assert config["compile_config"]["metrics"] == ["mae"]


# ---- weights ------------------------------------------------------------------------------------


def test_groups_are_numbered_by_class(model):
    model.save_weights("model.weights.h5")
    with h5py.File("model.weights.h5") as file:
        assert {"lstm", "lstm_1", "lstm_2", "dense", "masking"} < set(file["layers"])
        first = file["layers/lstm/cell/vars"]
        equal([first[str(k)] for k in range(3)], model.layers[1].get_weights())
        assert len(file["layers/lstm_1/cell/vars"]) == 2  # no bias
        inner = file["layers/time_distributed/layer/vars/0"]
        equal([inner], model.layers[2].get_weights()[:1])
        assert file["layers/dense/vars"].attrs["name"] == model.layers[-1].name
        assert file["optimizer/vars/0"][()] == 2


def test_weights_go_to_a_model_of_the_same_layers(model):
    twin = npslstm.Sequential([npslstm.Input((4, 3)), *every_layer()])
    model.save_weights("model.weights.h5")
    model.save("model.keras")
    for path in ("model.weights.h5", "model.keras"):
        twin.set_weights([w * 0 for w in twin.get_weights()])
        twin.load_weights(path)
        equal(twin.get_weights(), model.get_weights())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: small(3), r"LSTM layer 'memory' has kernel \(3, 12\).*holds \(3, 8\)"),
        (lambda: npslstm.Sequential([npslstm.Input((4, 3)), LSTM(2), Dense(1), Dense(1)]),
         "no group layers/dense_1/vars. Under layers/ it has dense, lstm"),
        (lambda: npslstm.Sequential([LSTM(2, name="memory"), Dense(1)]), "was not built"),
        (lambda: npslstm.Sequential([npslstm.Input((4, 3)), LSTM(2, use_bias=False), Dense(1)]),
         r"recurrent_kernel \(2, 8\); the file's layers/lstm/cell/vars holds"),
    ],
    ids=["units", "another layer", "not built", "no bias"],
)  # fmt: skip
def test_weights_that_do_not_fit_change_nothing(model, make, message):
    small().save_weights("small.weights.h5")
    other = make()
    weights = other.get_weights()
    with pytest.raises(ValueError, match=message):
        other.load_weights("small.weights.h5")
    equal(other.get_weights(), weights)


def test_skip_mismatch_takes_what_fits(model):
    source = small(2)
    target = npslstm.Sequential([npslstm.Input((4, 3)), LSTM(2), Dense(5)])
    source.save_weights("small.weights.h5")
    dense = target.layers[1].get_weights()
    with pytest.warns(UserWarning, match=r"Dense layer .* has kernel \(2, 5\)"):
        target.load_weights("small.weights.h5", skip_mismatch=True)
    equal(target.layers[0].get_weights(), source.layers[0].get_weights())
    equal(target.layers[1].get_weights(), dense)


def test_another_optimizer_begins_anew(model):
    model.save_weights("model.weights.h5")
    model.compile("sgd", "mse")
    with pytest.warns(UserWarning, match="SGD remembers"):
        model.load_weights("model.weights.h5")
    assert model.optimizer.iterations == 0


# ---- mistakes -----------------------------------------------------------------------------------


def test_wrong_endings_and_missing_files(model):
    with pytest.raises(ValueError, match=r"ends in .keras; received 'model.h5'.*'model.keras'"):
        model.save("model.h5")
    with pytest.raises(ValueError, match=r"ends in .weights.h5; received 'model.h5'"):
        model.save_weights("model.h5")
    with pytest.raises(ValueError, match=r"ends in .keras"):
        load_model("model.h5")
    with pytest.raises(ValueError, match=r"ends in .weights.h5 or .keras"):
        model.load_weights("weights")
    with pytest.raises(ValueError, match="no file 'model.keras'"):
        load_model("model.keras")
    with pytest.raises(FileNotFoundError, match="no file 'model.weights.h5'"):
        model.load_weights("model.weights.h5")


def test_files_of_something_else(model, tmp_path):
    (tmp_path / "text.keras").write_text("a model")
    with pytest.raises(ValueError, match="not a ZIP"):
        load_model("text.keras")
    with zipfile.ZipFile("empty.keras", "w") as file:
        file.writestr("notes.txt", "nothing")
    with pytest.raises(ValueError, match="it holds notes.txt"):
        load_model("empty.keras")
    (tmp_path / "text.weights.h5").write_text("weights")
    with pytest.raises(ValueError, match="not an HDF5 file"):
        model.load_weights("text.weights.h5")


def changed(path, change):
    """The file again, its configuration changed."""
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    config = json.loads(parts["config.json"])
    change(config)
    with zipfile.ZipFile(path, "w") as file:
        for name, content in (parts | {"config.json": json.dumps(config)}).items():
            file.writestr(name, content)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.update(class_name="Own"), "class 'Own'; npslstm reads Sequential"),
        (lambda c: c["config"]["layers"][1].update(class_name="GRU"), "class 'GRU', .* LSTM"),
        (lambda c: c["config"]["layers"][1]["config"].update(units=-1), "positive integer"),
        (lambda c: c["config"]["layers"][1]["config"].update(peepholes=True), "peepholes"),
        (lambda c: c["config"]["layers"][2]["config"].update(lora_rank=2), "lora_rank"),
        (lambda c: c["compile_config"]["optimizer"]["config"].update(use_ema=True), "=False"),
        (lambda c: c["compile_config"].update(optimizer="adagrad"), "compile=False"),
    ],
    ids=["kind of model", "layer", "value", "setting", "lora", "moving average", "optimizer"],
)  # fmt: skip
def test_what_npslstm_does_not_know(model, change, message):
    original = small()
    original.compile("adam", "mse")
    original.save("model.keras")
    changed("model.keras", change)
    with pytest.raises(ValueError, match=message):
        load_model("model.keras")


def test_an_older_file_stays_if_writing_fails_or_is_not_wanted(model, tmp_path, monkeypatch):
    model.save("model.keras")
    before = (tmp_path / "model.keras").read_bytes()
    with pytest.raises(FileExistsError, match="overwrite=True"):
        model.save("model.keras", overwrite=False)
    model.compiled.loss_argument = object()
    with pytest.raises(TypeError, match="get_config"):
        model.save("model.keras")

    def full(descriptor):
        raise OSError(errno.ENOSPC, "no space left")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="no space"):
            npslstm.Sequential([npslstm.Input((4, 3)), LSTM(2)]).save("model.keras")
    assert (tmp_path / "model.keras").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["model.keras"]


def test_a_model_that_was_not_built_is_saved_without_weights(model):
    original = npslstm.Sequential([LSTM(2), Dense(1)])
    with pytest.warns(UserWarning, match="no weights are saved"):
        original.save("model.keras")
    found = load_model("model.keras")
    assert not found.built and [type(layer) for layer in found.layers] == [LSTM, Dense]
