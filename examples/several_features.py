"""A driven pendulum: three quantities in, two quantities out.

What it teaches: several input features, several outputs, each with its own unit. The angle (rad)
and the speed (rad/s) of a pendulum a quarter of a second ahead are forecast from two seconds of
angle, speed and the motor's torque: input (samples, 8, 3), output (samples, 2). The torque jumps at
random, so it helps to be told; nobody wants it forecast, so it is no output. The same network
without the torque shows what the third feature is worth.

Every feature is scaled by its own mean and deviation, or the one with large numbers would rule the
loss. To go back to radians the outputs need the scale of their own columns alone.

RMSE, median over 20 seeds: angle 0.017 rad, speed 0.010 rad/s; without the torque 0.024 and 0.130.
Source: angle'' = -sin(angle) - 0.2 angle' + torque, integrated here in small steps, by
symplectic Euler: https://en.wikipedia.org/wiki/Semi-implicit_Euler_method
"""

import importlib
import sys
import time
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.preprocessing import StandardScaler

from npslstm.forecasting import naive_rmse, rmse, windows

LOOK_BACK, INTERVAL, TRAINING = 8, 0.25, 1600  # values, seconds between two, values to train with
OUTPUTS = {"Angle, rad": 0, "Speed, rad/s": 1}  # quantity: its column


def data(length=2000, steps=25):
    """The pendulum (2000, 3), angle, speed and torque every quarter of a second, and its scaler."""
    torques = np.random.default_rng(0).normal(scale=0.5, size=length)
    angle = speed = 0.0
    table = np.empty((length, 3), "float32")
    for row, torque in zip(table, torques, strict=True):
        row[:] = angle, speed, torque  # the torque holds from now to the next row
        for _ in range(steps):
            speed += (-np.sin(angle) - 0.2 * speed + torque) * INTERVAL / steps
            angle += speed * INTERVAL / steps
    return table, StandardScaler().fit(table[:TRAINING])


def build(nn, features=3):
    model = nn.Sequential()
    model.add(nn.Input(shape=(LOOK_BACK, features)))
    model.add(nn.layers.LSTM(32))
    model.add(nn.layers.Dense(len(OUTPUTS)))
    model.compile(loss="mean_squared_error", optimizer="adam")
    return model


def train(model, x, y, epochs=60):
    model.fit(x, y, epochs=epochs, batch_size=32, verbose=0)


def draw(actual, forecasts):
    """Fifteen seconds of both quantities, with the forecast of each model."""
    figure, axes = plt.subplots(2, 1, figsize=(9, 6), layout="constrained", sharex=True)
    seconds = INTERVAL * np.arange(60)
    for panel, (name, column) in zip(axes, OUTPUTS.items(), strict=True):
        panel.plot(seconds, actual[:60, column], color="0.75", linewidth=5, label="pendulum")
        for (label, forecast), line in zip(forecasts.items(), ("kx-", "k:"), strict=True):
            panel.plot(seconds, forecast[:60, column], line, ms=5, label=f"forecast {label}")
        quantity, unit = name.split(", ")
        panel.set_ylabel(f"{quantity.lower()} ({unit})")
    axes[1].set_xlabel("time (s)")
    axes[0].set_title("A quarter of a second ahead, on data not trained with")
    axes[0].legend(loc="upper right")
    picture = Path("out", "several_features.png")
    picture.parent.mkdir(exist_ok=True)
    figure.savefig(picture, dpi=150)
    print(f"Picture: {picture}")
    return picture


def main(nn, seed=7, epochs=60):
    nn.utils.set_random_seed(seed)
    table, scaler = data()
    scaled = scaler.transform(table)
    x, y = windows(scaled[:TRAINING], LOOK_BACK)  # y (samples, 1, 3), the torque included
    x_test, _ = windows(scaled[TRAINING:], LOOK_BACK)
    actual = table[TRAINING + LOOK_BACK :, :2]
    forecasts, seconds = {}, 0.0
    for name, features in (("with the torque", 3), ("without it", 2)):
        model = build(nn, features)
        start = time.perf_counter()
        train(model, x[:, :, :features], y[:, 0, :2], epochs)
        seconds += time.perf_counter() - start
        forecast = model.predict(x_test[:, :, :features], verbose=0)
        forecasts[name] = forecast * scaler.scale_[:2] + scaler.mean_[:2]
    print(f"Trained two models, {epochs} epochs each, in {seconds:.1f} s. RMSE:")
    score, naive = {}, {}
    for name, column in OUTPUTS.items():
        naive[name] = naive_rmse(table[:, column], TRAINING + LOOK_BACK)
        errors = [rmse(actual[:, column], forecast[:, column]) for forecast in forecasts.values()]
        score[name], score[f"{name.split(',')[0]}, blind"] = errors
        naive[f"{name.split(',')[0]}, blind"] = naive[name]
        print(f"{name}: {errors[0]:.3f} with the torque, {errors[1]:.3f} without it,", end="")
        print(f" {naive[name]:.3f} by the naive forecast")
    return {
        "program": "several_features",
        "shows": "three quantities in, two out",
        "score": score,
        "published": {},
        "naive": naive,
        "seconds": seconds,
        "picture": draw(actual, forecasts),
    }


if __name__ == "__main__":
    main(importlib.import_module("keras" if "keras" in sys.argv else "npslstm"))
