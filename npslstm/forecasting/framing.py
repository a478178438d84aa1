"""A series cut into samples for training, and forecasts put back where they belong."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ..arguments import is_whole, plain, require_memory, shown
from .checks import as_count, as_series


def windows(
    series: Any, look_back: int, horizon: int = 1, target: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Every run of `look_back` values, and the `horizon` values that follow it.

    series: (values,) or (values, features), oldest first. target: the feature to forecast, counted
    from 0; by default all of them.

    Returns:
        x: (samples, look_back, features). Sample i holds the values i to i + look_back - 1.
        y: (samples, horizon), or (samples, horizon, features) if several features are forecast.
            y[i, k] is the value number look_back + i + k of the series.

    There are values - look_back - horizon + 1 samples, so that the last value is the last target.
    Both arrays are copies, in the dtype of the series. For steps as features instead of time steps
    write x.reshape(samples, 1, -1). Raises ValueError if the series is too short for one sample.
    """
    table = as_series(series)
    table = table.reshape(len(table), -1)
    look_back, horizon = as_count(look_back, "look_back"), as_count(horizon, "horizon")
    samples = len(table) - look_back - horizon + 1
    if samples < 1:
        raise ValueError(
            f"A series of {len(table)} values is too short for look_back={look_back} and "
            f"horizon={horizon}: one sample alone takes {look_back + horizon}."
        )
    x = sliding_window_view(table[: samples + look_back - 1], look_back, axis=0)
    y = sliding_window_view(table[look_back:], horizon, axis=0)  # (samples, features, horizon)
    if target is not None:
        y = y[:, [check_target(target, table.shape[1])]]
    x, y = x.swapaxes(1, 2).copy(), y.swapaxes(1, 2).copy()
    return x, y[..., 0] if y.shape[2] == 1 else y


def check_target(target: Any, features: int) -> Any:
    """Raise ValueError if there is no such feature."""
    if not is_whole(plain(target)) or not 0 <= target < features:
        raise ValueError(
            f"target is the number of the feature to forecast, 0 to {features - 1} in a series of "
            f"{features}; received {shown(target)}."
        )
    return int(target)


def align(forecast: Any, start: int, length: int) -> np.ndarray:
    """A forecast in the places of the values that it is for, to be drawn over the series.

    forecast: (n,) or (n, features), of the values start to start + n - 1. With
    `x, y = windows(series[begin:], look_back)`, forecasts from x start at begin + look_back.
    length: number of values in the series.

    Returns floats of shape (length,) or (length, features), NaN where there is no forecast: NaN
    leaves a gap in a plot. Raises ValueError if the forecast does not fit in.
    """
    values = as_series(forecast, "forecast")
    if not is_whole(plain(start)):
        raise ValueError(
            f"start is the place of the first forecast, a whole number; received {shown(start)}."
        )
    length = as_count(length, "length")
    if start < 0 or start + len(values) > length:
        raise ValueError(
            f"A forecast of {len(values)} values from value number start={shown(start)} on takes "
            f"the places {shown(start)} to {shown(start + len(values) - 1)}, and length={length}: "
            f"a series of {length} values has places 0 to {length - 1}."
        )
    require_memory((length, *values.shape[1:]), 8, f"A series of length={length}", "Is it so long?")
    aligned = np.full((length, *values.shape[1:]), np.nan, np.result_type(values, np.float32))
    aligned[start : start + len(values)] = values
    return aligned
