"""How an LSTM remembers: every number of the page is one that the example prints."""

from __future__ import annotations

import json
import re
from pathlib import Path

import matplotlib
import pytest

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np

import npslstm
from examples import distributions, study_memory

DOCS = Path(__file__).parents[1] / "docs"
PAGE = (DOCS / "how-an-lstm-remembers.md").read_text()
NUMBER = re.compile(r"[-+]?\d+(?:\.\d*)?")
CLOSE = 0.03  # another processor rounds otherwise, 2000 updates long; measured here: 0


def printed(page):
    """The lines that the page quotes from the program."""
    blocks = re.findall(r"<!-- printed -->\n\n((?:    .*\n)+)", page)
    return [line.strip() for block in blocks for line in block.splitlines()]


def numbers_of(line):
    return np.array(NUMBER.findall(line), float)


def words_of(line):
    return NUMBER.sub("#", " ".join(line.split()))


@pytest.mark.compiled_only
def test_the_page_quotes_what_the_example_prints(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    result = study_memory.main(npslstm)
    plt.close("all")
    lines, quoted = capsys.readouterr().out.splitlines(), printed(PAGE)
    assert len(quoted) == 29
    for line in quoted:
        alike = [one for one in lines if words_of(one).startswith(words_of(line))]
        found = [np.abs(numbers_of(one)[: len(numbers_of(line))] - numbers_of(line)).max()
                 for one in alike]  # fmt: skip
        assert min(found, default=np.inf) <= CLOSE, f"the example does not print: {line}"
    assert list(result["score"].values()) == [2, 1, 1, 2, 0, 0]
    for name in ("study_memory.png", "study_memory_unit.png", "study_memory_training.png"):
        assert Path("out", name).exists()
        assert 10_000 < (DOCS / "pictures" / name).stat().st_size < 150_000


def test_the_prose_repeats_quoted_numbers_only():
    prose = "\n".join(line for line in PAGE.splitlines() if not line.startswith("    "))
    prose = re.sub(r"https?://\S+", "", prose)
    quoted = set(NUMBER.findall("\n".join(printed(PAGE))))
    for number in re.findall(r"\d+\.\d+", prose):
        assert number in quoted, f"{number} is not in what the program prints"
    for picture in re.findall(r"\]\((pictures/.*?)\)", PAGE):
        assert (DOCS / picture).exists()


def test_what_is_said_to_hold_for_all_seeds_does():
    scores = json.loads(distributions.TABLE.read_text())["programs"]["study_memory"]
    assert scores["Right, as trained"] == [2, 2, 2]
    assert scores["Right, silenced"] == [1, 1, 1]
    assert scores["Right, exchanged"] == [0, 0, 0]
    assert scores["Right, shut"][0] == 2 > scores["Right, shut"][1]  # in fewer than half: 1
    assert scores["Right, others"][1] < 2 and scores["Right, two, early"][2] > 0
