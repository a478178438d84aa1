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
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arguments import flag
from ..files import paths, writing
from ..files.archives import Archive
from ..files.reading import Reading, memory_limit, opened
from ..identifiers import snake_case
from ..layers import Layer
from ..layers.input import InputLayer
from ..parameters import Variable
from ..protocols import AnyModel
from .hdf5 import Stored, WeightsFile, open_bytes

WEIGHTS = "model.weights.h5"  # the part of a .keras file
MEMORY = "optimizer/vars"
MOST_STEPS = 2**62  # that an optimizer can count on from
CELLS = {"LSTM"}  # layers whose weights belong to their cell
INNER = {  # wrappers: where they hold the layers with weights
    "TimeDistributed": ("layer",), "Bidirectional": ("forward_layer", "backward_layer"),
}  # fmt: skip


Group = tuple[str, Any, list[Variable]]  # its path, the layer or model, its weights


def groups(model: AnyModel) -> Iterator[Group]:
    """Each group of weights in a file, with the layer that they are of."""
    yield from groups_of(model, "layers")


def groups_of(model: AnyModel, folder: str) -> Iterator[Group]:
    counts: collections.Counter[str] = collections.Counter()
    for layer in model.layers:
        if isinstance(layer, InputLayer):
            continue
        kind = class_name(layer)
        number = counts[kind]
        counts[kind] += 1
        path = f"{folder}/{kind}_{number}" if number else f"{folder}/{kind}"
        yield from groups_within(path, layer)


def class_name(layer: Any) -> str:
    """In snake case, as Keras calls the class."""
    name = type(layer).__name__
    return "functional" if name == "Model" else snake_case(name)


def groups_within(path: str, layer: Any) -> Iterator[Group]:
    """The groups of a layer, and of all that lies within it."""
    kind = type(layer).__name__
    if hasattr(layer, "plan"):  # a model
        yield f"{path}/vars", layer, []
        yield from groups_of(layer, f"{path}/layers")
    elif kind in INNER:
        yield f"{path}/vars", layer, []
        for name in INNER[kind]:
            yield from groups_within(f"{path}/{name}", getattr(layer, name))
    elif kind in CELLS:
        yield f"{path}/vars", layer, []
        yield f"{path}/cell/vars", layer, layer.weights
    else:
        yield f"{path}/vars", layer, layer.weights


# ---- writing ----------------------------------------------------------------------------------


def save_weights(model: AnyModel, filepath: Any, overwrite: bool = True) -> None:
    """Write the weights of a model, and what its optimizer remembers.

    filepath: a name that ends in .weights.h5. Raises ValueError for another ending, and
    FileExistsError if overwrite is False and the file exists.
    """
    path = paths.checked(filepath, ".weights.h5", what="weights")
    overwrite = flag(overwrite, "overwrite", "save_weights")
    writing.write(path, weights_bytes(model), overwrite)


def weights_bytes(model: AnyModel) -> bytes:
    """The HDF5 file."""
    import h5py

    if not model.built:
        warnings.warn(
            f"Model '{model.name}' was not built, so no weights are saved: give it an Input.",
            UserWarning,
            stacklevel=4,
        )
    content = io.BytesIO()
    with h5py.File(content, "w") as file, model.lock:  # the numbers of one moment
        for path, layer, variables in groups(model):
            put(file, path, layer.name, variables)
        file.create_group("vars").attrs["name"] = model.name
        if model.compiled is not None:
            optimizer = model.compiled.optimizer
            put(file, MEMORY, optimizer.name, optimizer.variables)
    return content.getvalue()


def put(file: Any, path: str, name: str, variables: list[Variable]) -> None:
    group = file.create_group(path)
    group.attrs["name"] = name
    for number, variable in enumerate(variables):
        group[str(number)] = variable.value


# ---- reading ----------------------------------------------------------------------------------


def load_weights(model: AnyModel, filepath: Any, skip_mismatch: bool = False) -> None:
    """Give a model the weights of a `.weights.h5` file, or of a `.keras` file.

    skip_mismatch: leave layers that do not fit as they are, with a warning. Otherwise a ValueError
    names file, part and layer, and the model stays as it was. FileNotFoundError if there is no
    file, OSError if it cannot be read.
    """
    path = paths.checked(filepath, ".weights.h5", ".keras", what="weights")
    paths.existing(path, FileNotFoundError)
    skip_mismatch = flag(skip_mismatch, "skip_mismatch", "load_weights")
    with opened(path) as (file, size), Reading(path) as reading:
        if path.suffix != ".keras":
            with WeightsFile(file, size, reading) as weights:
                read_weights(model, weights, skip_mismatch)
            return
        archive = Archive(file, size)
        reading.at(WEIGHTS)
        with open_bytes(archive.read(WEIGHTS), reading, memory_limit(size)) as weights:
            read_weights(model, weights, skip_mismatch)


def read_weights(model: AnyModel, file: WeightsFile, skip_mismatch: bool = False) -> None:
    """Check everything, read everything, and only then change the model.

    What goes on meanwhile in other threads sees the old weights or the new ones: `apply` is the
    only place that writes.
    """
    fitting: list[tuple[Variable, Stored]] = []
    for path, layer, variables in groups(model):
        stored = file.numbered(path)
        problem = misfit(layer, path, variables, stored, file)
        if problem and not skip_mismatch:
            file.at(path)
            raise ValueError(f"it does not fit the model '{model.name}': {problem}")
        if problem:
            source = file.reading.source
            warnings.warn(f"Not loaded from '{source}': {problem}", UserWarning, stacklevel=4)
        else:
            fitting.extend(zip(variables, stored, strict=True))
    stored = file.numbered(MEMORY) if model.compiled is not None and model.built else []
    values = [(variable, converted(file, one, variable.value.dtype)) for variable, one in fitting]
    apply(model, values, memory_of(model, file, stored) if stored else None)


def misfit(
    layer: Layer, path: str, variables: list[Variable], stored: list[Stored], file: WeightsFile
) -> str:
    """Why a group's data sets are not a layer's weights, in a sentence; empty if they are."""
    own = ", ".join(f"{v.name} {v.shape}" for v in variables) or "no weights"
    kind = f"{type(layer).__name__} layer '{layer.name}'"
    if not variables and stored and not layer.built:
        return f"{kind} was not built, so it has no weights yet: give the model an Input."
    if variables and file.names(path) is None:
        held = ", ".join(sorted(file.names("layers") or [])) or "nothing"
        return f"{kind} has {own}; the file has no group {path}. Under layers/ it has {held}."
    if [v.shape for v in variables] != [one.shape for one in stored]:
        there = ", ".join(str(one.shape) for one in stored) or "nothing"
        return f"{kind} has {own}; the file's {path} holds {there}."
    return ""


def converted(file: WeightsFile, stored: Stored, dtype: np.dtype) -> np.ndarray:
    """The numbers of a data set as `dtype`. Raises ValueError for finite ones beyond its range."""
    file.at(stored.path)
    array = stored.read()
    if array.dtype == dtype:
        return array
    with np.errstate(over="ignore"):
        result = array.astype(dtype)
    if not np.array_equal(np.isfinite(array), np.isfinite(result)):
        raise ValueError(f"it holds numbers too large for {dtype}.")
    return result


# ---- the optimizer's memory -------------------------------------------------------------------


@dataclass(frozen=True)
class Memory:
    """What an optimizer remembers: steps taken, learning rate, and its slots in order."""

    iterations: int
    learning_rate: float
    slots: list[np.ndarray]


def memory_of(model: AnyModel, file: WeightsFile, stored: list[Stored]) -> Memory | None:
    """What the file's optimizer remembers; None, with a warning, if it is another optimizer's."""
    optimizer = model.compiled.optimizer
    expected: list[tuple[int, ...]] = [(), ()]
    if len(stored) > 2 or optimizer.built:  # 2: it has not taken a step, and remembers nothing
        weights = model.parameters.trainable
        expected += [w.shape for group in optimizer.slots() for w in weights for _ in group]
    if [one.shape for one in stored] != expected:
        warnings.warn(
            f"What the file's optimizer remembers ({len(stored)} arrays) is not what "
            f"{type(optimizer).__name__} remembers for this model ({len(expected)}): it begins "
            "anew.",
            UserWarning,
            stacklevel=5,
        )
        return None
    dtype = model.parameters.values.dtype
    steps, rate = (converted(file, one, np.dtype(float)).item() for one in stored[:2])
    if not (float(steps).is_integer() and 0 <= steps < MOST_STEPS):
        file.at(stored[0].path)
        raise ValueError(f"the number of steps taken is an integer >= 0; here it is {steps}.")
    if not np.isfinite(rate):
        file.at(stored[1].path)
        raise ValueError(f"the learning rate is a finite number; here it is {rate}.")
    return Memory(int(steps), rate, [converted(file, one, dtype) for one in stored[2:]])


# ---- changing the model -----------------------------------------------------------------------


def apply(
    model: AnyModel, values: list[tuple[Variable, np.ndarray]], memory: Memory | None = None
) -> None:
    """Put checked arrays into a model, and its optimizer where it was: nothing here can fail."""
    with model.lock.change:
        if memory is not None:
            restore(model.compiled.optimizer, model.parameters, memory)
        for variable, array in values:
            variable.assign(array)


def restore(optimizer: Any, parameters: Any, memory: Memory) -> None:
    """Put an optimizer where it was. What may be refused comes first."""
    if memory.slots:
        optimizer.build(parameters)
    if np.float32(memory.learning_rate) != np.float32(optimizer.learning_rate):
        optimizer.learning_rate = memory.learning_rate  # the file's has float32's few digits
    optimizer.step_count[0] = memory.iterations
    for variable, array in zip(optimizer.variables[2:], memory.slots, strict=False):
        variable.value[...] = array  # a view into the optimizer's memory
