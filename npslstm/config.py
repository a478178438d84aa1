"""Settings of the whole package: the float type of new arrays and the guard against dividing by 0.

Both may be changed at any time; a layer or optimizer takes the value that holds when it is made.
"""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

import numpy as np

FLOAT_TYPES = ("float32", "float64")

_floatx = "float32"
_epsilon = 1e-7


def floatx() -> str:
    """Name of the float type that new weights and outputs have: 'float32' or 'float64'."""
    return _floatx


def set_floatx(value: str) -> None:
    """Choose the float type of everything made from now on.

    float32 is fast and what Keras uses; float64 is for checking gradients by finite differences.
    Raises ValueError for any other name.
    """
    global _floatx
    if not isinstance(value, str) or value not in FLOAT_TYPES:
        raise ValueError(
            f"The float type must be 'float32' or 'float64'; received {value!r}. "
            "Write set_floatx('float32') or set_floatx('float64')."
        )
    _floatx = value


def epsilon() -> float:
    """The small number added to, or compared with, a quantity that may be zero (1e-7)."""
    return _epsilon


def set_epsilon(value: float) -> None:
    """Choose the value of `epsilon()`. Raises ValueError unless it is a finite number >= 0."""
    global _epsilon
    if not isinstance(value, Real) or not math.isfinite(value) or value < 0:
        raise ValueError(
            f"epsilon must be a finite number that is not negative; received {value!r}. "
            "Write, for example, set_epsilon(1e-7)."
        )
    _epsilon = float(value)


def backend() -> str:
    """Name of the engine that computes: always 'npslstm'."""
    return "npslstm"


def standardize_dtype(dtype: Any = None) -> np.dtype:
    """The NumPy dtype meant by `dtype`: a name, a NumPy type or dtype, or None for `floatx()`.

    Python's own `float` also means `floatx()`. Raises ValueError for all but float32 and float64.
    """
    if dtype is None or dtype is float:
        return np.dtype(_floatx)
    try:
        standard = np.dtype(dtype)
    except TypeError:
        standard = None
    # Compare by name: a dtype of the other byte order is equal to neither.
    if standard is None or standard.name not in FLOAT_TYPES or not standard.isnative:
        raise ValueError(
            f"Weights and outputs are float32 or float64; received dtype={dtype!r}. "
            f"Write dtype='float32' or dtype='float64', or leave it out for {_floatx}."
        )
    return standard
