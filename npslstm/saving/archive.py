"""The `.keras` file: a ZIP of metadata.json, config.json and model.weights.h5.

Source: https://keras.io/guides/serialization_and_saving, and the files that Keras 3.15 writes.
"""

from __future__ import annotations

import datetime
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..version import __version__
from . import paths
from .description import compile_like, describe, make_model
from .weights import read_weights, weights_bytes

FORMAT = "3.15.1"  # the version of Keras whose format this is
CONFIG, WEIGHTS = "config.json", "model.weights.h5"


def save_model(model: Any, filepath: Any, overwrite: bool = True) -> None:
    """Write a model with its weights, and with optimizer and loss if it was compiled.

    filepath: a name that ends in .keras. The states of stateful layers are not kept. Raises
    ValueError for another ending and FileExistsError if overwrite is False and the file exists.
    """
    path = paths.checked(filepath, ".keras", what="a model")
    now = datetime.datetime.now().strftime("%Y-%m-%d@%H:%M:%S")
    metadata = {"keras_version": FORMAT, "npslstm_version": __version__, "date_saved": now}
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr("metadata.json", json.dumps(metadata))
        file.writestr(CONFIG, json.dumps(describe(model)))
        file.writestr(WEIGHTS, weights_bytes(model))
    paths.write(path, content.getvalue(), overwrite)


def load_model(
    kind: type, filepath: Any, custom_objects: Mapping[str, Any] | None = None, compile: bool = True
) -> Any:
    """The model of a `.keras` file, as an object of `kind`, Sequential.

    custom_objects: {name: class} for layers of one's own. compile: as the file says, with the
    optimizer where it stopped. Raises ValueError for a file that is missing or no `.keras` file,
    for layers that are not known, and for weights that do not fit.
    """
    path = paths.existing(paths.checked(filepath, ".keras", what="a model"), ValueError)
    parts = read_parts(path)
    description = json.loads(parts[CONFIG])
    model = make_model(kind, description, custom_objects or {})
    if compile:
        compile_like(model, description.get("compile_config"))
    read_weights(model, io.BytesIO(parts[WEIGHTS]), str(path))
    return model


def read_parts(path: Path) -> dict[str, bytes]:
    """Configuration and weights of a `.keras` file. Raises ValueError if it is none."""
    if not zipfile.is_zipfile(path):
        raise ValueError(f"'{path}' is no .keras file: it is not a ZIP archive.")
    with zipfile.ZipFile(path) as file:
        names = file.namelist()
        if not {CONFIG, WEIGHTS} <= set(names):
            raise ValueError(
                f"'{path}' is no .keras file: it should hold {CONFIG} and {WEIGHTS}; it holds "
                f"{', '.join(names) or 'nothing'}."
            )
        return {name: file.read(name) for name in (CONFIG, WEIGHTS)}
