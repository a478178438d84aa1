"""npslstm still answers as Keras did when the references in `golden/` were frozen.

`parity/references` holds the cases, `python -m parity freeze` writes the files; Keras is not
needed here.
"""

import json
import pathlib
import subprocess
import sys

import numpy as np
import pytest

import npslstm
from parity.differences import agree
from parity.references import CASES, golden, run, tolerance_of

REFERENCES = golden.read()


@pytest.mark.parametrize("name", CASES)
def test_as_frozen(name):
    answers = run(name, npslstm)
    assert list(answers) == list(REFERENCES[name])
    for key, reference in REFERENCES[name].items():
        agree(tolerance_of(key), answers[key], reference, f"{name}, {key}")


def test_every_reference_belongs_to_a_case():
    assert sorted(REFERENCES) == sorted(CASES)


def test_references_say_something():
    """Zeros agree with a gradient that is lost, and NaN with any failure."""
    for name, answers in REFERENCES.items():
        for key, array in answers.items():
            assert not np.isnan(array).any(), f"{name}, {key} holds NaN"
            assert array.any() or tolerance_of(key) == "exact", f"{name}, {key} is zero"


def test_references_name_their_versions():
    versions = json.loads((golden.FOLDER / "versions.json").read_text(encoding="utf-8"))
    assert list(versions) == ["keras", "backend", "tensorflow", "numpy"] and all(versions.values())


def test_the_files_are_small():
    assert sum(path.stat().st_size for path in golden.FOLDER.iterdir()) < 200_000


def test_writing_what_was_read_changes_nothing(tmp_path):
    """The same numbers give the same files, whenever they are written."""
    golden.write(tmp_path, REFERENCES)
    assert golden.read(tmp_path).keys() == REFERENCES.keys()
    first = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    golden.write(tmp_path, golden.read(tmp_path))
    assert first == {path.name: path.read_bytes() for path in tmp_path.iterdir()}


def test_cases_need_no_keras():
    command = "import sys, parity.references; print(*sys.modules)"
    root = pathlib.Path(__file__).parent.parent
    loaded = subprocess.run(
        [sys.executable, "-c", command], cwd=root, capture_output=True, text=True, check=True
    ).stdout.split()
    assert "parity.references" in loaded
    assert not {"keras", "tensorflow"} & set(loaded)
