"""Kernels that users write: the compiled code is that of the function as it stands."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from npslstm.kernels import data_movement
from npslstm.machine import cache
from npslstm.machine.operations import Operation
from npslstm.machine.steps import Steps, run_once
from npslstm.machine.users import fingerprint
from npslstm.primitives import each

ROOT = Path(__file__).parents[1]
FILE = """
import sys
import numpy as np
from npslstm.machine.steps import run_once
from npslstm.primitives import each

def part(x):
    return x {}

def kernel(x, y):
    each(part, y, x)

x, y = np.ones(3), np.zeros(3)
run_once(kernel, x, y)
print(y[0])
"""


THROWN_AWAY = """
import shutil, time
from npslstm.machine.cache import cache_folder

folder = cache_folder()
assert time.time() - folder.stat().st_mtime < 60
shutil.rmtree(folder)
run_once(kernel, np.ones(3, "float32"), np.zeros(3, "float32"))
print(len(list(folder.iterdir())))
"""


USERS = """
import sys
import numba
import numpy as np
from npslstm.machine.steps import run_once

@numba.njit
def compiled(x):
    return x * 0.5

@numba.njit(cache=True)
def kept(x):
    return 2 * compiled(x)

@numba.vectorize
def of_arrays(x):
    return 3 * compiled(x)

def kernel(x, y):
    for j in range(x.size):
        y[j] = kept(x[j]) + of_arrays(x[j])

if "python" in sys.argv:
    kept(1.0)
y = np.zeros(1)
run_once(kernel, np.ones(1), y)
print(y[0], kept(1.0), compiled(1.0), of_arrays(np.ones(1))[0])
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
        run_once(make(factor), x, y)
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
    program.write_text(FILE.format("+ x") + "print({'numba', 'scipy.linalg'} & {*sys.modules})")
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
    assert found[0][0] == "2.0" and "'numba'" in " ".join(found[0])
    assert found[1] == ["2.0", "set()"]  # nor the package that SciPy's BLAS is in


@pytest.mark.compiled_only
@pytest.mark.parametrize("first", ["python", "kernel"])
def test_compiled_functions_that_kernels_call_may_be_called_from_python_too(tmp_path, first):
    """Kernels make no machine code of what they call; of these they must. Twice, as Numba keeps
    one of them on disk."""
    program = tmp_path / "users.py"
    program.write_text(USERS)
    folders = {"NPSLSTM_CACHE_DIR": str(tmp_path), "NUMBA_CACHE_DIR": str(tmp_path)}
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | folders
    command = [sys.executable, str(program), first]
    for _ in range(2):
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert done.stdout.split() == ["2.5", "1.0", "0.5", "1.5"], done.stderr
        for kernel in tmp_path.rglob("*.object"):
            kernel.unlink()  # the second process compiles it again


@pytest.mark.compiled_only
def test_a_kernel_that_makes_an_array_is_refused():
    def doubled(x, y):
        y[:] = x[x > 0]

    with pytest.raises(ValueError, match="'doubled' cannot be compiled.*: it makes an array"):
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


def test_an_operation_that_let_go_of_its_arrays_before_it_had_any_takes_others():
    """As after Ctrl-C between the making of a step and its first run."""
    data, order = np.arange(24.0).reshape(4, 3, 2), np.array([2, 0])
    cursor, batch = np.zeros(1, np.int64), np.zeros((3, 2, 2))
    nothing = np.zeros((0, 0, 0))
    operation = Operation(data_movement.gather_sequences, nothing, order[:0], cursor, batch)
    operation.unbind(0)
    operation.rebind(0, data)
    operation.rebind(1, order)
    Steps([operation]).run()
    np.testing.assert_array_equal(batch, data[order].swapaxes(0, 1))


def test_functions_of_the_package_are_named_by_the_cache_folder():
    assert fingerprint(each) == ""


def test_a_function_that_calls_itself_has_a_fingerprint():
    def again(n):
        return n if n == 0 else again(n - 1)

    assert len(fingerprint(again)) == 16


@pytest.mark.compiled_only
def test_a_folder_in_use_is_dated_and_made_again_when_it_was_thrown_away(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(FILE.format("+ x") + THROWN_AWAY)
    environment = os.environ | {"PYTHONPATH": str(ROOT), "NPSLSTM_CACHE_DIR": str(tmp_path / "c")}
    command = [sys.executable, str(program)]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["2.0", "2"]  # the kernel, and the folder's tag


def test_releases_are_told_apart_without_an_import():
    assert b"version" in cache.release("numba") and cache.release("numba") != cache.release("numpy")
    assert cache.release("pytest")  # has no such file: its description is asked
