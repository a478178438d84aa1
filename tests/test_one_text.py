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

from npslstm import cell, scan
from npslstm.kernels.activations import TABLE
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
    assert imported(cell) == {"__future__", "numpy"}
    assert not {name for name in imported(scan) if name.startswith(("numba", "llvmlite"))}


def test_the_scan_calls_the_very_functions_of_the_cell():
    passes = [scan.forward, scan.through_time]
    called = {n: f for p in passes for n, f in inspect.getclosurevars(p).globals.items()}
    equations = ["next_c", "next_h", "d_o", "d_a", "d_i", "d_f", "d_g", "d_c_prev"]
    for name in equations:
        assert called[name] is getattr(cell, name), name
        assert isinstance(called[name], types.FunctionType), "compiling must leave it as it is"
    own = {name for name, _ in inspect.getmembers(cell, inspect.isfunction)}
    helpers = {"like", "exp", "sigmoid", "tanh", "d_sigmoid", "d_tanh"}
    assert own == helpers | {*equations}, "an equation of the cell that the scan does not use"


@pytest.mark.parametrize("name", ["sigmoid", "tanh"])
def test_gates_are_squashed_by_the_functions_of_the_cell(name):
    forward = inspect.getclosurevars(TABLE[name].forward).nonlocals
    assert forward["function"] is getattr(cell, name)
    derivative = inspect.getclosurevars(TABLE[name].backward).nonlocals["derivative"]
    assert inspect.getclosurevars(derivative).globals == {f"d_{name}": getattr(cell, f"d_{name}")}
