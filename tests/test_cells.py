"""The other cells: what they compute, and that everything works with them as with the LSTM's."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import npslstm
from npslstm import Sequential, cell, cells
from npslstm.bundles import State
from npslstm.layers import LSTM, Bidirectional, Dense, Input, Masking
from npslstm.models import load_model
from npslstm.scan import scan
from npslstm.study import (
    Trace,
    ablate,
    check_gradients,
    explain,
    gradient_flow,
    intervene,
    plot_gates,
    plot_saturation,
    plot_unit,
    plot_weights,
    trace,  # fmt: skip
)
from tests.celled import OTHERS, B, F, H, T, data, model_of, weights_of

# ---- numbers -------------------------------------------------------------------------------------


def logistic(z):
    return 1 / (1 + np.exp(-z))


def coupled_by_hand(x, state, weights):
    """Greff et al. 2017, the variant CIFG, as a plain loop."""
    h, c = state
    for x_t in x:
        z_i, z_g, z_o = np.split(x_t @ weights.W + h @ weights.U + weights.b, 3, axis=1)
        i, g, o = logistic(z_i), np.tanh(z_g), logistic(z_o)
        c = (1 - i) * c + i * g
        h = o * np.tanh(c)
    return h, c


def peephole_by_hand(x, state, weights):
    """Gers & Schmidhuber 2000, as a plain loop."""
    h, c = state
    p_i, p_f, p_o = np.split(weights.p, 3)
    for x_t in x:
        z_i, z_f, z_g, z_o = np.split(x_t @ weights.W + h @ weights.U + weights.b, 4, axis=1)
        i, f, g = logistic(z_i + p_i * c), logistic(z_f + p_f * c), np.tanh(z_g)
        c = f * c + i * g
        h = logistic(z_o + p_o * c) * np.tanh(c)
    return h, c


@pytest.mark.parametrize(
    ("kind", "by_hand"),
    [(cells.COUPLED, coupled_by_hand), (cells.PEEPHOLE, peephole_by_hand)],
    ids=OTHERS,
)
def test_a_cell_computes_its_equations(kind, by_hand):
    rng = np.random.default_rng(0)
    x, weights = rng.normal(size=(T, B, F)), weights_of(kind, rng)
    start = State(rng.normal(size=(B, H)), rng.normal(size=(B, H)))
    end, _ = scan(x, weights, start, cell=kind)
    np.testing.assert_allclose(end, by_hand(x, start, weights), rtol=1e-12)
    for n in range(B):
        state = State(start.h[n], start.c[n])
        for t in range(T):
            state, _ = cell.step(x[t, n], state, weights, kind)
        np.testing.assert_allclose(state.h, end.h[n], rtol=1e-12)


def test_peepholes_of_zero_are_the_lstm():
    x, _y = data()
    one, other = model_of("lstm"), model_of("peephole")
    mine = iter(one.get_weights())
    other.set_weights([
        np.zeros_like(v.numpy()) if v.name == "cell_kernel" else next(mine) for v in other.weights
    ])  # fmt: skip
    np.testing.assert_allclose(one.predict(x, verbose=0), other.predict(x, verbose=0), rtol=1e-6)


@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize(
    "options",
    [{}, {"recurrent_dropout": 0.3}, {"activation": "softsign", "recurrent_activation": "silu"}],
    ids=["plain", "dropout", "activations"],
)
def test_gradients_are_those_of_finite_differences(kind, options):
    x, y = data()
    model = model_of(kind, **options)
    assert check_gradients(model, x, y)


@pytest.mark.parametrize("kind", OTHERS)
def test_a_large_batch_in_two_parts_has_the_gradients_of_its_samples(kind):
    npslstm.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(64, 20, 8)).astype("float32")
    y = x[:, -1, :1]
    found = []
    for size in (64, 32):
        model = Sequential([Input((20, 8)), LSTM(64, cell=kind, seed=1), Dense(1)])
        rng = np.random.default_rng(1)
        model.set_weights([rng.uniform(-0.1, 0.1, w.shape) for w in model.get_weights()])
        model.compile("sgd", "mse")
        total = 0
        for k in range(0, 64, size):
            before = model.get_weights()
            model.train_on_batch(x[k : k + size], y[k : k + size])
            moved = [a - b for a, b in zip(model.get_weights(), before, strict=True)]
            total = moved if not total else [a + b for a, b in zip(total, moved, strict=True)]
            model.set_weights(before)
        found.append([m * size / 64 for m in total])
    for whole, halves in zip(*found, strict=True):
        np.testing.assert_allclose(whole, halves, atol=1e-6)


# ---- study ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", OTHERS)
def test_a_cell_is_traced_explained_drawn_and_changed(kind, tmp_path):
    model, (x, y) = model_of(kind), data()
    found = trace(model, x)
    one = found["one"]
    letters = cells.get(kind).gates
    assert one.gates.shape == (B, T, len(letters), H)
    assert np.array_equal(getattr(one, letters[0]), one.gates[:, :, 0])
    for sample, step, unit in np.ndindex(B, T, H):
        explanation = explain(found, sample, step, unit, "one")
        for letter, gate in explanation.gates.items():
            assert gate.total == pytest.approx(gate.z, abs=1e-5), letter
            assert gate.computed == pytest.approx(gate.acted, abs=1e-6), letter
        assert "changed" not in str(explanation)
    assert ("c_prev[0] = " in str(explain(found, 0, 2, 0, "one"))) == (kind == "peephole")
    assert explanation._repr_html_().count("<table>") == len(letters)
    for figure in (
        plot_gates(found, layer="one"), plot_unit(found, 0, layer="one"),
        plot_saturation(found, layer="one"), plot_weights(model, "one"), plot_weights(found),
    ):  # fmt: skip
        figure.savefig(tmp_path / "picture.png")
    found.save(tmp_path / "trace.npz")
    again = Trace.load(tmp_path / "trace.npz")["one"]
    assert again.cell is one.cell and np.array_equal(again.gates, one.gates)
    assert np.array_equal(again.weights.p, one.weights.p)
    with intervene(model, "one", input=0.0, steps=2, units=1):
        changed = trace(model, x)["one"]
    assert (changed.i[:, 2, 1] == 0).all() and (changed.i[:, 2, 0] != 0).all()
    assert {row.name for row in ablate(model, x, y, "one").rows if row.kind == "gate"} >= {"input"}
    assert np.isfinite(gradient_flow(model, x, y)["one"].dc).all()


@pytest.mark.parametrize("kind", OTHERS)
def test_gradients_under_interventions_are_those_of_finite_differences(kind):
    x, y = data()
    model = model_of(kind)
    with intervene(model, "one", output=0.7, c=npslstm.study.scale(0.5), steps=[1, 3]):
        assert check_gradients(model, x, y)


def test_names_of_gates_are_those_of_the_cell():
    model = model_of("coupled")
    with pytest.raises(ValueError, match="cell 'coupled' has the gates input, candidate, output"):
        intervene(model, forget=1.0)
    found = trace(model, data()[0])["one"]
    with pytest.raises(AttributeError, match="no 'f'; it has z_i, z_g, z_o, i, g, o, c, a, h"):
        found.f  # noqa: B018


# ---- files, copies, layers -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", OTHERS)
def test_a_cell_goes_through_files_and_copies(kind, tmp_path):
    model, (x, y) = model_of(kind), data()
    model.fit(x, y, epochs=2, verbose=0)
    expected = model.predict(x, verbose=0)
    model.save(tmp_path / "model.keras")
    model.save_weights(tmp_path / "model.weights.h5")
    fresh = model_of(kind)
    fresh.load_weights(tmp_path / "model.weights.h5")
    for other in (
        load_model(tmp_path / "model.keras"), fresh, copy.deepcopy(model),
        pickle.loads(pickle.dumps(model)),
    ):  # fmt: skip
        assert np.array_equal(other.predict(x, verbose=0), expected)
    other = load_model(tmp_path / "model.keras")
    for one in (model, other):
        one.fit(x, y, verbose=0, shuffle=False)
    assert np.array_equal(other.get_weights()[0], model.get_weights()[0])


def test_the_default_is_written_as_keras_has_it():
    assert "cell" not in LSTM(3).get_config()
    assert LSTM(3, cell="peephole").get_config()["cell"] == "peephole"
    assert LSTM.from_config(LSTM(3, cell="coupled").get_config()).cell is cells.COUPLED


@pytest.mark.parametrize("kind", OTHERS)
def test_a_cell_works_in_other_layers_with_masks_and_states(kind):
    x, y = data()
    x[1, 3:] = 0
    model = Sequential([Input((T, F)), Masking(), Bidirectional(LSTM(H, cell=kind)), Dense(1)])
    model.compile("adam", "mse")
    model.fit(x, y, verbose=0)
    short = model.predict(x[1:2, :3], verbose=0)
    np.testing.assert_allclose(model.predict(x, verbose=0)[1:2], short, rtol=1e-5)
    whole = LSTM(H, cell=kind, return_sequences=True)
    expected = whole(x)
    pieces = LSTM(H, cell=kind, return_sequences=True, stateful=True)
    pieces.ensure_built(x.shape)
    pieces.set_weights(whole.get_weights())
    assert np.array_equal(np.concatenate([pieces(x[:, :2]), pieces(x[:, 2:])], axis=1), expected)
