"""How good a forecast is. All scores are one number over all values; 0 is a perfect forecast.

Source: R. J. Hyndman and G. Athanasopoulos, Forecasting: Principles and Practice, third edition,
section 5.8, https://otexts.com/fpp3/accuracy.html
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .checks import as_count, as_pair, as_series


def rmse(actual: Any, forecast: Any) -> float:
    """Root mean squared error, in the units of the data. Raises ValueError unless shapes agree."""
    actual, forecast = as_pair(actual, forecast)
    return float(np.sqrt(np.mean((actual - forecast) ** 2)))


def mae(actual: Any, forecast: Any) -> float:
    """Mean absolute error, in the units of the data. Raises ValueError unless shapes agree."""
    actual, forecast = as_pair(actual, forecast)
    return float(np.mean(np.abs(actual - forecast)))


def mase(actual: Any, forecast: Any, history: Any, season: int = 1) -> float:
    """Mean absolute scaled error, without units: below 1 is better than the naive forecast.

    The mean absolute error over that of forecasting each value of `history`, the training data, by
    the one `season` values before it. Raises ValueError if the history is not longer than a season
    or repeats itself exactly.
    Source: R. J. Hyndman and A. B. Koehler, Another look at measures of forecast accuracy, 2006,
    https://doi.org/10.1016/j.ijforecast.2006.03.001
    """
    error = mae(actual, forecast)
    past, season = as_series(history, "history"), as_count(season, "season")
    if len(past) <= season:
        raise ValueError(
            f"history has {len(past)} values; at least {season + 1} are needed for season={season}."
        )
    scale = mae(past[season:], past[:-season])
    if scale == 0:
        raise ValueError(
            f"Each value of history equals the one {season} before: the naive forecast makes no "
            "error that others could be compared with."
        )
    return error / scale


def correlations(actual: Any, forecast: Any, max_lag: int) -> np.ndarray:
    """Correlation of the forecast with the actual values 0, 1, ... max_lag places before it.

    actual, forecast: (values,). Returns (max_lag + 1,), each from -1 to 1, all computed from the
    same forecasts, which leave out the first max_lag. Raises ValueError if fewer than two are left,
    and where forecasts or actual values do not vary.
    """
    actual, forecast = as_pair(actual, forecast)
    max_lag, n = as_count(max_lag, "max_lag"), len(actual)
    if actual.ndim != 1:
        raise ValueError(
            f"Correlations are of one feature; received {actual.shape}: write actual[:, 0]."
        )
    if n - max_lag < 2:
        raise ValueError(f"max_lag={max_lag} needs {max_lag + 2} values or more; there are {n}.")
    shifted = [actual[max_lag - lag : n - lag] for lag in range(max_lag + 1)]
    rows = np.array([forecast[max_lag:], *shifted])
    if np.any(np.ptp(rows, axis=1) == 0):
        raise ValueError("Values that do not vary have no correlation with anything.")
    return np.corrcoef(rows)[0, 1:]


def lag_of_best_correlation(actual: Any, forecast: Any, max_lag: int) -> int:
    """By how many places the forecast lags behind the actual values, 0 to max_lag.

    actual, forecast: (values,). The lag at which their correlation is largest. A useful forecast
    has 0; 1 says of a model that forecasts one value ahead that it does little but repeat its
    input. Raises ValueError as `correlations` does.
    """
    return int(np.argmax(correlations(actual, forecast, max_lag)))
