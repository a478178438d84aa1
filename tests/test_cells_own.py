"""A cell of a user's own: used as the others are, and refused where it does not fit."""

from __future__ import annotations

import copy
import importlib
import pickle
import shutil
import sys

import numpy as np
import pytest

import npslstm
from npslstm import cell, cells
from npslstm.bundles import Cell, Equation, State, split
from npslstm.layers import LSTM, Bidirectional
from npslstm.models import load_model
from npslstm.primitives import add, each, each2, each4
from npslstm.study import (
    GateRecorder,
    Trace,
    ablate,
    check_gradients,
    explain,
    gradient_flow,
    intervene,
    plot_gates,
    plot_saturation,
    trace,  # fmt: skip
)
from tests.celled import OTHERS, F, H, data, model_of, weights_of

# ---- a cell of a user's own ----------------------------------------------------------------------


def next_c(f, g, c_prev):
    return f * c_prev + g


def d_f(dc, c_prev):
    return dc * c_prev


def as_it_is(dc, _):
    return dc


def times(p, q):
    return p * q


def forward(rows, squash, changes):
    """c = f * c_prev + g, h = c: two gates, the second a candidate."""
    half = rows.z.size // 2
    squash.gate(rows.z[:half], rows.gates[:half])
    squash.candidate(rows.z[half:], rows.gates[half:])
    acted = changes.act(rows, changes).gates
    for j in range(half):
        rows.c[j] = next_c(acted[j], acted[half + j], rows.c_prev[j])
    changes.move(changes.of_c, rows.c)
    squash.candidate(rows.c, rows.a)
    each(same, rows.h, rows.a)
    changes.move(changes.of_h, rows.h)


def same(x):
    return x


def backward(rows, errors, squash, changes):
    half = rows.z.size // 2
    acted = changes.acting(rows, changes).gates
    changes.d_move(changes.of_h, errors.h)
    squash.d_candidate(as_it_is, errors.h, errors.h, rows.c, rows.a, errors.work)
    each2(add, errors.c, errors.c, errors.work)
    changes.d_move(changes.of_c, errors.c)
    squash.d_gate(
        d_f, errors.c, rows.c_prev, rows.z[:half], rows.gates[:half], errors.z[:half]
    )
    squash.d_candidate(
        as_it_is, errors.c, errors.c, rows.z[half:], rows.gates[half:], errors.z[half:]
    )
    each2(times, errors.c, errors.c, acted[:half])
    changes.d_move(changes.of_gates, errors.z)


LEAKY = Cell("leaky", forward, backward, gates="fg", candidates="g")


def test_a_users_own_cell_is_compiled_checked_traced_and_saved(tmp_path):
    x, y = data()
    assert check_gradients(model_of(LEAKY), x, y)
    model = model_of(LEAKY)
    found = trace(model, x)["one"]
    before = np.concatenate([found.before.c[:, None], found.c[:, :-1]], axis=1)
    np.testing.assert_allclose(found.c, found.f * before + found.g, rtol=1e-5, atol=1e-6)
    assert "forget gate" in str(explain(trace(model, x), 0, 1, 0))
    model.save(tmp_path / "leaky.keras")
    again = load_model(tmp_path / "leaky.keras", custom_objects={"leaky": LEAKY})
    assert np.array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))


def short_rows(rows, squash, changes):
    z_i, z_f, z_g, _z_o = split(rows.z)
    each4(cell.next_c, rows.c, z_i, z_f, z_g, rows.c_prev)
    rows.gates[:] = rows.p


def nothing(rows, squash, changes):
    pass


def misspelt(rows, squash, changes):
    squash.gate(rows.z, rows_gates)  # noqa: F821


def unwatched(rows, squash, changes):
    """`forward`, deaf to experiments."""
    half = rows.z.size // 2
    squash.gate(rows.z[:half], rows.gates[:half])
    squash.candidate(rows.z[half:], rows.gates[half:])
    for j in range(half):
        rows.c[j] = next_c(rows.gates[j], rows.gates[half + j], rows.c_prev[j])
    squash.candidate(rows.c, rows.a)
    each(same, rows.h, rows.a)


def d_unwatched(rows, errors, squash, changes):
    half = rows.z.size // 2
    squash.d_candidate(as_it_is, errors.h, errors.h, rows.c, rows.a, errors.work)
    each2(add, errors.c, errors.c, errors.work)
    squash.d_gate(
        d_f, errors.c, rows.c_prev, rows.z[:half], rows.gates[:half], errors.z[:half]
    )
    squash.d_candidate(
        as_it_is, errors.c, errors.c, rows.z[half:], rows.gates[half:], errors.z[half:]
    )
    each2(times, errors.c, errors.c, rows.gates[:half])


def test_a_cell_that_nobody_can_change_says_so():
    deaf = LEAKY._replace(name="deaf", forward=unwatched, backward=d_unwatched)
    model, (x, y) = model_of(deaf), data()
    assert check_gradients(model, x, y)
    for quantity in ("forget", "c", "h"):
        with pytest.raises(ValueError, match="'deaf' lets nobody change its"):
            intervene(model, **{quantity: 0.0})
    with pytest.raises(ValueError, match="do not call changes.move and changes.d_move with"):
        gradient_flow(model, x, y)
    with pytest.raises(ValueError, match="do not call changes.act and changes.d_move"):
        ablate(model, x, y)
    intervene(model_of(LEAKY), forget=0.0, c=1.0, h=0.0)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda: "gru", "cell is a name .*'lstm', 'peephole', 'coupled'.*received 'gru'"),
        (lambda: LEAKY._replace(name="lstm"), "identifier other than lstm, peephole, coupled"),
        (lambda: LEAKY._replace(name="two words"), "such as 'my_cell'"),
        (lambda: LEAKY._replace(gates="ff"), "gates is a small letter for each block of z"),
        (lambda: LEAKY._replace(gates="fé"), "gates is a small letter for each block of z"),
        (lambda: LEAKY._replace(gates="ch"), "gates may not be called"),
        (lambda: LEAKY._replace(candidates="o"), "candidates names those of the gates 'fg'"),
        (lambda: LEAKY._replace(own="p_i"), "own is a tuple with a name for each weight"),
        (lambda: LEAKY._replace(own=("f",)), "a name by itself, other than those of gates"),
        (lambda: LEAKY._replace(equations=("c = f",)), "equations is a tuple of Equation"),
        (
            lambda: LEAKY._replace(equations=(Equation("", "c", "nope * f", next_c, "nope f"),)),
            "in terms of a, c, c_prev, f, g, h; received",
        ),
        (lambda: LEAKY._replace(terms=(("q", "c", "p"),)), "terms is a tuple of .gate, state, own"),
        (lambda: LEAKY._replace(forward=nothing), "forward does not write all of rows.gates"),
        (lambda: LEAKY._replace(forward=misspelt), r"in line \d+ of test_cells_own.py: NameError"),
        (lambda: LEAKY._replace(forward=None), "forward is a plain Python function"),
        (lambda: LEAKY._replace(backward=forward), r"backward takes \(rows, errors, squash"),
        (lambda: LEAKY._replace(forward=short_rows), "with 2 units: z and gates have a block"),
    ],
)
def test_a_cell_that_does_not_fit_is_refused(made, message):
    with pytest.raises(ValueError, match=message):
        LSTM(3, cell=made())


def test_a_file_with_an_unknown_cell_says_what_to_write(tmp_path):
    path = tmp_path / "model.keras"
    model_of(LEAKY).save(path)
    del cells.KNOWN["leaky"]
    with pytest.raises(ValueError, match=r"npslstm.cells.register"):
        load_model(path)


CELL_FILE = """
from helper_file import scaled
from npslstm.bundles import Cell
from npslstm.primitives import copy, each2
import constants

K = {K}

def faded(c, z, k={default}):
    return k * c + z

def forward(rows, squash, changes):
    squash.candidate(rows.z, rows.gates)
    each2(lambda c, g: K * constants.RATE * faded(c, g), rows.c, rows.c_prev, rows.gates)
    squash.candidate(rows.c, rows.a)
    each2(scaled, rows.h, rows.a, rows.a)

def backward(rows, errors, squash, changes):
    copy(errors.z, rows.z)
    copy(errors.c, rows.c)

FADING = Cell("fading", forward, backward, gates="g", candidates="g")
"""


@pytest.mark.compiled_only
def test_compiled_code_is_that_of_the_functions_as_they_are(tmp_path, monkeypatch):
    """Whatever a function refers to: constants, defaults, other files, in functions within it."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "helper_file.py").write_text("def scaled(p, q):\n    return p\n")
    x, results = np.ones((1, 3, 2), "float32"), []

    def predicted(fading):
        layer = LSTM(2, cell=fading, kernel_initializer="ones", recurrent_initializer="ones")
        return float(layer(x)[0, 0])

    def by_hand(k):
        h = c = 0.0
        for _ in range(3):
            c = k(c, np.tanh(2 + 2 * h))
            h = np.tanh(c)
        return h

    for K, default, rate in [(1.0, 1.0, 1.0), (0.5, 1.0, 1.0), (0.5, 0.25, 1.0), (0.5, 0.25, 0.1)]:
        (tmp_path / "constants.py").write_text(f"RATE = {rate}\n")
        (tmp_path / "fading.py").write_text(CELL_FILE.format(K=K, default=default))
        for name in ("constants", "fading", "helper_file"):
            sys.modules.pop(name, None)
        importlib.invalidate_caches()
        shutil.rmtree(tmp_path / "__pycache__", ignore_errors=True)
        fading = importlib.import_module("fading").FADING
        expected = by_hand(lambda c, g, K=K, k=default, r=rate: K * r * (k * c + g))
        assert predicted(fading) == pytest.approx(expected, rel=1e-5)
        results.append(expected)
    assert len(set(results)) == 4
    sys.modules["fading"].K = 2.0  # in the same process, the same functions
    expected = by_hand(lambda c, g: 2.0 * 0.1 * (0.25 * c + g))
    assert predicted(fading) == pytest.approx(expected, rel=1e-5)


@pytest.mark.compiled_only
def test_what_cannot_be_compiled_is_told_in_a_line():
    def forward(rows, squash, changes):
        squash.candidate(rows.z, rows.gates)
        rows.c[:] = rows.c_prev * rows.gates
        squash.candidate(rows.c, rows.a)
        rows.h[:] = rows.a

    def backward(rows, errors, squash, changes):
        errors.z[:] = rows.z

    made = Cell("making", forward, backward, gates="g", candidates="g")
    layer = LSTM(2, cell=made)
    with pytest.raises(ValueError, match="'forward' cannot be compiled.*makes an array") as why:
        layer(np.ones((1, 2, 2), "float32"))
    assert len(str(why.value)) < 400


def test_the_name_in_a_file_is_the_cells_own(tmp_path):
    path = tmp_path / "model.keras"
    model_of(LEAKY).save(path)
    with pytest.raises(ValueError, match="under 'mine' the cell named 'leaky'"):
        load_model(path, custom_objects={"mine": LEAKY})


def test_own_weights_are_explained_by_name():
    model = model_of("peephole")
    told = explain(trace(model, data()[0]), 0, 3, 1)
    assert set(told.own) == {"p_i", "p_f", "p_o"}
    assert told.own["p_f"] == pytest.approx(model.layers[0].cell_kernel.numpy()[1, 1])


def test_a_step_with_weights_of_another_cell_is_refused():
    weights = weights_of(cells.COUPLED, np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"cell 'lstm' the weights W, U, b and p have the shapes"):
        cell.step(np.ones(F), State(np.ones(H), np.ones(H)), weights)


# ---- slips that two units would not show, or NumPy would pass over ------------------------------


def squashed(rows, squash):
    """A cell of one gate: c = c_prev + tanh(z), h = c."""
    squash.candidate(rows.z, rows.gates)
    each2(add, rows.c, rows.c_prev, rows.gates)
    squash.candidate(rows.c, rows.a)
    each(same, rows.h, rows.c)


def size_slip(rows, squash, changes):
    squashed(rows, squash)
    for j in range(rows.z.size + rows.z.size // 5):  # right for one unit and for two
        rows.h[j] = rows.c[j]


def spread_row(rows, squash, changes):
    squashed(rows, squash)
    each2(add, rows.h, rows.c, rows.gates[:1])


def overlapping_row(rows, squash, changes):
    squashed(rows, squash)
    each(same, rows.h[1:], rows.h[:-1])


def wrong_row(rows, squash, changes):
    squashed(rows, squash)
    squash.candidate(rows.z[:1], rows.a)


def written_state(rows, squash, changes):
    squashed(rows, squash)
    each2(add, rows.c_prev, rows.c_prev, rows.gates)


def by_names(rows, squash, changes):
    squash.candidate(z=rows.z, y=rows.gates)


def back_of_one(rows, errors, squash, changes):
    squash.d_candidate(as_it_is, errors.c, errors.c, rows.z, rows.gates, errors.z)


def back_that_writes(rows, errors, squash, changes):
    back_of_one(rows, errors, squash, changes)
    each2(add, rows.h, rows.h, rows.c)


def good(rows, squash, changes):
    squashed(rows, squash)


def one_gate(name, step=good, back=back_of_one):
    return Cell(name, step, back, gates="g", candidates="g")


@pytest.mark.parametrize(
    ("step", "back", "message"),
    [
        (size_slip, back_of_one, "IndexError.*tried with 5 units"),
        (spread_row, back_of_one, "each2 was given rows of 2 and of 1 numbers"),
        (overlapping_row, back_of_one, "each was given rows that overlap"),
        (wrong_row, back_of_one, "rows of 1 and of 2 numbers"),
        (written_state, back_of_one, "read-only"),
        (good, back_that_writes, "backward fails.*read-only"),
        (by_names, back_of_one, "forward fails in line .* of test_cells_own.py: TypeError"),
    ],
)
def test_slips_are_found_before_a_layer_is_made(step, back, message):
    with pytest.raises(ValueError, match=message):
        LSTM(3, cell=one_gate("slip", step, back))


def test_a_cell_without_gates_is_drawn(tmp_path):
    model, (x, y) = model_of(one_gate("bare")), data()
    recorder = GateRecorder(x, gates="candidate")
    model.fit(x, y, verbose=0, callbacks=[recorder])
    recorder.plot().savefig(tmp_path / "recorder.png")
    plot_gates(trace(model, x)).savefig(tmp_path / "gates.png")
    with pytest.raises(ValueError, match="'bare' of layer 'one' has candidates only"):
        plot_saturation(trace(model, x))


def test_gradients_of_own_weights_are_no_gates():
    model, (x, y) = model_of("peephole"), data()
    recorder = GateRecorder(x)
    model.fit(x, y, verbose=0, callbacks=[recorder])
    layer = model.layers[0]
    blocks = [v.gradient.reshape(-1, 4, H) for v in layer.trainable_weights[:3]]
    expected = np.sqrt(sum((b**2).sum(axis=(0, 2)) for b in blocks))
    assert [g[0] for g in recorder.gradients.values()] == pytest.approx(expected, rel=1e-5)


# ---- names, copies, files ------------------------------------------------------------------------


def test_copies_have_the_same_cell():
    for name in ("lstm", *OTHERS):
        layer = pickle.loads(pickle.dumps(copy.deepcopy(LSTM(3, cell=name))))
        assert ("cell" in layer.get_config()) == (name != "lstm")
        assert LSTM(3, cell=layer.cell).cell is cells.get(name)


def test_a_later_cell_of_the_same_name(tmp_path):
    old = LSTM(2, cell=one_gate("twice"))
    found = trace(model_of(one_gate("twice")), data()[0])
    found.save(tmp_path / "trace.npz")
    new = LSTM(2, cell=Cell("twice", good, back_of_one, gates="k", candidates="k"))
    assert cells.get("twice") is new.cell and old.cell.gates == "g"
    with pytest.raises(ValueError, match="'twice' had the gates 'g'; the one known here .* 'k'"):
        Trace.load(tmp_path / "trace.npz")
    assert Bidirectional(old).forward_layer.cell is old.cell


def test_a_cell_may_have_the_name_of_a_layer(tmp_path):
    model = model_of(one_gate("LSTM"))
    model.save(tmp_path / "model.keras")
    again = load_model(tmp_path / "model.keras", custom_objects={"LSTM": one_gate("LSTM")})
    assert np.array_equal(again.predict(data()[0]), model.predict(data()[0]))


def test_a_transplant_from_a_layer_with_another_cell_is_refused():
    found = trace(model_of("coupled"), data()[0])
    with pytest.raises(ValueError, match="cell 'coupled', which has no forget to transplant"):
        intervene(model_of("lstm"), forget=npslstm.study.transplant(found))


def scaled_by(p):
    """A forward pass with a variable of the name of an attribute."""

    def step(rows, squash, changes):
        squashed(rows, squash)
        for j in range(rows.h.size):
            rows.h[j] = p * rows.c[j] if rows.p.size == 0 else rows.c[j]

    return step


p = 1.0  # of the module, which `scaled_by` does not mean


@pytest.mark.compiled_only
def test_variables_of_the_functions_around_come_first():
    x = np.ones((1, 2, 2), "float32")
    found = [
        LSTM(2, cell=one_gate("scaled", scaled_by(k)), kernel_initializer="ones",
             recurrent_initializer="zeros")(x)
        for k in (1.0, 3.0)
    ]  # fmt: skip
    np.testing.assert_allclose(found[1], 3 * found[0], rtol=1e-6)
