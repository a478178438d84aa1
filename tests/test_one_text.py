"""One text of the equations: compiled or interpreted, the same functions and the same numbers."""

from __future__ import annotations

import ast
import inspect
import os
import pathlib
import subprocess
import sys
import types

import numpy as np
import pytest

from npslstm import Sequential, cell, scan
from npslstm.kernels.activations import TABLE
from npslstm.layers import LSTM, Dense, Input
from tests.computed import numbers

ROOT = pathlib.Path(cell.__file__).parent.parent

# The largest difference of an array, in units of the precision times its largest number. Measured:
# float32 9.0 (mish's derivative; all else below 3.2), float64 3.2.
LIMITS = {"float32": 12, "float64": 8}


@pytest.fixture(scope="module")
def interpreted(tmp_path_factory):
    file = tmp_path_factory.mktemp("numbers") / "interpreted.npz"
    subprocess.run(
        [sys.executable, "-m", "tests.computed", str(file)],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1", "NPSLSTM_CHECK": "0"}, cwd=ROOT, check=True,
    )  # fmt: skip
    return dict(np.load(file))


@pytest.mark.compiled_only
@pytest.mark.parametrize("dtype", LIMITS)
def test_compiled_and_interpreted_give_the_same_numbers(interpreted, dtype):
    compiled = numbers(dtype)
    assert set(compiled) == {name for name in interpreted if name.startswith(dtype)}
    for name, array in compiled.items():
        unit = np.finfo(dtype).eps * abs(interpreted[name]).max()
        assert array.dtype == dtype and unit > 0
        assert abs(array - interpreted[name]).max() / unit < LIMITS[dtype], name


def imported(module: types.ModuleType) -> set[str]:
    """The packages that a module's text imports, anywhere in it."""
    nodes = list(ast.walk(ast.parse(inspect.getsource(module))))
    packages = {a.name for n in nodes if isinstance(n, ast.Import) for a in n.names}
    froms = [n for n in nodes if isinstance(n, ast.ImportFrom)]
    return packages | {"." * n.level + (n.module or "") for n in froms}


def test_the_equations_know_numpy_only():
    own = {".bundles", ".changes", ".primitives"}
    assert imported(cell) == {"__future__", "numpy", *own}
    assert not {name for name in imported(scan) if name.startswith(("numba", "llvmlite"))}


EQUATIONS = ["next_c", "next_h", "d_o", "d_a", "d_i", "d_f", "d_g", "d_c_prev"]


def test_a_step_of_the_cell_consists_of_its_equations():
    steps = [cell.forward, cell.backward]
    called = {n: f for s in steps for n, f in inspect.getclosurevars(s).globals.items()}
    assert called.keys() == {*EQUATIONS, "split", "halves", "add", "each2", "each4"}
    for name in EQUATIONS:
        assert called[name] is getattr(cell, name), name
        assert isinstance(called[name], types.FunctionType), "compiling must leave it as it is"


def test_the_scan_knows_no_equation_but_the_first_and_runs_the_very_step_of_the_cell():
    passes = [scan.forward, scan.backward_through_time, scan.weight_gradients]
    called = {n for p in passes for n in inspect.getclosurevars(p).globals}
    assert not called & {*EQUATIONS, "split", "sigmoid", "tanh"}
    model = Sequential([Input((3, 2)), LSTM(4), Dense(1)])
    model.compile("sgd", "mse")
    model.fit(np.ones((2, 3, 2)), np.ones((2, 1)), verbose=0)
    program = next(iter(model.pool.shelves.values()))[0].program
    rules = [
        argument.cell
        for operation in (*program.forward_operations, *program.backward_operations)
        for argument in operation.arguments
        if isinstance(argument, scan.ScanFunctions)
    ]
    assert rules == [cell.forward, cell.backward]


@pytest.mark.parametrize("name", ["sigmoid", "tanh"])
def test_gates_are_squashed_by_the_functions_of_the_cell(name):
    forward = inspect.getclosurevars(TABLE[name].forward).nonlocals
    assert forward["function"] is getattr(cell, name)
    derivative = inspect.getclosurevars(TABLE[name].backward).nonlocals["derivative"]
    assert inspect.getclosurevars(derivative).globals == {f"d_{name}": getattr(cell, f"d_{name}")}
