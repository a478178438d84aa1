"""What a reader is told, and what must not happen in silence. No framework needed."""

import numpy as np
import pytest

import npslstm
from npslstm.layers import LSTM, Dense
from npslstm.scan import State, Weights, scan

X = np.zeros((6, 5, 2), "float32")


def built():
    return npslstm.Sequential([npslstm.Input((5, 2)), LSTM(3), Dense(1)])


def test_an_unbuilt_model_has_a_summary():
    lines = []
    npslstm.Sequential([LSTM(3), Dense(1)]).summary(print_fn=lines.append)
    assert "?" in lines[0] and "0 (unbuilt)" in lines[0]


def test_a_layer_is_built_once():
    layer = LSTM(3)
    layer.build((None, 5, 2))
    weights = [np.full_like(w, 0.1) for w in layer.get_weights()]
    layer.set_weights(weights)
    layer(X)
    assert layer.built and layer.input_shape == (None, 5, 2)
    assert all(np.array_equal(*pair) for pair in zip(layer.get_weights(), weights, strict=True))
    assert len(npslstm.Sequential([npslstm.Input((5, 2)), layer]).weights) == 3


def test_a_layer_that_cannot_be_built_stays_empty():
    layer = LSTM(3, stateful=True)
    for _ in range(2):
        with pytest.raises(ValueError, match="batch_shape"):
            layer.build((None, 5, 2))
    assert layer.weights == [] and not layer.built


@pytest.mark.parametrize("wrong", ["W", "U", "b", "h", "mask", "activation"])
def test_a_scan_checks_its_shapes(wrong):
    shapes = {"W": (2, 12), "U": (3, 12), "b": (12,), "h": (6, 3), "mask": (5, 6)}
    arrays = {name: np.zeros(shape) for name, shape in shapes.items()}
    activation = "tahn" if wrong == "activation" else "tanh"
    if wrong in arrays:
        arrays[wrong] = np.zeros([n + 1 for n in shapes[wrong]])
    weights = Weights(arrays["W"], arrays["U"], arrays["b"])
    state = State(arrays["h"], np.zeros((6, 3)))
    with pytest.raises(ValueError, match="activations|received"):
        scan(np.zeros((5, 6, 2)), weights, state, arrays["mask"] > 0, activation)


MESSAGES = {
    "2-D data": (lambda: LSTM(3)(X[:, 0]), r"x.reshape\(6, 1, 2\)"),
    "one sample": (lambda: built().predict(X[0]), r"x\[np.newaxis\]"),
    "1-D data": (lambda: LSTM(3)(X[0, :, 0]), r"x.reshape\(1, -1, 1\)"),
    "features": (lambda: built().predict(X[:, :, :1]), "2 features in its last axis"),
    "stacked": (
        lambda: npslstm.Sequential([npslstm.Input((5, 2)), LSTM(3), LSTM(3)]),
        "return_sequences=True",
    ),
    "misspelled": (lambda: LSTM(3, return_sequence=True), "Did you mean 'return_sequences'"),
    "optimizer": (lambda: npslstm.optimizers.Adam(learningrate=0.1), "'learning_rate'"),
    "no list": (lambda: npslstm.Sequential(LSTM(3)), r"Sequential\(\[LSTM"),
    "a shape": (lambda: npslstm.Input(5, 2), r"shape=\(5, 1\)"),
    "not compiled": (lambda: built().fit(X, X[:, 0, :1]), "model.compile"),
    "a list": (lambda: built().predict(X.tolist()), r"np.array\(x\)"),
    "units": (lambda: LSTM(True), "positive integer"),
}


@pytest.mark.parametrize("case", MESSAGES)
def test_the_message_says_what_to_write(case):
    call, expected = MESSAGES[case]
    with pytest.raises(ValueError, match=expected):
        call()


def test_a_layer_stands_in_a_model_once():
    model = built()
    with pytest.raises(ValueError, match="already in this model"):
        model.add(model.layers[0])
    assert len(model.layers) == 2


WARNINGS = {
    "a softmax over one unit": (lambda: Dense(1, "softmax")(X[:, 0]), "one unit"),
    "its Activation": (lambda: npslstm.layers.Activation("softmax")(X[:, 0, :1]), "one unit"),
    "a share in per cent": (lambda: LSTM(3, dropout=20), "dropout=20 is the share"),
    "a share below 0": (lambda: LSTM(3, recurrent_dropout=-0.2), "recurrent_dropout=-0.2"),
}


@pytest.mark.parametrize("case", WARNINGS)
def test_what_can_hardly_be_meant_is_said(case):
    call, expected = WARNINGS[case]
    with pytest.warns(UserWarning, match=expected):
        call()


@pytest.mark.parametrize("option", [{"epochs": -1}, {"epochs": 2.5}, {"verbose": 3}])
def test_fit_refuses_what_it_cannot_count(option):
    model = built()
    model.compile(loss="mse")
    (name, value) = next(iter(option.items()))
    before = model.get_weights()
    with pytest.raises(ValueError, match=f"{name}.*{value}"):
        model.fit(X, X[:, 0, :1], **option)
    assert all(np.array_equal(*pair) for pair in zip(before, model.get_weights(), strict=True))


@pytest.mark.parametrize("size", ["a", [3], 2.5, float("nan"), True, -1], ids=str)
def test_a_batch_size_is_a_whole_number(size):
    model = built()
    model.compile("sgd", "mse")
    y = model.predict(X, verbose=0)
    for call in (model.predict, lambda x, **k: model.fit(x, y, **k)):
        with pytest.raises(ValueError, match="batch_size must be a positive integer; received"):
            call(X, batch_size=size, verbose=0)
    assert np.array_equal(model.predict(X, verbose=0), y)
