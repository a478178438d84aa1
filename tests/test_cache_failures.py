"""The cache where nothing can be written, or others write at the same time."""

import errno
import io
import os
import pathlib
import shutil
import subprocess
import sys
import threading

import pytest

from npslstm.machine import cache
from tests.caching import CODE, names, posix

FULL = [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT, errno.EFBIG, errno.ENOENT]


@pytest.mark.parametrize("code", FULL)
@pytest.mark.parametrize("function", ["open", "fsync", "replace"])
def test_a_file_that_cannot_be_written_is_done_without(place, monkeypatch, capsys, function, code):
    folder, real = cache.cache_folder(), getattr(os, function)

    def failing(*args, **options):
        if function == "open" and not args[1] & os.O_CREAT:
            return real(*args, **options)
        raise OSError(code, os.strerror(code))

    before = names(folder)
    monkeypatch.setattr(os, function, failing)
    for label in ("kernel", "another"):
        cache.write(label, CODE)
        assert cache.read(label) is None
    assert names(folder) == before
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and f"{folder}: {os.strerror(code)}. Set NPSLSTM" in said


def test_a_write_that_is_interrupted_leaves_nothing(place, monkeypatch):
    cache.write("kernel", CODE)
    before = names(cache.cache_folder())

    def interrupted(descriptor):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        cache.write("kernel", CODE * 2)
    assert names(cache.cache_folder()) == before and cache.read("kernel") == CODE


def test_no_folder_can_be_made_at_all(place, monkeypatch, capsys):
    def full(*args, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "mkdir", full)
    assert cache.cache_folder() is None and cache.read("kernel") is None
    cache.write("kernel", CODE)
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and f"{place}: No space left on device." in said


class Full(io.StringIO):
    def write(self, text):
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("stream", [None, Full(), "closed"])
def test_a_standard_error_that_takes_no_line(stream, monkeypatch, capsys):
    if stream == "closed":
        stream = io.StringIO()
        stream.close()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(cache, "complaints", [])
    cache.announce.__wrapped__()
    cache.complain(pathlib.Path("folder"), OSError(errno.ENOSPC, "No space left on device"))
    assert len(cache.complaints) == 1 and capsys.readouterr().out == ""


@pytest.mark.parametrize("parent", [False, True])
def test_a_folder_that_is_thrown_away_meanwhile_is_made_again(place, parent):
    folder = cache.cache_folder()
    shutil.rmtree(place if parent else folder)
    assert cache.read("kernel") is None
    cache.write("kernel", CODE)
    assert cache.read("kernel") == CODE and len(names(folder)) == 2


def test_writers_of_one_name_do_not_disturb_each_other(place, monkeypatch):
    """Also where they have one process id, as in two containers."""
    monkeypatch.setattr(os, "getpid", lambda: 7)
    cache.write("kernel", CODE)
    seen = set()

    def work():
        for _ in range(50):
            cache.write("kernel", CODE)
            seen.add(cache.read("kernel"))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {CODE} and cache.complaints == []
    assert len(names(cache.cache_folder())) == 2


FORKS = """
import os, sys, time
from npslstm.machine import cache
folder = cache.cache_folder()
assert folder.exists()
if os.fork() == 0:
    sys.exit()
os.wait()
print(folder.exists(), folder)
"""


@posix
def test_a_temporary_folder_goes_with_the_process_that_made_it(tmp_path):
    environment = os.environ | {"NPSLSTM_CACHE_DIR": "/dev/null/no", "TMPDIR": str(tmp_path)}
    environment["PYTHONPATH"] = str(pathlib.Path(__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", FORKS], env=environment, capture_output=True, text=True
    )
    assert done.stdout.startswith(f"True {tmp_path}"), done.stderr
    assert names(tmp_path) == [] and done.stderr.count("\n") == 1


def test_packages_that_are_not_installed(monkeypatch, place):
    """The folder is found without Numba, whose import then says what is missing."""
    monkeypatch.setattr(cache.importlib.util, "find_spec", lambda name: None)
    cache.state.cache_clear()
    try:
        assert cache.release("numba") == b"" and cache.cache_folder().is_relative_to(place)
    finally:
        cache.state.cache_clear()
