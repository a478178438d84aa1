"""Airline passengers: this month's number in, next month's number out.

What it teaches: an LSTM's input has three dimensions, (samples, time steps, features). Here a
sample is one month (1 time step) with one number (1 feature). The state starts from zero in every
sample, so the network has no past to remember, and learns little but to repeat its input. Two
numbers tell: the score of the naive forecast, next month = this month, and the lag at which the
forecast is most like the series. A lag of 1 is a forecast that comes a month late.

Source: J. Brownlee, Time Series Prediction with LSTM Recurrent Neural Networks in Python with
Keras, its first program. Published RMSE, in thousands of passengers: train about 23, test about 49.
https://machinelearningmastery.com/time-series-prediction-lstm-recurrent-neural-networks-python-keras/
Median (range) over 20 seeds: train 23.1 (22.7 to 25.8), test 49.7 (47.4 to 56.3).
Put right: the tutorial's `range(len(dataset) - look_back - 1)` loses the last sample of each part,
and the places in its plot fit that mistake alone; `align` puts every forecast on its own month.
Kept as it was: the scaler has seen the test months too, which a real forecast could not.
"""

import importlib
import sys
import time
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from sklearn.metrics import mean_squared_error
from sklearn.preprocessing import MinMaxScaler

from npslstm.datasets import airline_passengers
from npslstm.forecasting import align, lag_of_best_correlation, naive_rmse, windows

LOOK_BACK = 1


def data():
    """Months, passengers, the scaler to 0..1; x, y, first month forecast of the 67 % and 33 %."""
    series = pd.read_csv(airline_passengers.path(), index_col="Month", parse_dates=["Month"])
    months, passengers = series.index, series["Passengers"].to_numpy("float32")
    scaler = MinMaxScaler()
    scaled = scaler.fit_transform(passengers.reshape(-1, 1))
    split = int(len(passengers) * 0.67)
    parts = {}
    for name, begin, end in (("Train", 0, split), ("Test", split, len(passengers))):
        x, y = windows(scaled[begin:end], LOOK_BACK)
        parts[name] = x, y, begin + LOOK_BACK
    return months, passengers, scaler, parts


def build(nn):
    model = nn.Sequential()
    model.add(nn.Input(shape=(LOOK_BACK, 1)))
    model.add(nn.layers.LSTM(4))
    model.add(nn.layers.Dense(1))
    model.compile(loss="mean_squared_error", optimizer="adam")
    return model


def train(model, x, y, epochs=100):
    model.fit(x, y, epochs=epochs, batch_size=1, verbose=0)


def draw(months, passengers, forecasts):
    """The series, and each forecast on the months it is for."""
    figure, axes = plt.subplots(figsize=(9, 5), layout="constrained")
    axes.plot(months, passengers, color="0.75", linewidth=4, label="passengers")
    for (name, forecast), line in zip(forecasts.items(), ("k--", "k-"), strict=True):
        axes.plot(months, forecast, line, linewidth=1.2, label=f"forecast, {name.lower()} months")
    axes.set_title("LSTM(4), one month as input")
    axes.set(xlabel="month", ylabel="passengers (thousands a month)")
    axes.legend()
    picture = Path("out", "airline_regression.png")
    picture.parent.mkdir(exist_ok=True)
    figure.savefig(picture, dpi=150)
    print(f"Picture: {picture}")
    return picture


def main(nn, seed=7, epochs=100):
    nn.utils.set_random_seed(seed)
    months, passengers, scaler, parts = data()
    model = build(nn)
    x, y, _ = parts["Train"]
    print(f"Training: {epochs} epochs of {len(x)} samples, one a batch.")
    print(f"The tutorial's range would make {len(x) - 1} samples of them and lose the last month.")
    begin = time.perf_counter()
    train(model, x, y, epochs)
    seconds = time.perf_counter() - begin
    print(f"Trained in {seconds:.1f} s. RMSE in thousands of passengers a month:")
    forecasts, score, naive = {}, {}, {}
    for name, (x, _, start) in parts.items():
        forecast = scaler.inverse_transform(model.predict(x, verbose=0))[:, 0]
        actual = passengers[start : start + len(x)]
        forecasts[name] = align(forecast, start, len(passengers))
        score[name] = mean_squared_error(actual, forecast) ** 0.5
        naive[name] = naive_rmse(passengers, start, start + len(x))
        print(f"{name} Score: {score[name]:.2f} RMSE (naive forecast: {naive[name]:.2f})")
        lag = lag_of_best_correlation(actual, forecast, max_lag=3)
        month = {0: "the month it is for", 1: "the month before: it repeats its input"}
        print(f"The forecast resembles most the value of {month.get(lag, f'{lag} months before')}.")
    return {
        "program": "airline_regression",
        "shows": "one month in, next month out",
        "score": score,
        "published": {"Train": 23, "Test": 49},
        "naive": naive,
        "seconds": seconds,
        "picture": draw(months, passengers, forecasts),
    }


if __name__ == "__main__":
    main(importlib.import_module("keras" if "keras" in sys.argv else "npslstm"))
