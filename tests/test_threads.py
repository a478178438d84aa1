"""Large batches are worked on in parts by several threads: the same numbers, whatever happens."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import npslstm as nn
from npslstm.machine import threads
from npslstm.machine.blas_threads import ONE_THREAD, libraries
from npslstm.machine.compiler import INTERPRETED
from npslstm.machine.operations import Operation, Parts
from npslstm.machine.steps import Repeated, Steps, run_once
from npslstm.primitives import product_tn
from npslstm.program import WORTH_A_PART, Program, parts_of
from tests.forking import child_says, forks

B, T, F, H = (6, 3, 4, 5) if INTERPRETED else (50, 20, 12, 24)
assert T * B * (F + H) * 4 * H >= WORTH_A_PART or INTERPRETED

LAYERS = {
    "two layers": lambda: [nn.layers.LSTM(H, return_sequences=True), nn.layers.LSTM(H)],
    "masked, stateful": lambda: [nn.layers.Masking(0.0), nn.layers.LSTM(H, stateful=True)],
    "dropout, backwards": lambda: [
        nn.layers.LSTM(H, dropout=0.2, recurrent_dropout=0.2, seed=1, go_backwards=True)
    ],
}


@pytest.fixture(autouse=True)
def always_in_parts(monkeypatch):
    """Seven of them, of seven or eight samples each; interpreted three."""
    monkeypatch.setattr("npslstm.program.WORTH_A_PART", 1)
    monkeypatch.setattr("npslstm.program.SAMPLES_OF_A_PART", 2 if INTERPRETED else 7)
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
def test_any_number_of_threads_gives_the_same_bits(layers, monkeypatch):
    one, *others = (trained(layers, number, monkeypatch) for number in (1, 2, 3, 4, 8))
    for other in others:
        assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("layers", LAYERS.values(), ids=LAYERS)
def test_parts_give_the_numbers_of_the_whole(layers, monkeypatch):
    in_parts = trained(layers, 2, monkeypatch)
    monkeypatch.setattr("npslstm.program.WORTH_A_PART", 2**60)
    whole = trained(layers, 2, monkeypatch)
    for a, b in zip(in_parts, whole, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=5e-7)  # measured: at most 1.5e-7


def test_a_batch_has_as_many_parts_as_its_shape_says(monkeypatch):
    monkeypatch.setattr("npslstm.program.WORTH_A_PART", 100)
    monkeypatch.setattr("npslstm.program.SAMPLES_OF_A_PART", 16)
    program = Program(np.float32, in_parts=True)

    def parts(samples, multiplications):
        found = program.parts(samples, multiplications)
        assert found == parts_of(samples, len(found))
        return len(found)

    assert parts(64, 99) == parts(1, 10**6) == parts(0, 10**6) == 1
    assert parts(2, 100) == parts(31, 10**6) == parts(64, 299) == 2
    assert parts(64, 300) == 3 and parts(64, 10**6) == 4 and parts(10**4, 10**6) == 32
    assert Program(np.float32).parts(64, 10**6) == [(0, 64)]
    assert parts_of(7, 3) == [(0, 2), (2, 4), (4, 7)]


def test_a_large_batch_is_in_parts_and_a_small_one_is_not(monkeypatch):
    model = nn.Sequential([nn.Input((T, F)), nn.layers.LSTM(H), nn.layers.Dense(1)])
    model.predict(np.zeros((B, T, F), np.float32), verbose=0, batch_size=B)
    monkeypatch.setattr("npslstm.program.WORTH_A_PART", T * B * (F + H) * 4 * H)
    model.predict(np.zeros((B - 1, T, F), np.float32), verbose=0, batch_size=B)
    answers = [answer for shelf in model.pool.shelves.values() for answer in shelf]
    assert [answer.steps.parts for answer in answers] == [3 if INTERPRETED else 7, 1]


def test_many_parts_take_turns_with_two_tapes():
    """Each with a tape of its own would need the memory of many batches."""
    program = Program(np.float32, in_parts=True)
    program.forgets = True
    layer = nn.layers.LSTM(H)
    layer.ensure_built((B, T, F))
    layer.write(program, program.input(T, B, F))
    parts = next(o for o in program.forward_operations if isinstance(o, Parts))
    used = [operations[0].arguments[1].z.ctypes.data for operations in parts]
    assert len(set(used)) == 2 < len(used)
    assert all(one != other for one, other in itertools.pairwise(used))


def count(cells, at):
    for _ in range(1000):
        cells[at] += 1


def counters(number):
    """Steps of one piece of work in so many parts, and what each has counted."""
    cells = np.zeros(number, np.int64)
    return cells, Steps([Parts([Operation(count, cells, k)] for k in range(number))])


def fall_asleep():
    end = time.monotonic() + 60
    while threads.CREW.awake and time.monotonic() < end:
        time.sleep(0.001)
    assert not threads.CREW.awake


def wake():
    threads.CREW.wake()
    end = time.monotonic() + 60
    while not threads.CREW.awake and time.monotonic() < end:
        time.sleep(1e-4)


@pytest.mark.compiled_only
def test_the_helper_sleeps_and_wakes(monkeypatch):
    monkeypatch.setattr(threads, "threads", lambda: 2)
    cells, steps = counters(2)
    for k in range(1, 6):
        steps.run(2)
        assert cells.tolist() == [2000 * k] * 2
        fall_asleep()


@pytest.mark.compiled_only
@pytest.mark.skipif(threads.threads() < 2, reason="one core: there is nobody to share with")
def test_the_helper_really_takes_a_part(monkeypatch):
    monkeypatch.setattr(threads, "threads", lambda: 2)
    cells = np.zeros(2, np.int64)
    steps = Steps([Parts([Operation(count, cells, k)] * 500 for k in (0, 1))])
    helped, end = 0, time.monotonic() + 60  # on a busy machine it may be long in coming
    while not helped and time.monotonic() < end:
        wake()
        steps.run(10)
        helped += int(threads.CREW.cells[2 * threads.APART])  # DONE of the last piece of work
    assert helped, "the helper has taken no part of the work of a minute"


@pytest.mark.compiled_only
@pytest.mark.not_checked  # there the first run is one thread's
def test_an_interrupt_before_the_threads_begin_is_an_interrupt(monkeypatch):
    """Ctrl-C in the moment in which a helper is awake and nobody has anything for it."""
    monkeypatch.setattr(threads, "threads", lambda: 2)
    cells, steps = counters(2)
    usual = threads.CREW.wake

    def interrupted(helpers):
        usual(helpers)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(threads.CREW, "wake", interrupted)
        steps.run(3)
    assert cells.tolist() == [0, 0]
    steps.run(3)
    assert cells.tolist() == [3000, 3000]


@pytest.mark.compiled_only
def test_a_process_ends_while_the_helper_is_awake():
    program = "\n".join([
        "import numpy as np, npslstm as nn",
        "from npslstm.machine import threads",
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
@pytest.mark.parametrize("state", ["busy", "not to be had", "working alone for a while"])
def test_without_a_helper_one_thread_does_all_parts(state, monkeypatch):
    owner, alone = 3, 6  # cells, as `sharing` has them
    monkeypatch.setattr(threads, "threads", lambda: 2)
    with monkeypatch.context() as patch:
        crew = threads.Crew()
        if state == "not to be had":
            patch.setattr(threading.Thread, "start", cannot_start)
        patch.setattr(threads, "CREW", crew)
        cells, steps = counters(2)
        if state == "busy":
            crew.cells[owner * threads.APART] = 1
        elif state != "not to be had":
            crew.cells[alone * threads.APART] = 2
        steps.run(3)
        assert cells.tolist() == [3000, 3000]
        crew.finish()


@pytest.mark.compiled_only
@pytest.mark.parametrize(("number", "parts"), [(2, 2), (3, 7), (4, 4), (8, 32)])
def test_many_pieces_of_work_of_several_threads_are_each_done_once(number, parts, monkeypatch):
    monkeypatch.setattr(threads, "threads", lambda: number)
    monkeypatch.setattr(threads, "CREW", threads.Crew())
    lists = [counters(parts) for _ in range(4)]
    callers = [threading.Thread(target=steps.run, args=(1000,)) for _, steps in lists]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(60)
    assert all(cells.tolist() == [1_000_000] * parts for cells, _ in lists)
    assert threads.CREW.started == min(number, parts) - 1
    threads.CREW.finish()
    fall_asleep()


@pytest.mark.compiled_only
def test_steps_within_steps_share_their_work(monkeypatch):
    monkeypatch.setattr(threads, "threads", lambda: 2)
    cells, steps = counters(2)
    Steps([Repeated(steps, 3), Operation(count, cells, 0)]).run(5)
    assert cells.tolist() == [20_000, 15_000]


def products(result):
    """Bits of a large product, which BLAS would split if it had two threads."""
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=(600, 333)), rng.normal(size=(600, 777))
    out = np.zeros((333, 777), np.float32)
    run_once(of_factors, out, a.astype(np.float32), b.astype(np.float32))
    result.append(out)


def of_factors(out, a, b):
    product_tn(out, a, b)


def test_blas_gives_the_same_bits_in_every_thread_and_is_left_as_it_was_found():
    before = [library.get() for library in libraries()]
    found: list[np.ndarray] = []
    products(found)
    callers = [threading.Thread(target=products, args=(found,)) for _ in range(6)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert len(found) == 7 and all(np.array_equal(found[0], other) for other in found)
    assert [library.get() for library in libraries()] == before


def test_a_number_of_threads_that_somebody_sets_meanwhile_stays():
    library = libraries()[0]
    before = library.get()
    try:
        library.set(2)
        ONE_THREAD.enter()
        assert library.get() == 1
        other = threading.Thread(target=lambda: (ONE_THREAD.enter(), ONE_THREAD.leave()))
        other.start()
        other.join()
        assert library.get() == 1
        ONE_THREAD.leave()
        assert library.get() == 2
        ONE_THREAD.enter()
        ONE_THREAD.enter()  # Ctrl-C came before the list was left
        ONE_THREAD.leave()
        assert library.get() == 2
        ONE_THREAD.enter()
        library.set(3)
        ONE_THREAD.leave()
        assert library.get() == 3
    finally:
        library.set(before)


@pytest.mark.compiled_only
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system starts processes anew")
def test_a_forked_process_has_a_helper_of_its_own(monkeypatch):
    monkeypatch.setattr(threads, "threads", lambda: 2)
    cells, steps = counters(2)
    steps.run()
    child = os.fork()
    if child == 0:
        steps.run()
        os._exit(0 if cells.tolist() == [2000, 2000] else 1)
    assert ended(child)


def ended(child):
    """Whether a child process ends by itself, and well."""
    end = time.monotonic() + 60
    while (done := os.waitpid(child, os.WNOHANG)) == (0, 0) and time.monotonic() < end:
        time.sleep(0.01)
    if done == (0, 0):
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return done == (child, 0)


@forks
def test_a_fork_waits_for_the_lists_that_use_blas():
    """A lock of OpenBLAS, held at that moment, would be held in the new process for ever."""
    inside, ends = threading.Event(), []

    def run_a_list():
        ONE_THREAD.enter()
        inside.set()
        time.sleep(0.3)
        ends.append(time.monotonic())
        ONE_THREAD.leave()

    other = threading.Thread(target=run_a_list)
    other.start()
    inside.wait()
    assert child_says(lambda: not ONE_THREAD.running) is True
    assert ends, "the fork came while the list was running"
    other.join()
    ONE_THREAD.enter()  # nobody waits for a fork that is over
    ONE_THREAD.leave()
