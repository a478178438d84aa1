"""The tutorial programs, with few epochs: their samples, their months, and that they run alone."""

import functools
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import matplotlib
import numpy as np
import pandas as pd
import pytest

matplotlib.use("Agg")

import matplotlib.pyplot as plt  # noqa: E402

import examples.__main__ as runner  # noqa: E402
import npslstm  # noqa: E402
from examples import airline_regression, airline_stateful  # noqa: E402

AIRLINE = (airline_regression, airline_stateful)
ROOT = Path(__file__).parents[1]
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
        return x[:, -1]


def nothing(*arguments, **keywords): ...


REPEATING_ENGINE = SimpleNamespace(
    Sequential=Repeater,
    Input=nothing,
    layers=SimpleNamespace(LSTM=nothing, Dense=nothing),
    utils=SimpleNamespace(set_random_seed=nothing),
)


@each_program
def test_windows_leave_no_sample_out(program, monkeypatch):
    monkeypatch.setattr(program, "LOOK_BACK", 2)
    x, y, months = program.windows(np.arange(6), list("JFMAMJ"))
    assert x.tolist() == [[0, 1], [1, 2], [2, 3], [3, 4]]
    assert y.tolist() == [2, 3, 4, 5]
    assert months == ["M", "A", "M", "J"]


@each_program
def test_samples_fill_both_parts_to_their_last_month(program):
    _, _, parts = program.data()
    look_back = program.LOOK_BACK
    assert parts["Train"][0].shape == (96 - look_back, look_back, 1)
    assert parts["Test"][0].shape == (48 - look_back, look_back, 1)
    assert parts["Train"][2][-1] == pd.Timestamp("1956-12")
    assert parts["Test"][2][-1] == pd.Timestamp("1960-12")


@each_program
def test_targets_stand_on_their_months(program):
    series, scaler, parts = program.data()
    for x, y, months in parts.values():
        assert scaler.inverse_transform(y)[:, 0] == pytest.approx(series[months].to_numpy())
        before = series[months - pd.DateOffset(months=1)].to_numpy()
        assert scaler.inverse_transform(x[:, -1])[:, 0] == pytest.approx(before)


@each_program
def test_forecasts_are_drawn_on_the_months_they_are_for(program):
    result = program.main(REPEATING_ENGINE)
    assert result["score"] == pytest.approx(result["naive"], rel=1e-5)
    series, _, parts = program.data()
    _, *forecasts = plt.gcf().axes[0].lines
    for line, (_, _, months) in zip(forecasts, parts.values(), strict=True):
        assert list(line.get_xdata()) == list(months)
        assert line.get_ydata() == pytest.approx(series.shift(1)[months].to_numpy())


@each_program
def test_the_same_seed_gives_the_same_scores(program, capsys):
    first = program.main(npslstm, epochs=1)
    assert np.isfinite(list(first["score"].values())).all()
    assert first["picture"].stat().st_size > 10_000
    assert f"Test Score: {first['score']['Test']:.2f} RMSE" in capsys.readouterr().out
    assert program.main(npslstm, epochs=1)["score"] == first["score"]
    assert program.main(npslstm, seed=8, epochs=1)["score"] != first["score"]


@each_program
def test_training_lowers_the_error(program):
    npslstm.utils.set_random_seed(7)
    _, _, parts = program.data()
    model = program.build(npslstm)
    x, y, _ = parts["Train"]
    before = model.evaluate(x, y, batch_size=1, verbose=0)
    program.train(model, x, y, epochs=3)
    after = model.evaluate(x, y, batch_size=1, verbose=0)
    assert after < before / 2


def test_the_stateful_model_remembers_until_it_is_reset():
    model = airline_stateful.build(npslstm)
    x = airline_stateful.data()[2]["Test"][0][:4]
    predict = functools.partial(model.predict, x, batch_size=1, verbose=0)
    first = predict()
    assert not np.array_equal(predict(), first)
    airline_stateful.reset_states(model)
    assert np.array_equal(predict(), first)


@pytest.mark.compiled_only
def test_the_examples_need_no_framework():
    program = (
        "import sys; sys.modules.update(keras=None, tensorflow=None, jax=None)\n"
        "import npslstm; from examples import airline_regression, airline_stateful\n"
        "airline_regression.main(npslstm, epochs=1); airline_stateful.main(npslstm, epochs=1)"
    )
    command = [sys.executable, "-W", "error", "-c", program]
    subprocess.run(command, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)})


def test_the_runner_compares_all_programs_in_one_table(monkeypatch, capsys):
    for program in AIRLINE:
        monkeypatch.setattr(program, "main", functools.partial(program.main, epochs=1))
    runner.main()
    out = capsys.readouterr().out
    for text in ("published", "seconds", "airline_regression", "airline_stateful"):
        assert text in out
    assert Path("out", "airline_regression.png").exists()
    assert not plt.get_fignums()
