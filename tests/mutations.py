"""Small files of models and the ways in which the tests of files damage them."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile

import h5py
import numpy as np

import npslstm
from npslstm.layers import LSTM, Bidirectional, Dense, TimeDistributed

JUNK = [None, True, -1, 0, 3, 2**40, 10**18, 1.5, 1e300, "", "LSTM", "x" * 3000, [], [1, 2], {},
        {"class_name": "LSTM"}, [None, 2**40, 2**40], {"config": {"name": "float64"}}]  # fmt: skip
SHAPES = [(), (0,), (1,), (2**20,), (2, 3), (3, 8), (2**31, 2**31), (1,) * 20]


def small_model() -> npslstm.Sequential:
    """A model with layers within layers, and with an optimizer that has taken a step."""
    npslstm.utils.set_random_seed(1)
    layers = [
        Bidirectional(LSTM(2, return_sequences=True)), TimeDistributed(Dense(2)), LSTM(2, name="m"),
        Dense(1),
    ]  # fmt: skip
    model = npslstm.Sequential([npslstm.Input((4, 3)), *layers])
    model.compile("adam", "mse", metrics=["mae"])
    optimizer = model.optimizer
    optimizer.build(model.parameters)
    for value in optimizer.memory.values():
        value[...] = np.linspace(0.1, 1, value.size)
    optimizer.step_count[0] = 1
    return model


def parts_of(content: bytes) -> dict[str, bytes]:
    """The parts of a ZIP archive."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return {name: file.read(name) for name in file.namelist()}


def archive(parts: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """A ZIP archive of these parts."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as file:
        for name, part in parts.items():
            file.writestr(name, part)
    return content.getvalue()


# ---- damage ------------------------------------------------------------------------------------


def damaged(content: bytes, rng: np.random.Generator) -> bytes:
    """A few bits turned, a piece cut out, a piece overwritten, or the end cut off."""
    array = np.frombuffer(content, np.uint8).copy()
    way = rng.integers(5)
    at, length = int(rng.integers(array.size)), int(rng.integers(1, 64))
    if way == 0:
        where = rng.integers(array.size, size=int(rng.integers(1, 6)))
        array[where] ^= (1 << rng.integers(8, size=where.size)).astype(np.uint8)
    elif way == 1:
        array = np.delete(array, slice(at, at + length))
    elif way == 2:
        array[at : at + length] = rng.integers(256, size=array[at : at + length].size)
    elif way == 3:
        array[at : at + length] = rng.choice([0, 255])
    else:
        array = array[:at]
    return array.tobytes()


def places(value, way=()):
    """All places in a description, as the keys that lead there."""
    yield way
    items = value.items() if isinstance(value, dict) else ()
    for key, one in enumerate(value) if isinstance(value, list) else items:
        yield from places(one, (*way, key))


def changed_description(content: bytes, rng: np.random.Generator) -> bytes:
    """JSON with one value replaced by another or by junk, removed, or moved to another place."""
    description = json.loads(content)
    ways = [way for way in places(description) if way]
    *above, key = ways[rng.integers(len(ways))]
    holder = description
    for step in above:
        holder = holder[step]
    choice = rng.integers(4)
    if choice == 0:
        del holder[key]
    elif choice == 1:
        other = description
        for step in ways[rng.integers(len(ways))]:
            other = other[step]
        holder[key] = json.loads(json.dumps(other))
    else:
        holder[key] = JUNK[rng.integers(len(JUNK))]
    return json.dumps(description).encode()


def changed_weights(content: bytes, rng: np.random.Generator) -> bytes:
    """HDF5 with one entry replaced by another kind of thing, another shape or dtype, or removed."""
    held = io.BytesIO(content)
    with h5py.File(held, "r+") as file:
        names: list[str] = []
        file.visit(names.append)
        name = names[rng.integers(len(names))]
        del file[name]
        with contextlib.suppress(ValueError, TypeError, OSError, KeyError):  # not all can be made
            put_something(file, name, rng)
    return held.getvalue()


def put_something(file, name: str, rng: np.random.Generator) -> None:
    """At a place in an HDF5 file, one of the things that do not belong there."""
    shape = SHAPES[rng.integers(len(SHAPES))]
    kind = ["f4", "f8", "i8", "f2", "S5", "u1", "c8", "b1", h5py.ref_dtype][rng.integers(9)]
    choice = rng.integers(8)
    if choice == 1:
        file.create_group(name)
    elif choice == 2:
        file[name] = h5py.SoftLink("/layers")
    elif choice == 3:
        file[name] = h5py.ExternalLink("other.h5", "/")
    elif choice == 4:
        file.create_dataset(name, shape, kind, external=[("/etc/hostname", 0, h5py.h5f.UNLIMITED)])
    elif choice == 5:
        file.create_dataset(name, shape, "f4", chunks=tuple(min(n, 64) or 1 for n in shape))
    elif choice == 6:
        file[name] = h5py.Empty("f4")
    elif choice > 6:
        file[name] = file["layers"]
    elif choice == 0 and shape != (2**31, 2**31):
        file.create_dataset(name, shape, kind)


def mutant(content: bytes, rng: np.random.Generator) -> bytes:
    """A file of a model or of weights with one thing wrong."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return [damaged, changed_weights][rng.integers(2)](content, rng)
    parts = parts_of(content)
    config, weights = "config.json", "model.weights.h5"
    choice = rng.integers(6)
    if choice == 0:
        return damaged(content, rng)
    if choice < 3:
        parts[config] = changed_description(parts[config], rng)
    elif choice == 3:
        parts[config] = damaged(parts[config], rng)
    elif choice == 4:
        parts[weights] = changed_weights(parts[weights], rng)
    else:
        parts[weights] = damaged(parts[weights], rng)
    return archive(parts, int(rng.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])))
