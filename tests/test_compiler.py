"""Kernels that users write: the compiled code is that of the function as it stands."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from npslstm.kernels.compiler import fingerprint
from npslstm.kernels.operations import Operation
from npslstm.kernels.primitives import each

ROOT = Path(__file__).parents[1]
FILE = """
import sys
import numpy as np
from npslstm.kernels.operations import Operation
from npslstm.kernels.primitives import each

def part(x):
    return x {}

def kernel(x, y):
    each(part, y, x)

x, y = np.ones(3), np.zeros(3)
Operation(kernel, x, y)()
print(y[0])
"""


def make(factor):
    def scaled(x, y):
        for j in range(x.size):
            y[j] = factor * x[j]

    return scaled


def test_two_functions_of_one_name_stay_apart():
    x, found = np.ones(2), []
    for factor in (2.0, 7.0):
        y = np.zeros(2)
        Operation(make(factor), x, y)()
        found.append(y[0])
    assert found == [2.0, 7.0]


@pytest.mark.compiled_only
def test_an_edited_function_is_compiled_anew(tmp_path):
    """Also where only a function that it calls was edited."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "NPSLSTM_CACHE_DIR": str(tmp_path)}
    found = []
    for edit in ("+ x", "* 7.0", "+ x"):
        program = tmp_path / "program.py"
        program.write_text(FILE.format(edit))
        command = [sys.executable, str(program)]
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
        found.append(float(done.stdout))
    assert found == [2.0, 7.0, 2.0]


@pytest.mark.compiled_only
def test_a_process_that_compiles_nothing_does_not_import_numba(tmp_path):
    environment = os.environ | {"PYTHONPATH": str(ROOT), "NPSLSTM_CACHE_DIR": str(tmp_path)}
    program = tmp_path / "program.py"
    program.write_text(FILE.format("+ x") + "print('numba' in sys.modules)")
    found = [
        subprocess.run(
            [sys.executable, str(program)],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split()
        for _ in range(2)
    ]
    assert found == [["2.0", "True"], ["2.0", "False"]]


@pytest.mark.compiled_only
def test_a_kernel_that_makes_an_array_is_refused():
    def doubled(x, y):
        y[:] = x[x > 0]

    with pytest.raises(Exception, match="NRT required"):
        Operation(doubled, np.ones(2), np.zeros(2))


@pytest.mark.compiled_only
def test_a_kernel_that_raises_is_refused():
    def strict(x):
        if x[0] > 0:
            raise ValueError("positive")

    with pytest.raises(ValueError, match="raises no errors of its own"):
        Operation(strict, np.ones(2))


def test_a_kernel_takes_no_negative_integers():
    def nothing(x, n):
        pass

    with pytest.raises(ValueError, match="from 0 on, got -1"):
        Operation(nothing, np.zeros(1), -1)


def test_functions_of_the_package_are_named_by_the_cache_folder():
    assert fingerprint(each) == ""


def test_a_function_that_calls_itself_has_a_fingerprint():
    def again(n):
        return n if n == 0 else again(n - 1)

    assert len(fingerprint(again)) == 16
