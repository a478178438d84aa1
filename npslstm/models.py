"""Models, and the reading of their files, under the name of Keras's module."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .arguments import flag
from .model import Model
from .sequential import Sequential

__all__ = ["Model", "Sequential", "load_model"]


def load_model(
    filepath: Any,
    custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
) -> Model:
    """The model that `model.save` has written to a `.keras` file, here or in Keras.

    custom_objects: {name: class} for layers of one's own, {name: cell} for cells, {name: function}
    for losses and metrics. compile: whether to compile as the file says, the optimizer where it
    stopped. safe_mode is Keras's and
    changes nothing: no code is ever read from files. Raises ValueError for a missing file, for
    layers that are not known here, and for weights that do not fit.
    """
    from . import saving

    flag(safe_mode, "safe_mode", "load_model")
    return saving.load_model((Sequential, Model), filepath, custom_objects, compile)
