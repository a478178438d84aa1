"""Files and summaries of graphs: each engine reads what the other has written, and both print the
same table."""

from __future__ import annotations

import json
import zipfile

import keras
import numpy as np
import pytest

import npslstm

# Keras's own, when it writes a file with NumPy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

T, F = 4, 3


def seq2seq(nn):
    layers = nn.layers
    a, b = nn.Input((T, F), name="a"), nn.Input((3, 2), name="b")
    encoded, h, c = layers.LSTM(6, return_sequences=True, return_state=True, name="encoder")(a)
    decoded = layers.LSTM(6, return_sequences=True, name="decoder")(b, initial_state=[h, c])
    context = layers.Attention(use_scale=True, name="attention")([decoded, encoded])
    y = layers.Concatenate(name="both")([decoded, context])
    return nn.Model([a, b], layers.TimeDistributed(layers.Dense(2), name="steps")(y), name="seq")


def named(nn):
    layers = nn.layers
    a, b = nn.Input((T, F), name="a"), nn.Input((T, F), name="b")
    shared = layers.LSTM(5, name="shared")
    difference = layers.Subtract(name="difference")([shared(a), shared(b)])
    p, q = (layers.Dense(n, name=name)(difference) for n, name in enumerate(("p", "q"), 1))
    outputs = {"q": q, "p": p}
    return nn.Model({"a": a, "b": b}, outputs, name="named")


def nested(nn):
    layers = nn.layers
    x = nn.Input((T, F), name="x")
    inner = nn.Model(x, layers.Bidirectional(layers.LSTM(3), name="ways")(x), name="inner")
    stack = [nn.Input((6,)), layers.Dense(4, name="d"), layers.Dense(2)]
    chain = nn.Sequential(stack, name="chain")
    a, b = nn.Input((T, F), name="a"), nn.Input((T, F), name="b")
    y = layers.Add(name="sum")([chain(inner(a)), chain(inner(b))])
    return nn.Model([a, b], y, name="outer")


def plain(nn):
    layers = nn.layers
    x = nn.Input((T, F), name="x")
    y = layers.Dense(1, name="end")(layers.LSTM(3, name="lstm")(x))
    return nn.Model(x, y, name="plain")


def several_outputs(nn):
    layers = nn.layers
    x = nn.Input((T, F), name="x")
    y = layers.LSTM(3, return_sequences=True, name="lstm")(x)
    ends = [layers.Dense(1, name="each")(y), layers.LSTM(2, name="last")(y)]
    return nn.Model(x, ends, name="two")


def residual(nn):
    layers = nn.layers
    x = nn.Input((T, F), name="x")
    y = layers.LSTM(F, return_sequences=True, name="lstm")(x)
    return nn.Model(x, layers.LSTM(2, name="last")(x + y), name="residual")


MODELS = [seq2seq, named, nested, plain, several_outputs, residual]
each = pytest.mark.parametrize("build", MODELS, ids=lambda build: build.__name__)


def data(model):
    rng = np.random.default_rng(3)
    shapes = [tuple(tensor.shape[1:]) for tensor in model.inputs]
    xs = [rng.normal(size=(5, *shape)).astype("float32") for shape in shapes]
    if model.name == "named":
        return dict(zip("ab", xs, strict=True))
    return xs if len(xs) > 1 else xs[0]


def outputs(model, x):
    found = model.predict(x, verbose=0)
    if isinstance(found, dict):
        return [found[key] for key in sorted(found)]
    return found if isinstance(found, list) else [found]


def trained(model):
    """After two steps of Adam, so that there is something that the optimizer remembers."""
    x = data(model)
    y = [np.ones_like(one) for one in outputs(model, x)]
    y = {"p": y[0], "q": y[1]} if model.name == "named" else y
    model.compile("adam", "mse")
    model.fit(x, y, epochs=2, batch_size=5, verbose=0)
    return model


def agree(a, b, tolerance=2e-6):
    x = data(a)
    for one, other in zip(outputs(a, x), outputs(b, x), strict=True):
        np.testing.assert_allclose(one, other, atol=tolerance)
    weights = zip(a.get_weights(), b.get_weights(), strict=True)
    assert all(np.array_equal(one, other) for one, other in weights)
    assert [w.shape for w in a.optimizer.variables] == [w.shape for w in b.optimizer.variables]


@each
def test_keras_reads_what_npslstm_writes(build, tmp_path):
    model = trained(build(npslstm))
    model.save(tmp_path / "m.keras")
    agree(model, keras.saving.load_model(tmp_path / "m.keras"))


@each
def test_npslstm_reads_what_keras_writes(build, tmp_path):
    model = trained(build(keras))
    model.save(tmp_path / "m.keras")
    loaded = npslstm.models.load_model(tmp_path / "m.keras")
    agree(loaded, model)
    names = [layer.name for layer in loaded.layers if "add" not in layer.name]  # there an operation
    assert names == [layer.name for layer in model.layers]


@each
def test_weights_travel_alone(build, tmp_path):
    there, here = build(keras), build(npslstm)
    there.save_weights(tmp_path / "there.weights.h5")
    here.load_weights(tmp_path / "there.weights.h5")
    back = build(keras)
    here.save_weights(tmp_path / "here.weights.h5")
    back.load_weights(tmp_path / "here.weights.h5")
    x = data(there)
    for one, two, three in zip(outputs(there, x), outputs(here, x), outputs(back, x), strict=True):
        np.testing.assert_allclose(two, one, atol=2e-6)
        assert np.array_equal(three, one)


@pytest.mark.parametrize("build", MODELS[:-1], ids=lambda build: build.__name__)
def test_the_descriptions_are_the_same(build, tmp_path):
    """Of all but `residual`, where Keras writes an operation for +, and npslstm a layer."""
    described = []
    for nn in (keras, npslstm):
        build(nn).save(tmp_path / "m.keras")
        with zipfile.ZipFile(tmp_path / "m.keras") as file:
            described.append(graph_of(json.loads(file.read("config.json"))["config"]))
    assert described[0] == described[1]


def graph_of(config):
    """Who is called on what. The names of nested layers count, their settings do not."""
    calls = {}
    for layer in config["layers"]:
        for node in layer.get("inbound_nodes", []):
            node["kwargs"] = {k: v for k, v in node["kwargs"].items() if k == "initial_state"}
        inner = graph_of(layer["config"]) if layer["class_name"] == "Functional" else None
        calls[layer["name"]] = layer["class_name"], layer["inbound_nodes"], inner
    return calls, config["input_layers"], config["output_layers"]


@each
@pytest.mark.parametrize("options", [{}, {"expand_nested": True, "show_trainable": True}])
def test_summaries_are_the_same(build, options, monkeypatch):
    monkeypatch.setenv("COLUMNS", "150")
    texts = []
    for nn in (keras, npslstm):
        nn.utils.clear_session()
        model = build(nn)
        model.layers[-1].trainable = False
        model.summary(print_fn=texts.append, **options)
    assert texts[1] == texts[0]


@pytest.mark.parametrize("layer_range", [["en", "at"], ["decoder", "encoder"], ["b", "b"]])
def test_ranges_of_a_summary(layer_range, monkeypatch):
    monkeypatch.setenv("COLUMNS", "150")
    texts = []
    for nn in (keras, npslstm):
        seq2seq(nn).summary(print_fn=texts.append, layer_range=layer_range)
    assert texts[1] == texts[0]


def test_a_masked_graph_of_keras_is_read(tmp_path):
    """There masks are tensors of the graph, here layers hand them on."""
    layers = keras.layers
    x = keras.Input((T, F), name="x")
    hidden = layers.Masking(0.5)(x)
    y = layers.LSTM(4, return_sequences=True)(hidden)
    y = layers.Add()([y, layers.LSTM(4, return_sequences=True)(hidden)])
    model = keras.Model(x, layers.LSTM(3)(y))
    model.save(tmp_path / "m.keras")
    loaded = npslstm.models.load_model(tmp_path / "m.keras")
    given = np.random.default_rng(0).normal(size=(3, T, F)).astype("float32")
    given[0, 2:] = given[1, 1] = 0.5
    np.testing.assert_allclose(loaded.predict(given), model.predict(given, verbose=0), atol=2e-6)


def test_losses_and_metrics_of_several_outputs_are_read(tmp_path):
    model = named(keras)
    loss, metrics = {"p": "mse", "q": "mae"}, {"p": ["mae"], "q": ["mse", "mae"]}
    model.compile("adam", loss, loss_weights={"p": 0.5, "q": 2.0}, metrics=metrics)
    x = data(model)
    y = {"p": np.ones((5, 1), "float32"), "q": np.ones((5, 2), "float32")}
    expected = model.evaluate(x, y, verbose=0, return_dict=True)
    model.save(tmp_path / "m.keras")
    found = npslstm.models.load_model(tmp_path / "m.keras").evaluate(
        x, y, verbose=0, return_dict=True
    )
    assert list(found) == list(expected)
    np.testing.assert_allclose(list(found.values()), list(expected.values()), rtol=1e-5)
