"""What layers check of what they are given, with messages that say what to write instead."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..arguments import MOST, flag, is_size, real_number, shown, whole_number
from ..arrays import MOST_AXES, as_array
from ..identifiers import unknown_arguments

OLDER = ("batch_size", "batch_input_shape", "batch_shape", "input_shape", "input_dim")

Shape = tuple[int | None, ...]


def declared_shape(kind: type, legacy: dict[str, Any]) -> Shape | None:
    """The batch shape that a first layer was given by Keras's older spellings, if any."""
    given = {name: legacy.pop(name) for name in OLDER if legacy.get(name) is not None}
    for name in OLDER:
        legacy.pop(name, None)
    # recurrent layers were given input_dim with input_length, the number of time steps
    steps = legacy.pop("input_length", None) if kind.__name__ == "LSTM" else None
    if legacy:
        raise ValueError(unknown_arguments(kind, legacy))
    given["input_length"] = steps
    batch, features, steps = (
        None if given.get(name) is None else whole_number(given[name], name, kind.__name__)
        for name in ("batch_size", "input_dim", "input_length")
    )
    for name in ("batch_input_shape", "batch_shape"):
        if name in given:
            return checked_shape(given[name], name)
    if "input_shape" in given:
        return (batch, *checked_shape(given["input_shape"], "input_shape"))
    if features is not None:
        return (batch, steps, features) if kind.__name__ == "LSTM" else (batch, features)
    return None


def checked_shape(shape: Any, name: str) -> Shape:
    """A shape as a tuple of positive integers, None for any size. Raises ValueError if it is not
    one."""
    if not isinstance(shape, (tuple, list)):
        raise ValueError(
            f"{name}: a shape is a tuple, (time_steps, features) for sequences; received "
            f"{shown(shape)}. Write for example Input(shape=({shown(shape)}, 1)) for "
            f"{shown(shape)} time steps of one feature."
        )
    if len(shape) > MOST_AXES or not all(axis is None or is_size(axis) for axis in shape):
        raise ValueError(
            f"{name}: every axis of a shape is a positive integer up to {MOST:,}, or None; "
            f"received {shown(shape)}."
        )
    return tuple(None if axis is None else int(axis) for axis in shape)


def in_training(training: Any) -> bool:
    """The `training` of a call; None, as Keras has it, for False."""
    if training is None or training is False:
        return False
    return flag(training, "training", "A call")


def check_mask(mask: Any, shape: tuple[int, ...]) -> np.ndarray:
    """A mask as (samples, time steps) of bool, for inputs of this shape."""
    array = as_array(mask, "mask")
    if array.shape != tuple(shape[:2]) or len(shape) < 3:
        raise ValueError(
            f"mask: a mask has one entry for each time step of each sample: for inputs of shape "
            f"{shape} that is (samples, time steps) = {tuple(shape[:2])}; received shape "
            f"{array.shape}."
        )
    return array.astype(np.bool_)


def check_units(units: Any, kind: str) -> int:
    """The number of units as an int. Raises ValueError unless it is a positive integer."""
    if not is_size(units):
        raise ValueError(
            f"{kind}(units) needs a positive integer, the number of units, up to {MOST:,}; "
            f"received {shown(units)}. "
            f"Write for example {kind}(32)."
        )
    return int(units)


def as_share(share: Any, name: str) -> float:
    """A share from 0 to 1 as Keras takes it: cut to that range, here with a warning."""
    if share is False:  # nothing is dropped
        return 0.0
    share = real_number(share, name, "LSTM", finite=False, example=0.2, error=TypeError)
    if not 0 <= share <= 1:
        warn(f"{name}={share:g} is the share that is dropped, from 0 to 1: it was cut to that.")
    return min(1.0, max(0.0, share))


def warn(message: str) -> None:
    """A UserWarning that points at the user's line."""
    warnings.warn(message, UserWarning, stacklevel=3)
