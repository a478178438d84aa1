"""Forecasts of a Keras model are those of ours with its weights, and its states are kept too."""

import keras
import numpy as np
import pytest

import npslstm
from npslstm.forecasting import direct_forecast, recursive_forecast

HISTORY = np.sin(np.arange(12)).astype("float32")


def network(nn, steps, stateful, outputs=1):
    shape = {"batch_shape": (1, steps, 1)} if stateful else {"shape": (steps, 1)}
    layers = [nn.Input(**shape), nn.layers.LSTM(5, stateful=stateful), nn.layers.Dense(outputs)]
    return nn.Sequential(layers)


@pytest.mark.parametrize(("steps", "stateful"), [(4, False), (1, True), (3, True)])
def test_forecasts(steps, stateful):
    forecasts = [lambda m: recursive_forecast(m, HISTORY, 3), lambda m: direct_forecast(m, HISTORY)]
    for outputs, forecast in enumerate(forecasts, start=1):
        ours, theirs = (network(nn, steps, stateful, outputs) for nn in (npslstm, keras))
        ours.set_weights(theirs.get_weights())
        if stateful:
            theirs.predict(np.ones((2, steps, 1)), batch_size=1, verbose=0)
        before = [np.asarray(state).copy() for state in theirs.layers[0].states or ()]
        np.testing.assert_allclose(forecast(ours), forecast(theirs), rtol=0, atol=1e-6)
        for state, kept in zip(before, theirs.layers[0].states or (), strict=True):
            assert np.any(state)
            np.testing.assert_array_equal(state, np.asarray(kept))
