"""What users hand over to this package, checked."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arguments import MOST, is_size, is_whole, shown
from ..arrays import converted


def as_series(series: Any, what: str = "series") -> np.ndarray:
    """A series as an array (values,) or (values, features). Raises ValueError for anything else."""
    array = converted(series, what, text=True)
    if array.ndim not in (1, 2) or array.dtype.kind not in "fiub" or not array.size:
        raise ValueError(
            f"{what} must be an array of numbers, (values,) for one feature or (values, features) "
            f"for several, and not empty; received shape {array.shape} of {array.dtype}."
        )
    return array


def as_count(number: Any, what: str) -> int:
    """A whole number of at least 1. Raises ValueError for anything else."""
    if not is_size(number):
        limit = f" The most is {MOST:,}." if is_whole(number) and number > MOST else ""
        raise ValueError(
            f"{what} must be a whole number, 1 or more; received {shown(number)}.{limit}"
        )
    return int(number)


def as_model(model: Any) -> Any:
    """A model of npslstm or Keras. Raises ValueError for anything else."""
    if isinstance(model, type) or not all(hasattr(model, name) for name in ("predict", "layers")):
        raise ValueError(
            f"model must be a trained model of npslstm or Keras; received {shown(model)} of type "
            f"{type(model).__name__}."
        )
    return model


def check_scaler(scaler: Any) -> None:
    """Raise ValueError unless it is None, or scales there and back."""
    if scaler is None:
        return
    if isinstance(scaler, type) or not all(
        callable(getattr(scaler, name, None)) for name in ("transform", "inverse_transform")
    ):
        raise ValueError(
            "scaler is an object with transform and inverse_transform, fitted on the training "
            f"data, such as scikit-learn's MinMaxScaler(); received {shown(scaler)}."
        )


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
