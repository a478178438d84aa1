"""Files are written whole or not at all, keep rights and links, and leave nothing beside them."""

from __future__ import annotations

import errno
import os
import resource
import signal
import stat
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import npslstm
from npslstm.files import writing
from npslstm.layers import LSTM
from npslstm.models import load_model
from npslstm.study import trace
from tests.foreign_files import ROOT, small_model

NAMES = ["a.keras", "a.weights.h5", "a.npz"]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(params=["unnamed", "named"])
def way(request, monkeypatch):
    """With files that have no name until they are complete, and on systems without those."""
    if request.param == "named":
        monkeypatch.setattr(writing, "UNNAMED", None)


def save(path, value=1.0):
    """A file of each kind, by the public function that writes it."""
    name = str(path)
    model = small_model()
    model.set_weights([w * 0 + value for w in model.get_weights()])
    if name.endswith(".keras"):
        model.save(path)
    elif name.endswith(".weights.h5"):
        model.save_weights(path)
    else:
        lstm = npslstm.Sequential([npslstm.Input((4, 3)), LSTM(2)])
        trace(lstm, np.full((1, 4, 3), value, np.float32)).save(path)


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


@pytest.mark.parametrize("name", NAMES)
def test_rights_stay_as_they_are(way, name):
    for rights in (0o600, 0o640, 0o664, 0o444 if os.geteuid() == 0 else 0o604):
        save(name)
        os.chmod(name, rights)
        before = os.stat(name)
        save(name)
        after = os.stat(name)
        assert mode(name) == rights and before.st_ino != after.st_ino
        assert (before.st_uid, before.st_gid) == (after.st_uid, after.st_gid)
    assert os.listdir() == [name]


def test_access_lists_stay(way):
    """One user may read and write, the group may not: the mode alone, 660, would say it may."""
    save("a.keras")
    entries = [(1, 6, -1), (2, 6, 12345), (4, 0, -1), (16, 6, -1), (32, 0, -1)]
    rights = struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in entries)
    try:
        os.setxattr("a.keras", writing.ACCESS_LIST, rights)
    except OSError:  # the file system has none
        os.chmod("a.keras", 0o660)
        rights = None
    save("a.keras")
    assert mode("a.keras") == 0o660
    if rights is not None:
        assert os.getxattr("a.keras", writing.ACCESS_LIST) == rights


def test_where_files_without_a_name_cannot_be_named(monkeypatch):
    def refuse(*arguments, **options):
        raise OSError(errno.EPERM, "Operation not permitted")

    save("a.keras")
    os.chmod("a.keras", 0o640)
    monkeypatch.setattr(os, "link", refuse)
    small_model(3).save("a.keras")
    assert load_model("a.keras").layers[0].units == 3 and mode("a.keras") == 0o640
    small_model(4).save("b.keras", overwrite=False)
    assert load_model("b.keras").layers[0].units == 4
    assert sorted(os.listdir()) == ["a.keras", "b.keras"]
    with pytest.raises(FileExistsError):
        small_model().save("b.keras", overwrite=False)


def test_a_private_file_is_private_while_it_is_written(way, monkeypatch):
    save("a.keras")
    os.chmod("a.keras", 0o600)
    seen, original = [], os.fsync

    def look(descriptor):
        seen.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        original(descriptor)

    monkeypatch.setattr(os, "fsync", look)
    save("a.keras")
    assert seen[0] == 0o600


def test_new_files_have_the_rights_that_the_system_gives(way):
    for umask in (0o022, 0o077, 0o002):
        before = os.umask(umask)
        try:
            save("a.keras")
        finally:
            os.umask(before)
        assert mode("a.keras") == 0o666 & ~umask
        os.remove("a.keras")


@pytest.mark.parametrize("name", NAMES)
def test_symbolic_links_stay_and_their_target_is_replaced(way, folder, name):
    (folder / "disk").mkdir()
    target = folder / "disk" / f"target{name[1:]}"
    save(target, 1.0)
    before = target.read_bytes()
    (folder / "again").symlink_to(target)
    Path(name).symlink_to("again")
    save(name, 2.0)
    assert Path(name).is_symlink() and os.readlink(name) == "again"
    assert target.read_bytes() != before and not target.is_symlink()
    assert os.listdir(folder / "disk") == [target.name]
    target.unlink()
    save(name, 2.0)  # a link to nothing: its target is made
    assert Path(name).is_symlink() and target.is_file()


def test_a_link_to_itself_is_refused(way):
    os.symlink("a.keras", "a.keras")
    with pytest.raises(OSError, match=r"'a.keras' is no ordinary file"):
        save("a.keras")
    assert os.path.islink("a.keras")


def test_what_is_no_file_is_not_replaced(way):
    os.mkdir("a.keras")
    os.mkfifo("a.weights.h5")
    for name in NAMES[:2]:
        with pytest.raises(OSError, match=f"'{name}' is no ordinary file"):
            save(name)
    with pytest.raises(ValueError, match="no file 'a.keras'"):
        load_model("a.keras")
    with pytest.raises(FileNotFoundError):
        small_model().load_weights("a.weights.h5")


def test_write_protected_files_stay(way, monkeypatch):
    save("a.keras")
    monkeypatch.setattr(os, "access", lambda path, rights: rights != os.W_OK)  # root may write all
    with pytest.raises(PermissionError, match="'a.keras' is write-protected"):
        save("a.keras")


# ---- failures ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("call", ["fsync", "replace", "fchmod"])
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left"), KeyboardInterrupt()])
def test_a_failure_at_any_step_leaves_the_old_file_and_nothing_else(
    way, folder, name, call, error, monkeypatch
):
    save(name)
    before = Path(name).read_bytes()

    def fail(*arguments, **options):
        raise error

    with monkeypatch.context() as broken:
        broken.setattr(os, call, fail)
        with pytest.raises(type(error)) as caught:
            save(name, 2.0)
    assert Path(name).read_bytes() == before and os.listdir() == [name]
    if isinstance(error, OSError):
        assert caught.value.errno == errno.ENOSPC
        assert f"'{name}' was not written, nothing was changed: No space left" in str(caught.value)


def test_a_disk_without_room(way):
    """Nothing may be longer than 1,000 bytes: as on a full disk, writing fails half-way."""
    save("a.keras")
    before = Path("a.keras").read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(OSError, match="'a.keras' was not written, nothing was") as found:
            save("a.keras", 2.0)
        with pytest.raises(OSError, match="'b.npz' was not written"):
            save("b.npz")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert found.value.errno == errno.EFBIG
    assert Path("a.keras").read_bytes() == before and os.listdir() == ["a.keras"]


def test_folders_that_are_not_there(way):
    with pytest.raises(FileNotFoundError, match="no folder '.*nowhere' to write 'a.keras' into"):
        save("nowhere/a.keras")
    with pytest.raises(TypeError, match="is a string or a path; received 3"):
        small_model().save(3)
    with pytest.raises(ValueError, match="character 0"):
        small_model().save("a\0.keras")


KILLED = """
import os, time, sys
from npslstm.files import writing
if sys.argv[2] == "named":
    writing.UNNAMED = None
with writing.replacing(__import__("pathlib").Path(sys.argv[1])) as file:
    file.write(b"x" * 100_000)
    file.flush()
    print("half", flush=True)
    time.sleep(60)
"""


def killed(*arguments):
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, *arguments], stdout=subprocess.PIPE, text=True,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
    )  # fmt: skip
    with process:
        assert process.stdout.readline() == "half\n"
        process.send_signal(signal.SIGKILL)


def test_a_process_that_is_killed_leaves_the_old_file(folder):
    """And, where files can be without a name, nothing else."""
    save("a.keras")
    before = Path("a.keras").read_bytes()
    killed("a.keras", "unnamed")
    assert Path("a.keras").read_bytes() == before
    if writing.UNNAMED is not None and can_be_unnamed(folder):
        assert os.listdir() == ["a.keras"]
    killed("a.keras", "named")
    save("a.keras")
    load_model("a.keras")


def can_be_unnamed(folder):
    try:
        os.close(os.open(folder, os.O_TMPFILE | os.O_RDWR))
    except OSError:
        return False
    return True


def test_content_reaches_the_disk_before_the_name_does(way, folder, monkeypatch):
    """fsync of the file, then its name, then fsync of the folder."""
    events = []

    def noted(call, original):
        def function(*arguments, **options):
            if call == "fsync":
                is_folder = stat.S_ISDIR(os.fstat(arguments[0]).st_mode)
                events.append("fsync of folder" if is_folder else "fsync of file")
            else:
                events.append(call)
            return original(*arguments, **options)
        return function  # fmt: skip

    for call in ("fsync", "replace"):
        monkeypatch.setattr(os, call, noted(call, getattr(os, call)))
    save("a.weights.h5")
    assert events == ["fsync of file", "replace", "fsync of folder"]


# ---- several at once ---------------------------------------------------------------------------


def test_threads_that_save_one_name(way):
    """Each save succeeds, and at every moment the file is that of one of them."""
    models = [small_model(units) for units in (2, 3, 4, 5)]
    models[0].save("a.keras")
    errors, stop = [], time.monotonic() + 2

    def work(action):
        try:
            while time.monotonic() < stop:
                action()
        except BaseException as error:
            errors.append(error)

    actions = [lambda model=model: model.save("a.keras") for model in models]
    actions += [lambda: load_model("a.keras")] * 2
    threads = [threading.Thread(target=work, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == [] and os.listdir() == ["a.keras"]


def test_processes_that_save_one_path(folder):
    code = """
import sys, npslstm
from npslstm.layers import LSTM, Dense
model = npslstm.Sequential([npslstm.Input((4, 3)), LSTM(int(sys.argv[1])), Dense(1)])
for _ in range(20):
    model.save("a.keras")
    npslstm.models.load_model("a.keras")
"""
    environment = {"PYTHONPATH": str(ROOT), "PATH": "", "NUMBA_DISABLE_JIT": "1"}
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(units)], env=environment)
        for units in (2, 5)
    ]
    assert [process.wait(timeout=120) for process in running] == [0, 0]
    assert os.listdir() == ["a.keras"] and load_model("a.keras").built


def test_without_overwrite_one_of_many_wins(way):
    won, lost = [], []

    def work(units):
        try:
            small_model(units).save("a.keras", overwrite=False)
            won.append(units)
        except FileExistsError as error:
            lost.append(str(error))

    threads = [threading.Thread(target=work, args=(units,)) for units in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1 and len(lost) == 7 and os.listdir() == ["a.keras"]
    assert load_model("a.keras").layers[0].units == won[0]
    assert all("'a.keras' exists; give overwrite=True" in text for text in lost)


def test_without_overwrite_a_file_that_appears_meanwhile_stays(way, monkeypatch):
    original = os.fsync

    def somebody_is_faster(descriptor):
        original(descriptor)
        Path("a.keras").write_text("theirs")

    monkeypatch.setattr(os, "fsync", somebody_is_faster)
    with pytest.raises(FileExistsError, match="'a.keras' exists; give overwrite=True"):
        small_model().save("a.keras", overwrite=False)
    assert Path("a.keras").read_text() == "theirs" and os.listdir() == ["a.keras"]


def test_names_of_all_kinds(way):
    long = "x" * (255 - len(".keras")) + ".keras"
    for name in ["größe.keras", "two words.keras", "a..keras", "模型.keras", ".keras", long]:
        for path in (name, Path(name), Path(name).absolute(), os.fsencode(name)):
            model = small_model()
            model.save(path)
            for one, two in zip(load_model(path).get_weights(), model.get_weights(), strict=True):
                np.testing.assert_array_equal(one, two)
        assert os.listdir() == [name]
        os.remove(name)
