"""What the tests of the cache have in common: places for it, and processes that use it."""

import os
import pathlib
import random
import subprocess
import sys

import pytest

from npslstm.machine import cache, folders

CODE = random.Random(0).randbytes(400)  # stands for an object file
NOBODY = 65534
EVERYWHERE = ["owners", "as_on_windows"]
ROOT = pathlib.Path(__file__).parents[1]
KERNEL = """
import sys
exec(sys.argv[1])  # what is different in a process; the kernel's lines stay the same
import numpy as np
from npslstm.machine import compiler
from npslstm.machine.operations import Operation
from npslstm.machine.steps import run_once

def kernel(x, y):
    for j in range(x.size):
        y[j] = x[j] + 1.0

def another(x, y):
    for j in range(x.size):
        y[j] = x[j] + 2.0

if "plant" in sys.argv[1]:  # the other function, under the first one's name
    text = compiler.compiled_text
    compiler.compiled_text = lambda kernel, *rest: text(another, *rest)
y = np.zeros(3)
run_once(kernel, np.ones(3), y)
print(y[0], "compiled" if "numba" in sys.modules else "loaded")
"""

posix = pytest.mark.skipif(
    not folders.HAS_OWNERS, reason="about owners of files, which Windows lacks"
)


@pytest.fixture(params=EVERYWHERE)
def place(request, tmp_path, monkeypatch):
    """A cache of the test's own, where files have owners and where they have none."""
    yield use(tmp_path / "cache", monkeypatch, request.param)
    cache.cache_folder.cache_clear()


@pytest.fixture
def owned(tmp_path, monkeypatch):
    """A cache of the test's own, where files have owners."""
    yield use(tmp_path / "cache", monkeypatch)
    cache.cache_folder.cache_clear()


def use(place, monkeypatch, kind="owners"):
    """Have the cache in a place, as a new process finds it, and give back that place.

    kind: 'as_on_windows' to do so as where nothing is known of owners, and folders are not opened.
    """
    if kind == "as_on_windows":
        monkeypatch.setattr(folders, "HAS_OWNERS", False)
    monkeypatch.setenv("NPSLSTM_CACHE_DIR", str(place))
    return start_again(place, monkeypatch)


def start_again(place, monkeypatch):
    """Have the cache look for its folder as a new process does."""
    cache.cache_folder.cache_clear()
    monkeypatch.setattr(cache, "complaints", [])
    return place


def file_of(label):
    return cache.cache_folder() / cache.file_name(label)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def give_away(path):
    """Make it another user's or, where only root may do that, one that others can write."""
    if os.geteuid() == 0:
        os.chown(path, NOBODY, -1, follow_symlinks=False)
    else:
        path.chmod(0o777)


# ---- processes --------------------------------------------------------------------------------


def command(start, program):
    return [sys.executable, "-W", "error", "-c", program, start]


def environment(place):
    return os.environ | {"PYTHONPATH": str(ROOT), "NPSLSTM_CACHE_DIR": str(place)}


def run(place, start="", program=KERNEL):
    """What a process prints to its two streams. It has to end as it should."""
    done = subprocess.run(
        command(start, program), env=environment(place), capture_output=True, text=True,
        timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, (done.returncode, done.stderr[-2000:])
    return done.stdout.strip(), done.stderr


def objects_of(place):
    return sorted(place.glob("*/*.object"))


def leftovers(place):
    """What writers have left that did not get to an end."""
    return [path for path in place.rglob("*") if path.suffix not in ("", ".object", ".TAG")]


def filled(place, start=""):
    assert run(place, start)[1] == ""
    return place
