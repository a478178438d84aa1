"""Tutorial programs as a whole process, run by path: python -P whole.py npslstm airline_regression

Imports nothing but what the programs do; without a program's name it trains the airline program's
model and imports nothing but the engine. `epochs=1` shortens both. The last line it prints, JSON,
says how many seconds the imports of the programs' helpers took, which are no part of an engine, how
many each program took, how many of them it drew its picture, and the peak of its memory in MB, also
before the engine came (Linux only; else null).
"""

import contextlib
import importlib
import io
import json
import pathlib
import sys
import time

HELPERS = ("matplotlib.pyplot", "pandas", "sklearn.metrics", "sklearn.preprocessing")
MONTHS, EPOCHS = 95, 100  # what the airline program trains on, and how long


def import_helpers():
    begin = time.perf_counter()
    for name in HELPERS:
        importlib.import_module(name)
    return time.perf_counter() - begin


def peak():
    """The most memory that the process has had so far, in MB."""
    status = pathlib.Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    found = [int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmHWM")]
    return found[0] if found else None


def run(name, nn, options):
    """Seconds of a program, and of its drawing; nothing of what it prints is shown."""
    program, drawing = importlib.import_module(f"examples.{name}"), []

    def draw(*arguments, paint=program.draw):
        begin = time.perf_counter()
        picture = paint(*arguments)
        drawing.append(time.perf_counter() - begin)
        return picture

    program.draw = draw
    begin = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        program.main(nn, **options)
    sys.modules["matplotlib.pyplot"].close("all")
    return time.perf_counter() - begin, sum(drawing)


def train_airline(nn, epochs=EPOCHS):
    import numpy as np

    x = np.linspace(0, 1, MONTHS, dtype="float32").reshape(MONTHS, 1, 1)
    model = nn.Sequential([nn.Input((1, 1)), nn.layers.LSTM(4), nn.layers.Dense(1)])
    model.compile(loss="mean_squared_error", optimizer="adam")
    model.fit(x, x[:, 0], epochs=epochs, batch_size=1, verbose=0)
    model.predict(x, verbose=0)


def main(engine, *arguments):
    names = [argument for argument in arguments if "=" not in argument]
    given = dict(argument.split("=") for argument in arguments if "=" in argument)
    options = {name: int(value) for name, value in given.items()}
    helpers = import_helpers() if names else 0.0
    before = peak()
    nn = importlib.import_module(engine)
    seconds = {name: run(name, nn, options) for name in names}
    programs, drawing = ({name: of[k] for name, of in seconds.items()} for k in (0, 1))
    if not names:
        train_airline(nn, **options)
    times = {"helpers": helpers, "programs": programs, "drawing": drawing}
    print(json.dumps(times | {"helpers_peak": before, "peak": peak()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
