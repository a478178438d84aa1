"""Settings of the whole package: the float type of new arrays and the guard against dividing by 0.

Both may be changed at any time; a layer or optimizer takes the value that holds when it is made.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .arguments import real_number, shown, whole_number

FLOAT_TYPES = ("float32", "float64")

_floatx = "float32"
_epsilon = 1e-7
_program_memory = 256 * 2**20


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
            f"value: the float type must be 'float32' or 'float64'; received {shown(value)}. "
            "Write set_floatx('float32') or set_floatx('float64')."
        )
    _floatx = value


def epsilon() -> float:
    """The small number added to, or compared with, a quantity that may be zero (1e-7)."""
    return _epsilon


def set_epsilon(value: float) -> None:
    """Choose the value of `epsilon()`. Raises ValueError unless it is a finite number >= 0."""
    global _epsilon
    _epsilon = real_number(value, "value", "set_epsilon", low=0, example=1e-7)


def program_memory() -> int:
    """Bytes that the idle buffers of one model, or of a layer called by itself, may take."""
    return _program_memory


def set_program_memory(size: int) -> None:
    """Choose how many bytes of buffers a model keeps for later calls (256 MB by default).

    A model keeps buffers for each shape of batch that it has seen lately, so that the next such
    call begins at once; those of the latest shape stay in any case. 0 keeps no others. Raises
    ValueError unless size is a whole number that is not negative.
    """
    global _program_memory
    _program_memory = whole_number(size, "size", "set_program_memory", 0, 2**62)


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
        standard = np.dtype(dtype) if isinstance(dtype, (str, type, np.dtype)) else None
    except Exception:  # NumPy asks the object itself
        standard = None
    # Compare by name: a dtype of the other byte order is equal to neither.
    if standard is None or standard.name not in FLOAT_TYPES or not standard.isnative:
        raise ValueError(
            f"Weights and outputs are float32 or float64; received dtype={shown(dtype)}. "
            f"Write dtype='float32' or dtype='float64', or leave it out for {_floatx}."
        )
    return standard
