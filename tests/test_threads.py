"""Large batches are halved for two threads: the same numbers as one thread's, whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import npslstm as nn
from npslstm.kernels import threads
from npslstm.kernels.compiler import INTERPRETED
from npslstm.kernels.operations import Halves, Operation, Steps
from npslstm.program import WORTH_HALVING

B, T, F, H = (6, 3, 4, 5) if INTERPRETED else (50, 20, 12, 24)
assert T * B * (F + H) * 4 * H >= WORTH_HALVING or INTERPRETED

LAYERS = {
    "two layers": lambda: [nn.layers.LSTM(H, return_sequences=True), nn.layers.LSTM(H)],
    "masked, stateful": lambda: [nn.layers.Masking(0.0), nn.layers.LSTM(H, stateful=True)],
    "dropout, backwards": lambda: [
        nn.layers.LSTM(H, dropout=0.2, recurrent_dropout=0.2, seed=1, go_backwards=True)
    ],
}


@pytest.fixture(autouse=True)
def always_halved(monkeypatch):
    monkeypatch.setattr("npslstm.program.WORTH_HALVING", 0)
    monkeypatch.setattr("npslstm.layers.scanning.NEAREST", 1024)  # a few samples a block


def trained(layers, number, monkeypatch):
    """Losses, weights and outputs of a small training with so many threads."""
    monkeypatch.setattr(threads, "threads", lambda: number)
    nn.utils.set_random_seed(4)
    rng = np.random.default_rng(5)
    x, y = rng.random((2 * B, T, F), np.float32), rng.random((2 * B, 1), np.float32)
    x[3:9, 1:3] = 0
    model = nn.Sequential([nn.Input(batch_shape=(B, T, F)), *layers(), nn.layers.Dense(1)])
    model.compile("adam", "mse")
    losses = model.fit(x, y, batch_size=B, epochs=3, verbose=0).history["loss"]
    return [np.array(losses), *model.get_weights(), model.predict(x, batch_size=B, verbose=0)]


@pytest.mark.parametrize("layers", LAYERS.values(), ids=LAYERS)
def test_one_thread_and_two_give_the_same_bits(layers, monkeypatch):
    one, two = (trained(layers, number, monkeypatch) for number in (1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))


@pytest.mark.parametrize("layers", LAYERS.values(), ids=LAYERS)
def test_halves_give_the_numbers_of_the_whole(layers, monkeypatch):
    halved = trained(layers, 2, monkeypatch)
    monkeypatch.setattr("npslstm.program.WORTH_HALVING", np.inf)
    whole = trained(layers, 2, monkeypatch)
    for a, b in zip(halved, whole, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=5e-7)  # measured: at most 1.5e-7


def test_a_batch_is_halved_and_small_ones_are_not(monkeypatch):
    model = nn.Sequential([nn.Input((T, F)), nn.layers.LSTM(H), nn.layers.Dense(1)])
    model.predict(np.zeros((B, T, F), np.float32), verbose=0, batch_size=B)
    monkeypatch.setattr("npslstm.program.WORTH_HALVING", T * B * (F + H) * 4 * H + 1)
    model.predict(np.zeros((B - 1, T, F), np.float32), verbose=0, batch_size=B)
    steps = [s.steps for key, s in model.remembered.items() if key[0] == "predict"]
    assert [s.halved for s in steps] == [True, False]


def count(cells, at):
    for _ in range(1000):
        cells[at] += 1


def two_counters():
    cells = np.zeros(2, np.int64)
    return cells, Steps([Halves([Operation(count, cells, k)] for k in (0, 1))])


@pytest.mark.compiled_only
def test_the_second_thread_sleeps_and_wakes(monkeypatch):
    monkeypatch.setattr(threads, "threads", lambda: 2)
    cells, steps = two_counters()
    helped = 0
    for _ in range(10):
        helped += steps.pair.run(2)  # not on a machine that has no time for it just now
        assert cells.tolist() == [2000 * helped] * 2
        end = time.monotonic() + 60
        while threads.SECOND.cells[0] != threads.AWAY and time.monotonic() < end:
            time.sleep(0.001)
        assert threads.SECOND.cells[0] == threads.AWAY
    assert helped


@pytest.mark.compiled_only
@pytest.mark.not_checked  # there the first run is one thread's
def test_an_interrupt_between_the_threads_is_an_interrupt(monkeypatch):
    """Ctrl-C in the moment in which the second thread is awake and the first has nothing for it."""
    monkeypatch.setattr(threads, "threads", lambda: 2)
    cells, steps = two_counters()
    wake = threads.SECOND.wake

    def interrupted():
        wake()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(threads.SECOND, "wake", interrupted)
        steps.run(3)
    assert cells.tolist() == [0, 0]
    steps.run(3)
    assert cells.tolist() == [3000, 3000]


@pytest.mark.compiled_only
def test_a_process_ends_while_the_second_thread_is_awake():
    program = "\n".join([
        "import numpy as np, npslstm as nn",
        "from npslstm.kernels import threads",
        "threads.threads = lambda: 2",
        "model = nn.Sequential([nn.Input((28, 28)), nn.layers.LSTM(64)])",
        "for _ in range(3):",
        "    model.predict(np.zeros((64, 28, 28), 'float32'), batch_size=64, verbose=0)",
        "print('done')",
    ])  # fmt: skip
    for _ in range(5):
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
        assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")


def cannot_start(thread):
    raise RuntimeError("can't create new thread at interpreter shutdown")


@pytest.mark.compiled_only
@pytest.mark.parametrize("state", ["busy", "not to be had"])
def test_without_the_second_thread_the_first_does_both_halves(state, monkeypatch):
    from npslstm.kernels.driver import BUSY

    monkeypatch.setattr(threads, "threads", lambda: 2)
    with monkeypatch.context() as patch:
        second = threads.SecondThread()
        if state == "busy":
            second.cells[0] = BUSY
        else:
            patch.setattr(threading.Thread, "start", cannot_start)
        patch.setattr(threads, "SECOND", second)
        cells, steps = two_counters()
        assert not steps.pair.run(1) and cells.tolist() == [0, 0]
        steps.run(3)
    assert cells.tolist() == [3000, 3000]


@pytest.mark.compiled_only
def test_several_python_threads_may_train_at_once(monkeypatch):
    monkeypatch.setattr(threads, "threads", lambda: 2)
    lists = [two_counters() for _ in range(3)]
    callers = [threading.Thread(target=steps.run, args=(50,)) for _, steps in lists]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(60)
    assert all(cells.tolist() == [50_000, 50_000] for cells, _ in lists)


@pytest.mark.compiled_only
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system starts processes anew")
def test_a_forked_process_has_a_second_thread_of_its_own(monkeypatch):
    monkeypatch.setattr(threads, "threads", lambda: 2)
    cells, steps = two_counters()
    steps.run()
    child = os.fork()
    if child == 0:
        steps.run()
        os._exit(0 if cells.tolist() == [2000, 2000] else 1)
    end = time.monotonic() + 60
    while (done := os.waitpid(child, os.WNOHANG)) == (0, 0) and time.monotonic() < end:
        time.sleep(0.01)
    if done == (0, 0):
        os.kill(child, signal.SIGKILL)
    assert done == (child, 0)
