"""Compiled code that other users can have put into the cache is not run."""

import shutil

import pytest

from npslstm.machine import folders
from tests.caching import filled, give_away, objects_of, run

pytestmark = pytest.mark.compiled_only


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """One in which another function has the kernel's name, and a digest, as an attacker would give
    it."""
    return filled(tmp_path_factory.mktemp("planted") / "cache", "'plant'")


def writable(path):
    path.chmod(0o777)


def for_the_group(path):
    path.chmod(0o770)


PLANTED = [
    ("file", give_away), ("file", writable), ("folder", give_away), ("folder", for_the_group),
    ("place", give_away), ("place", writable),
]  # fmt: skip


def test_a_planted_file_would_be_run(planted, tmp_path):
    """The digest does not tell who has written it: without the checks below this is an attack."""
    assert run(planted) == ("3.0 loaded", "")


@pytest.mark.skipif(not folders.HAS_OWNERS, reason="about owners of files, which Windows lacks")
@pytest.mark.parametrize(("what", "change"), PLANTED)
def test_what_others_can_have_planted_is_not_run(planted, tmp_path, what, change):
    place = tmp_path / "cache"
    shutil.copytree(planted, place)
    files = objects_of(place)
    for path in {"file": files, "folder": [files[0].parent], "place": [place]}[what]:
        change(path)
    printed, said = run(place)
    assert printed == "2.0 compiled"
    if what == "file":
        assert said == "" and run(place) == ("2.0 loaded", "")
    else:
        reasons = "can be written by others", "belongs to another user"
        assert said.count("\n") == 1 and any(reason in said for reason in reasons)
