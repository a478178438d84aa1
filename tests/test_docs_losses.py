"""docs/losses.md: its program runs, and what the page says of it is so."""

from __future__ import annotations

import pathlib
import re

import numpy as np
import pytest

import npslstm

PAGE = pathlib.Path(npslstm.__file__).parent.parent / "docs" / "losses.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.compiled_only
def test_the_page(capsys):
    names: dict = {}
    for text in BLOCK.findall(PAGE.read_text()):
        exec(text, names)
    said = capsys.readouterr().out
    assert "['huber', 'loss']" in said and "['loss', 'worst']" in said
    assert "agree" in said and "disagree" not in said
    history = names["history"].history
    assert history["loss"][-1] < history["loss"][0]
    assert np.allclose(history["loss"], history["huber"], rtol=1e-5)


def test_the_page_names_all_that_is_followed():
    text = PAGE.read_text()
    for name in ("abs", "square", "sqrt", "exp", "log", "maximum", "minimum", "clip", "where"):
        assert re.search(rf"`(ops\.)?{name}`", text), name
