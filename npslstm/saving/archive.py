"""The `.keras` file: a ZIP of metadata.json, config.json and model.weights.h5.

Source: https://keras.io/guides/serialization_and_saving, and the files that Keras 3.15 writes.
"""

from __future__ import annotations

import datetime
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any, BinaryIO

from ..arguments import flag, shown
from ..files import descriptions, paths, writing
from ..files.archives import Archive
from ..files.reading import Reading, memory_limit, opened
from ..initializers.reserved import filled_from_file
from ..protocols import AnyModel
from ..version import __version__
from .description import compile_like, describe
from .hdf5 import open_bytes
from .making import Maker
from .weights import WEIGHTS, read_weights, weights_bytes

FORMAT = "3.15.1"  # the version of Keras whose format this is
CONFIG = "config.json"
NUMBERS = 1 << 20  # that any model may have, before its weights are compared with the file's


def save_model(
    model: AnyModel, filepath: Any, overwrite: bool = True, zipped: bool | None = None
) -> None:
    """Write a model with its weights, and with optimizer and loss if it was compiled.

    filepath: a name that ends in .keras. The states of stateful layers are not kept. Raises
    ValueError for another ending, for zipped=False and for settings that are not finite,
    FileExistsError if overwrite is False and the file exists, and OSError, the old file intact, if
    it cannot be written.
    """
    path = paths.checked(filepath, ".keras", what="a model")
    overwrite = flag(overwrite, "overwrite", "save")
    if zipped is not None and not flag(zipped, "zipped", "save"):
        raise ValueError(
            "save: zipped=False would write a folder; here a model is one file. Leave zipped out."
        )
    now = datetime.datetime.now().strftime("%Y-%m-%d@%H:%M:%S")
    metadata = {"keras_version": FORMAT, "npslstm_version": __version__, "date_saved": now}
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr("metadata.json", json.dumps(metadata))
        file.writestr(CONFIG, descriptions.write(describe(model)))
        file.writestr(WEIGHTS, weights_bytes(model))
    writing.write(path, content.getvalue(), overwrite)


def load_model(
    kinds: tuple[type, type], filepath: Any, custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True,
) -> Any:  # fmt: skip
    """The model of a `.keras` file; kinds: Sequential and Model.

    custom_objects: {name: class} for layers of one's own, {name: cell} for cells, {name: function}
    for losses and metrics. compile: as the
    file says, with the optimizer where it stopped. Raises ValueError, naming file and part, for
    a file that is missing or no `.keras` file, for layers that are not known, and for weights
    that do not fit; OSError for a file that cannot be read.
    """
    path = paths.existing(paths.checked(filepath, ".keras", what="a model"), ValueError)
    compile = flag(compile, "compile", "load_model")
    if custom_objects is not None and not isinstance(custom_objects, Mapping):
        raise ValueError(
            "load_model: custom_objects is a dict {name: class}; received "
            f"{shown(custom_objects)} of type {type(custom_objects).__name__}. Write for example "
            "custom_objects={'MyLayer': MyLayer}."
        )
    with opened(path) as (file, size), Reading(path) as reading:
        archive = checked_archive(file, size)
        reading.at(CONFIG)
        description = descriptions.parse(archive.read(CONFIG, descriptions.size_limit(size)))
        reading.at(WEIGHTS)
        content = archive.read(WEIGHTS)
        reading.at(CONFIG)
        with filled_from_file(max(NUMBERS, len(content))):
            model = Maker(kinds, custom_objects or {}, reading, len(content)).model(description)
        if compile:
            reading.at(f"{CONFIG}, compile_config")
            compile_like(model, description.get("compile_config"), custom_objects)
        reading.at(WEIGHTS)
        with open_bytes(content, reading, memory_limit(size)) as weights:
            read_weights(model, weights)
    return model


def checked_archive(file: BinaryIO, size: int) -> Archive:
    """The parts of a `.keras` file. Raises ValueError if it is none."""
    archive = Archive(file, size)
    if not {CONFIG, WEIGHTS} <= set(archive.parts):
        raise ValueError(
            f"it is no .keras file: it should hold {CONFIG} and {WEIGHTS}; it holds "
            f"{', '.join(archive.parts) or 'nothing'}."
        )
    return archive
