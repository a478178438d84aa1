"""The scan: its steps are the cell's equations, and sequences can be cut anywhere, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest

from npslstm import cell
from npslstm.bundles import State, Weights
from npslstm.layers import LSTM
from npslstm.machine.compiler import INTERPRETED
from npslstm.program import Program
from npslstm.scan import NO_MASK, scan
from tests.scanning import back, new_state, run

SHAPES = [(6, 1, 1, 1), (7, 3, 2, 5), (6, 64, 28, 64), (4, 4, 300, 80), (9, 2, 40, 33)]


def problem(T, B, F, H, dtype):
    rng = np.random.default_rng(T * B + F * H)
    shapes = [(T, B, F), (F, 4 * H), (H, 4 * H), (4 * H,), (B, H), (B, H)]
    x, W, U, b, h, c = (rng.uniform(-0.3, 0.3, shape).astype(dtype) for shape in shapes)
    return x, [W, U, b], new_state(h, c), rng.random((T, B)) < 0.7


@pytest.mark.parametrize("masked", [False, True], ids=["", "mask"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_sequence_may_be_cut_anywhere(shape, dtype, masked):
    x, weights, start, mask = problem(*shape, dtype)
    whole = run(x, weights, start, mask if masked else NO_MASK)
    for k in range(1, len(x)):
        first_mask, second_mask = (mask[:k], mask[k:]) if masked else (NO_MASK, NO_MASK)
        first = run(x[:k], weights, start, first_mask)
        second = run(x[k:], weights, new_state(first.h[k], first.c[k]), second_mask)
        for name in ("h", "c"):
            pieces = [getattr(first, name), getattr(second, name)[1:]]
            assert np.array_equal(np.concatenate(pieces), getattr(whole, name)), (name, k)


def test_a_scan_takes_a_state_and_returns_one():
    x, weights, start, mask = problem(7, 3, 2, 5, "float64")
    end, tape = scan(x, Weights(*weights), start, mask)
    middle, _ = scan(x[:4], Weights(*weights), start, mask[:4])
    again, rest = scan(x[4:], Weights(*weights), middle, mask[4:])
    assert np.array_equal(end, again) and np.array_equal(tape.h[5:], rest.h[1:])
    assert np.array_equal(tape.h, run(x, weights, start, mask).h)
    assert np.array_equal(start, problem(7, 3, 2, 5, "float64")[2]), "the given state was changed"


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_stateful_layer_carries_on_bit_for_bit(dtype):
    x = np.random.default_rng(0).normal(size=(16, 6, 10)).astype(dtype)
    whole = LSTM(24, return_sequences=True, dtype=dtype)
    pieces = LSTM(24, return_sequences=True, stateful=True, dtype=dtype)
    expected = whole(x)
    pieces.ensure_built(x.shape)
    pieces.set_weights(whole.get_weights())
    for k in range(1, 6):
        pieces.reset_state()
        found = [pieces(x[:, :k]), pieces(x[:, k:])]
        assert np.array_equal(np.concatenate(found, axis=1), expected), k


def test_a_step_is_the_six_equations():
    x, (W, U, b), start, _ = problem(1, 1, 3, 4, "float64")
    h_prev, c_prev = start.h[0], start.c[0]
    z = x[0, 0] @ W + h_prev @ U + b  # (1)
    z_i, z_f, z_g, z_o = np.split(z, 4)
    i, f, o = cell.sigmoid(z_i), cell.sigmoid(z_f), cell.sigmoid(z_o)  # (2)
    g = cell.tanh(z_g)  # (3)
    c = cell.next_c(i, f, g, c_prev)  # (4)
    a = cell.tanh(c)  # (5)
    h = cell.next_h(o, a)  # (6)
    after, rows = cell.step(x[0, 0], State(h_prev, c_prev), Weights(W, U, b))
    assert np.array_equal(after.h, h) and np.array_equal(after.c, c)
    assert np.array_equal(rows.gates, [*i, *f, *g, *o]) and np.array_equal(rows.a, a)


def test_a_scan_is_the_step_repeated_and_so_is_its_mirror():
    x, weights, start, _ = problem(5, 2, 3, 4, "float64")
    dh_out = np.random.default_rng(1).normal(size=(5, 2, 4))
    tape = run(x, weights, start)
    expected = back(x, weights, tape, dh_out)
    found = {name: np.zeros_like(array) for name, array in expected.items()}
    for n in range(2):
        states, rows = [State(start.h[n], start.c[n])], []
        for t in range(5):
            after, row = cell.step(x[t, n], states[-1], Weights(*weights))
            states.append(after)
            rows.append(row)
        np.testing.assert_allclose([s.h for s in states], tape.h[:, n], rtol=1e-13)
        np.testing.assert_allclose([s.c for s in states], tape.c[:, n], rtol=1e-13)
        d_state = State(np.zeros(4), np.zeros(4))
        for t in range(4, -1, -1):
            error = State(d_state.h + dh_out[t, n], d_state.c)
            step = x[t, n], states[t], Weights(*weights), rows[t]
            found["x"][t, n], d_state, d_weights = cell.step_backward(error, *step)
            for name, gradient in zip("WUb", d_weights, strict=False):
                found[name] += gradient
        found["h0"][n], found["c0"][n] = d_state
    for name, array in expected.items():
        np.testing.assert_allclose(found[name], array, rtol=1e-12, atol=1e-14, err_msg=name)


def test_a_masked_step_carries_both_states_on():
    x, weights, start, _ = problem(3, 2, 3, 4, "float64")
    mask = np.array([[True, True], [False, True], [True, False]])
    tape = run(x, weights, start, mask)
    for states in (tape.h, tape.c):
        assert np.array_equal(states[2, 0], states[1, 0])
        assert np.array_equal(states[3, 1], states[2, 1])
        assert not np.array_equal(states[2, 1], states[1, 1])


@pytest.mark.parametrize(("samples", "H"), [(1, 16), (3, 5)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_steps_that_are_masked_for_all_change_nothing(dtype, samples, H):
    """Padding around a sequence, even of NaN: the same states and gradients, to the last bit."""
    T, F, before, after = 4, 2, 3, 2
    x, (W, U, b), _, _ = problem(T, samples, F, H, dtype)
    padding = [np.full((n, samples, F), np.nan, dtype) for n in (before, after)]
    padded = np.concatenate([padding[0], x, padding[1]])
    mask = np.zeros((before + T + after, samples), np.bool_)
    mask[before : before + T] = True
    found = []
    for given, used in ((x, np.ones((T, samples), np.bool_)), (padded, mask)):
        layer = LSTM(H, dtype=dtype)
        layer.build((None, None, F))
        layer.set_weights([W, U, b])
        program = Program(dtype, training=True, learns=True)
        source = program.input(*given.shape, masked=True)
        source.value[...], source.mask[...] = given, used
        y = layer.write(program, source)
        y.gradient[...] = np.arange(y.gradient.size).reshape(y.gradient.shape) / 7
        program.steps().run()
        gradients = layer.recurrent_kernel.gradient, layer.bias.gradient
        (tape,) = program.tapes[id(layer)]
        found.append([y.value.copy(), tape.h[-1].copy(), *(g.copy() for g in gradients)])
    for plain, with_padding in zip(*found, strict=True):
        close = 1e-6 if INTERPRETED else 0  # there NumPy adds up dU, in an order of its own
        np.testing.assert_allclose(with_padding, plain, rtol=close, atol=0)
        assert abs(plain).max() > 0.001


def test_a_sample_does_not_see_its_neighbours():
    x, weights, start, _ = problem(5, 3, 2, 4, "float64")
    together = run(x, weights, start)
    for n in range(3):
        alone = new_state(start.h[n : n + 1], start.c[n : n + 1])
        single = run(x[:, n : n + 1].copy(), weights, alone)
        np.testing.assert_allclose(single.h[:, 0], together.h[:, n], rtol=1e-13)
