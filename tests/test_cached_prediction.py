"""`predict` of a batch of a known kind takes a shorter way, and gives what the long way gives."""

from __future__ import annotations

import numpy as np
import pytest

import npslstm as nn
from npslstm.study import intervene
from npslstm.training import cached_prediction

X = np.random.default_rng(3).random((4, 5, 2), np.float32)


def model_of(*layers, **options):
    nn.utils.set_random_seed(1)
    return nn.Sequential([nn.Input(batch_shape=(4, 5, 2)), nn.layers.LSTM(3, **options), *layers])


def at_length(model, x):
    """With a callback there is no other way than the long one."""
    return model.predict(x, verbose=0, callbacks=[nn.callbacks.Callback()])


@pytest.fixture
def answers(monkeypatch):
    """How often the short way was taken."""
    found, plain = [], cached_prediction.CachedPrediction.__call__
    monkeypatch.setattr(
        cached_prediction.CachedPrediction, "__call__", lambda *a: (found.append(1), plain(*a))[1]
    )
    return found


@pytest.mark.parametrize("options", [{}, {"return_sequences": True}, {"go_backwards": True}])
def test_both_ways_give_the_same_bits(options, answers):
    model = model_of(nn.layers.Dense(2, activation="softmax"), **options)
    expected = at_length(model, X)
    for x in (X, X, np.asfortranarray(X), X[::-1][::-1]):
        assert np.array_equal(model.predict(x, verbose=0), expected)
    assert len(answers) == 3, "the first one makes what the others use"


def test_parts_of_a_large_batch_are_taken_in_by_themselves(answers, monkeypatch):
    monkeypatch.setattr("npslstm.program.WORTH_A_PART", 1)
    model = model_of(nn.layers.Dense(2))
    expected = at_length(model, X)
    for x in (X, X, np.asfortranarray(X), X[::-1][::-1]):
        assert np.array_equal(model.predict(x, verbose=0), expected)
    assert len(answers) == 3
    assert not np.array_equal(model.predict(2 * X, verbose=0), expected)


def test_a_result_is_the_callers_own(answers):
    model = model_of()
    first, second = model.predict(X, verbose=0), model.predict(X, verbose=0)
    kept = second.copy()
    second[...] = 7
    third = model.predict(2 * X, verbose=0)
    assert np.array_equal(first, kept) and np.all(second == 7) and (third != kept).all()
    assert len(answers) == 2


def test_states_go_on(answers):
    model, other = model_of(stateful=True), model_of(stateful=True)
    for _ in range(3):
        assert np.array_equal(model.predict(X, verbose=0), at_length(other, X))
    model.reset_states()
    other.reset_states()
    assert np.array_equal(model.predict(X, verbose=0), at_length(other, X)) and len(answers) == 3


def test_what_changes_the_model_is_seen(answers):
    model = model_of()
    before = [model.predict(X, verbose=0) for _ in range(2)][-1]
    model.set_weights([2 * w for w in model.get_weights()])
    doubled = model.predict(X, verbose=0)
    assert np.array_equal(doubled, at_length(model, X)) and (doubled != before).any()
    with intervene(model, forget=0.0):
        assert np.array_equal(model.predict(X, verbose=0), at_length(model, X))
        assert (model.predict(X, verbose=0) != doubled).any()
    assert np.array_equal(model.predict(X, verbose=0), doubled)
    model.add(nn.layers.Dense(2))
    assert model.predict(X, verbose=0).shape == (4, 2)


def test_weights_that_another_model_trains_are_followed(answers):
    model = model_of(nn.layers.Dense(1))
    other = nn.Sequential([nn.Input(batch_shape=(4, 5, 2)), *model.layers])
    other.compile("sgd", "mse")
    for _ in range(2):
        model.predict(X, verbose=0)
        other.fit(X, X[:, 0, 0], verbose=0)
        assert np.array_equal(model.predict(X, verbose=0), at_length(model, X))


def test_everything_else_goes_the_long_way(answers, capsys):
    model = model_of()
    model.predict(X, verbose=0)
    model.predict(X.astype(np.float64), verbose=0)
    model.predict(X, verbose=1)
    model.predict(X, verbose=0, batch_size=2)
    model.predict(X, verbose=0, steps=1)
    with pytest.raises(ValueError, match="with 3"):
        model.predict(np.zeros((4, 5, 3), np.float32), verbose=0)
    assert not answers and "1 step" in capsys.readouterr().out
