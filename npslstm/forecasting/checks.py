"""What users hand over to this package, checked."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np


def as_series(series: Any, what: str = "series") -> np.ndarray:
    """A series as an array (values,) or (values, features). Raises ValueError for anything else."""
    array = np.asarray(series)
    if array.ndim not in (1, 2) or array.dtype.kind not in "fiub" or not array.size:
        raise ValueError(
            f"{what} must be an array of numbers, (values,) for one feature or (values, features) "
            f"for several, and not empty; received shape {array.shape} of {array.dtype}."
        )
    return array


def as_count(number: Any, what: str) -> int:
    """A whole number of at least 1. Raises ValueError for anything else."""
    try:
        count = operator.index(number)
    except TypeError:
        count = 0
    if count < 1:
        raise ValueError(f"{what} must be a whole number, 1 or more; received {number!r}.")
    return count


def as_pair(actual: Any, forecast: Any) -> tuple[np.ndarray, np.ndarray]:
    """Two series of one shape. Raises ValueError if they are not."""
    actual, forecast = as_series(actual, "actual"), as_series(forecast, "forecast")
    if actual.shape != forecast.shape:
        # NumPy would compare each of n values with each of n forecasts, and no error would tell.
        raise ValueError(
            f"actual and forecast must have one shape; received {actual.shape} and "
            f"{forecast.shape}. A model's output (samples, 1) is compared as forecast[:, 0]."
        )
    return actual.astype(np.float64), forecast.astype(np.float64)
