"""Every tutorial program on both engines, a few epochs long: all quantities agree."""

import matplotlib
import pytest

matplotlib.use("Agg")

from parity import report, suite
from parity.findings import Findings
from parity.programs import TUTORIALS

EVERYWHERE = {"outputs", "loss and metrics", "gradients", "optimizer", "training", "result"}


LONG = "alphabet_variable"  # 1000 batches an epoch, twice
PROGRAMS = [pytest.param(LONG, marks=pytest.mark.thorough) if p == LONG else p for p in TUTORIALS]


@pytest.mark.parametrize("program", PROGRAMS)
def test_program(program):
    epochs = 1 if program == LONG else 3
    rows, curves = suite.examine(program, epochs=epochs)
    findings = Findings({}, rows, curves)
    assert findings.agree, report.as_text(findings)
    stateful = program in ("memory", "airline_stateful", "airline_stacked", "alphabet_stateful")
    subjects = {row.subject for row in rows}
    for subject in subjects:
        asked = {row.quantity for row in rows if row.subject == subject}
        assert asked >= EVERYWHERE | ({"state"} if stateful else set())
    assert "tutorial" in {row.quantity for row in rows}
    assert all(row.compared > 0 for row in rows)
    assert {curve.subject for curve in curves} == subjects
    assert all(len(curve.ours) == len(curve.theirs) >= epochs for curve in curves)


def test_programs_with_two_models_have_two_subjects():
    done = suite.run("memory", suite.engine("npslstm").nn, 1)
    assert done.subjects() == [0, 1]
    assert [len(done.batches(k, 3)) for k in (0, 1)] == [6, 2]


def test_words_are_compared_and_numbers_left_out():
    from parity.programs import words

    def text(printed):
        return "".join(map(chr, words(printed)))

    assert text("A -> B in 0.3 s, 25 letters, 1.5e-07.") == "A -> B in #, 25 letters, #."
