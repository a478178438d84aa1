"""Airline passengers: this month's number in, next month's number out.

What it teaches: an LSTM's input has three dimensions, (samples, time steps, features). Here a
sample is one month (1 time step) with one number (1 feature). The state starts from zero in every
sample, so the network has no past to remember, and learns little but to repeat its input:
compare its scores with those of the naive forecast, next month = this month.

Source: J. Brownlee, Time Series Prediction with LSTM Recurrent Neural Networks in Python with
Keras, its first program. Published RMSE, in thousands of passengers: train about 23, test about 49.
The scores vary with the seed: train 22.9 to 23.1, test 49 to 52 over four seeds of Keras 3.15.
https://machinelearningmastery.com/time-series-prediction-lstm-recurrent-neural-networks-python-keras/

Put right: the page's `range(len(dataset) - look_back - 1)` leaves out the last sample of each part.
Kept as on the page: the scaler has seen the test months too, which a real forecast could not.
"""

import importlib
import sys
import time
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.metrics import mean_squared_error
from sklearn.preprocessing import MinMaxScaler

from npslstm.datasets import airline_passengers

LOOK_BACK = 1


def windows(values, months):
    """Every run of LOOK_BACK values, the value that follows it, and the month of that value."""
    runs = [values[i : i + LOOK_BACK] for i in range(len(values) - LOOK_BACK)]
    return np.array(runs), values[LOOK_BACK:], months[LOOK_BACK:]


def data():
    """The series, the scaler to 0..1, and x, y, months of the first 67 % and of the last 33 %."""
    frame = pd.read_csv(airline_passengers.path(), index_col="Month", parse_dates=["Month"])
    series = frame["Passengers"].astype("float32")
    scaler = MinMaxScaler()
    scaled = scaler.fit_transform(series.to_numpy().reshape(-1, 1))
    split = int(len(series) * 0.67)
    train = windows(scaled[:split], series.index[:split])
    test = windows(scaled[split:], series.index[split:])
    return series, scaler, {"Train": train, "Test": test}


def build(nn):
    model = nn.Sequential()
    model.add(nn.Input(shape=(LOOK_BACK, 1)))
    model.add(nn.layers.LSTM(4))
    model.add(nn.layers.Dense(1))
    model.compile(loss="mean_squared_error", optimizer="adam")
    return model


def train(model, x, y, epochs=100):
    model.fit(x, y, epochs=epochs, batch_size=1, verbose=0)


def draw(series, forecasts):
    """The series, and each forecast on the months it is for."""
    figure, axes = plt.subplots(figsize=(9, 5), layout="constrained")
    axes.plot(series, color="0.75", linewidth=4, label="passengers")
    for (name, forecast), line in zip(forecasts.items(), ("k--", "k-"), strict=True):
        axes.plot(forecast, line, linewidth=1.2, label=f"forecast, {name.lower()} months")
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
    series, scaler, parts = data()
    model = build(nn)
    x, y, _ = parts["Train"]
    print(f"Training: {epochs} epochs of {len(x)} samples, one a batch.")
    start = time.perf_counter()
    train(model, x, y, epochs)
    seconds = time.perf_counter() - start
    print(f"Trained in {seconds:.1f} s. RMSE in thousands of passengers a month:")
    forecasts, score, naive = {}, {}, {}
    for name, (x, _, months) in parts.items():
        forecast = scaler.inverse_transform(model.predict(x, verbose=0))[:, 0]
        forecasts[name] = pd.Series(forecast, months)
        actual = series[months]
        score[name] = mean_squared_error(actual, forecast) ** 0.5
        naive[name] = mean_squared_error(actual, series.shift(1)[months]) ** 0.5
        print(f"{name} Score: {score[name]:.2f} RMSE (naive forecast: {naive[name]:.2f})")
    return {
        "program": "airline_regression",
        "shows": "one month in, next month out",
        "score": score,
        "published": {"Train": 23, "Test": 49},
        "naive": naive,
        "seconds": seconds,
        "picture": draw(series, forecasts),
    }


if __name__ == "__main__":
    main(importlib.import_module("keras" if "keras" in sys.argv else "npslstm"))
