"""Explanations: their parts add up to z, their equations hold, and both can be read."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest

import npslstm
from npslstm.layers import LSTM, Dense, Masking
from npslstm.study import Trace, explain, intervene, trace

# |sum of the parts - traced z| / (sum of |parts|, at least 1). Measured: at most 1.7e-7 with 6
# units, 2.3e-7 with 300; a float32 number has 1.2e-7 between it and the next.
CLOSE = 1e-6


def model_of(*layers, shape=(5, 3)):
    npslstm.utils.set_random_seed(2)
    return npslstm.Sequential([npslstm.Input(shape), *layers])


def data(samples=4, steps=5, features=3):
    return np.random.default_rng(1).normal(size=(samples, steps, features)).astype(np.float32)


@pytest.fixture
def found():
    return trace(model_of(LSTM(6, return_sequences=True, name="first"), LSTM(4), Dense(1)), data())


def error_of(gate):
    return abs(gate.total - gate.z) / max(1, sum(abs(part.amount) for part in gate.parts))


def test_contributions_add_up_to_z(found):
    for layer, units in ((0, 6), (1, 4)):
        for sample, step, unit in np.ndindex(4, 5, units):
            gates = explain(found, sample, step, unit, layer).gates
            assert max(map(error_of, gates.values())) < CLOSE


@pytest.mark.compiled_only
def test_contributions_of_many_units_add_up_to_z():
    model = model_of(LSTM(300), shape=(5, 40))
    model.set_weights([3 * w for w in model.get_weights()])
    found = trace(model, data(2, 5, 40))
    for step, unit in np.ndindex(5, 40):
        assert max(map(error_of, explain(found, 1, step, unit).gates.values())) < CLOSE


def test_each_part_is_a_value_times_its_weight(found):
    model_weights = found["first"].weights
    explanation = explain(found, 2, 3, 5, "first", features=["red", "green", "blue"])
    assert (explanation.layer, explanation.sample) == ("first", 2)
    for position, letter in enumerate("ifgo"):
        gate, column = explanation.gates[letter], position * 6 + 5
        parts = {part.name: part for part in gate.parts}
        assert list(parts).count("bias") == 1 and len(parts) == 3 + 6 + 1
        assert parts["green"].value == found["first"].x[2, 3, 1]
        assert parts["green"].weight == model_weights.W[1, column]
        assert parts["h_prev[4]"].value == found["first"].h[2, 2, 4]
        assert parts["h_prev[4]"].weight == model_weights.U[4, column]
        assert parts["bias"].amount == model_weights.b[column]
        amounts = [abs(part.amount) for part in gate.parts]
        assert amounts == sorted(amounts, reverse=True)
        assert gate.z == getattr(found["first"], f"z_{letter}")[2, 3, 5]
        assert gate.acted == getattr(found["first"], letter)[2, 3, 5]
        assert gate.computed == pytest.approx(gate.acted, abs=2e-7)


def test_the_first_step_goes_on_from_the_state_before():
    model = npslstm.Sequential(
        [npslstm.Input(batch_shape=(4, 5, 3)), LSTM(6, stateful=True), Dense(1)]
    )
    model.predict(data(), verbose=0)
    states = model.get_states()[0]
    explanation = explain(trace(model, data()), 1, 0, 2)
    parts = {part.name: part.value for part in explanation.gates["f"].parts}
    assert parts["h_prev[3]"] == states[0][1, 3]
    assert explanation.c_prev == states[1][1, 2] != 0


def test_the_text_has_the_six_equations_with_numbers_that_hold(found):
    text = str(explain(found, 0, 4, 1, "first", top=3))
    assert text.startswith("Layer 'first', sample 0, step 4, unit 1\n\n(1) z = x W + h_prev U + b")
    for name in ("forget gate: z_f =", "input gate: z_i =", "candidate: z_g =", "output gate"):
        assert name in text
    assert text.count(" 7 more") == 4 and text.count("\n(2) ") == 3 and text.count("\n(3) ") == 1
    for line in text.splitlines():
        if line.startswith(("(4)", "(6)")):
            *_, numbers, result = line.split(" = ")
            assert eval(numbers) == pytest.approx(float(result), abs=2e-4)  # four digits are shown
        if "sigmoid" in line:
            z, result = re.search(r"sigmoid\((-?[\d.]+)\) = ([\d.]+)", line).groups()
            assert 1 / (1 + np.exp(-float(z))) == pytest.approx(float(result), abs=1e-4)
    block = text.split("\n\n")[2].splitlines()
    z = float(block[0].rpartition("= ")[2])
    assert sum(float(line.split()[0]) for line in block[1:]) == pytest.approx(z, abs=5e-4)
    assert "changed" not in text


class Reader(HTMLParser):
    """Reads HTML, and keeps its text and the tags that are still open."""

    def __init__(self, html):
        super().__init__()
        self.open, self.text, self.count = [], "", 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.count += tag == "table"
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data + "\n"


def test_the_html_says_the_same(found):
    explanation = explain(found, 0, 4, 1, features=["<b>", "a & b", "c"], top=10)
    reader = Reader(explanation._repr_html_())
    assert reader.open == [] and reader.count == 4
    assert "<b> = " in reader.text and "a & b = " in reader.text
    for line in explanation.equations():
        assert line in reader.text
    for gate in explanation.gates.values():
        for part in gate.parts:
            assert f"{part.amount:+.4f}" in reader.text


def test_an_intervention_is_told():
    model, x = model_of(LSTM(6)), data()
    with intervene(model, forget=0.0, h=0.5, units=[1], steps=[3]):
        found = trace(model, x)
    text = str(explain(found, 0, 3, 1))
    f_line = next(line for line in text.splitlines() if line.startswith("(2) f"))
    assert f_line.endswith(", changed to 0.0000")
    assert "= 0.0000 * " in text and text.endswith(", changed to 0.5000")
    assert text.count("changed") == 2
    assert "changed" not in str(explain(found, 0, 3, 2))


def test_a_loaded_trace_explains_as_well(found, tmp_path):
    found.save(tmp_path / "trace.npz")
    loaded = Trace.load(tmp_path / "trace.npz")
    assert str(explain(loaded, 3, 2, 1, 1)) == str(explain(found, 3, 2, 1, 1))


def test_a_masked_step_has_nothing_to_explain():
    x = data()
    x[1, 2] = 0
    found = trace(model_of(Masking(), LSTM(6)), x)
    with pytest.raises(ValueError, match="Step 2 of sample 1 is masked"):
        explain(found, 1, 2, 0)
    after = explain(found, 1, 3, 0)
    assert after.c_prev == found.c[1, 1, 0] == found.c[1, 2, 0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((4, 0, 0), "no sample 4 .* 0 to 3"), ((0, 5, 0), "no step 5 .* 0 to 4"),
     ((0, 0, 6), "no unit 6 .* 0 to 5"), ((0, 0, 0, "third"), "no layer 'third'"),
     ((0, True, 0), "One step"), ((0, 0, 0, 0, ["a"]), "names 1 inputs")],
    ids=str,
)  # fmt: skip
def test_what_the_trace_does_not_hold(found, arguments, message):
    with pytest.raises(ValueError, match=message):
        explain(found, *arguments)


def test_a_part_of_a_trace_must_hold_what_is_needed():
    model = model_of(LSTM(6))
    with pytest.raises(ValueError, match="leaves out step 1"):
        explain(trace(model, data(), steps=[0, 2]), 0, 2, 0)
    with pytest.raises(ValueError, match="keeps 1 of 6 units"):
        explain(trace(model, data(), units=[3]), 0, 2, 3)
    explain(trace(model, data(), steps=[1, 2]), 0, 2, 0)
