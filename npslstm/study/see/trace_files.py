"""Files of traces: an .npz with the arrays of each layer, and the rest as JSON in `about`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from ... import cells
from ...bundles import State, Weights
from ...files import descriptions
from ...files.arrays import Npz
from ...files.reading import Reading, opened
from ...files.writing import replacing
from .layer_trace import ARRAYS, LayerTrace

INDICES = ("samples", "steps", "units")
TUPLES: dict[str, Any] = {"before": State, "after": State, "weights": Weights}
SETTINGS: dict[str, type] = {
    "name": str, "time_steps": int, "activation": str, "recurrent_activation": str,
    "go_backwards": bool,
}  # fmt: skip
ABOUT: dict[str, type] = {"layers": list, "batch_size": int, "stateful": bool}

# The axes of each array: samples, steps and units that were kept, gates, features, all units.
AXES = {
    "x": "nsf", "mask": "ns", "z": "nsgu", "gates": "nsgu", "c": "nsu", "a": "nsu", "h": "nsu",
    "samples": "n", "steps": "s", "units": "u", "before/h": "nu", "before/c": "nu",
    "after/h": "nu", "after/c": "nu", "weights/W": "fU", "weights/U": "hU", "weights/b": "U",
    "weights/p": "p",
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
    settings = [
        {name: getattr(layer, name) for name in SETTINGS}
        | {"cell": layer.cell.name, "gates": layer.cell.gates}
        for layer in layers
    ]
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
            cell = cell_of(settings)
            settings = checked(settings, SETTINGS)
            layers.append(layer_of(arrays, number, settings, cell, reading))
    return layers, about["batch_size"], about["stateful"]


def cell_of(settings: Any) -> cells.Cell:
    """The layer's cell, which is taken out of its settings. Files of older versions name none."""
    settings = settings if isinstance(settings, dict) else {}
    name, gates = settings.pop("cell", "lstm"), settings.pop("gates", "ifgo")
    if not isinstance(name, str) or name not in cells.KNOWN:
        raise ValueError(
            f"its cell is {name!r}, which is not known here: write npslstm.cells.register(cell) "
            "before."
        )
    if cells.KNOWN[name].gates != gates:
        raise ValueError(
            f"its cell '{name}' had the gates {gates!r}; the one known here by that name has "
            f"{cells.KNOWN[name].gates!r}."
        )
    return cells.KNOWN[name]


def checked(settings: Any, kinds: dict[str, type]) -> dict[str, Any]:
    """The settings. Raises ValueError unless they are those, each of its kind."""
    if not isinstance(settings, dict) or set(settings) != set(kinds):
        raise ValueError(f"its description should hold {', '.join(kinds)}.")
    for name, kind in kinds.items():
        if type(settings[name]) is not kind:
            raise ValueError(f"{name} is of type {kind.__name__}; here is {settings[name]!r}.")
    return settings


def layer_of(
    arrays: Npz, number: int, settings: dict[str, Any], cell: cells.Cell, reading: Reading
) -> LayerTrace:
    """One layer's trace, its arrays checked to belong together."""
    sizes = {"g": len(cell.gates)}
    found: dict[str, Any] = {}
    for name, axes in AXES.items():
        key = f"{number}/{name}"
        older = name == "weights/p" and key not in arrays  # before there were other cells
        array = found[name] = np.zeros(0, found["weights/b"].dtype) if older else arrays[key]
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
    if (sizes["U"], sizes["p"]) != (len(cell.gates) * sizes["h"], len(cell.own) * sizes["h"]):
        raise ValueError(f"its weights are not those of an LSTM with the cell '{cell.name}'.")
    plain: dict[str, Any] = {name: found[name] for name in (*ARRAYS, *INDICES)}
    for name, kind in TUPLES.items():
        plain[name] = kind(*(found[f"{name}/{key}"] for key in kind._fields))
    return LayerTrace(**settings, **plain, cell=cell)
