"""Framing, baselines, scores and forecasts: numbers worked out by hand, and models as they are."""

import numpy as np
import pytest

import npslstm
from npslstm.forecasting import (
    align,
    correlations,
    direct_forecast,
    lag_of_best_correlation,
    mae,
    mase,
    naive,
    naive_rmse,
    recursive_forecast,
    rmse,
    seasonal_naive,
    windows,
)
from npslstm.layers import LSTM, Dense

# ---- windows and align ------------------------------------------------------------------------


def test_windows_of_one_feature():
    x, y = windows(np.arange(6.0), look_back=3)
    assert np.array_equal(x[..., 0], [[0, 1, 2], [1, 2, 3], [2, 3, 4]])
    assert np.array_equal(y, [[3], [4], [5]])


def test_windows_with_a_horizon():
    x, y = windows(np.arange(6.0), look_back=2, horizon=3)
    assert np.array_equal(x[..., 0], [[0, 1], [1, 2]])
    assert np.array_equal(y, [[2, 3, 4], [3, 4, 5]])


def test_windows_of_several_features():
    series = np.arange(10).reshape(5, 2)
    x, y = windows(series, look_back=2, horizon=2)
    assert x.tolist() == [[[0, 1], [2, 3]], [[2, 3], [4, 5]]]
    assert y.tolist() == [[[4, 5], [6, 7]], [[6, 7], [8, 9]]]
    x, y = windows(series, look_back=2, horizon=2, target=1)
    assert x.shape == (2, 2, 2)
    assert y.tolist() == [[5, 7], [7, 9]]


@pytest.mark.parametrize("look_back", [1, 2, 5])
@pytest.mark.parametrize("horizon", [1, 3])
@pytest.mark.parametrize("features", [1, 2])
def test_windows_lose_no_sample(look_back, horizon, features):
    series = np.random.default_rng(0).normal(size=(9, features)).astype("float32")
    x, y = windows(series, look_back, horizon)
    assert x.dtype == y.dtype == np.float32
    assert len(x) == len(y) == 9 - look_back - horizon + 1
    assert np.array_equal(y.reshape(len(y), horizon, features)[-1, -1], series[-1])
    for i in range(len(x)):
        assert np.array_equal(x[i], series[i : i + look_back])
        target = series[i + look_back : i + look_back + horizon]
        assert np.array_equal(y[i].reshape(horizon, features), target)


def test_windows_are_copies():
    series = np.zeros(5)
    for array in windows(series, 2):
        array += 1
    assert not series.any()


def test_one_column_is_one_feature():
    for one, other in zip(windows(np.arange(5), 2), windows(np.arange(5)[:, None], 2), strict=True):
        assert np.array_equal(one, other)


def test_a_series_as_short_as_one_sample():
    assert windows(np.arange(5), 3, 2)[0].shape == (1, 3, 1)
    with pytest.raises(ValueError, match="4 values is too short .* one sample alone takes 5"):
        windows(np.arange(4), 3, 2)


@pytest.mark.parametrize(
    ("series", "options", "message"),
    [(np.zeros((2, 2, 2)), {}, r"received shape \(2, 2, 2\)"), ([], {}, "not empty"),
     (["a", "b"], {}, "array of numbers"), (np.zeros(5), {"look_back": 0}, "look_back must be"),
     (np.zeros(5), {"horizon": 1.5}, "horizon must be a whole number, 1 or more; received 1.5"),
     (np.zeros((5, 2)), {"target": 2}, "0 to 1 in a series of 2; received 2")],
)  # fmt: skip
def test_what_windows_cannot_be_made_of(series, options, message):
    with pytest.raises(ValueError, match=message):
        windows(series, **{"look_back": 1, **options})


def test_align():
    aligned = align(np.array([7, 8]), 1, 4)
    assert np.array_equal(aligned, [np.nan, 7, 8, np.nan], equal_nan=True)
    assert align(np.ones((3, 1), "float32"), 2, 5).shape == (5, 1)
    assert align(np.ones((3, 1), "float32"), 2, 5).dtype == np.float32


def test_forecasts_of_windows_are_aligned_with_what_they_forecast():
    series = np.arange(20.0)
    _, y = windows(series[5:15], look_back=3)
    aligned = align(y[:, 0], 5 + 3, 20)
    there = ~np.isnan(aligned)
    assert there.sum() == 7
    assert np.array_equal(aligned[there], series[there])


@pytest.mark.parametrize("start", [-1, 3])
def test_align_checks_the_places(start):
    with pytest.raises(ValueError, match="a series of 4 values has places 0 to 3"):
        align([1, 2], start, 4)


# ---- baselines and scores ---------------------------------------------------------------------


def test_naive_forecasts():
    assert naive([1, 2, 3], 2).tolist() == [3, 3]
    assert naive([[1, 2], [3, 4]], 2).tolist() == [[3, 4], [3, 4]]
    assert seasonal_naive([9, 1, 2, 3], 3, 5).tolist() == [1, 2, 3, 1, 2]
    assert seasonal_naive([9, 1, 2, 3], 4, 1).tolist() == [9]
    with pytest.raises(ValueError, match="A season has 5 values, the series only 4"):
        seasonal_naive([9, 1, 2, 3], 5, 1)


def test_scores():
    actual, forecast = [1, 2, 3], [1, 4, 7]
    assert rmse(actual, forecast) == pytest.approx(np.sqrt(20 / 3))
    assert mae(actual, forecast) == 2
    assert mase(actual, forecast, [0, 4, 1, 2]) == pytest.approx(2 / (8 / 3))
    assert mase(actual, forecast, [0, 4, 1, 2], season=2) == pytest.approx(2 / 1.5)
    assert np.isnan(rmse([1, 2], [1, np.nan]))


def test_scores_do_not_broadcast():
    for score in (rmse, mae):
        with pytest.raises(ValueError, match=r"\(3,\) and \(3, 1\).*forecast\[:, 0\]"):
            score(np.zeros(3), np.zeros((3, 1)))


def test_mase_needs_a_history_that_the_naive_forecast_gets_wrong():
    with pytest.raises(ValueError, match="at least 4 are needed for season=3"):
        mase([1], [2], [1, 2, 3], season=3)
    with pytest.raises(ValueError, match="no error"):
        mase([1], [2], [1, 2, 1, 2], season=2)


def test_naive_rmse_is_that_of_the_published_series():
    """The naive forecast of the last third, and of the years after the first."""
    _, passengers = npslstm.datasets.airline_passengers.load_data()
    expected = np.sqrt(np.mean((passengers[97:] - passengers[96:-1]).astype(float) ** 2))
    assert naive_rmse(passengers, 97) == pytest.approx(expected)
    expected = rmse(passengers[12:24], seasonal_naive(passengers[:12], 12, 12))
    assert naive_rmse(passengers, 12, 24, season=12) == pytest.approx(expected)


@pytest.mark.parametrize(("start", "stop"), [(0, 3), (2, 2), (2, 6), (-1, 3)])
def test_naive_rmse_needs_a_value_before_each(start, stop):
    with pytest.raises(ValueError, match="start may be 1 to 4, stop start [+] 1 to 5"):
        naive_rmse(np.arange(5.0), start, stop)


@pytest.mark.parametrize("lag", [0, 1, 3])
def test_lag_of_best_correlation(lag):
    """A forecast that repeats what was there `lag` places before."""
    series = np.cumsum(np.random.default_rng(1).normal(size=60))
    actual, forecast = series[lag:], series[: len(series) - lag]
    assert lag_of_best_correlation(actual, 2 * forecast + 5, max_lag=4) == lag
    found = correlations(actual, forecast, max_lag=4)
    assert found.shape == (5,)
    assert found[lag] == pytest.approx(1)


@pytest.mark.parametrize(
    ("actual", "forecast", "max_lag", "message"),
    [(np.arange(5), np.ones(5), 1, "do not vary"), (np.arange(5), np.arange(5), 4, "6 values"),
     (np.ones((5, 1)), np.ones((5, 1)), 1, "one feature"), (np.ones(5), np.ones(4), 1, "shape")],
)  # fmt: skip
def test_what_has_no_correlation(actual, forecast, max_lag, message):
    with pytest.raises(ValueError, match=message):
        correlations(actual, forecast, max_lag)


# ---- forecasts of models made up --------------------------------------------------------------


class Rule:
    """A stateless model whose outputs are a function of its inputs (samples, steps, features)."""

    layers = ()

    def __init__(self, rule, steps, features=1):
        self.rule, self.input_shape, self.seen = rule, (None, steps, features), []

    def predict(self, x, batch_size, verbose):
        assert x.shape[1:] == self.input_shape[1:] or self.input_shape[1] is None
        self.seen.append(x.copy())
        return self.rule(x)


class Tenths:
    """A scaler: the model sees a tenth of the data's numbers, column k less k."""

    def transform(self, table):
        return table / 10 - np.arange(table.shape[1])

    def inverse_transform(self, table):
        return (table + np.arange(table.shape[1])) * 10


def total(x):
    return x.sum(axis=1)


def test_forecasts_are_fed_back():
    fibonacci = Rule(total, steps=2)
    assert recursive_forecast(fibonacci, [9, 1, 1], 5).tolist() == [2, 3, 5, 8, 13]
    assert [x.ravel().tolist() for x in fibonacci.seen[:3]] == [[1, 1], [1, 2], [2, 3]]


def test_the_forecast_has_the_features_of_the_history():
    model = Rule(total, steps=2, features=2)
    forecast = recursive_forecast(model, [[1, 10], [1, 10]], 3)
    assert forecast.tolist() == [[2, 20], [3, 30], [5, 50]]
    assert recursive_forecast(Rule(total, 2), [[1], [1]], 3).shape == (3, 1)


def test_a_scaler_is_between_the_data_and_the_model():
    model = Rule(lambda x: x[:, -1] + 1, steps=1, features=2)
    forecast = recursive_forecast(model, [[0, 0], [20, 30]], 2, scaler=Tenths())
    assert np.array_equal(model.seen[0], [[[2, 2]]])
    assert np.array_equal(forecast, [[30, 40], [40, 50]])


def test_direct_forecasts_of_one_feature():
    model = Rule(lambda x: np.stack([x[:, -1, 0] + 1, x[:, -1, 0] + 2], 1), steps=3)
    assert direct_forecast(model, [9, 10, 20, 30], scaler=Tenths()).tolist() == [40, 50]
    assert np.array_equal(model.seen[0][..., 0], [[1, 2, 3]])
    assert direct_forecast(model, [[10], [20], [30]], scaler=Tenths()).tolist() == [[40], [50]]


def test_direct_forecasts_of_all_features():
    model = Rule(lambda x: x[:, ::-1], steps=2, features=2)
    history = [[10, 20], [30, 40]]
    assert np.array_equal(direct_forecast(model, history, scaler=Tenths()), history[::-1])


@pytest.mark.parametrize("axes", [2, 3], ids=["(samples, horizon)", "(samples, horizon, 1)"])
def test_direct_forecasts_of_one_of_several_features(axes):
    """In the units of that feature, by the scaler of all."""
    model = Rule(lambda x: x[:, :, 1] if axes == 2 else x[:, :, 1:], steps=2, features=2)
    forecast = direct_forecast(model, [[10, 20], [30, 40]], scaler=Tenths(), target=1)
    assert forecast.tolist() == [20, 40]


@pytest.mark.parametrize(
    ("rule", "history", "options", "message"),
    [(total, [1], {}, "takes 2 values to forecast the next; the history has 1"),
     (total, [[1, 2], [1, 2]], {}, "takes 1 features; the history has 2"),
     (total, [1, 2], {"look_back": 3}, "takes 2 time steps; received look_back=3"),
     (total, [1, 2], {"steps": 0}, "steps must be a whole number, 1 or more; received 0"),
     (lambda x: x[:, :, 0], [1, 2], {}, r"\(samples, 1\).*\('samples', 2\).*direct_forecast")],
)  # fmt: skip
def test_recursive_forecasts_that_cannot_be(rule, history, options, message):
    with pytest.raises(ValueError, match=message):
        recursive_forecast(Rule(rule, 2), history, **{"steps": 2, **options})


def test_direct_forecasts_that_cannot_be():
    history = np.ones((3, 2))
    model = Rule(lambda x: x[:, :, 0], steps=2, features=2)
    with pytest.raises(ValueError, match="forecasts 1 of the 2 features.*expected were 2"):
        direct_forecast(model, history)
    with pytest.raises(ValueError, match="forecasts 2 of the 2 features.*expected were 1"):
        direct_forecast(Rule(lambda x: x, 2, 2), history, target=0)
    with pytest.raises(ValueError, match="target is the number of the feature"):
        direct_forecast(model, history, target=2)


def test_a_model_of_any_number_of_time_steps():
    with pytest.raises(ValueError, match="look_back=..."):
        recursive_forecast(Rule(total, None), [1, 1], 2)
    assert recursive_forecast(Rule(total, None), [1, 1, 1], 2, look_back=3).tolist() == [3, 5]


# ---- forecasts of networks --------------------------------------------------------------------

HISTORY = np.sin(np.arange(9.0)).astype("float32")


def network(steps, stateful=False, samples=1, outputs=1):
    npslstm.utils.set_random_seed(3)
    shape = {"batch_shape": (samples, steps, 1)} if stateful else {"shape": (steps, 1)}
    layers = [npslstm.Input(**shape), LSTM(5, return_sequences=True, stateful=stateful)]
    return npslstm.Sequential([*layers, LSTM(4, stateful=stateful), Dense(outputs)])


def test_a_stateless_model_sees_the_last_window():
    model = network(steps=4)
    values = list(HISTORY)
    for _ in range(3):
        values.append(model(np.array(values[-4:], "float32").reshape(1, 4, 1)).item())
    assert np.array_equal(recursive_forecast(model, HISTORY, 3), np.array(values[9:], "float32"))


def test_a_stateful_model_of_one_step_remembers_the_whole_history():
    """As the stateless model with the same weights that is shown everything anew each time."""
    model, whole = network(steps=1, stateful=True), network(steps=None)
    whole.set_weights(model.get_weights())
    values = HISTORY
    for _ in range(4):
        values = np.append(values, whole(values.reshape(1, -1, 1))[0])
    assert np.allclose(recursive_forecast(model, HISTORY, 4), values[9:], rtol=0, atol=1e-6)


def test_a_stateful_model_of_windows_sees_each_of_them():
    model = network(steps=3, stateful=True, outputs=2)
    x, _ = windows(np.append(HISTORY, 0), 3)
    assert np.array_equal(x[-1, :, 0], HISTORY[-3:])
    expected = model.predict(x, batch_size=1, verbose=0)[-1]
    assert np.array_equal(direct_forecast(model, HISTORY), expected)


@pytest.mark.parametrize("forecast", [direct_forecast, lambda *a: recursive_forecast(*a, 2)])
def test_states_are_as_before(forecast):
    model = network(steps=1, stateful=True)
    first = forecast(model, HISTORY)
    model.predict(np.ones((6, 1, 1), "float32"), batch_size=1, verbose=0)
    before = model.get_states()
    assert np.array_equal(forecast(model, HISTORY), first)  # nor do they take part
    for state, kept in zip(before, model.get_states(), strict=True):
        assert np.array_equal(state, kept)
        assert np.any(state)


def test_states_are_as_before_also_after_an_error():
    model = network(steps=1, stateful=True, outputs=2)
    model.predict(np.ones((6, 1, 1), "float32"), batch_size=1, verbose=0)
    before = model.get_states()
    with pytest.raises(ValueError, match="direct_forecast"):
        recursive_forecast(model, HISTORY, 2)
    for state, kept in zip(before, model.get_states(), strict=True):
        assert np.array_equal(state, kept)


def test_a_stateful_model_of_many_samples_is_told_what_to_do():
    model = network(steps=1, stateful=True, samples=2)
    with pytest.raises(ValueError, match=r"batches of 2 samples.*set_weights"):
        recursive_forecast(model, HISTORY, 2)


def test_a_model_that_takes_no_time_steps():
    model = npslstm.Sequential([npslstm.Input(shape=(3,)), Dense(1)])
    with pytest.raises(ValueError, match=r"inputs of shape \(None, 3\)"):
        recursive_forecast(model, HISTORY, 2)
