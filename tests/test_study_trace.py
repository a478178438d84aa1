"""Traces: against a plain NumPy forward pass, and what they must leave alone."""

from __future__ import annotations

import gc
import sys
import tracemalloc
import weakref

import numpy as np
import pytest

import npslstm
from npslstm import cells
from npslstm.layers import LSTM, BatchNormalization, Dense, Dropout, Masking, RepeatVector
from npslstm.study import Trace, intervene, lstm_layer, lstm_layers, trace
from npslstm.study.names import quantities

QUANTITIES = quantities(cells.LSTM)
N, T, F, H = 7, 6, 3, 4
CLOSE = 4e-7  # measured: 1.2e-7 near 1, 4.4e-7 near 2; float32's gap at 1 is 1.2e-7


@pytest.fixture(autouse=True)
def seeded():
    """Layers draw their seeds when they are made, before `model_of` sets its own."""
    npslstm.utils.set_random_seed(3)


def model_of(*layers, shape=(T, F), batch=None, seed=5):
    npslstm.utils.set_random_seed(seed)
    return npslstm.Sequential([npslstm.Input(batch_shape=(batch, *shape)), *layers])


def data(*shape, seed=1):
    return np.random.default_rng(seed).normal(size=shape or (N, T, F)).astype(np.float32)


def plain_forward(x, weights, h, c, mask=None, squash=np.tanh):
    """The six equations in float64, sample by sample, gate by gate. Arrays (N, T, H) by name."""
    x, (W, U, b) = x.astype(float), [w.astype(float) for w in weights]
    units = U.shape[0]
    found = {name: np.full((*x.shape[:2], units), np.nan) for name in QUANTITIES}
    for n in range(len(x)):
        h_n, c_n = h[n].astype(float), c[n].astype(float)
        for t in range(x.shape[1]):
            if mask is None or mask[n, t]:
                z = x[n, t] @ W + h_n @ U + b
                i, f, o = (1 / (1 + np.exp(-z[k * units : (k + 1) * units])) for k in (0, 1, 3))
                g = squash(z[2 * units : 3 * units])
                c_n = f * c_n + i * g
                h_n = o * squash(c_n)
                row = dict(zip(("z_i", "z_f", "z_g", "z_o"), z.reshape(4, units), strict=True))
                row |= {"i": i, "f": f, "g": g, "o": o, "a": squash(c_n)}
                for name, value in row.items():
                    found[name][n, t] = value
            found["c"][n, t], found["h"][n, t] = c_n, h_n
    return found


def agree(layer_trace, expected, allowed=CLOSE):
    for name in QUANTITIES:
        np.testing.assert_allclose(
            getattr(layer_trace, name), expected[name], allowed, atol=allowed, err_msg=name
        )


def same(one, two):
    """Both traces hold the same numbers, to the last bit."""
    for a, b in zip(one, two, strict=True):
        for name in (*QUANTITIES, "x", "mask", "steps", "units"):
            np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)
        for mine, other in zip((*a.before, *a.after), (*b.before, *b.after), strict=True):
            np.testing.assert_array_equal(mine, other)


def equal(states, expected):
    """Lists of lists of arrays, to the last bit."""
    for one, two in zip(states, expected, strict=True):
        for a, b in zip(one, two, strict=True):
            np.testing.assert_array_equal(a, b)


ZERO = np.zeros((N, H))


# ---- the numbers --------------------------------------------------------------------------------


def test_a_layer_against_plain_numpy():
    model, x = model_of(LSTM(H), Dense(1)), data()
    found = trace(model, x)
    agree(found[0], plain_forward(x, model.layers[0].get_weights(), ZERO, ZERO))
    np.testing.assert_array_equal(found.x, x)
    assert found.mask.all() and found.z.shape == found.gates.shape == (N, T, 4, H)
    np.testing.assert_array_equal(found.after.h, found.h[:, -1])
    np.testing.assert_array_equal(found.after.c, found.c[:, -1])
    assert not found.before.h.any() and not found.before.c.any()


def test_other_activations_and_no_bias():
    model, x = model_of(LSTM(H, activation="softsign", use_bias=False)), data()
    weights = [*model.layers[0].get_weights(), np.zeros(4 * H)]
    expected = plain_forward(x, weights, ZERO, ZERO, squash=lambda z: z / (1 + abs(z)))
    agree(trace(model, x)[0], expected)


def test_every_layer_of_a_stack():
    layers = [LSTM(H, return_sequences=True), Dropout(0.5), BatchNormalization(),
              LSTM(3), RepeatVector(2), LSTM(5), Dense(1)]  # fmt: skip
    model, x = model_of(*layers), data()
    found = trace(model, x)
    assert [len(t.steps) for t in found] == [T, T, 2]
    read = x
    for number, layer in enumerate(lstm_layers(model)):
        zeros = np.zeros((N, layer.units))
        np.testing.assert_allclose(found[number].x, read, rtol=0, atol=2e-6)
        agree(found[number], plain_forward(found[number].x, layer.get_weights(), zeros, zeros))
        if number == 0:
            read = model.layers[2](found[0].h)
        else:
            read = np.repeat(found[1].h[:, -1:], 2, axis=1)
    assert found[model.layers[3].name] is found[1] is found[-2]


def test_read_backwards_steps_are_in_the_order_of_reading():
    model, x = model_of(LSTM(H, go_backwards=True)), data()
    found = trace(model, x)
    np.testing.assert_array_equal(found.x, x[:, ::-1])
    agree(found[0], plain_forward(x[:, ::-1], model.layers[0].get_weights(), ZERO, ZERO))
    assert list(found[0].positions) == [5, 4, 3, 2, 1, 0]


@pytest.mark.parametrize("backwards", [False, True], ids=["", "go_backwards"])
def test_masked_steps_are_marked_and_carry_the_states_on(backwards):
    x = data()
    used = np.ones((N, T), bool)
    used[0, 4:] = used[1, :2] = used[2, 3] = used[3, :] = False
    x[~used] = 0
    model = model_of(Masking(), LSTM(H, go_backwards=backwards), Dense(1))
    found = trace(model, x)
    read, mask = (x[:, ::-1], used[:, ::-1]) if backwards else (x, used)
    np.testing.assert_array_equal(found.mask, mask)
    expected = plain_forward(read, model.layers[1].get_weights(), ZERO, ZERO, mask)
    agree(found[0], expected)
    assert np.isnan(found.gates[~mask]).all() and not np.isnan(found.gates[mask]).any()
    assert np.isnan(found.z[~mask]).all() and np.isnan(found.a[~mask]).all()


def test_float64():
    options = {"dtype": "float64"}
    model = model_of(LSTM(H, **options), Dense(1, **options))
    x = data().astype(float)
    found = trace(model, x)
    assert found.z.dtype == np.float64
    agree(found[0], plain_forward(x, model.layers[0].get_weights(), ZERO, ZERO), 1e-14)


def test_the_numbers_are_those_of_predict_to_the_last_bit():
    model, x = model_of(LSTM(H, return_sequences=True)), data()
    for batch_size in (None, 1, 3, N):
        h = trace(model, x, batch_size=batch_size).h
        np.testing.assert_array_equal(h, model.predict(x, batch_size=batch_size, verbose=0))


def test_an_intervention_is_shown_as_it_acts():
    model, x = model_of(LSTM(H, return_sequences=True)), data()
    before = trace(model, x)
    with intervene(model, forget=0.25, c=0.5, units=[1], steps=[2]):
        found, predicted = trace(model, x), model.predict(x, verbose=0)
    assert (found.f[:, 2, 1] == 0.25).all() and (found.c[:, 2, 1] == 0.5).all()
    np.testing.assert_array_equal(found.z[:, :3], before.z[:, :3])
    np.testing.assert_array_equal(found.h, predicted)
    assert (found.h[:, 3:] != before.h[:, 3:]).any()
    same(trace(model, x), before)


# ---- what is kept -------------------------------------------------------------------------------


def test_a_part_is_that_part_of_the_whole():
    model, x = model_of(LSTM(H, return_sequences=True), LSTM(5), Dense(1)), data()
    whole = trace(model, x, batch_size=2)
    first = whole[0]
    found = trace(model, x, layers=0, steps=[0, -1], units=range(1, 3), batch_size=2)
    assert len(found) == 1 and found[0].c.shape == (N, 2, 2)
    assert list(found.steps) == [0, 5] and list(found.units) == [1, 2]
    for name in QUANTITIES:
        expected = getattr(first, name)[:, [0, 5]][..., 1:3]
        np.testing.assert_array_equal(getattr(found, name), expected)
    np.testing.assert_array_equal(found.before.c, first.before.c[:, 1:3])
    np.testing.assert_array_equal(found.after.h, first.after.h[:, 1:3])

    chosen = trace(model, x, layers=[lstm_layer(model, 1)], samples=[6, 2])
    assert list(chosen.samples) == [2, 6]
    np.testing.assert_allclose(chosen.c, whole[1].c[[2, 6]], rtol=0, atol=CLOSE)


def test_blocks_make_no_difference(monkeypatch):
    model, x = model_of(LSTM(H)), data()
    expected = trace(model, x, steps=[1, 2], batch_size=2)
    module = sys.modules[trace.__module__]
    monkeypatch.setattr(module, "BLOCK", 1)
    same(trace(model, x, steps=[1, 2], batch_size=2), expected)


@pytest.mark.not_checked  # there each operation's first run takes memory for copies
@pytest.mark.compiled_only
def test_memory_is_that_of_what_is_kept(monkeypatch):
    module = sys.modules[trace.__module__]
    monkeypatch.setattr(module, "BLOCK", 1_000_000)
    model, x = model_of(LSTM(16), shape=(50, F)), data(600, 50, F)
    whole = trace(model, x)
    numbers = 600 * 50 * (F + 11 * 16)
    assert numbers * 4 <= whole.nbytes <= numbers * 4 * 1.05
    del whole
    tracemalloc.start()
    part = trace(model, x, units=[3], steps=[0, 49])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert part.nbytes < 100_000 and peak < 3_000_000  # of the 22 million of the whole


# ---- states, and sequences in pieces ------------------------------------------------------------


def stateful_model(batch=2, steps=3):
    return model_of(
        LSTM(H, stateful=True, return_sequences=True), LSTM(3, stateful=True), Dense(1),
        shape=(steps, F), batch=batch,
    )  # fmt: skip


def test_tracing_leaves_the_model_as_it_was():
    model, x = stateful_model(), data(6, 3, F)
    model.compile("adam", "mse")
    model.fit(x, np.ones((6, 1)), batch_size=2, verbose=0)
    states, weights = model.get_states(), model.get_weights()
    expected = model.predict(x, batch_size=2, verbose=0)
    model.set_states(states)
    trace(model, x)
    equal(model.get_states(), states)
    equal([model.get_weights()], [weights])
    np.testing.assert_array_equal(model.predict(x, batch_size=2, verbose=0), expected)


def test_states_come_back_also_after_an_error():
    model, x = stateful_model(), data(6, 3, F)
    model.predict(x, batch_size=2, verbose=0)
    states = model.get_states()
    with pytest.raises(ValueError, match="time steps"):
        trace(model, x, steps=[7])
    equal(model.get_states(), states)


def test_update_state_moves_on_as_predict_does():
    model, x = stateful_model(), data(6, 3, F)
    model.predict(x, batch_size=2, verbose=0)
    expected = model.get_states()
    model.reset_states()
    trace(model, x, update_state=True)
    equal(model.get_states(), expected)


def test_a_stateful_epoch_end_to_end_is_one_long_sequence():
    model, x = stateful_model(), data(6, 3, F)
    long = model_of(LSTM(H, return_sequences=True), LSTM(3), Dense(1), shape=(9, F))
    long.set_weights(model.get_weights())
    sequences = x.reshape(3, 2, 3, F).swapaxes(0, 1).reshape(2, 9, F)
    found = trace(model, x)
    np.testing.assert_array_equal(found[0].before.h[2:4], found[0].h[:2, -1])
    same(found.end_to_end(), trace(long, sequences))
    with pytest.raises(ValueError, match="stateful models only"):
        trace(long, sequences).end_to_end()


def test_samples_of_a_stateful_model_are_chosen_after_all_have_run():
    model, x = stateful_model(), data(6, 3, F)
    whole, found = trace(model, x), trace(model, x, samples=[4])
    np.testing.assert_array_equal(found[0].c, whole[0].c[4:5])
    assert list(found[0].samples) == [4]


def test_a_sequence_over_several_calls():
    model, x = model_of(LSTM(H, return_sequences=True), LSTM(3), shape=(None, F)), data(N, 9, F)
    whole = trace(model, x)
    earlier = trace(model, x[:, :4])
    later = trace(model, x[:, 4:], after=earlier)
    same(earlier + later, whole)
    small = {"batch_size": 2}  # the states go to several batches, the last of which is smaller
    earlier = trace(model, x[:, :4], **small)
    same(earlier + trace(model, x[:, 4:], after=earlier, **small), trace(model, x, **small))
    with pytest.raises(ValueError, match="does not begin with the state"):
        earlier + trace(model, x[:, 4:])
    with pytest.raises(ValueError, match="last state of layer"):
        trace(model, x[:3, 4:], after=earlier)


def test_a_stateful_model_over_several_calls():
    model, x = stateful_model(batch=1), data(3, 3, F)
    whole = trace(model, x).end_to_end()
    pieces = [trace(model, x[k : k + 1], update_state=True) for k in range(3)]
    same(pieces[0] + pieces[1] + pieces[2], whole)
    with pytest.raises(ValueError, match="update_state=True"):
        trace(model, x[:1], after=pieces[0])


def test_weights_that_change_are_seen():
    model, x = model_of(LSTM(H), Dense(1)), data()
    model.compile("adam", "mse")
    first = trace(model, x)
    model.fit(x, np.ones((N, 1)), verbose=0)
    second = trace(model, x)
    agree(second[0], plain_forward(x, model.layers[0].get_weights(), ZERO, ZERO))
    assert (first.c != second.c).any() and (first.weights.W != second.weights.W).any()


# ---- what can be done with a trace --------------------------------------------------------------


def test_frame_has_a_row_for_each_sample_step_and_unit():
    x = data()
    x[0, 5] = 0
    model = model_of(Masking(), LSTM(H))
    found = trace(model, x)
    frame = found.frame()
    assert list(frame.columns) == ["sample", "step", "unit", "masked", *QUANTITIES]
    assert len(frame) == N * T * H
    row = frame[(frame["sample"] == 3) & (frame["step"] == 2) & (frame["unit"] == 1)].iloc[0]
    assert row["f"] == found.f[3, 2, 1] and row["z_o"] == found.z_o[3, 2, 1] and not row["masked"]
    masked = frame[frame["masked"]]
    assert len(masked) == H and masked["f"].isna().all() and masked["c"].notna().all()


def test_save_and_load(tmp_path):
    model, x = model_of(LSTM(H, return_sequences=True), LSTM(2, go_backwards=True)), data()
    found = trace(model, x, units=[0, 1])
    found.save(tmp_path / "trace.npz")
    loaded = Trace.load(tmp_path / "trace.npz")
    same(loaded, found)
    assert repr(loaded) == repr(found) and loaded.nbytes == found.nbytes
    for a, b in zip(loaded[1].weights, found[1].weights, strict=True):
        np.testing.assert_array_equal(a, b)
    with pytest.raises(ValueError, match="npz"):
        found.save(tmp_path / "trace.csv")
    np.savez(tmp_path / "other.npz", x=x)
    with pytest.raises(ValueError, match="not written by Trace.save"):
        Trace.load(tmp_path / "other.npz")


def test_repr_tells_what_is_held():
    x = data()
    x[0, 5] = 0
    model = model_of(Masking(), LSTM(H))
    text = repr(trace(model, x, steps=[4, 5]))
    assert "7 samples, 2 of 6 steps, 4 of 4 units, 1 steps masked" in text
    assert model.layers[1].name in text and "MB" in text


def test_of_several_layers_one_must_be_named():
    found = trace(model_of(LSTM(H, return_sequences=True), LSTM(2)), data())
    with pytest.raises(AttributeError, match=r"trace\['.*'\]\.f or trace"):
        found.f  # noqa: B018
    with pytest.raises(ValueError, match="no layer 'first' in this trace; it has 0: "):
        found["first"]
    with pytest.raises(AttributeError, match="z_i"):
        found[0].forget  # noqa: B018


# ---- mistakes -----------------------------------------------------------------------------------


def test_a_model_without_lstm():
    model = model_of(Dense(2))
    with pytest.raises(ValueError, match=r"no LSTM layer.*'dense.*' \(Dense\)"):
        trace(model, data())
    with pytest.raises(ValueError, match="load_model"):
        trace("model", data())


@pytest.mark.parametrize("which", ["memory", 2, -3, True, 0.5])
def test_a_layer_that_does_not_exist(which):
    model = model_of(LSTM(H, return_sequences=True, name="first"), LSTM(2, name="second"))
    with pytest.raises(ValueError, match="0: 'first', 1: 'second'"):
        trace(model, data(), layers=which)


@pytest.mark.parametrize(
    ("option", "message"),
    [({"steps": [6]}, "there are 6, from 0 to 5"), ({"units": range(9)}, "there are 4"),
     ({"samples": -8}, "there are 7"), ({"units": 0.5}, "whole numbers"),
     ({"steps": slice(9, 12)}, "None of the 6 time steps")],
    ids=str,
)  # fmt: skip
def test_numbers_out_of_range(option, message):
    with pytest.raises(ValueError, match=message):
        trace(model_of(LSTM(H)), data(), **option)


def test_data_that_do_not_fit():
    model = model_of(LSTM(H))
    with pytest.raises(ValueError, match="features"):
        trace(model, data(N, T, F + 1))
    with pytest.raises(ValueError, match="batch_size=2"):
        trace(stateful_model(), data(3, 3, F))


# ---- both directions ------------------------------------------------------------------------


def both_ways():
    first = npslstm.layers.Bidirectional(LSTM(H, return_sequences=True, name="words"), name="both")
    return model_of(Masking(), first, LSTM(2, name="last"))


def test_both_directions_of_a_bidirectional_layer():
    model, x = both_ways(), data()
    x[0, :2], x[1, -2:] = 0, 0
    found = trace(model, x)
    assert [layer.name for layer in found] == ["forward_words", "backward_words", "last"]
    forward, backward, last = found
    assert backward.go_backwards and not forward.go_backwards
    np.testing.assert_array_equal(backward.x[2], x[2, ::-1])
    np.testing.assert_array_equal(backward.mask, forward.mask[:, ::-1])
    shown = [np.where(one.mask[..., None], one.h, 0) for one in (forward, backward)]
    np.testing.assert_array_equal(last.x, np.concatenate([shown[0], shown[1][:, ::-1]], axis=2))
    assert trace(model, x, layers="backward_words")[0].c.shape == (N, T, H)


def test_what_goes_both_ways_cannot_be_read_in_pieces():
    model, x = both_ways(), data()
    with pytest.raises(ValueError, match="reads a sequence from both ends"):
        trace(model, x, after=trace(model, x))


def test_the_model_lets_go_of_the_data():
    model, x = model_of(LSTM(H), Dense(1)), np.zeros((N, T, F), "float32")
    trace(model, x)
    there = weakref.ref(x)
    del x
    gc.collect()
    assert there() is None
