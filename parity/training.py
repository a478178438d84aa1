"""Small models for two engines, and `fit`, `evaluate` and `predict` compared number by number."""

import numpy as np

from .differences import agree

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
    pair = [m.fit(x, y, shuffle=False, **QUIET, **options) for m in (ours, theirs)]
    mine, keras_ = (h.history for h in pair)
    assert list(mine) == list(keras_)
    assert pair[0].epoch == pair[1].epoch
    assert pair[0].params == pair[1].params
    for key, values in keras_.items():
        assert [type(v) for v in mine[key]] == [type(v) for v in values]
        agree("history", mine[key], values, key)
    agree("weights after training", ours.get_weights(), theirs.get_weights(), "weights")
    assert ours.history is pair[0]


def evaluate_alike(ours, theirs, x, y, **options):
    mine, keras_ = (m.evaluate(x, y, **QUIET, **options) for m in (ours, theirs))
    assert type(mine) is type(keras_)
    agree("history", mine, keras_, "evaluate")
    mine, keras_ = (m.evaluate(x, y, return_dict=True, **QUIET, **options) for m in (ours, theirs))
    assert list(mine) == list(keras_)
    agree("history", list(mine.values()), list(keras_.values()), "evaluate, return_dict")


def predict_alike(ours, theirs, x, **options):
    mine, keras_ = (m.predict(x, **QUIET, **options) for m in (ours, theirs))
    assert type(mine) is type(keras_) is np.ndarray and mine.dtype == keras_.dtype
    agree("prediction", mine, keras_, "predict")
