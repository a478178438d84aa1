"""Small models for two engines, and `fit`, `evaluate` and `predict` compared number by number."""

import numpy as np

from . import nested
from .differences import agree, difference
from .engines import engine
from .tolerances import named

T, F = 4, 3
EAGER = {"run_eagerly": True}  # means nothing here; spares Keras the compilation of a graph
QUIET = {"verbose": 0}


def regression(nn, **options):
    """LSTM and Dense for targets (N, 1)."""
    model = nn.Sequential([nn.Input((T, F)), nn.layers.LSTM(5), nn.layers.Dense(1)])
    model.compile(loss="mse", **{"optimizer": "adam", "metrics": ["mae"], **EAGER, **options})
    return model


def classifier(nn, **options):
    """LSTM, BatchNormalization and softmax for three classes."""
    layers = [nn.Input((T, F)), nn.layers.LSTM(5), nn.layers.BatchNormalization()]
    model = nn.Sequential([*layers, nn.layers.Dense(3, activation="softmax")])
    settings = {"optimizer": nn.optimizers.SGD(0.1), "loss": "sparse_categorical_crossentropy"}
    model.compile(**{**settings, "metrics": ["accuracy"], **EAGER, **options})
    return model


def data(rng, samples=10, kind="numbers"):
    x = rng.normal(0, 1, (samples, T, F)).astype("float32")
    if kind == "labels":
        return x, rng.integers(0, 3, samples)
    return x, rng.normal(0, 1, (samples, 1)).astype("float32")


def fits_alike(ours, theirs, x, y, **options):
    """`fit` of both: the History key by key, epochs, params, and the weights afterwards."""
    dtype = ours.dtype
    pair = [m.fit(x, y, shuffle=False, **QUIET, **options) for m in (ours, theirs)]
    mine, keras_ = (h.history for h in pair)
    assert list(mine) == list(keras_)
    assert pair[0].epoch == pair[1].epoch
    assert pair[0].params == pair[1].params
    for key, values in keras_.items():
        assert [type(v) for v in mine[key]] == [type(v) for v in values]
        agree(named("history", dtype), mine[key], values, key)
    weights = ours.get_weights(), theirs.get_weights()
    agree(named("weights after training", dtype), *weights, "weights")
    assert ours.history is pair[0]


def evaluate_alike(ours, theirs, x, y, **options):
    name = named("history", ours.dtype)
    mine, keras_ = (m.evaluate(x, y, **QUIET, **options) for m in (ours, theirs))
    assert type(mine) is type(keras_)
    agree(name, mine, keras_, "evaluate")
    mine, keras_ = (m.evaluate(x, y, return_dict=True, **QUIET, **options) for m in (ours, theirs))
    assert list(mine) == list(keras_)
    agree(name, list(mine.values()), list(keras_.values()), "evaluate, return_dict")


def predict_alike(ours, theirs, x, **options):
    mine, keras_ = (m.predict(x, **QUIET, **options) for m in (ours, theirs))
    arrays_alike(mine, keras_, "predict", named("prediction", ours.dtype))


def arrays_alike(mine, keras_, what, tolerance="prediction"):
    """NumPy arrays, by themselves or in lists or dicts of the same form."""
    assert type(mine) is type(keras_)
    ours, theirs = nested.named(mine, what), nested.named(keras_, what)
    assert list(ours) == list(theirs)
    for name, array in theirs.items():
        assert type(ours[name]) is type(array) is np.ndarray and ours[name].dtype == array.dtype
        agree(tolerance, ours[name], array, name)


def layers_alike(ours, theirs, x):
    """What every call of every layer makes in inference, masks too."""
    mine, keras_ = engine("npslstm").outputs(ours, x), engine("keras").outputs(theirs, x)
    assert sorted(mine) == sorted(keras_)
    for what, array in keras_.items():
        agree(named("graph output", ours.dtype), mine[what], array, what)


def gradients_alike(ours, theirs, batch):
    """Of the loss of a batch, by every weight: all together, beside the largest of them."""
    mine = engine("npslstm").gradients(ours, *batch)
    keras_ = engine("keras").gradients(theirs, *batch)
    assert list(mine) == list(keras_)
    if mine:
        gaps = [difference(mine[name], g, "absolute") for name, g in keras_.items()]
        worst = list(keras_)[int(np.argmax(gaps))]
        both = [np.concatenate([g.ravel() for g in found.values()]) for found in (mine, keras_)]
        agree(named("graph gradient", ours.dtype), *both, f"gradients, most of {worst}")
