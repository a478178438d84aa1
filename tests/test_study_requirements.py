"""What a student may give by mistake: each study says what is wrong and what to write instead."""

from __future__ import annotations

import builtins

import numpy as np
import pytest

import npslstm
from npslstm import study
from npslstm.layers import LSTM, Dense
from npslstm.study.requirements import optional
from npslstm.study.selections import chosen
from tests.studied import everything, model_of, numbers, same

X, Y = numbers(4, 5, 2), numbers(4, 2, seed=1)
WITH_TARGETS = (study.ablate, study.check_gradients, study.gradient_flow)
ALL = (study.trace, study.reach, study.verify, *WITH_TARGETS)


def call(function, model, x, y=Y):
    return function(model, x, y) if function in WITH_TARGETS else function(model, x)


@pytest.mark.parametrize("function", ALL, ids=lambda f: f.__name__)
def test_a_model_without_weights_stays_without(function):
    model = npslstm.Sequential([LSTM(3), Dense(2)])
    model.compile(loss="mse")
    with pytest.raises(ValueError, match="has no weights yet.*Input"):
        call(function, model, X)
    assert not model.layers[0].built and model.weights == []


@pytest.mark.parametrize("function", ALL[1:], ids=lambda f: f.__name__)
def test_numbers_that_are_none_are_named(function):
    x, model = X.copy(), model_of(3)
    x[2, 4, 1] = np.nan
    before = everything(model)
    with pytest.raises(ValueError, match=r"x\[2, 4, 1\] is nan"):
        call(function, model, x)
    if function in WITH_TARGETS:
        with pytest.raises(ValueError, match=r"y\[1, 0\] is inf"):
            call(function, model, X, np.where(np.arange(8).reshape(4, 2) == 2, np.inf, Y))
    assert same(everything(model), before)


def test_a_trace_follows_nan_with_a_warning():
    x = X.copy()
    x[2, 3] = np.nan
    with pytest.warns(UserWarning, match=r"x\[2, 3, 0\] is NaN"):
        found = study.trace(model_of(3), x)
    assert np.isnan(found.c[2, 3:]).all() and np.isfinite(found.c[2, :3]).all()


@pytest.mark.parametrize(
    "function", [study.reach, study.verify, study.check_gradients], ids=lambda f: f.__name__
)
def test_one_batch_of_a_stateful_model(function):
    model = model_of(3, stateful=True, batch=2)
    with pytest.raises(ValueError, match=r"keeps states for 2 samples; x has 4. Give x\[:2\]"):
        call(function, model, X)
    call(function, model, X[:2], Y[:2])


@pytest.mark.parametrize("nothing", [[], range(0), np.array([], int), slice(7, 9), [False] * 5])
def test_choosing_nothing_is_a_mistake(nothing):
    with pytest.raises(ValueError, match="None of the 5 units of it is chosen"):
        chosen(nothing, 5, "units", "it")


def test_a_choice_by_true_and_false():
    assert chosen([True, False, True], 3, "units", "it").tolist() == [0, 2]
    with pytest.raises(ValueError, match="or 3 times True or False"):
        chosen([True, False], 3, "units", "it")


MISTAKES = {
    "arguments the other way round": (lambda t: study.trace(X, model_of(3)), "model comes first"),
    "no layers": (lambda t: study.trace(model_of(3), X, layers=[]), "names no layer"),
    "no time steps": (lambda t: study.trace(model_of(3, steps=None), X[:, :0]), "no time steps"),
    "several units": (lambda t: study.plot_unit(t, [1, 2]), r"One unit.*received \[1, 2\]"),
    "labels": (lambda t: study.plot_gates(t, labels=3), "one entry for each time step"),
    "top": (lambda t: study.explain(t, 0, 0, 0, top=-1), "top is how many terms"),
    "every": (lambda t: study.GateRecorder(X, every=1.5), "whole numbers.*1.5"),
    "NaN": (lambda t: study.intervene(model_of(3), forget=float("nan")), "forget is NaN"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_message_says_what_is_meant(mistake):
    make, message = MISTAKES[mistake]
    with pytest.raises(ValueError, match=message):
        make(study.trace(model_of(3), X))


def test_a_file_that_is_no_trace(tmp_path):
    path = tmp_path / "broken.npz"
    path.write_bytes(b"PK and nothing more")
    with pytest.raises(ValueError, match="broken.npz was not written by Trace.save"):
        study.Trace.load(path)
    np.savez(tmp_path / "other.npz", a=1)
    with pytest.raises(ValueError, match=r"other.npz was not written.*\['a'\]"):
        study.Trace.load(tmp_path / "other.npz")


def test_a_missing_library_is_named_with_its_remedy(monkeypatch):
    found = study.trace(model_of(3), X)

    def without(name, *rest, **options):
        if name.partition(".")[0] in ("pandas", "matplotlib"):
            raise ImportError(name)
        return builtins.__import__(name, *rest, **options)

    monkeypatch.setattr("importlib.import_module", without)
    with pytest.raises(ImportError, match="matplotlib: pip install matplotlib"):
        study.plot_gates(found)
    with pytest.raises(ImportError, match="pandas: pip install pandas"):
        found.frame()
    monkeypatch.undo()
    assert optional("json", "").__name__ == "json"


def test_pieces_of_a_stateful_sequence():
    model = model_of(3, stateful=True, batch=2)
    first, second = (study.trace(model, X, batch_size=2, update_state=True) for _ in range(2))
    with pytest.raises(ValueError, match=r"earlier.end_to_end\(\) \+ later.end_to_end\(\)"):
        first + second
    assert len((first.end_to_end() + second.end_to_end()).steps) == 2 * 2 * 5
    backwards = study.trace(model_of(3, go_backwards=True), X)
    with pytest.raises(ValueError, match="reads backwards"):
        backwards + backwards
