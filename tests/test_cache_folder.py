"""The cache's folder: where it is, and that it is the user's alone."""

import contextlib
import os
import pathlib
import shutil
import stat

import pytest

from npslstm.machine import cache
from tests.caching import CODE, file_of, give_away, names, posix, start_again, use

# ---- whose folder -----------------------------------------------------------------------------


def world_writable(folder):
    folder.chmod(0o707 | stat.S_IWOTH)


def group_writable(folder):
    folder.chmod(0o770)


def replaced_by_link(folder):
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to("elsewhere")


def replaced_by_file(folder):
    shutil.rmtree(folder)
    folder.write_text("own")


def parent_writable(folder):
    folder.parent.chmod(0o777)


def parent_foreign(folder):
    give_away(folder.parent)


def parent_foreign_link(folder):
    folder.parent.rename(folder.parent.with_name("elsewhere"))
    folder.parent.symlink_to("elsewhere")
    if os.geteuid() == 0:
        give_away(folder.parent)
    else:
        folder.parent.chmod(0o777)


def parent_link_to_foreign(folder):
    elsewhere = folder.parent.with_name("elsewhere")
    folder.parent.rename(elsewhere)
    folder.parent.symlink_to("elsewhere")
    give_away(elsewhere)


WRITABLE, FOREIGN = "can be written by others (chmod go-w", "belongs to another user"


@posix
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (world_writable, WRITABLE),
        (group_writable, WRITABLE),
        (give_away, FOREIGN if os.geteuid() == 0 else WRITABLE),
        (replaced_by_link, ""),  # systems differ in how they put it
        (replaced_by_file, ""),
        (parent_writable, WRITABLE),
        (parent_foreign, FOREIGN if os.geteuid() == 0 else WRITABLE),
        (parent_foreign_link, FOREIGN if os.geteuid() == 0 else WRITABLE),
        (parent_link_to_foreign, FOREIGN if os.geteuid() == 0 else WRITABLE),
    ],
)
def test_a_folder_that_others_may_write_is_not_used(owned, monkeypatch, capsys, change, reason):
    cache.write("kernel", CODE)
    folder = cache.cache_folder()
    change(folder)
    before = sorted(owned.rglob("*"))
    start_again(owned, monkeypatch)
    assert cache.read("kernel") is None
    cache.write("kernel", CODE)
    assert cache.read("kernel") == CODE  # from a folder for this process
    temporary = cache.cache_folder()
    assert temporary != folder and stat.S_IMODE(temporary.stat().st_mode) == 0o700
    assert sorted(owned.rglob("*")) == before
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and said.startswith("npslstm: every process compiles")
    assert str(owned) in said and reason in said and "Set NPSLSTM_CACHE_DIR" in said


@posix
def test_a_folder_that_others_take_over_later_is_not_used_any_more(owned, capsys):
    cache.write("kernel", CODE)
    world_writable(cache.cache_folder())
    assert cache.read("kernel") is None
    cache.write("kernel", CODE)
    assert WRITABLE in capsys.readouterr().err


@posix
def test_a_place_that_everybody_can_write_is_used_if_only_owners_rename(owned, capsys):
    """As /tmp."""
    owned.mkdir()
    owned.chmod(0o1777)
    cache.write("kernel", CODE)
    assert cache.read("kernel") == CODE and file_of("kernel").is_relative_to(owned)
    assert stat.S_IMODE(cache.cache_folder().stat().st_mode) == 0o700
    assert capsys.readouterr().err == ""


@posix
def test_a_place_that_the_user_has_made_a_link_is_used(owned, tmp_path, capsys):
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    owned.symlink_to("elsewhere")
    cache.write("kernel", CODE)
    assert cache.read("kernel") == CODE and capsys.readouterr().err == ""
    assert len(names(tmp_path / "elsewhere")) == 1


@posix
def test_all_that_is_made_is_for_the_user_alone(tmp_path, monkeypatch):
    use(tmp_path / "a" / "b" / "c", monkeypatch)
    before = os.umask(0)
    try:
        cache.write("kernel", CODE)
    finally:
        os.umask(before)
    made = list((tmp_path / "a").rglob("*"))
    assert len(made) == 5  # two more folders, that of the sources, its tag, the file
    for path in (tmp_path / "a", *made):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


# ---- where it is ------------------------------------------------------------------------------


@pytest.fixture
def homeless(monkeypatch):
    for name in ("HOME", "XDG_CACHE_HOME", "USERPROFILE", "HOMEDRIVE", "HOMEPATH"):
        monkeypatch.delenv(name, raising=False)
    with contextlib.suppress(ImportError):
        import pwd

        def unknown(user):
            raise KeyError(user)

        monkeypatch.setattr(pwd, "getpwuid", unknown)


def test_a_named_folder_needs_no_home(homeless, place, capsys):
    cache.write("kernel", CODE)
    assert file_of("kernel").is_relative_to(place) and capsys.readouterr().err == ""


def test_without_a_home_there_is_a_temporary_folder(homeless, place, monkeypatch, capsys):
    monkeypatch.delenv("NPSLSTM_CACHE_DIR")
    cache.write("kernel", CODE)
    assert cache.read("kernel") == CODE and not place.exists()
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "there is no home folder (HOME is not set)" in said


def test_a_home_that_cannot_be_written(place, tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("NPSLSTM_CACHE_DIR")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    (tmp_path / "home").write_text("a file where the folder should be")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    cache.write("kernel", CODE)
    assert cache.read("kernel") == CODE
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and str(tmp_path / "home") in said


def test_the_users_cache_folder(place, tmp_path, monkeypatch):
    monkeypatch.setenv("NPSLSTM_CACHE_DIR", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    for named, found in [("", ".cache"), ("relative", ".cache"), (str(tmp_path / "x"), "x")]:
        monkeypatch.setenv("XDG_CACHE_HOME", named)
        assert cache.place() == tmp_path / found / "npslstm"


def test_a_relative_name_is_that_of_the_start(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    use(pathlib.Path("cache"), monkeypatch)
    cache.write("kernel", CODE)
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    assert cache.read("kernel") == CODE and names(tmp_path / "sub") == []
