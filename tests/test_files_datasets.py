"""Files of data and of traces: held to their own size, refused in words, written whole."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import struct
import subprocess
import sys
import urllib.request
import zipfile
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

import npslstm
from npslstm.datasets import download, mnist
from npslstm.datasets.idx import read_idx
from npslstm.files.arrays import read_npy
from npslstm.layers import LSTM
from npslstm.study import trace
from npslstm.study.__main__ import main
from npslstm.study.see.traces import Trace
from npslstm.training.csv_logger import CSVLogger
from tests.foreign_files import MEGABYTES, ROOT, megabytes_of
from tests.mutations import archive, parts_of


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


# ---- IDX ---------------------------------------------------------------------------------------


def idx(*shape, content=b""):
    return struct.pack(f">BBBB{len(shape)}I", 0, 0, 8, len(shape), *shape) + content


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (idx(10, content=bytes(10**8)), "announces 10 values, and there are 11 or more"),
        (idx(10**8, content=bytes(10**8)), "announces 100,000,000 values, and the file has"),
        (idx(2**32 - 1, 2**32 - 1, 2**32 - 1), "announces 79,"), (idx(2**30), "announces 1,0"),
        (idx(*(1,) * 9, content=b"x"), "9 axes; at most 8"), (idx(3, content=b"xy"), "there are 2"),
    ],
    ids=["more than announced", "zeros", "overflow", "a GB", "axes", "short"],
)  # fmt: skip
def test_an_idx_file_costs_what_it_may(folder, content, message):
    Path("a.gz").write_bytes(gzip.compress(content, 9))
    del content
    with pytest.raises(ValueError, match=f"^a.gz .*{message}"):
        read_idx(Path("a.gz"))
    assert megabytes_of("read_idx(__import__('pathlib').Path('a.gz'))", folder) < MEGABYTES


def test_an_idx_file_that_is_not_packed_costs_what_it_holds(folder):
    Path("a").write_bytes(idx(2**31))
    with pytest.raises(ValueError, match="announces 2,147,483,648 values, and the file has 8"):
        read_idx(Path("a"))
    Path("a").write_bytes(idx(0, 3))
    assert read_idx(Path("a")).shape == (0, 3)


# ---- .npy --------------------------------------------------------------------------------------


def header(descr, shape):
    return f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}}}"


def npy(header, content=b"", version=1):
    text = header.encode().ljust(118 - len(header) % 64) + b"\n"
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H", len(text)) + text + content


@pytest.mark.parametrize("array", [
    np.arange(6.0).reshape(2, 3), np.asfortranarray(np.ones((2, 3), ">i2")), np.float32(3),
    np.zeros((0, 4)), np.array(["a", "bc"]), np.array([True]), np.array(["2026-11-28"], "M8[D]"),
], ids=lambda array: array.dtype.str)  # fmt: skip
def test_arrays_come_back(array):
    np.save("a.npy", array)
    found = read_npy(Path("a.npy"))
    np.testing.assert_array_equal(found, array)
    assert found.dtype == array.dtype and found.flags.f_contiguous == array.flags.f_contiguous


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (npy(header("<f4", "(4611686018427387904,)")), "holds 0"),
        (npy(header("<f4", "(3,)"), bytes(8)), "holds 8"),
        (npy(header("<f4", "(1,)"), bytes(8)), "holds 8"),
        (npy(header("<f4", "(-1, -1)"), bytes(4)), "holds 4"),
        (npy(header("|O", "(1,)"), bytes(8)), "no numbers"),
        (npy(header("|V8", "(1,)"), bytes(8)), "no numbers"),
        (npy("(" * 900), ""), (npy("-" * 900 + "1"), ""), (npy("[" * 5000), ""),
        (npy(header("<f4", "(1,)"), bytes(4), 9), "version"),
        (b"", ""), (b"\x93NUMPY", ""), (b"text", "magic"),
    ],
    ids=range(13),
)  # fmt: skip
def test_an_npy_file_that_is_not_read(content, message):
    Path("a.npy").write_bytes(content)
    with pytest.raises(ValueError, match=f"^a.npy.*{message}") as caught:
        read_npy(Path("a.npy"))
    assert type(caught.value) is ValueError


def test_an_npy_file_runs_no_code():
    class Run:
        def __reduce__(self):
            return os.mkdir, ("planted",)

    array = np.empty(1, object)
    array[0] = Run()
    np.save("a.npy", array, allow_pickle=True)
    with pytest.raises(ValueError, match="a.npy.* no numbers"):
        read_npy(Path("a.npy"))
    assert not os.path.exists("planted")


# ---- traces ------------------------------------------------------------------------------------


@pytest.fixture
def parts():
    """The parts of a trace's file, which lies in trace.npz."""
    model = npslstm.Sequential([npslstm.Input((4, 3)), LSTM(2)])
    trace(model, np.ones((5, 4, 3), np.float32)).save("trace.npz")
    return parts_of(Path("trace.npz").read_bytes())


def array_part(array):
    content = io.BytesIO()
    np.save(content, array)
    return content.getvalue()


def about(**changes):
    settings = {"name": "a", "time_steps": 4, "activation": "tanh",
                "recurrent_activation": "sigmoid", "go_backwards": False}  # fmt: skip
    whole = {"layers": [settings], "batch_size": 5, "stateful": False} | changes
    return {"about.npy": array_part(json.dumps(whole))}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"about.npy": array_part("[")}, "about.npy: "),
        ({"about.npy": array_part("[" * 5000)}, "about.npy: .*nested"),
        ({"about.npy": array_part(np.ones(3))}, "about.npy: "),
        (about(layers=3), "layers is of type list"), (about(layers=[]), "no layers"),
        (about(layers=[3]), "layer 0: its description"), (about(batch_size=0), "no samples"),
        (about(stateful=1), "stateful is of type bool"), (about(more=1), "should hold layers"),
        ({"0/c.npy": array_part(np.ones((5, 4, 9), "f4"))}, "0/c.npy: .* does not fit"),
        ({"0/c.npy": array_part(np.ones((5, 4), "f4"))}, "0/c.npy: it holds float32 of shape"),
        ({"0/c.npy": array_part(np.array(["x"] * 5))}, "0/c.npy: it holds <U1"),
        ({"0/units.npy": array_part(np.array([0, 7]))}, "units are not numbered from 0 to"),
        ({"0/steps.npy": array_part(np.arange(4) - 1)}, "steps are not numbered from 0"),
        ({"0/weights/U.npy": array_part(np.ones((3, 8), "f4"))}, "units are|weights are|fit"),
        ({"0/c.npy": b"nothing"}, "0/c.npy: "), ({"0/c.npy": None}, "0/c.npy: there is no such"),
    ],
    ids=range(17),
)  # fmt: skip
def test_a_trace_that_is_not_one(parts, changes, message):
    found = {name: part for name, part in (parts | changes).items() if part is not None}
    Path("trace.npz").write_bytes(archive(found))
    with pytest.raises(ValueError, match=f"^trace.npz, .*{message}") as caught:
        Trace.load("trace.npz")
    assert type(caught.value) is ValueError


def test_a_trace_that_unpacks_to_much(parts, folder):
    big = b"\x93NUMPY" + bytes(10**8)
    Path("trace.npz").write_bytes(archive(parts | {"0/x.npy": big}, zipfile.ZIP_DEFLATED))
    with pytest.raises(ValueError, match="0/x.npy: it announces 100,000,006 bytes"):
        Trace.load("trace.npz")
    assert megabytes_of("Trace.load('trace.npz')", folder) < MEGABYTES


def test_a_picture_is_written_whole(parts, folder, monkeypatch, capsys):
    Path("old.png").write_bytes(b"old")
    os.chmod("old.png", 0o600)

    def half(figure, where, **options):
        with contextlib.ExitStack() as stack:
            file = stack.enter_context(open(where, "wb")) if isinstance(where, str) else where
            file.write(b"half")
            raise ZeroDivisionError

    monkeypatch.setattr("matplotlib.figure.Figure.savefig", half)
    with pytest.raises(ZeroDivisionError):
        main(["plot", "trace.npz", "-o", "old.png"])
    assert Path("old.png").read_bytes() == b"old"
    assert sorted(os.listdir()) == ["old.png", "trace.npz"]
    monkeypatch.undo()
    monkeypatch.chdir(folder)
    assert main(["plot", "trace.npz", "-o", "old.png"]) == 0
    assert Path("old.png").read_bytes().startswith(b"\x89PNG")
    assert os.stat("old.png").st_mode & 0o777 == 0o600


# ---- downloads ---------------------------------------------------------------------------------


class Endless(io.RawIOBase):
    """A server that never stops sending, and says so little."""

    headers: dict[str, str] = {}

    def read(self, size=-1):
        return bytes(size)


def test_a_server_that_sends_without_end(monkeypatch, capsys):
    monkeypatch.setattr(urllib.request, "urlopen", lambda url, timeout: Endless())
    monkeypatch.setattr(download, "LIMIT", 10**6)
    with pytest.raises(OSError, match="more than 1,000,000 bytes arrived"):
        download.fetch("http://a/b", Path("b"), "0" * 64)
    assert os.listdir() == []


def test_a_download_follows_no_link_that_others_put_there(folder, monkeypatch, capsys):
    """The names of parts were made of the process's id, which is easily guessed."""
    monkeypatch.setattr(urllib.request, "urlopen", lambda url, timeout: Endless())
    monkeypatch.setattr(download, "LIMIT", 10**5)
    Path("precious").write_text("mine")
    os.mkdir("shared")
    os.symlink(folder / "precious", f"shared/b.{os.getpid()}.part")
    with pytest.raises(OSError):
        download.fetch("http://a/b", Path("shared/b"), "0" * 64)
    assert Path("precious").read_text() == "mine"


def test_what_was_checked_is_what_is_used(folder, monkeypatch):
    """The file in the cache is read once: nobody can exchange it after its check sum was taken."""
    content = io.BytesIO()
    arrays = {f"{a}_{part}": np.ones(2, np.uint8) for a in "xy" for part in ("train", "test")}
    np.savez(content, **arrays)
    (folder / "datasets").mkdir()
    file = folder / "datasets" / "mnist.npz"
    file.write_bytes(content.getvalue())
    monkeypatch.setenv("KERAS_HOME", str(folder))
    monkeypatch.setattr(mnist, "SHA256", sha256(content.getvalue()).hexdigest())
    original = mnist.content_with

    def exchanged(path, digest):
        found = original(path, digest)
        path.write_bytes(b"something else")
        return found

    monkeypatch.setattr(mnist, "content_with", exchanged)
    assert mnist.load_data()[0][0].tolist() == [1, 1]


# ---- CSV ---------------------------------------------------------------------------------------


def logged(logger, *epochs):
    logger.on_train_begin()
    for epoch, logs in enumerate(epochs):
        logger.on_epoch_end(epoch, logs)
    logger.on_train_end()


def test_names_of_all_languages_are_logged():
    code = (
        "from npslstm.callbacks import CSVLogger\n"
        "log = CSVLogger('a.csv'); log.on_train_begin()\n"
        "log.on_epoch_end(0, {'gr\\xf6\\xdfe': 1.0}); log.on_train_end()"
    )
    environment = {"PYTHONPATH": str(ROOT), "PATH": "", "LC_ALL": "C", "PYTHONUTF8": "0",
                   "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "utf-8"}  # fmt: skip
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    assert Path("a.csv").read_bytes() == "epoch,größe,val_größe\r\n0,1.0,NA\r\n".encode()


def test_a_log_that_was_cut_short_is_continued_on_a_new_line():
    logged(CSVLogger("a.csv"), {"loss": 0.5})
    with open("a.csv", "ab") as file:
        file.write(b"1,0.2")
    logged(CSVLogger("a.csv", append=True), {"loss": 0.25})
    assert Path("a.csv").read_bytes().split(b"\r\n") == [
        b"epoch,loss,val_loss", b"0,0.5,NA", b"1,0.2", b"0,0.25,NA", b"",
    ]  # fmt: skip


@pytest.mark.parametrize("separator", ["", ",,", 3, None, "\n", '"'])
def test_separators_that_separate_nothing(separator):
    with pytest.raises(ValueError, match="separator is one character"):
        CSVLogger("a.csv", separator)
    with pytest.raises(TypeError, match=r"CSVLogger: filename is a string"):
        CSVLogger(3)
    assert os.listdir() == []
