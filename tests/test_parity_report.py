"""The findings of the comparison with Keras, in the terminal and as JSON: every figure is there."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from dataclasses import replace

import pytest
from rich.console import Console

from parity.description import total
from parity.findings import Curve, Findings, Row
from parity.report import as_text, bar, read_json, show, write_json
from parity.tolerances import FLOAT32, FLOAT64
from parity.wording import allowed, measured, percent
from tests.findings import KERAS, OURS, OURS64, row, sample


@pytest.fixture
def findings():
    return sample()


# What the findings say of themselves.


def test_gaps_are_relative_to_the_largest_value_of_the_curve():
    curve = Curve("mnist", "loss", OURS, KERAS, OURS64, KERAS)
    assert curve.gaps == [0, 4 * FLOAT32, 0]
    assert curve.gaps64 == [0, 4 * FLOAT64, 0]
    assert curve.fall == 2.0**-29


def test_a_value_that_only_one_engine_has_is_infinitely_far():
    assert Curve("m", "loss", [1.0, math.nan], [1.0, 1.0]).gaps == [0, math.inf]
    assert Curve("m", "loss", [1.0], [1.0, 1.0]).gaps == [0, math.inf]
    assert Curve("m", "loss", [math.nan, math.inf], [math.nan, math.inf]).gaps == [0, 0]


def test_the_worst_row_is_that_of_the_largest_share(findings):
    assert findings.worst().where == "lstm/h: NaN & a number"
    assert findings.worst("[bold]mnist").quantity == "gradients"
    assert findings.worst(quantity="outputs").measured == 3.52
    assert findings.worst("mnist") is None
    unknown = row("mnist", "outputs", math.nan)
    assert Findings({}, [*findings.rows[:4], unknown]).worst() is unknown


def test_quantities_stand_in_the_order_of_a_training(findings):
    names = ["outputs", "state", "gradients", "training", "training, float64"]
    assert findings.quantities == names


# The terminal.


def test_the_terminal_shows_every_row_with_its_figures_and_a_verdict_in_words(findings):
    table = as_text(findings).split("measured, allowed:")[0]
    lines = [line for line in table.splitlines() if "agrees" in line or "DIFFERS" in line]
    assert len(lines) == len(findings.rows)
    for line, r in zip(lines, findings.rows, strict=True):
        figures = [f"{r.compared:,}", measured(r.measured), allowed(r.allowed), percent(r.share)]
        words = line.split()
        assert set(figures) <= set(words)
        assert r.quantity in line
        assert words[-1] == ("agrees" if r.agrees else "DIFFERS")
    assert "[bold]mnist" in table


def test_the_terminal_ends_with_the_rows_that_differ_and_the_total(findings):
    end = as_text(findings).split("measured, allowed:")[1]
    for r in findings.failing:
        assert f"DIFFERS {r.subject}, {r.quantity} at {r.where}: {measured(r.measured)} " in end
    assert end.count("DIFFERS") == 2
    assert "6 rows, 74,070 numbers compared, worst share ∞ (airline|window, state): 2 DIFFER" in end
    assert "keras 3.15.1" in end
    assert str(findings) == as_text(findings)


def test_the_total_of_an_agreement_says_so(findings):
    assert total(Findings({}, findings.rows[1:4])).endswith(
        "(mnist, outputs): all agree".replace("mnist", "[bold]mnist")
    )
    assert total(Findings({})) == "Nothing was compared."


def test_the_table_fits_a_terminal_of_80_characters():
    longest = Row(
        "airline_regression", "loss and metrics", "metric", "", 1234567, 12.5, 64, FLOAT32
    )
    console = Console(width=80, force_terminal=True, color_system=None, highlight=False)
    with console.capture() as captured:
        show(Findings({}, [longest]), console)
    assert re.search(r"airline_regression +loss and metrics +1,234,567 .* agrees", captured.get())


def test_a_bar_is_as_long_as_its_share():
    assert [len(bar(share)) for share in (0, 0.5, 1, math.inf, math.nan)] == [4] * 5
    assert [bar(share).count("█") for share in (0, 0.25, 0.5, 1, 7)] == [0, 1, 2, 4, 4]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (0.04, "<0.1"),
        (3.52, "3.5"),
        (1240, "1,240.0"),
        (math.inf, "∞"),
        (math.nan, "NaN"),
    ],
)
def test_measured_epsilons_have_one_decimal(number, text):
    assert measured(number) == text


def test_a_percentage_of_something_is_not_0():
    texts = [percent(share) for share in (0, 0.001, 0.444, 37, math.inf)]
    assert texts == ["0%", "<1%", "44%", "3,700%", "∞"]


# JSON.


def test_json_keeps_every_number(findings, tmp_path):
    write_json(findings, tmp_path / "parity.json")
    text = (tmp_path / "parity.json").read_text(encoding="utf-8")
    read = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert read["agree"] is False and len(read["rows"]) == 6
    assert read["rows"][4]["measured"] == read["rows"][4]["share"] == "inf"
    assert read["curves"][1]["ours"] == [0.5, "nan"]
    for saved, r in zip(read["rows"], findings.rows, strict=True):
        assert Row(**{k: v for k, v in saved.items() if k not in ("share", "agrees")} | {
            "measured": float(saved["measured"])
        }) == r  # fmt: skip
    assert read["curves"][0]["ours"] == OURS


# All reports.


def test_reports_of_several_runs_are_read_as_one(findings, tmp_path):
    halves = [replace(findings, rows=findings.rows[:2], curves=findings.curves[:1])]
    halves.append(replace(findings, rows=findings.rows[2:], curves=findings.curves[1:]))
    paths = [tmp_path / f"{k}.json" for k in range(2)]
    for k, half in enumerate(halves):
        half.ran_on = {**findings.ran_on, "command": f"run {k}", "seconds": "20"}
        write_json(half, paths[k])
    found = read_json(paths)
    assert found.rows == findings.rows
    assert [curve.gaps for curve in found.curves] == [curve.gaps for curve in findings.curves]
    assert found.remarks == findings.remarks
    assert found.ran_on == {"keras": "3.15.1", "command": "run 0, run 1", "seconds": "40"}


def test_reports_need_no_framework_and_nothing_heavy_until_they_are_written():
    code = (
        "import sys, parity.findings, parity.report, parity.page, parity.document;"
        "print(*sorted({'keras', 'tensorflow', 'matplotlib', 'rich', 'numba'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
