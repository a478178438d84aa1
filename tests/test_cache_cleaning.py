"""What the cache throws away: nothing but what it can prove to have made."""

import os
import shutil
import time

import pytest

from npslstm.machine import cache, folders
from npslstm.machine.cleaning import GIVEN_UP, TAG, UNUSED_FOR, remove_unused
from tests.caching import CODE, EVERYWHERE, names, use

LONG_AGO = time.time() - UNUSED_FOR - 60


@pytest.fixture(params=EVERYWHERE)
def folder(request, tmp_path, monkeypatch):
    """The cache's folder with two kernels."""
    use(tmp_path / "cache", monkeypatch, request.param)
    cache.write("kernel", CODE)
    cache.write("another", CODE)
    yield cache.cache_folder()
    cache.cache_folder.cache_clear()


def start_again():
    cache.cache_folder.cache_clear()
    return cache.cache_folder()


def date(path, seconds=LONG_AGO):
    os.utime(path, (seconds, seconds))
    return path


def old_copy(folder, name="0123456789abcdef"):
    """What the cache has made of other sources, which nobody has used for a month."""
    copy = folder.with_name(name)
    shutil.copytree(folder, copy)
    (copy / TAG).write_bytes((copy / TAG).read_bytes().replace(folder.name.encode(), name.encode()))
    return date(copy)


def test_kernels_that_nobody_has_run_for_a_month_are_thrown_away(folder):
    almost = time.time() - UNUSED_FOR + 3600
    old, recent = old_copy(folder), date(old_copy(folder, "f" * 16), almost)
    (old / "npslstm-0123456789abcdef.part").write_bytes(b"cut off")
    next(old.glob("*.object")).write_bytes(b"")  # damaged, and still the cache's
    date(old)
    remove_unused(folder.parent)
    assert names(folder.parent) == sorted([folder.name, recent.name])
    assert len(names(recent)) == len(names(folder)) == 3


def test_that_happens_when_a_folder_is_made(folder):
    old = old_copy(folder)
    assert start_again() == folder and old.exists()
    shutil.rmtree(folder)
    assert start_again() == folder and not old.exists()


def test_a_folder_of_somebody_s_own_stays_whatever_its_name(folder):
    own = folder.with_name("deadbeefdeadbeef")
    own.mkdir()
    for name in ("thesis.txt", "0" * 32 + ".object", "npslstm-0123456789abcdef.part"):
        (own / name).write_text("npslstm object 1\n")
    before = names(own)
    date(own)
    remove_unused(folder.parent)
    assert names(own) == before


@pytest.mark.parametrize("name", ["notes.txt", "0" * 32 + ".object", "0" * 16 + ".part"])
def test_a_file_of_somebody_s_own_stays_and_its_folder(folder, name):
    old = old_copy(folder)
    (old / name).write_text("own")
    date(old)
    remove_unused(folder.parent)
    assert names(old) == sorted([TAG, name]) and (old / name).read_text() == "own"


def test_a_folder_in_a_folder_stays(folder):
    old = old_copy(folder)
    (old / ("1" * 32 + ".object")).mkdir()
    date(old)
    remove_unused(folder.parent)
    assert names(old) == ["1" * 32 + ".object", TAG]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders")
def test_a_pipe_stays_whatever_its_name(folder):
    old, pipes = old_copy(folder), ["1" * 32 + ".object", "npslstm-0123456789abcdef.part"]
    for name in pipes:
        os.mkfifo(old / name)
    os.mkfifo(folder / pipes[1])
    date(folder / pipes[1])
    date(old)
    start_again()
    remove_unused(folder.parent)
    assert names(old) == sorted([TAG, *pipes]) and (folder / pipes[1]).exists()


def test_a_copy_under_another_name_stays(folder):
    """A backup, say: its tag speaks of another folder."""
    copy = folder.with_name("0123456789abcdef")
    shutil.copytree(folder, copy)
    date(copy)
    remove_unused(folder.parent)
    assert len(names(copy)) == 3


def test_a_link_is_not_followed(folder, tmp_path):
    old = old_copy(folder)
    elsewhere = tmp_path / "elsewhere"
    old.rename(elsewhere)
    old.symlink_to(elsewhere)
    os.utime(old, (LONG_AGO, LONG_AGO), follow_symlinks=False)
    date(elsewhere)
    remove_unused(folder.parent)
    assert old.is_symlink() and len(names(elsewhere)) == 3


def test_a_folder_that_others_can_write_stays(folder):
    old = old_copy(folder)
    old.chmod(0o777)
    remove_unused(folder.parent)
    assert old.exists() == folders.HAS_OWNERS


def test_one_that_cannot_be_removed_does_not_keep_the_others(folder, monkeypatch):
    both, busy, real = [old_copy(folder, digit * 16) for digit in "01"], [], os.rmdir

    def rmdir(path, **options):
        busy.append(path)
        if len(busy) == 1:
            raise OSError("busy")
        real(path, **options)

    monkeypatch.setattr(os, "rmdir", rmdir)
    remove_unused(folder.parent)
    assert [old.exists() for old in both].count(True) == 1


def test_what_ended_processes_were_writing_goes_after_an_hour(folder):
    old, new = (folder / f"npslstm-{digit * 16}.part" for digit in "01")
    own = folder / "own.part"
    for path in (old, new, own):
        path.write_bytes(b"npslstm obj")
    for path in (old, own):
        date(path, time.time() - GIVEN_UP - 60)
    start_again()
    assert not old.exists() and new.exists() and own.exists()


def test_a_folder_is_dated_when_it_is_used(folder):
    date(folder)
    start_again()
    assert time.time() - folder.stat().st_mtime < 60


def test_a_tag_is_made_again_only_among_the_caches_own_files(folder):
    for own, tagged in [(None, True), ("thesis.txt", False)]:
        (folder / TAG).unlink()
        if own:
            (folder / own).write_text("own")
        start_again()
        assert (folder / TAG).exists() == tagged
