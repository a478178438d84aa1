"""Every layer, every activation, every loss and the scan itself against finite differences."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from npslstm import activations, cells, layers
from npslstm import losses as public_losses
from npslstm.kernels import losses
from npslstm.layers.activation import squash
from npslstm.machine.compiler import INTERPRETED
from npslstm.program import Program
from tests.cases import (
    EVERY_PAIR,
    LAYERS,
    MIDDLE,
    MODELS,
    PAIRS,
    ROW_LOSSES,
    SCANS,
    SMALL,
    WEIGHTS,
    time_first,
)
from tests.gradients import Problem, of_graph, of_layers, of_loss, of_scan, worst_error
from tests.graph_cases import GRAPHS


@pytest.mark.parametrize("case", LAYERS.values(), ids=LAYERS)
def test_layers(case):
    worst_error(of_layers([make() for make in case.layers], *case[1:]))


@pytest.mark.parametrize("graph", GRAPHS.values(), ids=GRAPHS)
def test_graphs(graph):
    worst_error(of_graph(graph()))


@pytest.mark.parametrize("case", MODELS.values(), ids=MODELS)
def test_layers_with_a_loss(case):
    worst_error(of_layers([make() for make in case.layers], *case[1:]))


@pytest.mark.parametrize("options", SCANS.values(), ids=SCANS)
def test_scan(options):
    worst_error(of_scan(**options))


@pytest.mark.parametrize("pair", EVERY_PAIR if INTERPRETED else PAIRS, ids="-".join)
def test_scan_with_other_activations(pair):
    worst_error(of_scan(**SMALL, mask=time_first(MIDDLE), pair=pair))


@pytest.mark.parametrize("divide", [True, False], ids=["mean", "sum"])
@pytest.mark.parametrize("weights", WEIGHTS.values(), ids=WEIGHTS)
@pytest.mark.parametrize(("name", "target", "output"), ROW_LOSSES, ids=[c[0] for c in ROW_LOSSES])
def test_losses(name, target, output, weights, divide):
    worst_error(of_loss(name, target.copy(), output.copy(), weights, divide))


# ---- nothing is missing, and nothing passes by chance -----------------------------------------


def test_every_public_layer_is_in_the_table():
    kinds = {name for name in layers.__all__ if name[0].isupper()}
    public = kinds - {"Layer", "Input", "InputLayer"}
    chains = {type(make()).__name__ for case in LAYERS.values() for make in case.layers}
    graphs = {type(layer).__name__ for graph in GRAPHS.values() for layer in graph().layers}
    assert public == (chains | graphs) - {"InputLayer", "Model", "Sequential"}


def test_every_cell_is_in_the_table():
    kinds = {options.get("kind", cells.LSTM) for options in SCANS.values()}
    assert kinds == {cells.get(name) for name in cells.OWN}


def test_every_public_loss_is_in_the_table():
    kinds = {name for name in public_losses.__all__ if name[0].isupper()}
    kinds -= {"Loss", "Custom"}  # which is in test_function_losses
    assert kinds == {type(case.criterion).__name__ for case in MODELS.values()}


def test_every_loss_with_a_mirror_is_in_the_table():
    functions = dict(inspect.getmembers(losses, inspect.isfunction))
    assert {n for n in functions if f"d_{n}" in functions} == {name for name, _, _ in ROW_LOSSES}
    mirrors = {n[2:] for n in functions if n.startswith("d_") and "_before_" not in n}
    assert mirrors == {name for name, _, _ in ROW_LOSSES}


def test_every_public_activation_is_in_the_table():
    for name, function in activations.NAMES.items():
        assert f"Dense {function.name}" in LAYERS and f"Activation {function.name}" in LAYERS, name


def test_a_wrong_gradient_is_told_with_both_numbers():
    x, gradient = np.array([1.0, 2.0]), np.array([2.0, 4.001])
    problem = Problem(lambda: float(np.sum(x * x)), lambda: None, {"x": (x, gradient)})
    with pytest.raises(AssertionError, match="entry 1: finite differences 4.*backward pass 4.001"):
        worst_error(problem)


def test_masked_steps_receive_no_gradient():
    program = Program(np.float64, learns=True)
    x = program.input(2, 1, 1, needs_gradient=True)
    y = layers.Masking(-7.0, dtype="float64").write(program, x)
    x.value[...], y.gradient[...] = [[[-7]], [[3]]], 1
    program.steps().run()
    assert y.mask.tolist() == [[False], [True]]
    assert y.value.tolist() == [[[0]], [[3]]] and x.gradient.tolist() == [[[0]], [[1]]]


def test_a_loss_after_softmax_is_taken_from_the_logits():
    program = Program(np.float64, learns=True)
    x = program.signal(1, 2)
    x.value[...] = [[1000.0, -1000.0]]
    y = squash(program, x, activations.softmax)
    loss = public_losses.CategoricalCrossentropy(dtype="float64")
    total = loss.write(program, y, np.array([[0.0, 1.0]]), np.zeros(0))
    program.steps().run()
    assert total[0] == 2000 and x.gradient.tolist() == [[1, -1]]
