"""Airline passengers: a year beyond the data, recursive and direct.

What it teaches: how to forecast what has no data yet. Recursive: a model of one month ahead is fed
its own forecasts, twelve times; its errors add up. Direct: a model with twelve outputs forecasts
the whole year at once. 1960 is held out to see how good they are, and is then their past when they
forecast 1961. Both are compared with the seasonal naive forecast, the year before once more.

The models see twelve months, so that the same month of the last year is among them, and the
logarithm of the passengers, scaled to 0..1: a growth in percent is then a straight line. The
scaler has seen the training months alone, and npslstm.forecasting applies it on the way in and out.

RMSE of 1960, in thousands of passengers, median (range) over 20 seeds: recursive 44.9 (23.7 to
80.0), direct 40.5 (33.5 to 54.9). Seasonal naive: 50.7. The recursive one is a gamble.
Source of the terms: S. Ben Taieb et al., A review and comparison of strategies for multi-step ahead
time series forecasting, 2012. https://doi.org/10.1016/j.eswa.2012.01.039
"""

import importlib
import sys
import time
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler

from npslstm.datasets import airline_passengers
from npslstm.forecasting import direct_forecast, recursive_forecast, rmse, seasonal_naive, windows

YEAR = 12


def data():
    """The months, the passengers, the scaler, and the scaled months before 1960, (132, 1)."""
    months, passengers = airline_passengers.load_data()
    scaler = make_pipeline(FunctionTransformer(np.log, np.exp, check_inverse=False), MinMaxScaler())
    scaled = scaler.fit_transform(passengers[:-YEAR].reshape(-1, 1))
    return months, passengers, scaler, scaled


def build(nn, horizon=1):
    model = nn.Sequential()
    model.add(nn.Input(shape=(YEAR, 1)))
    model.add(nn.layers.LSTM(32))
    model.add(nn.layers.Dense(horizon))
    model.compile(loss="mean_squared_error", optimizer="adam")
    return model


def train(model, x, y, epochs=500):
    model.fit(x, y, epochs=epochs, batch_size=8, verbose=0)


def forecast(models, history, scaler):
    """The year after the history, by each strategy, in thousands of passengers a month."""
    return {
        "Recursive": recursive_forecast(models["Recursive"], history, YEAR, scaler=scaler),
        "Direct": direct_forecast(models["Direct"], history, scaler=scaler),
        "Seasonal naive": seasonal_naive(history, YEAR, YEAR),
    }


def draw(months, passengers, years):
    """The last years, and every forecast: of the held-out year, and of the year beyond the data."""
    figure, axes = plt.subplots(figsize=(9, 5), layout="constrained")
    shown = slice(-3 * YEAR, None)
    axes.plot(months[shown], passengers[shown], color="0.75", linewidth=5, label="passengers")
    styles = {"Recursive": "ko-", "Direct": "ks--", "Seasonal naive": "k:"}
    for first, forecasts in years.items():
        for name, values in forecasts.items():
            label = name.lower() if first == min(years) else None
            axes.plot(first + np.arange(YEAR), values, styles[name], ms=4, lw=1.2, label=label)
        axes.axvline(first - np.timedelta64(15, "D"), color="0.5", linewidth=0.8)
    axes.set_title("1960 was held out; 1961 is beyond the data")
    axes.set(xlabel="month", ylabel="passengers (thousands a month)")
    axes.legend(loc="upper left")
    picture = Path("out", "forecast_a_year.png")
    picture.parent.mkdir(exist_ok=True)
    figure.savefig(picture, dpi=150)
    print(f"Picture: {picture}")
    return picture


def main(nn, seed=7, epochs=500):
    nn.utils.set_random_seed(seed)
    months, passengers, scaler, scaled = data()
    models = {"Recursive": build(nn), "Direct": build(nn, horizon=YEAR)}
    start = time.perf_counter()
    for model, horizon in zip(models.values(), (1, YEAR), strict=True):
        train(model, *windows(scaled, YEAR, horizon), epochs)
    seconds = time.perf_counter() - start
    print(f"Trained two models, {epochs} epochs each, in {seconds:.1f} s.")
    held_out = forecast(models, passengers[:-YEAR], scaler)
    beyond = forecast(models, passengers, scaler)
    score = {name: rmse(passengers[-YEAR:], values) for name, values in held_out.items()}
    for name, error in score.items():
        print(f"1960, {name.lower()}: {error:.2f} RMSE, in thousands of passengers a month")
    january = months[-1] + 1
    for i, (recursive, direct, _) in enumerate(zip(*beyond.values(), strict=True)):
        print(f"{january + i}: recursive {recursive:.0f}, direct {direct:.0f}")
    naive = score.pop("Seasonal naive")
    return {
        "program": "forecast_a_year",
        "shows": "a year ahead, step by step or at once",
        "score": score,
        "published": {},
        "naive": dict.fromkeys(score, naive),
        "seconds": seconds,
        "picture": draw(months, passengers, {january - YEAR: held_out, january: beyond}),
    }


if __name__ == "__main__":
    main(importlib.import_module("keras" if "keras" in sys.argv else "npslstm"))
