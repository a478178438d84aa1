"""docs/cells.md: each of its steps does what the page says."""

from __future__ import annotations

import pathlib
import re
import sys

import numpy as np
import pytest

import npslstm

PAGE = pathlib.Path(npslstm.__file__).parent.parent / "docs" / "cells.md"
BLOCK = re.compile(r"^```python(?: file=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def program(tmp_path, monkeypatch):
    """The names that the page's program has at its end."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(npslstm.cells.KNOWN, "no_output_gate", raising=False)
    names: dict = {}
    try:
        for file, text in BLOCK.findall(PAGE.read_text()):
            if file:
                (tmp_path / file).write_text(text)
            else:
                exec(text, names)
    finally:
        sys.modules.pop("no_output_gate", None)
        npslstm.cells.KNOWN.pop("no_output_gate", None)
    return names


def test_the_page_leads_to_a_cell_of_ones_own(program, tmp_path):
    model, again = program["model"], program["again"]
    x = program["x"]
    assert np.array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))
    one = program["traced"][0]
    np.testing.assert_allclose(one.h, np.tanh(one.c), atol=1e-6)
    assert (tmp_path / "gates.png").stat().st_size > 10_000


def test_what_it_prints(capsys, program):
    said = capsys.readouterr().out
    assert "(3, 5, 4)" in said and "forget gate: z_f = " in said and "output gate" not in said


def test_the_file_is_as_short_as_a_page():
    (text,) = (text for file, text in BLOCK.findall(PAGE.read_text()) if file)
    assert len([line for line in text.splitlines() if line.strip()]) <= 45
