"""MNIST: 70,000 handwritten digits, grey images of 28 x 28 pixels, labelled 0 to 9.

Source: Y. LeCun, C. Cortes and C. J. C. Burges, The MNIST database of handwritten digits,
http://yann.lecun.com/exdb/mnist/. Keras publishes the same arrays in one file, mnist.npz:
https://keras.io/api/datasets/mnist/
"""

from __future__ import annotations

import io
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from ..arguments import shown
from ..files.arrays import Npz
from ..files.paths import plain_path
from ..files.reading import Reading
from .download import content_with, fetch
from .idx import read_idx

URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"
VARIABLE = "NPSLSTM_MNIST"  # environment variable that names a folder of IDX files
PARTS = {"train": "train", "test": "t10k"}  # the part, and how its files' names begin

Part = tuple[np.ndarray, np.ndarray]


def load_data(
    path: str | os.PathLike[str] = "mnist.npz", folder: str | os.PathLike[str] | None = None
) -> tuple[Part, Part]:
    """((x_train, y_train), (x_test, y_test)), as keras.datasets.mnist has them.

    x: uint8 (60000, 28, 28) and (10000, 28, 28), from 0, the background, to 255; y: uint8 labels
    from 0 to 9, (60000,) and (10000,).

    folder: a folder with the four IDX files, gzipped or not; by default what the environment
    variable NPSLSTM_MNIST names. Without either, the file called `path` in Keras's cache (datasets
    in ~/.keras, or in the folder that KERAS_HOME names) is read, and first downloaded if it is not
    there or damaged: 11 MB.

    Raises FileNotFoundError, an OSError, if the data are nowhere and cannot be downloaded, whatever
    the network's reason: a file in the right place is the cure, and the message names the place.
    The same for a folder without all four files; `load_idx` reads what is there. Raises ValueError
    for damaged IDX files and for a `path` that is more than a file's name.
    """
    name = ""  # which `cached` refuses
    if not isinstance(path, str) or path:
        name = os.fspath(plain_path(path, "path", "load_data", "mnist.npz"))
    if is_given(folder) or os.environ.get(VARIABLE):
        return load_idx(folder, "train"), load_idx(folder, "test")
    content = cached(name)
    with Reading(path) as reading:
        arrays = Npz(io.BytesIO(content), len(content), reading)
        train = arrays["x_train"], arrays["y_train"]
        test = arrays["x_test"], arrays["y_test"]
    return train, test


def load_idx(folder: str | os.PathLike[str] | None = None, part: str = "train") -> Part:
    """Images and labels of one part from its two IDX files, uint8 (samples, 28, 28), (samples,).

    folder: by default what the environment variable NPSLSTM_MNIST names. part: 'train', in
    train-images-idx3-ubyte and train-labels-idx1-ubyte, or 'test', in t10k-images-idx3-ubyte and
    t10k-labels-idx1-ubyte; each may end in .gz. The 10,000 of 'test' alone make a small data set:
    split them, for example x[:9000] to train and x[9000:] to validate.

    Raises FileNotFoundError if a file is missing, ValueError if one is damaged.
    """
    given = folder if is_given(folder) else os.environ.get(VARIABLE)
    if not is_given(given):
        raise FileNotFoundError(
            "Which folder holds the IDX files of MNIST? Write load_idx(folder), or name it in the "
            f"environment variable {VARIABLE}."
        )
    place = plain_path(given, "folder", "load_idx", "mnist").expanduser()
    if not isinstance(part, str) or part not in PARTS:
        raise ValueError(f"load_idx: part is 'train' or 'test'; received {shown(part)}.")
    images, labels = (find(place, part, kind) for kind in ("images", "labels"))
    x, y = read_idx(images), read_idx(labels)
    if x.ndim != 3 or y.shape != x.shape[:1]:
        raise ValueError(
            f"{images} and {labels} do not belong together: images need 3 axes (samples, rows, "
            f"columns) and as many labels; received shapes {x.shape} and {y.shape}."
        )
    return x, y


def is_given(folder: Any) -> bool:
    """Whether an argument names a folder, or something else: not if it is None or empty."""
    return folder is not None and not (isinstance(folder, str) and not folder)


def find(folder: Path, part: str, kind: str) -> Path:
    """The file of this folder with the images or the labels of a part."""
    axes = {"images": 3, "labels": 1}[kind]
    # Some archives spell the names with a dot, train-images.idx3-ubyte.
    names = [f"{PARTS[part]}-{kind}{mark}idx{axes}-ubyte" for mark in "-."]
    for name in names:
        for file in (folder / name, folder / f"{name}.gz"):
            if file.is_file():
                return file
    if not folder.is_dir():
        raise FileNotFoundError(
            f"There is no folder {folder}, which should hold MNIST's IDX files."
        )
    other = "train" if part == "test" else "test"
    raise FileNotFoundError(
        f"{folder} has neither {names[0]} nor {names[0]}.gz, the {kind} of MNIST's {part} part. If "
        f"only the {other} part is there, load_idx(folder, {other!r}) reads it."
    )


def cached(name: str) -> bytes:
    """The content of Keras's file in Keras's cache, downloaded if need be."""
    if Path(name).name != name or name in ("", ".."):
        raise ValueError(
            f"path is the name of a file in Keras's cache, such as 'mnist.npz'; received {name!r}. "
            "Put the file there, or write folder=... for a folder of IDX files."
        )
    folders = cache_folders()
    for folder in folders:
        content = content_with(folder / name, SHA256)
        if content is not None:
            return content
        if (folder / name).exists():
            print(f"{folder / name} is incomplete or damaged.", flush=True)
    try:
        file = writable(folders) / name
        fetch(URL, file, SHA256)
        content = content_with(file, SHA256)
        if content is None:
            raise OSError(f"{file} was changed while it was read")
    except OSError as error:
        raise FileNotFoundError(
            f"MNIST is not on this computer and could not be downloaded ({error}). Fetch {URL} "
            f"on another computer and put it there as {folders[0] / name}; or write "
            f"load_data(folder=...), or set the environment variable {VARIABLE}, to name a folder "
            "with the IDX files train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, "
            "t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz."
        ) from error
    return content


def cache_folders() -> list[Path]:
    """Where Keras keeps data sets: at home, or among the temporary files if that is read-only."""
    home = os.environ.get("KERAS_HOME") or os.path.join("~", ".keras")
    temporary = os.path.join(tempfile.gettempdir(), ".keras")
    return [Path(folder).expanduser() / "datasets" for folder in (home, temporary)]


def writable(folders: list[Path]) -> Path:
    """The first of these folders that can be written to, made if need be. Raises OSError."""
    for folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    raise OSError(f"none of {', '.join(map(str, folders))} can be written to")
