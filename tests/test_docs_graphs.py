"""docs/graphs.md: its program runs, and what the page says of it is so."""

from __future__ import annotations

import pathlib
import re

import numpy as np
import pytest

import npslstm

PAGE = pathlib.Path(npslstm.__file__).parent.parent / "docs" / "graphs.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def program():
    """The names that the page's program has at its end."""
    names: dict = {}
    for text in BLOCK.findall(PAGE.read_text()):
        exec(text, names)
    return names


@pytest.mark.compiled_only
def test_the_decoder_writes_backwards(program):
    assert program["right"].mean() > 0.9


@pytest.mark.compiled_only
def test_the_results_have_the_names_of_the_outputs(program):
    assert list(program["history"].history) == ["each_loss", "loss", "whole_accuracy", "whole_loss"]


@pytest.mark.compiled_only
def test_models_share_weights(program):
    training, read, write = program["training"], program["read"], program["write"]
    of_both = {id(v) for v in (*read.weights, *write.weights)}
    assert of_both == {id(v) for v in training.weights}
    first = program["alike"].predict([np.ones((1, 8, 3)), np.ones((1, 8, 3))], verbose=0)
    assert np.array_equal(first, [[0.5]])
