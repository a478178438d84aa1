"""The installed Keras answers as the frozen references say, so these are not stale."""

import json

import keras
import pytest

from parity.differences import agree
from parity.freeze import versions
from parity.references import CASES, golden, run

REFERENCES = golden.read()
FROZEN = json.loads((golden.FOLDER / "versions.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", CASES)
def test_keras_is_as_frozen(name):
    answers = run(name, keras)
    again = f"frozen by {FROZEN}, installed {versions()}: run python -m parity freeze again?"
    assert list(answers) == list(REFERENCES[name]), again
    for key, reference in REFERENCES[name].items():
        agree("frozen", answers[key], reference, f"{name}, {key} ({again})")
