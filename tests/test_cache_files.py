"""The cache's files: what is read is what was written, by the user."""

import os
import random
import shutil

import pytest

from npslstm.machine import cache, objects
from npslstm.machine.sealing import sealed, unsealed
from tests.caching import CODE, file_of, give_away, names, posix, start_again


def test_a_file_is_taken_only_as_it_was_written():
    """Every length and every flipped bit."""
    key, other = "0" * 64, "1" * 64
    file = sealed(key, CODE)
    assert unsealed(key, file) == CODE and file.split(b"\n")[2] == b"000000000400"
    assert unsealed(other, file) is None
    for length in range(len(file)):
        assert unsealed(key, file[:length]) is None
    for more in (b"\0", b"\n", file):
        assert unsealed(key, file + more) is None
    for bit in range(8 * len(file)):
        damaged = bytearray(file)
        damaged[bit // 8] ^= 1 << bit % 8
        assert unsealed(key, bytes(damaged)) is None


def test_damaged_files_are_written_anew(place):
    cache.write("kernel", CODE)
    path = file_of("kernel")
    good, rng = path.read_bytes(), random.Random(1)
    for _ in range(100):
        damaged = bytearray(good)
        damaged[rng.randrange(len(good))] ^= 1 << rng.randrange(8)
        for content in (bytes(damaged), good[: rng.randrange(len(good))], b""):
            path.write_bytes(content)
            assert cache.read("kernel") is None
    cache.write("kernel", CODE)
    assert path.read_bytes() == good and cache.read("kernel") == CODE


def test_another_kernels_file_is_not_taken(place):
    """Nor that of the same kernel, from other sources or for another processor."""
    cache.write("kernel", CODE)
    cache.write("other", CODE)
    shutil.copy(file_of("other"), file_of("kernel"))
    assert cache.read("kernel") is None and cache.read("other") == CODE


def test_another_processor_has_a_folder_of_its_own(place, monkeypatch):
    cache.write("kernel", CODE)
    before = file_of("kernel")
    monkeypatch.setattr(objects, "features", lambda: "+another")
    cache.state.cache_clear()
    try:
        start_again(place, monkeypatch)
        assert file_of("kernel").parent != before.parent and cache.read("kernel") is None
        shutil.copy(before, file_of("kernel"))
        assert cache.read("kernel") is None
    finally:
        cache.state.cache_clear()


def put_directory(path):
    path.mkdir()
    (path / "somebody's").write_text("own")


def put_link(path):
    cache.write("kernel", CODE)
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def put_writable(path):
    cache.write("kernel", CODE)
    path.chmod(0o620)


def put_foreign(path):
    cache.write("kernel", CODE)
    give_away(path)


@posix
@pytest.mark.parametrize("put", [os.mkfifo, put_link, put_writable, put_foreign, put_directory])
def test_only_a_plain_file_of_the_users_own_is_read(owned, put, capsys):
    """Everything else is replaced, but for a folder."""
    path = file_of("kernel")
    put(path)
    assert cache.read("kernel") is None
    cache.write("kernel", CODE)
    assert cache.read("kernel") == (None if put is put_directory else CODE)
    if put is put_directory:
        assert (path / "somebody's").read_text() == "own"
        assert "Is a directory" in capsys.readouterr().err
    assert not [name for name in names(path.parent) if name.endswith(".part")]
