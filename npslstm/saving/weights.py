"""Weights in an HDF5 file, laid out as Keras does: also the `.weights.h5` file.

    layers/<class in snake case>[_number]/vars/0, 1, ...     numbered by class within the model
    layers/lstm/cell/vars/...                                an LSTM's are those of its cell
    layers/time_distributed/layer/vars/...                   a wrapper's are those of its layer
    optimizer/vars/0 (steps taken), 1 (learning rate), 2 ... what it remembers

h5py is imported where it is used.
"""

from __future__ import annotations

import collections
import io
import warnings
import zipfile
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..identifiers import snake_case
from ..layers import Layer
from ..parameters import Variable
from . import paths

CELLS = {"LSTM"}  # layers whose weights belong to their cell
INNER = {  # wrappers: where they hold the layers with weights
    "TimeDistributed": ("layer",), "Bidirectional": ("forward_layer", "backward_layer"),
}  # fmt: skip


def groups(model: Any) -> Iterator[tuple[str, Layer, list[Variable]]]:
    """Each group of weights in a file, with the layer that they are of."""
    counts: collections.Counter[str] = collections.Counter()
    for layer in model.layers:
        kind = snake_case(type(layer).__name__)
        number = counts[kind]
        counts[kind] += 1
        path = f"layers/{kind}_{number}" if number else f"layers/{kind}"
        yield from groups_within(path, layer)


def groups_within(path: str, layer: Any) -> Iterator[tuple[str, Layer, list[Variable]]]:
    kind = type(layer).__name__
    if kind in INNER:
        yield f"{path}/vars", layer, []
        for name in INNER[kind]:
            yield from groups_within(f"{path}/{name}", getattr(layer, name))
    elif kind in CELLS:
        yield f"{path}/vars", layer, []
        yield f"{path}/cell/vars", layer, layer.weights
    else:
        yield f"{path}/vars", layer, layer.weights


# ---- writing ----------------------------------------------------------------------------------


def save_weights(model: Any, filepath: Any, overwrite: bool = True) -> None:
    """Write the weights of a model, and what its optimizer remembers.

    filepath: a name that ends in .weights.h5. Raises ValueError for another ending, and
    FileExistsError if overwrite is False and the file exists.
    """
    path = paths.checked(filepath, ".weights.h5", what="weights")
    paths.write(path, weights_bytes(model), overwrite)


def weights_bytes(model: Any) -> bytes:
    """The HDF5 file."""
    import h5py

    if not model.built:
        warnings.warn(
            f"Model '{model.name}' was not built, so no weights are saved: give it an Input.",
            UserWarning,
            stacklevel=4,
        )
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        for path, layer, variables in groups(model):
            put(file, path, layer.name, variables)
        file.create_group("vars").attrs["name"] = model.name
        if model.compiled is not None:
            optimizer = model.compiled.optimizer
            put(file, "optimizer/vars", optimizer.name, optimizer.variables)
    return content.getvalue()


def put(file: Any, path: str, name: str, variables: list[Variable]) -> None:
    group = file.create_group(path)
    group.attrs["name"] = name
    for number, variable in enumerate(variables):
        group[str(number)] = variable.value


# ---- reading ----------------------------------------------------------------------------------


def load_weights(model: Any, filepath: Any, skip_mismatch: bool = False) -> None:
    """Give a model the weights of a `.weights.h5` file, or of a `.keras` file.

    skip_mismatch: leave layers that do not fit as they are, with a warning. Otherwise a ValueError
    names the first of them, and the model stays as it was. FileNotFoundError if there is no file.
    """
    path = paths.checked(filepath, ".weights.h5", ".keras", what="weights")
    paths.existing(path, FileNotFoundError)
    content: Any = path
    if path.suffix == ".keras":
        with zipfile.ZipFile(path) as file:
            content = io.BytesIO(file.read("model.weights.h5"))
    read_weights(model, content, str(path), skip_mismatch)


def read_weights(model: Any, content: Any, source: str, skip_mismatch: bool = False) -> None:
    """Read all weights, and only then change the model."""
    import h5py

    found: list[tuple[list[Variable], list[np.ndarray]]] = []
    try:
        opened = h5py.File(content, "r")
    except OSError as error:
        raise ValueError(f"'{source}' is not an HDF5 file, so it holds no weights.") from error
    with opened as file:
        for path, layer, variables in groups(model):
            arrays = numbered(file, path)
            problem = misfit(layer, path, variables, arrays, file)
            if problem and not skip_mismatch:
                raise ValueError(f"'{source}' does not fit the model '{model.name}': {problem}")
            if problem:
                warnings.warn(f"Not loaded from '{source}': {problem}", UserWarning, stacklevel=4)
            else:
                found.append((variables, arrays))
        of_optimizer = numbered(file, "optimizer/vars")
    for variables, arrays in found:
        for variable, array in zip(variables, arrays, strict=True):
            variable.assign(array)
    if of_optimizer and model.compiled is not None and model.built:
        give(model, of_optimizer)


def numbered(file: Any, path: str) -> list[np.ndarray]:
    """The arrays of a group in the order of their numbers; none if there is no such group."""
    if path not in file:
        return []
    group = file[path]
    return [group[name][()] for name in sorted(group, key=int)]


def misfit(
    layer: Layer, path: str, variables: list[Variable], arrays: list[np.ndarray], file: Any
) -> str:
    """Why a group's arrays are not a layer's weights, in a sentence; empty if they are."""
    own = ", ".join(f"{v.name} {v.shape}" for v in variables) or "no weights"
    kind = f"{type(layer).__name__} layer '{layer.name}'"
    if not variables and arrays and not layer.built:
        return f"{kind} was not built, so it has no weights yet: give the model an Input."
    if path not in file and variables:
        held = ", ".join(sorted(file["layers"])) if "layers" in file else "nothing"
        return f"{kind} has {own}; the file has no group {path}. Under layers/ it has {held}."
    if [v.shape for v in variables] != [a.shape for a in arrays]:
        there = ", ".join(str(a.shape) for a in arrays) or "nothing"
        return f"{kind} has {own}; the file's {path} holds {there}."
    return ""


def give(model: Any, arrays: list[np.ndarray]) -> None:
    """Put an optimizer where it was. One that does not fit stays new, with a warning."""
    optimizer = model.compiled.optimizer
    if len(arrays) > 2 or optimizer.built:  # 2: it has not taken a step, and remembers nothing
        optimizer.build(model.parameters)
    variables = optimizer.variables
    if [v.shape for v in variables] != [a.shape for a in arrays]:
        warnings.warn(
            f"What the file's optimizer remembers ({len(arrays)} arrays) is not what "
            f"{type(optimizer).__name__} remembers for this model ({len(variables)}): it begins "
            "anew.",
            UserWarning,
            stacklevel=5,
        )
        return
    optimizer.clock[0] = arrays[0]
    if arrays[1] != np.float32(optimizer.learning_rate):  # the file's has float32's few digits
        optimizer.learning_rate = float(arrays[1])
    for variable, array in zip(variables[2:], arrays[2:], strict=True):
        variable.value[...] = array  # a view into the optimizer's memory
