"""Files of traces: an .npz with the arrays of each layer, and the rest as JSON in `about`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from ..files import descriptions
from ..files.arrays import Npz
from ..files.reading import Reading, opened
from ..files.writing import replacing
from ..scan import State, Weights
from .layer_trace import ARRAYS, LayerTrace

INDICES = ("samples", "steps", "units")
TUPLES: dict[str, Any] = {"before": State, "after": State, "weights": Weights}
SETTINGS: dict[str, type] = {
    "name": str, "time_steps": int, "activation": str, "recurrent_activation": str,
    "go_backwards": bool,
}  # fmt: skip
ABOUT: dict[str, type] = {"layers": list, "batch_size": int, "stateful": bool}

# The axes of each array: samples, steps and units that were kept, 4 gates, features, all units.
AXES = {
    "x": "nsf", "mask": "ns", "z": "ns4u", "gates": "ns4u", "c": "nsu", "a": "nsu", "h": "nsu",
    "samples": "n", "steps": "s", "units": "u", "before/h": "nu", "before/c": "nu",
    "after/h": "nu", "after/c": "nu", "weights/W": "fU", "weights/U": "hU", "weights/b": "U",
}  # fmt: skip
KINDS = {"mask": "b", "samples": "iu", "steps": "iu", "units": "iu"}  # of dtype; others: floats


def write(path: Path, layers: list[LayerTrace], batch_size: int, stateful: bool) -> None:
    """Write the traces of layers in one step: an older file stays until the new one is complete."""
    arrays: dict[str, Any] = {}
    for number, layer in enumerate(layers):
        arrays |= {f"{number}/{name}": getattr(layer, name) for name in (*ARRAYS, *INDICES)}
        for name in TUPLES:
            fields = getattr(layer, name)._asdict()
            arrays |= {f"{number}/{name}/{key}": array for key, array in fields.items()}
    settings = [{name: getattr(layer, name) for name in SETTINGS} for layer in layers]
    about = {"layers": settings, "batch_size": batch_size, "stateful": stateful}
    with replacing(path) as file:
        np.savez(file, about=json.dumps(about), **arrays)


def read(path: Path) -> tuple[list[LayerTrace], int, bool]:
    """What `write` was given. Raises ValueError for a file that it has not written."""
    with opened(path) as (file, size), Reading(path) as reading:
        try:
            arrays = Npz(file, size, reading)
        except ValueError as error:
            raise ValueError(f"it was not written by Trace.save: {error}") from error
        if "about" not in arrays:
            raise ValueError(f"it was not written by Trace.save: it holds {list(arrays)}.")
        about = checked(descriptions.parse(str(arrays["about"]).encode()), ABOUT)
        if about["batch_size"] < 1 or not about["layers"]:
            raise ValueError("it has no layers, or batches of no samples.")
        layers = []
        for number, settings in enumerate(about["layers"]):
            reading.at(f"layer {number}")
            settings = checked(settings, SETTINGS)
            layers.append(layer_of(arrays, number, settings, reading))
    return layers, about["batch_size"], about["stateful"]


def checked(settings: Any, kinds: dict[str, type]) -> dict[str, Any]:
    """The settings. Raises ValueError unless they are those, each of its kind."""
    if not isinstance(settings, dict) or set(settings) != set(kinds):
        raise ValueError(f"its description should hold {', '.join(kinds)}.")
    for name, kind in kinds.items():
        if type(settings[name]) is not kind:
            raise ValueError(f"{name} is of type {kind.__name__}; here is {settings[name]!r}.")
    return settings


def layer_of(arrays: Npz, number: int, settings: dict[str, Any], reading: Reading) -> LayerTrace:
    """One layer's trace, its arrays checked to belong together."""
    sizes = {"4": 4}
    found = {}
    for name, axes in AXES.items():
        array = found[name] = arrays[f"{number}/{name}"]
        kinds = KINDS.get(name, "f")
        if array.dtype.kind not in kinds or array.ndim != len(axes):
            raise ValueError(f"it holds {array.dtype} of shape {array.shape}: no such numbers.")
        for axis, length in zip(axes, array.shape, strict=True):
            if sizes.setdefault(axis, length) != length:
                raise ValueError(f"its shape {array.shape} does not fit the other arrays.")
    reading.at(f"layer {number}")
    bounds = {"samples": np.inf, "steps": settings["time_steps"], "units": sizes["h"]}
    for name, bound in bounds.items():
        if ((found[name] < 0) | (found[name] >= bound)).any():
            raise ValueError(f"its {name} are not numbered from 0 to less than {bound}.")
    if sizes["U"] != 4 * sizes["h"]:
        raise ValueError("its weights are not those of an LSTM.")
    plain: dict[str, Any] = {name: found[name] for name in (*ARRAYS, *INDICES)}
    for name, kind in TUPLES.items():
        plain[name] = kind(*(found[f"{name}/{key}"] for key in kind._fields))
    return LayerTrace(**settings, **plain)
