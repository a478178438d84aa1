"""What layers check of what they are given, with messages that say what to write instead."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..identifiers import unknown_arguments

Shape = tuple[int | None, ...]


def declared_shape(kind: type, legacy: dict[str, Any]) -> Shape | None:
    """The batch shape that a first layer was given by Keras's older spellings, if any."""
    batch = legacy.pop("batch_size", None)
    shape = legacy.pop("batch_input_shape", None) or legacy.pop("batch_shape", None)
    if "input_shape" in legacy:
        shape = (batch, *legacy.pop("input_shape"))
    elif "input_dim" in legacy:
        # recurrent layers were given input_dim with input_length, the number of time steps
        steps = (legacy.pop("input_length", None),) if kind.__name__ == "LSTM" else ()
        shape = (batch, *steps, legacy.pop("input_dim"))
    if legacy:
        raise ValueError(unknown_arguments(kind, legacy))
    return None if shape is None else tuple(shape)


def check_mask(mask: Any, shape: tuple[int, ...]) -> np.ndarray:
    """A mask as (samples, time steps) of bool, for inputs of this shape."""
    array = np.asarray(mask)
    if array.shape != tuple(shape[:2]) or len(shape) < 3:
        raise ValueError(
            f"A mask has one entry for each time step of each sample: for inputs of shape {shape} "
            f"that is (samples, time steps) = {tuple(shape[:2])}; received shape {array.shape}."
        )
    return array.astype(np.bool_)


def check_units(units: Any, kind: str) -> int:
    """The number of units as an int. Raises ValueError unless it is a positive integer."""
    if isinstance(units, bool) or not isinstance(units, (int, np.integer)) or units <= 0:
        raise ValueError(
            f"{kind}(units) needs a positive integer, the number of units; received {units!r}. "
            f"Write for example {kind}(32)."
        )
    return int(units)


def as_share(share: Any, name: str) -> float:
    """A share from 0 to 1 as Keras takes it: cut to that range, here with a warning."""
    if not 0 <= share <= 1:
        warn(f"{name}={share!r} is the share that is dropped, from 0 to 1: it was cut to that.")
    return min(1.0, max(0.0, share))


def warn(message: str) -> None:
    """A UserWarning that points at the user's line."""
    warnings.warn(message, UserWarning, stacklevel=3)
