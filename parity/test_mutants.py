"""The frozen references notice every mistake in `parity.mutations`; the quick form, interpreted."""

import ast

import pytest

import npslstm
from parity import mutants
from parity.mutations import MUTATIONS, Mutation, StaleMutation, of_merging

HARMLESS = Mutation(
    "harmless", "cell.py",
    "The hyperbolic tangent, between", "The so-called hyperbolic tangent, between",
    "nothing: only a docstring differs",
)  # fmt: skip


# Those of merge layers and attention take a minute more, and are tried by `make test-all`.
LATER = {mutation.name for mutation in of_merging.MUTATIONS}
NAMES = [
    pytest.param(name, marks=pytest.mark.thorough) if name in LATER else name for name in MUTATIONS
]


@pytest.fixture(scope="module")
def results(request):
    """Of every mutation that is asked for; `run` asks the unbroken copy first, and refuses to go on
    if it differs."""
    chosen = [
        item.callspec.params["name"] for item in request.session.items
        if item.nodeid.partition("[")[0].endswith("test_mutants.py::test_mutant_is_caught")
    ]  # fmt: skip
    names = chosen or [name for name in MUTATIONS if name not in LATER]
    return {result.mutation.name: result for result in mutants.run(names, quick=True)}


@pytest.mark.parametrize("name", NAMES)
def test_mutant_is_caught(results, name):
    why = MUTATIONS[name].why
    assert results[name].caught, f"a hole in parity/references: nothing notices that {why}"


def test_mutants_are_caught_by_numbers(results):
    """Not by an exception, which any test would notice."""
    assert [name for name, result in results.items() if result.interpreted.allowed == 0
            and not result.interpreted.key.startswith("exact")] == []  # fmt: skip


def test_the_broken_copy_is_what_runs(results):
    """A mistake in the LSTM's equations shows in the LSTM's own outputs or gradients."""
    noticed = results["gate_order"].interpreted
    assert noticed.case.startswith(("lstm", "gradients")) and noticed.measured > 1e4


def test_a_survivor_is_a_hole(monkeypatch, capsys):
    monkeypatch.setitem(MUTATIONS, "harmless", HARMLESS)
    assert mutants.main(["--quick", "harmless", "no_output_gate"]) == 1
    printed = capsys.readouterr().out
    assert "A hole: harmless" in printed and "1 of 2 mutants caught" in printed


def test_a_text_that_no_longer_matches_is_an_error(monkeypatch):
    stale = HARMLESS._replace(name="stale", old="return o * a + 1")
    monkeypatch.setitem(MUTATIONS, "stale", stale)
    with pytest.raises(StaleMutation, match="'stale'.*cell.py.*occurs 0 times"):
        mutants.run(["stale"], quick=True)


@pytest.mark.parametrize("name", MUTATIONS)
def test_mutations_change_something(name, tmp_path):
    """Where they say, and to something that Python can read."""
    mutation = MUTATIONS[name]
    assert mutants.PACKAGE.name == npslstm.__name__ and mutation.why
    path = tmp_path / mutation.file
    path.parent.mkdir(exist_ok=True)
    before = (mutants.PACKAGE / mutation.file).read_text()
    path.write_text(before)
    mutation.apply(tmp_path)
    assert ast.dump(ast.parse(path.read_text())) != ast.dump(ast.parse(before))


def test_a_file_that_is_gone_is_an_error(tmp_path):
    for mutation in (HARMLESS, MUTATIONS["no_output_gate"]):
        with pytest.raises(StaleMutation, match=r"cell.py"):
            mutation.apply(tmp_path)


def test_an_engine_that_differs_is_refused(monkeypatch):
    """No mutant counts as caught where the unbroken copy differs, too."""
    ask = mutants.Copies.ask

    def broken(self, folder, *arguments, **options):
        mutants.MUTATIONS["no_output_gate"].apply(folder / "npslstm")
        return ask(self, folder, *arguments, **options)

    monkeypatch.setattr(mutants.Copies, "ask", broken)
    with pytest.raises(RuntimeError, match="npslstm itself"):
        mutants.run(["d_tanh"], quick=True)
