"""Forecasting time series: from a series to windows, from a model to forecasts, and their scores.

    x, y = windows(series, look_back=12)
    model.fit(x, y, ...)
    forecast = recursive_forecast(model, series, steps=12)
    rmse(actual, forecast), rmse(actual, seasonal_naive(series, season=12, steps=12))

A series is an array (values,) of one feature or (values, features) of several, oldest value first.
"""

from .baselines import naive, naive_rmse, seasonal_naive
from .forecasts import direct_forecast, recursive_forecast
from .framing import align, windows
from .scores import correlations, lag_of_best_correlation, mae, mase, rmse

__all__ = [
    "align", "correlations", "direct_forecast", "lag_of_best_correlation", "mae", "mase", "naive",
    "naive_rmse", "recursive_forecast", "rmse", "seasonal_naive", "windows",
]  # fmt: skip
