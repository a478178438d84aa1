"""The airline examples: their samples, their months, and forecasts drawn where they belong."""

import functools
from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest

matplotlib.use("Agg")

import matplotlib.pyplot as plt

import npslstm
from examples import (
    airline_regression,
    airline_stacked,
    airline_stateful,
    airline_timesteps,
    airline_window,
    forecast_a_year,
)

AIRLINE = (airline_regression, airline_window, airline_timesteps, airline_stateful, airline_stacked)
each_program = pytest.mark.parametrize("program", AIRLINE, ids=lambda p: p.__name__.split(".")[-1])


@pytest.fixture(autouse=True)
def pictures_elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    yield
    plt.close("all")


class Repeater:
    """A model that forecasts its last input, so that each forecast tells which month it is from."""

    layers = ()

    def add(self, layer): ...

    def compile(self, **arguments): ...

    def fit(self, x, y, **arguments): ...

    def predict(self, x, **arguments):
        return x.reshape(len(x), -1)[:, -1:]


def nothing(*arguments, **keywords): ...


REPEATING_ENGINE = SimpleNamespace(
    Sequential=Repeater,
    Input=nothing,
    layers=SimpleNamespace(LSTM=nothing, Dense=nothing),
    utils=SimpleNamespace(set_random_seed=nothing),
)


@each_program
def test_samples_fill_both_parts_to_their_last_month(program):
    months, _, _, parts = program.data()
    look_back = program.LOOK_BACK
    one = (1, look_back) if program is airline_window else (look_back, 1)
    for name, length, last in (("Train", 96, "1956-12"), ("Test", 48, "1960-12")):
        x, y, start = parts[name]
        assert x.shape == (length - look_back, *one)
        assert months[start + len(y) - 1].strftime("%Y-%m") == last


@each_program
def test_targets_stand_on_their_months(program):
    _, passengers, scaler, parts = program.data()
    for x, y, start in parts.values():
        months = slice(start, start + len(y))
        assert scaler.inverse_transform(y)[:, 0] == pytest.approx(passengers[months])
        last = scaler.inverse_transform(x.reshape(len(x), -1))[:, -1]
        assert last == pytest.approx(passengers[start - 1 : start + len(y) - 1])


@each_program
def test_forecasts_are_drawn_on_the_months_they_are_for(program, capsys):
    result = program.main(REPEATING_ENGINE)
    assert result["score"] == pytest.approx(result["naive"], rel=1e-5)
    assert capsys.readouterr().out.count("the month before: it repeats its input") == 2
    months, passengers, _, parts = program.data()
    series, *forecasts = plt.gcf().axes[0].lines
    assert list(series.get_xdata(orig=True)) == list(months)
    for line, (_, y, start) in zip(forecasts, parts.values(), strict=True):
        drawn = np.flatnonzero(~np.isnan(line.get_ydata()))
        assert drawn.tolist() == list(range(start, start + len(y)))
        assert line.get_ydata()[drawn] == pytest.approx(passengers[drawn - 1])


@each_program
def test_training_lowers_the_error(program):
    npslstm.utils.set_random_seed(7)
    x, y, _ = program.data()[3]["Train"]
    model = program.build(npslstm)
    before = model.evaluate(x, y, batch_size=1, verbose=0)
    program.train(model, x, y, epochs=3)
    assert model.evaluate(x, y, batch_size=1, verbose=0) < before / 2


@pytest.mark.parametrize("program", [airline_stateful, airline_stacked], ids=["one", "stacked"])
def test_stateful_models_remember_until_they_are_reset(program):
    model = program.build(npslstm)
    x = program.data()[3]["Test"][0][:4]
    predict = functools.partial(model.predict, x, batch_size=1, verbose=0)
    first = predict()
    assert not np.array_equal(predict(), first)
    program.reset_states(model)
    assert np.array_equal(predict(), first)


def test_the_year_ahead_is_in_passengers_and_the_scaler_has_not_seen_1960():
    _, passengers, scaler, scaled = forecast_a_year.data()
    assert scaled.max() == pytest.approx(1) and len(scaled) == len(passengers) - 12
    assert scaler.transform(passengers[-12:].reshape(-1, 1)).max() > 1

    class YearBefore(Repeater):
        """Forecasts of the same month a year ago: of one month, or of twelve."""

        def __init__(self, horizon):
            self.horizon, self.input_shape = horizon, (None, 12, 1)

        def predict(self, x, **arguments):
            return x[:, : self.horizon, 0]

    models = {"Recursive": YearBefore(1), "Direct": YearBefore(12)}
    for values in forecast_a_year.forecast(models, passengers[:-12], scaler).values():
        assert values == pytest.approx(passengers[-24:-12], rel=1e-4)
