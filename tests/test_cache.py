"""The cache of compiled kernels, seen from outside: whole processes, whose answers stay right."""

import os
import re
import shutil
import signal
import subprocess

import pytest

from tests.caching import KERNEL, command, environment, filled, leftovers, objects_of, run

# With NPSLSTM_CHECK other kernels are compiled as well, which the numbers of files do not count.
pytestmark = [pytest.mark.compiled_only, pytest.mark.not_checked]

MODEL = """
import numpy as np
import npslstm as keras
keras.utils.set_random_seed(1)
model = keras.Sequential([keras.Input((5, 2)), keras.layers.LSTM(3)])
print(model.predict(np.ones((1, 5, 2), "f4"), verbose=0).tobytes().hex())
"""


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """A cache that a process has filled: the kernel, and what calls kernels."""
    folder = filled(tmp_path_factory.mktemp("good") / "cache")
    assert len(objects_of(folder)) == 2
    return folder


# ---- damage -----------------------------------------------------------------------------------


def cut(length):
    def to_length(path):
        os.truncate(path, length if length >= 0 else path.stat().st_size + length)

    to_length.__name__ = f"cut_to_{length}"
    return to_length


def flip(place):
    def bit(path):
        content = bytearray(path.read_bytes())
        content[int(place * len(content))] ^= 4
        path.write_bytes(content)

    bit.__name__ = f"flip_at_{place}"
    return bit


def exchange(path):
    (other,) = set(objects_of(path.parents[1])) - {path}
    shutil.copy(other, path)


def directory(path):
    path.unlink()
    path.mkdir()


PAIRS = [(cut(0), flip(0.05)), (cut(100), flip(0.5)), (cut(-1), exchange), (directory, flip(0.9))]


def test_a_process_loads_what_another_has_compiled(good):
    assert run(good) == ("2.0 loaded", "")


def test_an_object_file_has_one_public_name_of_its_own(good):
    """Numba numbers functions anew in each process: two files came to have one name."""
    names = [re.findall(rb"npslstm_[0-9a-f]{32}", path.read_bytes()) for path in objects_of(good)]
    assert len({*names[0], *names[1]}) == 2 and names[0] != names[1]
    assert not [path for path in objects_of(good) if b"cfunc." in path.read_bytes()]


@pytest.mark.parametrize("damages", PAIRS, ids=lambda pair: "_".join(d.__name__ for d in pair))
def test_damaged_files_are_compiled_anew(good, tmp_path, damages):
    """And are good again afterwards; but a folder in a file's place may be somebody's."""
    place = tmp_path / "cache"
    shutil.copytree(good, place)
    for damage, file in zip(damages, objects_of(place), strict=True):
        damage(file)
    printed, said = run(place)
    assert printed == "2.0 compiled" and not leftovers(place)
    if directory in damages:
        assert said.count("\n") == 1 and "Is a directory" in said
    else:
        assert said == "" and run(place) == ("2.0 loaded", "")


def test_a_model_predicts_the_same_whatever_has_happened_to_its_files(tmp_path):
    before = run(tmp_path, program=MODEL)
    damages = [cut(0), flip(0.3), cut(100), flip(0.7), cut(-1)]
    for damage, file in zip(damages, objects_of(tmp_path), strict=True):
        damage(file)
    assert run(tmp_path, program=MODEL) == before


# ---- what cannot be written -------------------------------------------------------------------

LIMIT = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512))
"""

FULL = """
import errno, os
def full(*args, **options):
    raise OSError(errno.ENOSPC, "No space left on device")
os.fsync = full
"""

READ_ONLY = """
import errno, os
def read_only(*args, **options):
    raise OSError(errno.EROFS, "Read-only file system")
def opening(path, flags, *args, real=os.open, **options):
    return (read_only if flags & os.O_CREAT else real)(path, flags, *args, **options)
os.open, os.mkdir, os.replace, os.unlink, os.utime = opening, *[read_only] * 4
"""


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="no limit on the size of files")
@pytest.mark.parametrize(("start", "reason"), [(LIMIT, "File too large"), (FULL, "No space")])
def test_a_full_disk(tmp_path, start, reason):
    place = tmp_path / "cache"
    printed, said = run(place, start)
    assert printed == "2.0 compiled" and not objects_of(place) and not leftovers(place)
    assert said.count("\n") == 1 and reason in said and str(place) in said


def test_a_read_only_cache_is_read(good, tmp_path):
    place = tmp_path / "cache"
    shutil.copytree(good, place)
    assert run(place, READ_ONLY) == ("2.0 loaded", "")
    objects_of(place)[0].unlink()
    printed, said = run(place, READ_ONLY)
    assert printed == "2.0 compiled" and len(objects_of(place)) == 1
    assert said.count("\n") == 1 and "Read-only file system" in said


def test_processes_that_compile_at_once(tmp_path):
    """With one process id for both, as in two containers."""
    both_seven = command("import os; os.getpid = lambda: 7", KERNEL)
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    place = tmp_path / "cache"
    both = [subprocess.Popen(both_seven, env=environment(place), **streams) for _ in range(2)]
    said = [process.communicate(timeout=300) for process in both]
    assert said == [("2.0 compiled\n", "")] * 2, said
    assert len(objects_of(place)) == 2 and not leftovers(place)
    assert run(place) == ("2.0 loaded", "")


def test_a_home_is_not_asked_for_where_the_folder_is_named(good):
    start = """
import os, pwd
os.environ.pop("HOME", None)
def unknown(user):
    raise KeyError(user)
pwd.getpwuid = unknown
"""
    assert run(good, start) == ("2.0 loaded", "")
