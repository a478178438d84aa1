"""What the functions of study ask of the model and the data that they are given."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..model import Model
from ..training.data import Data


def require_built(model: Model) -> None:
    """Raise ValueError for a model without weights: making them here would change it."""
    if not all(layer.built for layer in model.stacked):
        raise ValueError(
            f"Model '{model.name}' has no weights yet, so there is nothing to look into: begin it "
            "with Input((time_steps, features)), or train it first."
        )


def require_finite(data: Data) -> None:
    """Raise ValueError for NaN or inf in x or y: no derivative and no comparison survives them."""
    for name, array in named_arrays(data):
        if not np.isfinite(array).all():
            place = tuple(map(int, np.argwhere(~np.isfinite(array))[0]))
            raise ValueError(
                f"{name}{list(place)} is {array[place]}: nothing can be compared where numbers are "
                "not finite. Fill such entries or leave those samples out; for padding write "
                "another number, and put a Masking layer in front."
            )


def named_arrays(data: Data) -> Iterator[tuple[str, np.ndarray]]:
    """Inputs and targets; several of a kind are numbered as in the list that a model is given."""
    for name, arrays in (("x", data.xs), ("y", data.ys)):
        for position, array in enumerate(arrays):
            if array is not None:
                yield name if len(arrays) == 1 else f"{name}[{position}]", array


def require_one_batch(model: Model, data: Data) -> None:
    """Raise ValueError unless a stateful model can take all of x as one batch."""
    fixed = model.state_batch_size
    if fixed is not None and data.samples != fixed:
        raise ValueError(
            f"Here x is one batch, and this stateful model keeps states for {fixed} samples; x has "
            f"{data.samples}. Give x[:{fixed}]."
        )


def optional(module: str, extra: str) -> Any:
    """A library that only pictures or tables need. Raises ImportError that says how to get it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        name = module.partition(".")[0]
        raise ImportError(f"This needs {name}: {extra} installs it.") from error


def table(rows: Any, **options: Any) -> Any:
    """A pandas DataFrame."""
    return optional("pandas", "pip install pandas").DataFrame(rows, **options)
