"""The installed Keras answers as the frozen references say, so these are not stale.

`make test` asks one case of each subject, `make test-all` every one.
"""

import json

import keras
import pytest

from parity.differences import agree
from parity.freeze import versions
from parity.references import CASES, golden, run

REFERENCES = golden.read()
FROZEN = json.loads((golden.FOLDER / "versions.json").read_text(encoding="utf-8"))


SUBJECTS = {name.partition(".")[0]: name for name in CASES}  # the last case of each
NAMES = [
    name if name in SUBJECTS.values() else pytest.param(name, marks=pytest.mark.thorough)
    for name in CASES
]


def test_the_references_are_of_this_keras():
    assert versions() == FROZEN, "run python -m parity freeze again"


@pytest.mark.parametrize("name", NAMES)
def test_keras_is_as_frozen(name):
    answers = run(name, keras)
    again = f"frozen by {FROZEN}, installed {versions()}: run python -m parity freeze again?"
    assert list(answers) == list(REFERENCES[name]), again
    for key, reference in REFERENCES[name].items():
        agree("frozen", answers[key], reference, f"{name}, {key} ({again})")
