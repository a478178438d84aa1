"""Initializers that do not draw: zeros, ones, a given value, the identity matrix."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from npslstm.arguments import real_number
from npslstm.arrays import as_array
from npslstm.config import standardize_dtype
from npslstm.identifiers import serialize
from npslstm.initializers.base import Initializer, standardize_shape

NUMBERS = (
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16",
    "float32", "float64",
)  # fmt: skip


class Zeros(Initializer):
    """All values 0."""

    def __call__(self, shape: Iterable[int], dtype: Any = None) -> np.ndarray:
        """A new array of zeros."""
        return np.zeros(standardize_shape(shape), standardize_dtype(dtype))


class Ones(Initializer):
    """All values 1."""

    def __call__(self, shape: Iterable[int], dtype: Any = None) -> np.ndarray:
        """A new array of ones."""
        return np.ones(standardize_shape(shape), standardize_dtype(dtype))


class Constant(Initializer):
    """All values `value`; an array, such as a ready embedding matrix, is broadcast to the shape."""

    def __init__(self, value: Any = 0.0) -> None:
        array = as_array(value, "value")
        self.value = value if isinstance(value, (int, float, list, tuple)) else array.copy()

    def __call__(self, shape: Iterable[int], dtype: Any = None) -> np.ndarray:
        """A new array filled with the value. Raises ValueError if that does not fit `shape`."""
        shape = standardize_shape(shape)
        filled = np.empty(shape, standardize_dtype(dtype))
        try:
            filled[...] = self.value
        except ValueError as error:
            raise ValueError(
                f"Constant's value has the shape {np.shape(self.value)} and the weight {shape}. "
                "Give one number, or an array of the weight's shape."
            ) from error
        return filled

    def get_config(self) -> dict[str, Any]:
        """`value`; an array is written as a list with its dtype."""
        return {"value": serialize(self.value)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Constant:
        """A new Constant from the dict that `get_config` returned."""
        value = config.get("value", 0.0)
        if isinstance(value, dict):
            value = np.array(value["config"]["value"], checked_dtype(value["config"]["dtype"]))
        return cls(value)


def checked_dtype(name: Any) -> np.dtype:
    """The dtype of a described array. Raises ValueError unless it is one of plain numbers."""
    if not isinstance(name, str) or name not in NUMBERS:
        raise ValueError(
            f"The dtype of a described array is one of {', '.join(NUMBERS)}; received {name!r}."
        )
    return np.dtype(name)


class Identity(Initializer):
    """`gain` on the diagonal of a matrix, which need not be square, and 0 elsewhere."""

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = real_number(gain, "gain", "Identity")

    def __call__(self, shape: Iterable[int], dtype: Any = None) -> np.ndarray:
        """A new matrix. Raises ValueError unless `shape` has two axes."""
        shape = standardize_shape(shape)
        if len(shape) != 2:
            raise ValueError(
                f"Identity makes matrices, shape (rows, columns); received shape={shape}."
            )
        return self.gain * np.eye(*shape, dtype=standardize_dtype(dtype))

    def get_config(self) -> dict[str, Any]:
        """`gain`."""
        return {"gain": self.gain}
