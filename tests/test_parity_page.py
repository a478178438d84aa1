"""The findings of the comparison with Keras as a page and as a document: sound, and complete."""

from __future__ import annotations

import html.parser
import re

import pytest

from parity.document import as_markdown, write_document
from parity.findings import Curve, Findings
from parity.page import as_html, write_page
from parity.pictures import svg
from parity.report import as_text
from parity.wording import allowed, measured, percent
from tests.findings import sample


@pytest.fixture(scope="module")
def findings():
    return sample()


@pytest.fixture(scope="module")
def page(findings):
    return as_html(findings)


# The page.


class Elements(html.parser.HTMLParser):
    """The elements of a page; fails where a tag is closed that is not open."""

    VOID = {"meta", "link", "img", "br", "hr", "input"}

    def __init__(self, page):
        super().__init__()
        self.open, self.tags, self.attributes, self.text = [], [], [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.handle_startendtag(tag, attrs)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.text.append(data)


def test_the_page_is_well_formed_and_needs_nothing_else(page):
    elements = Elements(page)
    assert not elements.open
    assert "http" not in page and "@import" not in page
    assert not {"script", "link", "img", "iframe"} & set(elements.tags)
    ids = [value for name, value in elements.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    targets = [value for name, value in elements.attributes if name in ("href", "xlink:href")]
    targets += re.findall(r"url\((#[^)]*)\)", page)
    assert len(targets) > 7
    assert {target.removeprefix("#") for target in targets} <= set(ids)


def test_the_page_shows_every_row_with_its_figures(findings, page):
    rows = re.findall(r'<tr class="(?:agrees|differs)">(.*?)</tr>', page)
    cells = [[text.strip() for text in Elements(line).text] for line in rows]
    for r in findings.rows:
        figures = {f"{r.compared:,}", measured(r.measured), allowed(r.allowed), percent(r.share)}
        words = {r.quantity, r.where, "agrees" if r.agrees else "DIFFERS"}
        found = [line for line in cells if figures | words <= set(line)]
        assert len(found) == (1 if r.agrees else 2), r


def test_the_page_draws_both_precisions_and_keeps_text_as_text(page):
    drawings = re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL)
    texts = ["".join(Elements(drawing).text) for drawing in drawings]
    assert len(drawings) == 2
    assert "ε float32" in texts[0] and "ε float64" in texts[0] and "npslstm" in texts[0]
    assert "ε float32" in texts[1] and "ε float64" not in texts[1]
    assert "ratio 2<sup>−29.0</sup>" in page


def test_a_long_training_is_drawn_in_few_points_that_keep_its_largest_difference():
    ours = [1.0] * 5000
    ours[4321] += 2.0**-3
    long, short = (svg(Curve("m", "loss", ours[-n:], [1.0] * n), "c") for n in (5000, 250))
    assert len(long) < 2 * len(short)
    tops = [
        min(map(float, re.findall(r'<use [^>]*y="([\d.]+)"', drawing))) for drawing in (long, short)
    ]
    assert tops[0] < tops[1] - 50


def test_every_colour_of_the_page_is_defined_in_light_dark_and_print(page):
    used = set(re.findall(r"var\((--[a-z0-9]+)\)", page)) - {"--share", "--bar"}
    schemes = [set(re.findall(r"(--\w+):", s)) for s in re.findall(r":root \{(.*?)\}", page, re.S)]
    assert {"--ours", "--theirs", "--ink"} <= used
    assert len(schemes) == 3 and all(used == scheme for scheme in schemes)


def test_the_same_findings_give_the_same_page(findings, page):
    assert as_html(findings) == page


# The document.


def test_the_tables_of_the_document_are_rectangular(findings):
    tables = re.findall(r"(?:^\|.*\|\n)+", as_markdown(findings), flags=re.MULTILINE)
    assert len(tables) == 3
    for table in tables:
        lines = [re.split(r"(?<!\\)\|", line) for line in table.splitlines()]
        assert len({len(line) for line in lines}) == 1
        assert set("".join(lines[1])) <= {"-", " "}


def test_the_document_holds_programs_versions_drift_and_remarks(findings):
    text = as_markdown(findings)
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()]
    figures = ["3.5 / 8", "–", "**91.4 / 40 DIFFERS**", "0 / 8", "<0.1 / 16"]
    assert ["[bold]mnist", *figures] in cells
    assert ["[bold]mnist", "loss &lt;mse>", "3", "4.0", "4.0", "2^−29.0"] in cells
    for part in ("3.15.1", "python -m parity --only '&lt;mnist>'", "- Keras on &lt;jax> is no"):
        assert part in text


# Both.


def test_findings_without_anything_are_reported_as_such(tmp_path):
    nothing = Findings({})
    write_page(nothing, tmp_path / "parity.html")
    write_document(nothing, tmp_path / "parity.md")
    for text in (as_text(nothing), *(p.read_text("utf-8") for p in tmp_path.iterdir())):
        assert "Nothing was compared." in text
