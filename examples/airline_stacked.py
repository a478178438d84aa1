"""Airline passengers: two LSTMs, one on top of the other, both with a memory between the batches.

What it teaches: stacking. The second LSTM needs a sequence to read, so the first returns its
output at every time step: return_sequences=True. Both keep a state, and both must be reset.

Source: J. Brownlee, Time Series Prediction with LSTM Recurrent Neural Networks in Python with
Keras, "Stacked LSTMs with Memory Between Batches". Published RMSE, thousands of passengers: train
20.49, test 56.35.
https://machinelearningmastery.com/time-series-prediction-lstm-recurrent-neural-networks-python-keras/
Median (range) over 20 seeds: train 22.6 (19.7 to 40.2), test 79.9 (51.1 to 152).
Put right: the tutorial's `range(len(dataset) - look_back - 1)` loses the last sample of each part.
Kept as it was: the samples overlap, so that the memory meets every month three times.
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

LOOK_BACK = 3


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
    model.add(nn.Input(batch_shape=(1, LOOK_BACK, 1)))
    model.add(nn.layers.LSTM(4, stateful=True, return_sequences=True))
    model.add(nn.layers.LSTM(4, stateful=True))
    model.add(nn.layers.Dense(1))
    model.compile(loss="mean_squared_error", optimizer="adam")
    return model


def reset_states(model):
    """The tutorial's model.reset_states(), which Keras 3 has only layer by layer."""
    for layer in model.layers:
        if getattr(layer, "stateful", False):
            layer.reset_state()


def train(model, x, y, epochs=100):
    for _ in range(epochs):
        model.fit(x, y, epochs=1, batch_size=1, shuffle=False, verbose=0)
        reset_states(model)


def draw(months, passengers, forecasts):
    """The series, and each forecast on the months it is for."""
    figure, axes = plt.subplots(figsize=(9, 5), layout="constrained")
    axes.plot(months, passengers, color="0.75", linewidth=4, label="passengers")
    for (name, forecast), line in zip(forecasts.items(), ("k--", "k-"), strict=True):
        axes.plot(months, forecast, line, linewidth=1.2, label=f"forecast, {name.lower()} months")
    axes.set_title("Two stateful LSTM(4), three months as time steps")
    axes.set(xlabel="month", ylabel="passengers (thousands a month)")
    axes.legend()
    picture = Path("out", "airline_stacked.png")
    picture.parent.mkdir(exist_ok=True)
    figure.savefig(picture, dpi=150)
    print(f"Picture: {picture}")
    return picture


def main(nn, seed=7, epochs=100):
    nn.utils.set_random_seed(seed)
    months, passengers, scaler, parts = data()
    model = build(nn)
    x, y, _ = parts["Train"]
    print(f"Training: {epochs} epochs of {len(x)} samples in order, state kept.")
    begin = time.perf_counter()
    train(model, x, y, epochs)
    seconds = time.perf_counter() - begin
    print(f"Trained in {seconds:.1f} s. RMSE in thousands of passengers a month:")
    forecasts, score, naive = {}, {}, {}
    for name, (x, _, start) in parts.items():
        reset_states(model)
        forecast = scaler.inverse_transform(model.predict(x, batch_size=1, verbose=0))[:, 0]
        actual = passengers[start : start + len(x)]
        forecasts[name] = align(forecast, start, len(passengers))
        score[name] = mean_squared_error(actual, forecast) ** 0.5
        naive[name] = naive_rmse(passengers, start, start + len(x))
        print(f"{name} Score: {score[name]:.2f} RMSE (naive forecast: {naive[name]:.2f})")
        lag = lag_of_best_correlation(actual, forecast, max_lag=3)
        month = {0: "the month it is for", 1: "the month before: it repeats its input"}
        print(f"The forecast resembles most the value of {month.get(lag, f'{lag} months before')}.")
    return {
        "program": "airline_stacked",
        "shows": "two layers of memory",
        "score": score,
        "published": {"Train": 20.49, "Test": 56.35},
        "naive": naive,
        "seconds": seconds,
        "picture": draw(months, passengers, forecasts),
    }


if __name__ == "__main__":
    main(importlib.import_module("keras" if "keras" in sys.argv else "npslstm"))
