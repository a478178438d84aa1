"""reach against finite differences of the outputs."""

from __future__ import annotations

import numpy as np
import pytest

import npslstm
from npslstm.layers import LSTM, Bidirectional, Dense, Dropout
from npslstm.study.change.interventions import intervene
from npslstm.study.question.reach import reach
from tests.studied import everything, model_of, numbers, same

STEP = 1e-5


def by_differences(model, x, units=slice(None)):
    """The norms of the derivatives of a model's sequences (samples, steps, units)."""

    def output(at):
        state = model.get_states()
        y = model(at)[:, :, units]
        model.set_states(state)
        return y

    n, T, F = x.shape
    squares = np.zeros((n, output(x).shape[1], T))
    for s in range(T):
        for j in range(F):
            ahead, behind = x.copy(), x.copy()
            ahead[:, s, j] += STEP
            behind[:, s, j] -= STEP
            slopes = (output(ahead) - output(behind)) / (2 * STEP)
            squares[:, :, s] += np.sum(slopes**2, axis=2)
    return np.sqrt(squares)


@pytest.mark.parametrize(
    "options",
    [{}, {"go_backwards": True}, {"stateful": True, "batch": 3}],
    ids=str,
)
@pytest.mark.parametrize("units", [(3,), (3, 2)], ids=str)
def test_reach_of_a_models_sequences(units, options):
    model, x = model_of(*units, sequences=True, **options), numbers(3, 5, 2)
    if model.stateful:
        model.predict(numbers(3, 5, 2, seed=1), verbose=0)
    found = reach(model, x)
    assert found.shape == (3, 5, 5)
    np.testing.assert_allclose(found, by_differences(model, x), rtol=1e-6, atol=1e-9)
    causal = np.flip(found, axis=2) if options.get("go_backwards") and len(units) == 1 else found
    assert len(units) == 2 or (np.triu(causal[0], 1) == 0).all()


def test_without_sequences_it_is_the_reach_of_the_last_h():
    model, x = model_of(3, 2), numbers(3, 5, 2)
    seen = model_of(3, 2, sequences=True, top=None)
    seen.set_weights(model.get_weights()[:6])
    found = reach(model, x)
    np.testing.assert_allclose(found, by_differences(seen, x), rtol=1e-6, atol=1e-9)
    np.testing.assert_array_equal(reach(model, x, layer=-1), found)
    first = npslstm.Sequential(seen.layers[:1])
    np.testing.assert_allclose(reach(model, x, layer=0), by_differences(first, x), rtol=1e-6)


def test_some_units_alone():
    model, x = model_of(4, sequences=True, top=None), numbers(2, 5, 2)
    found = reach(model, x, units=[1, -1])
    np.testing.assert_allclose(found, by_differences(model, x, [1, 3]), rtol=1e-6, atol=1e-9)


def test_masked_steps_are_out_of_reach():
    model, x = model_of(3, masked=True), numbers(2, 5, 2)
    x[1, 2] = 0
    found = reach(model, x)
    assert (found[1, :, 2] == 0).all() and (found[0, 2:, 2] > 0).all()
    np.testing.assert_array_equal(found[1, 1], found[1, 2])  # the masked step carries h on
    short = reach(model, np.delete(x, 2, axis=1))
    np.testing.assert_allclose(np.delete(found[1, 4], 2), short[1, 3], rtol=1e-12)


def test_penalties_and_dropout_are_not_part_of_it():
    plain, x = model_of(3, 2, sequences=True), numbers(2, 5, 2)
    other = model_of(3, 2, sequences=True, activity_regularizer="l2", dropout=0.5)
    other.add(Dropout(0.5, dtype="float64"))
    np.testing.assert_array_equal(reach(plain, x), reach(other, x))


def test_it_goes_through_an_intervention():
    model, x = model_of(3), numbers(2, 5, 2)
    with intervene(model, h=0.0, c=0.0, steps=2):
        found = reach(model, x)
    assert (found[:, 4, :3] == 0).all() and (found[:, 4, 3:] > 0).all()


def test_the_model_is_left_as_it_was():
    model, x = model_of(3, sequences=True, stateful=True, batch=2), numbers(2, 5, 2)
    model.fit(x, numbers(2, 5, 2, seed=1), verbose=0)
    before = everything(model)
    reach(model, x)
    assert same(everything(model), before)


def test_what_cannot_be_asked():
    model, x = model_of(3), numbers(2, 5, 2)
    with pytest.raises(ValueError, match=r"no LSTM layer 'nobody'.*'lstm"):
        reach(model, x, layer="nobody")
    with pytest.raises(ValueError, match="no number 3 among the units.*there are 3, from 0 to 2"):
        reach(model, x, units=3)
    with pytest.raises(ValueError, match="no LSTM"):
        reach(npslstm.Sequential([npslstm.Input((2,)), Dense(1)]), x)
    with pytest.raises(ValueError, match="keeps states for 3 samples"):
        reach(model_of(3, stateful=True, batch=3), numbers(6, 5, 2))


@pytest.mark.parametrize("mode", ["concat", "mul"])
def test_reach_of_both_directions(mode):
    npslstm.config.set_floatx("float64")
    try:
        first = Bidirectional(LSTM(3, return_sequences=True, name="w"), mode)
        model = npslstm.Sequential([npslstm.Input((5, 2)), first, LSTM(2, return_sequences=True)])
    finally:
        npslstm.config.set_floatx("float32")
    x = numbers(3, 5, 2)
    alone = {"forward_w": first.forward_layer, "backward_w": first.backward_layer}
    for name, layer in alone.items():
        expected = by_differences(npslstm.Sequential([layer]), x)
        np.testing.assert_allclose(reach(model, x, layer=name), expected, rtol=1e-5, atol=1e-9)
    found = reach(model, x)
    np.testing.assert_allclose(found, by_differences(model, x), rtol=1e-5, atol=1e-9)
    assert (found > 0).all()  # the first step knows of the last input
