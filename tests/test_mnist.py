"""MNIST's loader, on tiny files made here and a network made up. With the environment variable
NPSLSTM_MNIST naming a folder of the real IDX files, those are read too."""

import gzip
import hashlib
import io
import os
import struct
import urllib.error
import urllib.request
from http.client import IncompleteRead
from pathlib import Path

import numpy as np
import pytest

from npslstm.datasets import mnist
from npslstm.datasets.idx import read_idx

REAL = os.environ.get(mnist.VARIABLE)
TRAIN = np.arange(24, dtype=np.uint8).reshape(3, 2, 4), np.array([7, 0, 9], np.uint8)
TEST = np.arange(100, 116, dtype=np.uint8).reshape(2, 2, 4), np.array([1, 2], np.uint8)


def idx(array):
    """The bytes of an IDX file."""
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def write_pair(folder, part, data, ending="", mark="-"):
    for kind, axes, array in (("images", 3, data[0]), ("labels", 1, data[1])):
        content = gzip.compress(idx(array)) if ending else idx(array)
        (folder / f"{part}-{kind}{mark}idx{axes}-ubyte{ending}").write_bytes(content)


def npz():
    file = io.BytesIO()
    np.savez(file, x_train=TRAIN[0], y_train=TRAIN[1], x_test=TEST[0], y_test=TEST[1])
    return file.getvalue()


def check(loaded):
    for (x, y), (x_expected, y_expected) in zip(loaded, (TRAIN, TEST), strict=True):
        assert x.dtype == y.dtype == np.uint8
        assert np.array_equal(x, x_expected)
        assert np.array_equal(y, y_expected)


class Network:
    """Stands for urlopen: answers with `content`, or raises `error`; counts the questions."""

    def __init__(self):
        self.content, self.error, self.asked = npz(), None, []

    def __call__(self, url, timeout):
        self.asked.append(url)
        if self.error is not None:
            raise self.error
        answer = io.BytesIO(self.content)
        answer.headers = {"Content-Length": str(len(npz()))}
        return answer


@pytest.fixture(autouse=True)
def network(monkeypatch):
    """No test reaches the real network, whatever it forgets."""
    made_up = Network()
    monkeypatch.setattr(urllib.request, "urlopen", made_up)
    monkeypatch.delenv(mnist.VARIABLE, raising=False)
    return made_up


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Keras's cache, empty, with the made-up file as the published one."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    monkeypatch.setattr(mnist, "SHA256", hashlib.sha256(npz()).hexdigest())
    return tmp_path / "keras" / "datasets"


# ---- a folder of IDX files --------------------------------------------------------------------


@pytest.mark.parametrize("mark", ["-", "."])
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_a_folder_of_idx_files(tmp_path, monkeypatch, ending, mark):
    write_pair(tmp_path, "train", TRAIN, ending, mark)
    write_pair(tmp_path, "t10k", TEST, ending, mark)
    check(mnist.load_data(folder=tmp_path))
    monkeypatch.setenv(mnist.VARIABLE, str(tmp_path))
    check(mnist.load_data())
    check([mnist.load_idx(part="train"), mnist.load_idx(part="test")])


def test_the_argument_goes_before_the_environment_variable(tmp_path, monkeypatch):
    write_pair(tmp_path, "t10k", TEST)
    monkeypatch.setenv(mnist.VARIABLE, str(tmp_path / "elsewhere"))
    assert mnist.load_idx(tmp_path, "test")[0].shape == (2, 2, 4)
    with pytest.raises(FileNotFoundError, match="no folder .*elsewhere"):
        mnist.load_idx(part="test")


def test_one_part_alone_says_how_to_read_it(tmp_path):
    write_pair(tmp_path, "t10k", TEST)
    message = r"neither train-images-idx3-ubyte nor .*load_idx\(folder, 'test'\)"
    with pytest.raises(FileNotFoundError, match=message):
        mnist.load_data(folder=tmp_path)
    check([(TRAIN), mnist.load_idx(tmp_path, "test")])


def test_arrays_can_be_written_to(tmp_path):
    write_pair(tmp_path, "t10k", TEST)
    images, labels = mnist.load_idx(tmp_path, "test")
    images[0], labels[0] = 0, 0


def test_images_and_labels_must_belong_together(tmp_path):
    write_pair(tmp_path, "train", (TRAIN[0], TEST[1]))
    with pytest.raises(ValueError, match=r"do not belong together.*\(3, 2, 4\) and \(2,\)"):
        mnist.load_idx(tmp_path)


def test_what_load_idx_cannot_know(tmp_path):
    with pytest.raises(ValueError, match="'train' or 'test'; received 't10k'"):
        mnist.load_idx(tmp_path, "t10k")
    with pytest.raises(FileNotFoundError, match=mnist.VARIABLE):
        mnist.load_idx()


@pytest.mark.parametrize("size", [0, 3, 4, 10, 15, 39])
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_a_file_cut_short(tmp_path, size, ending):
    content = gzip.compress(idx(TRAIN[0])) if ending else idx(TRAIN[0])
    assert size < len(content)
    path = tmp_path / f"images{ending}"
    path.write_bytes(content[:size])
    with pytest.raises(ValueError, match=f"images{ending} is (cut short or damaged|not an IDX)"):
        read_idx(path)


def test_a_file_that_is_no_idx(tmp_path):
    for name, content in (
        ("page", b"<!DOCTYPE html>"),
        ("page.gz", b"<!DOCTYPE html>"),
        ("longer", idx(TRAIN[0]) + b"\0"),
        ("floats", idx(TRAIN[0])[:2] + b"\x0d" + idx(TRAIN[0])[3:]),
        ("wrong.gz", bytearray(gzip.compress(idx(TRAIN[0])))),
    ):
        if name == "wrong.gz":
            content[-6] ^= 1  # its own checksum
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ValueError, match=f"{name} is .*Fetch it again"):
            read_idx(tmp_path / name)


# ---- Keras's file -----------------------------------------------------------------------------


def test_keras_s_cache(cache, network):
    cache.mkdir(parents=True)
    (cache / "mnist.npz").write_bytes(npz())
    check(mnist.load_data())
    assert network.asked == []


def test_the_cache_is_at_home_by_default(cache, network, tmp_path, monkeypatch):
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    folder = tmp_path / ".keras" / "datasets"
    check(mnist.load_data())
    assert [path.name for path in folder.iterdir()] == ["mnist.npz"]


def test_a_missing_file_is_downloaded_once(cache, network, capsys):
    check(mnist.load_data())
    check(mnist.load_data())
    assert network.asked == [mnist.URL]
    assert [path.name for path in cache.iterdir()] == ["mnist.npz"]
    assert capsys.readouterr().out == f"Downloading {mnist.URL} to {cache / 'mnist.npz'}\n"


def test_a_damaged_file_is_downloaded_again(cache, network, capsys):
    cache.mkdir(parents=True)
    (cache / "mnist.npz").write_bytes(npz()[:-1])
    check(mnist.load_data())
    assert len(network.asked) == 1
    assert "mnist.npz is incomplete or damaged" in capsys.readouterr().out


def test_read_only_home(cache, network, tmp_path):
    cache.parent.write_text("a file where the folder should be")
    check(mnist.load_data())
    assert (tmp_path / "temporary" / ".keras" / "datasets" / "mnist.npz").exists()


def test_nowhere_to_write(cache, network, tmp_path):
    cache.parent.write_text("")
    (tmp_path / "temporary").write_text("")
    with pytest.raises(FileNotFoundError, match="can be written to"):
        mnist.load_data()


def unreachable(network):
    network.error = urllib.error.URLError("Name or service not known")


def half(network):
    network.content = npz()[: len(npz()) // 2]


def another(network):
    network.content = b"<html>Please log in</html>"


def protocol(network):
    network.error = IncompleteRead(b"half", 100)


@pytest.mark.parametrize("trouble", [unreachable, half, another, protocol])
def test_a_download_that_fails_leaves_no_file_and_says_what_to_do(cache, network, trouble):
    trouble(network)
    with pytest.raises(FileNotFoundError) as caught:
        mnist.load_data()
    message = str(caught.value)
    for hint in (mnist.URL, str(cache / "mnist.npz"), "folder=", mnist.VARIABLE, "t10k-images"):
        assert hint in message
    assert list(cache.iterdir()) == []


def test_a_download_that_fails_leaves_the_damaged_file(cache, network):
    cache.mkdir(parents=True)
    (cache / "mnist.npz").write_bytes(b"damaged")
    half(network)
    with pytest.raises(FileNotFoundError, match="incomplete or not the published"):
        mnist.load_data()
    assert (cache / "mnist.npz").read_bytes() == b"damaged"
    assert len(list(cache.iterdir())) == 1


def test_an_interrupted_download_leaves_no_file(cache, network):
    network.error = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        mnist.load_data()
    assert list(cache.iterdir()) == []


def test_path_is_the_name_of_a_file(cache, network):
    check(mnist.load_data("digits.npz"))
    assert (cache / "digits.npz").exists()
    for path in ("data/mnist.npz", "/mnist.npz", "..", ""):
        with pytest.raises(ValueError, match="name of a file in Keras's cache"):
            mnist.load_data(path)


# ---- the real files ---------------------------------------------------------------------------


@pytest.mark.skipif(not REAL, reason=f"{mnist.VARIABLE} names no folder of MNIST's IDX files")
@pytest.mark.parametrize(
    ("part", "counts"),
    [("train", [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]),
     ("test", [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])],
)  # fmt: skip
def test_the_real_files_hold_the_published_digits(part, counts):
    if not any(Path(REAL).expanduser().glob(f"{mnist.PARTS[part]}-*")):
        pytest.skip(f"the folder has no {part} part")
    x, y = mnist.load_idx(REAL, part)
    assert x.shape == (sum(counts), 28, 28)
    assert x.min() == 0
    assert x.max() == 255
    assert np.bincount(y).tolist() == counts
