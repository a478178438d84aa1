"""Medians over seeds: those that are committed, those that the examples quote, and two engines'."""

import importlib
import json
import re
from pathlib import Path

import matplotlib
import pytest

matplotlib.use("Agg")

from examples import PROGRAMS, distributions

ROOT = Path(__file__).parents[1]
STUDY = json.loads(distributions.TABLE.read_text())
QUOTED = re.compile(r"over (\d+) seeds: (.+?)\.\s", re.IGNORECASE | re.DOTALL)


def report(engine, scores, **more):
    """A report of one program, memory, as `python -m examples --seeds N --json FILE` writes it."""
    summary = {"scores": {name: {"values": values} for name, values in scores.items()}}
    head = {"engine": engine, "version": "1.0", "seeds": len(next(iter(scores.values())))}
    return head | more | {"programs": {"memory": summary}}


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_an_example_quotes_is_in_the_table(name):
    (quotation,) = QUOTED.findall(importlib.import_module(f"examples.{name}").__doc__)
    seeds, figures = quotation
    assert int(seeds) == STUDY["seeds"]
    scores = STUDY["programs"][name]
    for text in re.findall(r"\d+(?:\.\d+)?", figures):
        decimals = len(text.partition(".")[2])
        rounded = {f"{value:.{decimals}f}" for values in scores.values() for value in values}
        assert text in rounded, f"{text} is no median, least or greatest score of {name}: {scores}"


def test_the_table_holds_every_program_in_order():
    assert tuple(STUDY["programs"]) == PROGRAMS
    for scores in STUDY["programs"].values():
        for median, least, greatest in scores.values():
            assert least <= median <= greatest


def test_a_table_of_medians_is_made_from_reports(tmp_path):
    file, table = tmp_path / "report.json", tmp_path / "table.json"
    ours = report("npslstm", {"Right of 8": [8, 7, 8, 7], "Loss": [0.123456789, 1.0, 3.0, 4.0]})
    file.write_text(json.dumps(ours))
    distributions.main([str(file), "--table", str(table)])
    assert json.loads(table.read_text()) == {
        "seeds": 4, "programs": {"memory": {"Right of 8": [7.5, 7, 8], "Loss": [2, 0.123457, 4]}}
    }  # fmt: skip


def test_a_table_has_one_number_of_seeds():
    reports = [report("npslstm", {"Loss": [1.0, 2.0]}), report("npslstm", {"Loss": [1.0]})]
    reports[1]["programs"] = {"mnist": reports[1]["programs"]["memory"]}
    with pytest.raises(ValueError, match=r"one number of seeds.*\[1, 2\]"):
        distributions.medians(reports)


def test_a_program_is_in_one_report_of_an_engine():
    reports = [report("keras", {"Loss": [1.0]})] * 2
    with pytest.raises(ValueError, match="memory is in two reports of keras"):
        distributions.compare(reports)


def test_two_engines_are_compared_score_by_score(tmp_path, capsys):
    ours = {"Right of 8": [8, 8, 8, 8], "Loss": [1.0, 2.0, 3.0, 4.0], "Extra": [1, 2, 3, 4]}
    theirs = {"Right of 8": [8, 8, 8], "Loss": [5.0, 6.0, 7.0]}
    files = [tmp_path / "a.json", tmp_path / "b.json", tmp_path / "c.json"]
    other = report("keras", {"Accuracy %": [0.97]}, backend="tensorflow")
    other["programs"] = {"mnist": other["programs"]["memory"]}
    reports = report("npslstm", ours), report("keras", theirs, backend="tensorflow"), other
    for file, content in zip(files, reports, strict=True):
        file.write_text(json.dumps(content))
    distributions.main(list(map(str, files)))
    page = capsys.readouterr().out
    p = 2 / 35  # one of the 35 ways to place three of seven, in either direction
    for line in (
        "| `memory` | Right of 8 | 8 | 4 | 8 | 3 | same |",
        f"|  | Loss | 2.50 (1 to 4) | 4 | 6 (5 to 7) | 3 | {p:.2f} |",
        "|  | Extra | 2.50 (1 to 4) | 4 | - | - | - |",
        "| `mnist` | Accuracy % | - | - | 0.970 | 1 | - |",
        "    python -m examples --seeds 4 --json out/npslstm-4.json memory",
        "    python -m examples --seeds 3 --engine keras --json out/keras-3.json memory",
        "    python -m examples --seeds 1 --engine keras --json out/keras-1.json mnist",
    ):
        assert line in page.splitlines()
    assert "npslstm 1.0 and keras 1.0 on tensorflow" in page
    assert "here it is 0 of 1." in page


def test_numbers_that_float32_cannot_tell_apart_are_the_same():
    reports = [report("npslstm", {"Loss": [84.0]}), report("keras", {"Loss": [84.0000021]})]
    assert "| same |" in distributions.compare(reports)


def test_the_readme_quotes_the_page():
    page, readme = ((ROOT / name).read_text() for name in ("docs/seeds.md", "README.md"))
    quoted = re.findall(r"^  \| `\w+`.*\| (\S.*) \| (\S.*) \|$", readme, re.MULTILINE)
    assert len(quoted) == 5
    for ours, theirs in quoted:
        assert re.search(rf"\| {re.escape(ours)} \| 20 \| {re.escape(theirs)} \| 20 \|", page)
