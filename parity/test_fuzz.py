"""Random models agree with Keras's; what fails is found, made small, and shown as a program."""

import re

import hypothesis
import pytest

import npslstm
from parity import contexts, fuzz
from parity.architectures import Graph, describe
from parity.drawing import FEW, architectures
from parity.drawing_graphs import graphs, models
from parity.nested import flat

STACKS, GRAPHS = 40, 30  # models in half a minute, or twice that if kernels must be compiled


@hypothesis.settings(max_examples=STACKS, derandomize=True, **fuzz.SETTINGS)
@hypothesis.given(architectures(FEW), fuzz.SEEDS)
def test_random_models(architecture, seed):
    hypothesis.note(describe(architecture, seed))
    fuzz.check(architecture, seed)


@hypothesis.settings(max_examples=GRAPHS, derandomize=True, **fuzz.SETTINGS)
@hypothesis.given(graphs(FEW), fuzz.SEEDS)
def test_random_graphs(architecture, seed):
    hypothesis.note(describe(architecture, seed))
    fuzz.check(architecture, seed)


@hypothesis.settings(max_examples=80, derandomize=True, **fuzz.SETTINGS)
@hypothesis.given(models())
def test_the_program_shown_makes_the_same_model(architecture):
    handed = {}

    def remember(build, **options):
        handed.update(options, build=build)

    with pytest.MonkeyPatch.context() as patch, contexts.without_warnings():
        patch.setattr(fuzz, "compare", remember)
        exec(describe(architecture, 17), {})
        built = [make(npslstm) for make in (handed.pop("build"), architecture.build)]
    assert handed.pop("seed") == 17
    assert handed.items() <= architecture.settings.items()
    assert configuration(built[0]) == configuration(built[1])


def configuration(model):
    """Of layers, loss and optimizer, without the names, which are numbered."""
    parts = [*model.layers, *flat(model.loss), model.optimizer]
    return [re.sub("'name': '[^']*'", "", str(part.get_config())) for part in parts]


def test_a_failure_shrinks_to_the_smallest_model(monkeypatch):
    """As if npslstm read backwards wrongly from the third step on."""

    def check(architecture, seed):
        if isinstance(architecture, Graph):
            return
        backwards = any(part.options.get("go_backwards") for part in architecture.layers)
        assert not backwards or architecture.shape[0] < 3

    monkeypatch.setattr(fuzz, "check", check)
    searches = (fuzz.search(seed, lambda: None) for seed in range(5))
    found = next(failure for failure in searches if failure is not None)
    [layer] = found.architecture.layers
    assert layer.options == {"units": 1, "go_backwards": True}
    assert found.architecture.shape == (3, 1) and found.architecture.batch == 1


def test_a_failure_shrinks_to_the_smallest_graph(monkeypatch):
    """As if npslstm added sequences wrongly."""

    def check(architecture, seed):
        adds = any(part.name == "Add" for part in architecture.layers)
        assert not (isinstance(architecture, Graph) and adds and len(architecture.shapes[0]) > 1)

    monkeypatch.setattr(fuzz, "check", check)
    searches = (fuzz.search(seed, lambda: None) for seed in range(5))
    found = next(failure for failure in searches if failure is not None).architecture
    assert [part.name for part in found.layers][-1] == "Add" and len(found.layers) < 3
    assert found.shapes[0] == (1, 1) and found.batch == 1
