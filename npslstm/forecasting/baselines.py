"""Forecasts that need no model. One that does not beat them has learned nothing of use.

Source: R. J. Hyndman and G. Athanasopoulos, Forecasting: Principles and Practice, third edition,
section 5.2, https://otexts.com/fpp3/simple-methods.html
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arguments import is_whole, plain, require_memory, shown
from .checks import as_count, as_series
from .scores import rmse


def naive(series: Any, steps: int) -> np.ndarray:
    """The naive forecast: each of the next `steps` values is like the last one.

    series: (values,) or (values, features). Returns (steps,) or (steps, features).
    """
    return seasonal_naive(series, 1, steps)


def seasonal_naive(series: Any, season: int, steps: int) -> np.ndarray:
    """The seasonal naive forecast: each of the next `steps` values is like that a season before.

    series: (values,) or (values, features). season: its length in values, 12 for months of a year;
    forecasts beyond one season repeat the last season. Returns (steps,) or (steps, features).
    Raises ValueError if the series is shorter than a season.
    """
    values = as_series(series)
    season, steps = as_count(season, "season"), as_count(steps, "steps")
    check_season(season, len(values))
    require_memory((steps, *values.shape[1:]), 8, f"A forecast of steps={steps}", "Write fewer.")
    return values[len(values) - season + np.arange(steps) % season]


def naive_rmse(series: Any, start: int, stop: int | None = None, season: int = 1) -> float:
    """The score to beat by a model that forecasts one value ahead.

    RMSE, in the units of the series, of forecasting each of the values start to stop - 1 by the one
    `season` values before it: 1 the naive, 12 for months the seasonal naive forecast.
    Raises ValueError if there is no value `season` before `start`.
    """
    values = as_series(series)
    season = as_count(season, "season")
    stop = len(values) if stop is None else stop
    for name, place in {"start": start, "stop": stop}.items():
        if not is_whole(plain(place)):
            raise ValueError(
                f"{name} is the number of a value, a whole number; received {shown(place)}."
            )
    if not season <= start < stop <= len(values):
        raise ValueError(
            f"Values {shown(start)} to {shown(stop - 1)} of a series of {len(values)} cannot all "
            f"be forecast by the values season={season} before them: start may be {season} to "
            f"{len(values) - 1}, stop start + 1 to {len(values)}."
        )
    return rmse(values[start:stop], values[start - season : stop - season])


def check_season(season: int, length: int) -> None:
    """Raise ValueError if a series of this length has no whole season."""
    if length < season:
        raise ValueError(
            f"A season has {season} values, the series only {length}: season must be shorter."
        )
