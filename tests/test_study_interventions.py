"""intervene against models whose weights were edited to the same effect, and what it leaves."""

from __future__ import annotations

import numpy as np
import pytest

import npslstm
from npslstm.layers import LSTM, Dense
from npslstm.layers.experiments import experiment_of
from npslstm.study.change.interventions import intervene, scale, transplant
from npslstm.study.question.checks import check_gradients
from npslstm.study.see.trace import trace
from tests.studied import everything, model_of, numbers, same

H = 3
OPEN = 1000.0


def edited(model, gate, bias):
    """The model with one gate's kernels 0 and its bias given, so that the gate is constant."""
    other = model_of(H, 2)
    other.set_weights(model.get_weights())
    W, U, b = other.layers[0].get_weights()
    block = slice(gate * H, gate * H + H)
    W[:, block], U[:, block], b[block] = 0, 0, bias
    other.layers[0].set_weights([W, U, b])
    return other


@pytest.mark.parametrize(
    ("values", "gate", "bias"),
    [
        ({"input": 1}, 0, OPEN),
        ({"input": 0.5}, 0, 0.0),
        ({"forget": 1}, 1, OPEN),
        ({"forget": 0}, 1, -OPEN),
        ({"candidate": 0}, 2, 0.0),
        ({"candidate": np.tanh([0.2, 0.3, -0.4])}, 2, [0.2, 0.3, -0.4]),
        ({"output": 0}, 3, -OPEN),
    ],
    ids=str,
)
def test_a_gate_that_is_held_is_a_gate_of_constant_weights(values, gate, bias):
    model, x, y = model_of(H, 2), numbers(4, 5, 2), numbers(4, 2, seed=1)
    other = edited(model, gate, bias)
    assert np.abs(model.predict(x, verbose=0) - other.predict(x, verbose=0)).max() > 1e-4
    with intervene(model, **values):
        np.testing.assert_allclose(model(x), other(x), rtol=1e-12)
        np.testing.assert_allclose(model.predict(x, verbose=0), other.predict(x, verbose=0), 1e-12)
        assert model.evaluate(x, y, verbose=0) == pytest.approx(other.evaluate(x, y, verbose=0))
        weights = model.get_weights()
        model.train_on_batch(x, y)
    other.train_on_batch(x, y)
    held = slice(gate * H, gate * H + H)
    pairs = zip(weights, model.get_weights(), other.get_weights(), strict=True)
    for k, (before, after, expected) in enumerate(pairs):
        if k < 3:
            assert (before[..., held] == after[..., held]).all()  # nothing there to be learned
            after, expected = (np.delete(w, held, -1) for w in (after, expected))
        np.testing.assert_allclose(after, expected, rtol=1e-12, atol=1e-15)


def test_a_unit_held_at_0_is_a_unit_nobody_listens_to():
    model, x = model_of(H, 2), numbers(4, 5, 2)
    other = model_of(H, 2)
    weights = model.get_weights()
    weights[1][1] = 0  # recurrent_kernel
    weights[3][1] = 0  # kernel of the next LSTM
    other.set_weights(weights)
    with intervene(model, h=0, units=1):
        np.testing.assert_allclose(model(x), other(x), rtol=1e-12)


def test_training_under_it_has_the_gradients_of_the_changed_network():
    model = model_of(H, 2)
    x, y = numbers(3, 5, 2), numbers(3, 2, seed=1)
    with (
        intervene(model, c=scale(0.5), forget=scale(1.5), units=[0, 2], steps=[1, 3]),
        intervene(model, 1, h=0.3, output=0.9, samples=1, steps=-2),
    ):
        check = check_gradients(model, x, y)
    assert check, check.verdict


def test_it_acts_on_the_chosen_samples_steps_and_units_only():
    model, x = model_of(H), numbers(4, 5, 2)
    before = trace(model, x).layers[0]
    with intervene(model, forget=0.25, units=[-1], steps=range(2, 4), samples=1):
        found = trace(model, x).layers[0]
    where = np.zeros((4, 5, H), bool)
    where[1, 2:4, 2] = True
    assert (found.f[where] == 0.25).all()
    assert (found.f == before.f)[:, :2].all() and (found.f == before.f)[[0, 2, 3]].all()
    assert (found.i == before.i)[1, :3].all() and (found.c != before.c)[1, 2, 2]
    assert (found.c == before.c)[1, 2, :2].all()


def test_values_may_differ_from_place_to_place():
    model, x = model_of(H), numbers(2, 5, 2)
    values = numbers(2, 1, 2, seed=5)
    with intervene(model, c=values, steps=[0, 4], units=[0, 2]):
        found = trace(model, x).layers[0]
    expected = np.broadcast_to(values, (2, 2, 2))
    np.testing.assert_array_equal(found.c[:, [0, 4]][:, :, [0, 2]], expected)


def test_the_inner_one_acts_on_what_the_outer_one_made():
    model, x = model_of(H), numbers(2, 5, 2)
    with intervene(model, forget=0.5):
        with intervene(model, forget=scale(0.5), units=0):
            inner = trace(model, x).layers[0].f
        outer = trace(model, x).layers[0].f
    with intervene(model, forget=scale(0.5)), intervene(model, forget=0.5, units=0):
        other = trace(model, x).layers[0].f
    assert (inner[..., 0] == 0.25).all() and (inner[..., 1:] == 0.5).all() and (outer == 0.5).all()
    assert (other[..., 0] == 0.5).all() and (other[..., 1:] < 0.5).all()


# ---- transplants -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["trace", "arrays"])
def test_a_whole_state_transplanted_makes_the_rest_that_of_the_other_run(kind):
    model = model_of(H, sequences=True)
    x, other = numbers(2, 5, 2), numbers(2, 5, 2, seed=1)
    other[:, 3:] = x[:, 3:]
    run = trace(model, other)
    c, h = (run, run) if kind == "trace" else (run.layers[0].c, run.layers[0].h)
    with intervene(model, c=transplant(c), h=transplant(h), steps=2):
        found = model(x)
    np.testing.assert_array_equal(found[:, 2:], model(other)[:, 2:])
    np.testing.assert_array_equal(found[:, :2], model(x)[:, :2])


def test_a_state_may_come_from_another_step_and_one_sample():
    model, x = model_of(H), numbers(3, 5, 2)
    run = trace(model, numbers(1, 7, 2, seed=1), steps=[5])
    with intervene(model, c=transplant(run, step=5), steps=[1, 3], units=[0, 2]):
        found = trace(model, x).layers[0].c
    for step in (1, 3):
        expected = run.layers[0].c[[0] * 3, 0][:, [0, 2]]
        np.testing.assert_array_equal(found[:, step][:, [0, 2]], expected)


def test_a_memory_can_be_exchanged_between_single_steps():
    """One step a batch, the state carried over: a `with` around single calls."""
    model = model_of(H, steps=1, stateful=True, batch=1)
    x, other = numbers(4, 1, 2), numbers(4, 1, 2, seed=1)
    other[2:] = x[2:]

    def shown(first, changed=None):
        outputs, states = [], []
        model.reset_states()
        for t in range(4):
            if t == 1 and changed is not None:
                state = {"c": changed[1][None, None], "h": changed[0][None, None]}
                with intervene(model, **state):
                    outputs.append(model.predict(first[t : t + 1], verbose=0))
            else:
                outputs.append(model.predict(first[t : t + 1], verbose=0))
            states.append([s[0] for s in model.layers[0].get_states()])
        return outputs, states

    wanted, states = shown(other)
    found, _ = shown(x, states[1])
    plain, _ = shown(x)
    assert same(found[1:], wanted[1:]) and same(found[:1], plain[:1])
    assert not same(plain[2:], wanted[2:])


def everything_idle(model):
    return {id(program) for shelf in model.pool.shelves.values() for program in shelf}


# ---- what is left behind -------------------------------------------------------------------------


def test_on_leaving_everything_is_as_before_also_by_an_exception():
    model = model_of(H, 2, stateful=True, batch=2)
    x, y = numbers(4, 5, 2), numbers(4, 2, seed=1)
    model.fit(x, y, verbose=0)
    model.predict(x, verbose=0)
    before, programs = everything(model), everything_idle(model)
    change = intervene(model, forget=0.0)
    with pytest.raises(ZeroDivisionError), change:
        state = model.get_states()
        model.predict(x, verbose=0)
        model.set_states(state)
        1 / 0  # noqa: B018
    assert same(everything(model), before) and not any(map(experiment_of, model.layers))
    assert programs <= everything_idle(model)
    fresh = model_of(H, 2, stateful=True, batch=2)
    fresh.set_weights(model.get_weights())
    fresh.set_states(model.get_states())
    assert same([model.predict(x, verbose=0)], [fresh.predict(x, verbose=0)])
    with change:  # it can be used again
        assert not same([model.predict(x, verbose=0)], [fresh.predict(x, verbose=0)])


def test_a_value_that_does_not_fit_leaves_nothing_behind():
    model, x = model_of(H), numbers(2, 5, 2)
    before = model.predict(x, verbose=0)
    for wrong in ({"forget": np.ones(2)}, {"forget": 1, "steps": 7}, {"forget": 1, "samples": 2}):
        message = "(samples, time steps, units)|from 0 to"
        with pytest.raises(ValueError, match=message), intervene(model, **wrong):
            model.predict(x, verbose=0)
    assert same([model.predict(x, verbose=0)], [before])


def test_a_layer_itself_and_layers_called_alone():
    layer, x = LSTM(H), numbers(2, 5, 2)
    before = layer(x)
    model = npslstm.Sequential([layer, Dense(1)])
    after = model.predict(x, verbose=0)
    with intervene(layer, output=0):
        assert (layer(x) == 0).all() and (model.predict(x, verbose=0) == 0).all()
    assert same([layer(x), model.predict(x, verbose=0)], [before, after])


def test_the_values_given_may_change_afterwards():
    model, x, value = model_of(H), numbers(2, 5, 2), np.full(H, 0.5)
    change = intervene(model, forget=value)
    value[:] = 0
    with change:
        assert (trace(model, x).layers[0].f == 0.5).all()


# ---- what cannot be asked ------------------------------------------------------------------------


def test_mistakes_are_told_at_once():
    model = model_of(H, 2)
    with pytest.raises(ValueError, match="gates input, forget.*states c, h.*received forgett"):
        intervene(model, forgett=1)
    with pytest.raises(ValueError, match="received none of them"):
        intervene(model, units=[1])
    with pytest.raises(ValueError, match="no number 3 among the units.*there are 3, from 0 to 2"):
        intervene(model, forget=1, units=[0, 3])
    with pytest.raises(ValueError, match="whole numbers.*received 0.5"):
        intervene(model, forget=1, units=0.5)
    with pytest.raises(ValueError, match="no LSTM layer 'nobody'"):
        intervene(model, "nobody", forget=1)
    with pytest.raises(ValueError, match="The value of c must hold numbers"):
        intervene(model, c="zero")
    with pytest.raises(ValueError, match="all 3 units; received shape"):
        intervene(model, c=transplant(numbers(2, 5, 2)))
    part = trace(model, numbers(2, 5, 2), steps=[1])
    with pytest.raises(ValueError, match="keeps only a part"):
        intervene(model, c=transplant(part))
    with pytest.raises(ValueError, match="There is no step 4"):
        intervene(model, c=transplant(part, step=4))
    with pytest.raises(ValueError, match="trace does not hold.*lstm_1.*it holds 'lstm_0'"):
        intervene(model, 1, c=transplant(trace(model, numbers(2, 5, 2), layers=0)))


def test_numbers_of_samples_and_steps_are_told_when_they_are_known():
    model, x = model_of(H), numbers(3, 5, 2)
    message = "no number 5 among the time steps.*from 0 to 4"
    with intervene(model, forget=1, steps=5), pytest.raises(ValueError, match=message):
        model.predict(x, verbose=0)
    with intervene(model, forget=1, samples=[0, 2]):
        model.predict(x, verbose=0)
        with pytest.raises(ValueError, match="no number 2 among the samples of a batch"):
            model.predict(x, batch_size=2, verbose=0)
    message = "2 samples and 5 time steps; the batch has 3 and 5"
    with intervene(model, c=transplant(numbers(2, 5, 3))), pytest.raises(ValueError, match=message):
        model.predict(x, verbose=0)
