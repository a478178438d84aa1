"""Some time as a server has it: threads on one model, on others, forks, saves, loads, interrupts.

    python -m tests.test_stress 3600      the same for an hour
"""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import npslstm as nn
from npslstm.layers import LSTM, Bidirectional, Dense
from npslstm.machine.compiler import INTERPRETED
from tests.forking import child_says

SIZES = (1, 8, 64)
UNITS = 4 if INTERPRETED else 64


class Stress:
    """Workers that go round until time is over; what one of them finds wrong ends them all."""

    def __init__(self, seconds: float, folder: Path) -> None:
        self.end = time.monotonic() + seconds
        self.folder = folder
        self.wrong: list[str] = []
        self.rounds: dict[str, int] = {}
        nn.utils.set_random_seed(3)
        self.shared = model_of(LSTM(UNITS))
        rng = np.random.default_rng(1)
        self.data = [rng.normal(size=(n, 20, 4)).astype("float32") for n in SIZES]
        self.wanted = [self.shared.predict(x, batch_size=64, verbose=0) for x in self.data]

    def run(self, workers: dict[str, Callable[[int], None]]) -> None:
        """Each worker in a thread of its own; `worker(k)` is its round k."""
        threads = [
            threading.Thread(target=self.go_round, args=item, daemon=True)
            for item in workers.items()
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(0, self.end - time.monotonic()) + 60)
        hanging = [t.name for t in threads if t.is_alive()]
        assert not self.wrong and not hanging, (self.wrong[:3], hanging)

    def go_round(self, name: str, worker: Callable[[int], None]) -> None:
        k = 0
        while time.monotonic() < self.end and not self.wrong:
            try:
                worker(k)
            except BaseException as error:
                self.wrong.append(f"{name}, round {k}: {type(error).__name__}: {error}")
            k += 1
            self.rounds[name] = k

    def right(self, model, k: int) -> None:
        """A model with the shared one's weights predicts as that did in the beginning."""
        n = k % len(self.data)
        found = model.predict(self.data[n], batch_size=64, verbose=0)
        assert np.array_equal(found, self.wanted[n]), f"another answer for {SIZES[n]} samples"

    # ---- what workers do -------------------------------------------------------------------------

    def predict(self, k: int) -> None:
        self.right(self.shared, k)

    def call(self, k: int) -> None:
        n = k % 2
        found = self.shared(self.data[n])
        np.testing.assert_allclose(found, self.wanted[n], rtol=0, atol=1e-6)

    def copied(self, k: int) -> None:
        self.right(copy.deepcopy(self.shared), k)
        self.right(pickle.loads(pickle.dumps(self.shared)), k)

    def saved(self, k: int) -> None:
        path = self.folder / "one name.keras"
        self.shared.save(path)
        self.right(nn.models.load_model(path), k)

    def forked(self, k: int) -> None:
        def child() -> bool:
            self.right(self.shared, k)
            return True

        assert (said := child_says(child)) is True, said

    def trainer(self, make: Callable[[], nn.Model]) -> Callable[[int], None]:
        """Trains a model of its own; every training from the same weights ends in the same."""
        model = make()
        start, x, y = model.get_weights(), self.data[2], np.ones((SIZES[2], 1), "float32")
        ends: list[list[np.ndarray]] = []

        def train(k: int) -> None:
            model.set_weights(start)
            model.compile("adam", "mse")
            model.fit(x, y, batch_size=32, epochs=1 + k % 2, shuffle=False, verbose=0)
            if k < 2:
                ends.append(model.get_weights())
            assert all(map(np.array_equal, ends[k % 2], model.get_weights())), "other weights"

        return train


def model_of(*layers):
    return nn.Sequential([nn.Input((20, 4)), *layers, Dense(1)])


def graph():
    """Encoder and decoder on the same input, whose outputs are added up, read by a shared layer."""
    x, read = nn.Input((20, 4)), Dense(8)
    steps, h, c = LSTM(8, return_sequences=True, return_state=True)(x)
    decoded = LSTM(8, return_sequences=True)(x, initial_state=[h, c])
    both = nn.layers.Add()([read(steps), read(decoded)])
    return nn.Model(x, Dense(1)(LSTM(4)(both)))


def run(seconds: float, folder: Path) -> Stress:
    import h5py  # noqa: F401 - a fork in the middle of its import makes its own hooks complain

    stress = Stress(seconds, folder)
    on_one = {f"predict {k}": stress.predict for k in range(5)}
    on_one |= {"call": stress.call, "copy": stress.copied, "save and load": stress.saved}
    models = {
        "small": lambda: model_of(LSTM(3)),
        "large": lambda: model_of(LSTM(UNITS)),
        "both ways": lambda: model_of(Bidirectional(LSTM(4))),
        "graph": graph,
    }
    others = {f"train {name}": stress.trainer(make) for name, make in models.items()}
    forks = {"fork": stress.forked} if hasattr(os, "fork") else {}
    stress.run(on_one | others | forks)
    return stress


@pytest.mark.parametrize("seconds", [12, pytest.param(60, marks=pytest.mark.thorough)])
def test_everything_at_once(tmp_path, seconds):
    stress = run(seconds, tmp_path)
    assert min(stress.rounds.values()) >= 1, stress.rounds


INTERRUPTED = """
import os, signal, sys, threading, time, numpy as np, npslstm as nn
x, y = np.ones((512, 20, 4), "f4"), np.ones((512, 1), "f4")
model = nn.Sequential([nn.Input((20, 4)), nn.layers.LSTM(32), nn.layers.Dense(1)])
model.compile("adam", "mse")
wanted = model.predict(x[:64], batch_size=64, verbose=0)
weights = model.get_weights()
signal.signal(signal.SIGALRM, signal.default_int_handler)  # as Ctrl-C does
over = threading.Event()
def ask():
    while not over.is_set():
        model.predict(x[:64], batch_size=64, verbose=0)
others = [threading.Thread(target=ask) for _ in range(2)]
for other in others: other.start()
interrupted = 0
for k in range(int(sys.argv[1])):
    signal.setitimer(signal.ITIMER_REAL, 0.003 + 0.002 * (k % 13), 2.0)  # again, should it be lost
    try:
        if k % 2:
            model.fit(x, y, epochs=10**6, batch_size=64, verbose=0)
        else:
            while True: model.predict(x[:64], batch_size=64, verbose=0)
    except KeyboardInterrupt:
        signal.setitimer(signal.ITIMER_REAL, 0)
        interrupted += 1
over.set()
for other in others: other.join(60)
model.set_weights(weights)
right = np.array_equal(model.predict(x[:64], batch_size=64, verbose=0), wanted)
model.fit(x, y, epochs=1, verbose=0)
print(interrupted, right, any(other.is_alive() for other in others))
"""


@pytest.mark.compiled_only
@pytest.mark.skipif(os.name == "nt", reason="signals are sent to processes")
def test_ctrl_c_again_and_again_leaves_a_model_that_works():
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, "40"], capture_output=True, text=True, timeout=240
    )
    assert (done.stdout, done.stderr) == ("40 True False\n", "")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        print(run(float(sys.argv[1]), Path(name)).rounds)
