"""Programs that are kept for later calls: each is one thread's, none is obsolete, and together they
stay within a bound of bytes."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

import npslstm as nn
from npslstm.pool import Pool
from npslstm.seqlock import SequenceLock, join
from npslstm.watch import Clock, Watched

MEGABYTE = 2**20


class Thing:
    def __init__(self, nbytes=0):
        self.nbytes = nbytes


@pytest.fixture
def memory():
    yield nn.config.set_program_memory
    nn.config.set_program_memory(256 * MEGABYTE)


def test_a_program_is_lent_to_one_at_a_time():
    pool = Pool(lambda: None)
    first, second = pool.take("a", Thing), pool.take("a", Thing)
    assert first.program is not second.program
    pool.put_back(first)
    assert pool.take("a", Thing).program is first.program
    assert pool.take("b", Thing).program not in (first.program, second.program)


def test_obsolete_programs_are_dropped_also_while_they_are_lent():
    state = ["one"]
    pool = Pool(lambda: state[0])
    loan = pool.take("a", Thing)
    assert pool.is_current(loan.generation)
    state[0] = "two"
    Clock.time += 1
    assert not pool.is_current(loan.generation)
    pool.put_back(loan)
    assert len(pool) == 0 and pool.take("a", Thing).program is not loan.program
    loan = pool.take("a", Thing)
    pool.clear()
    pool.put_back(loan)
    assert len(pool) == 0


def test_a_program_that_became_obsolete_while_it_was_made_is_not_kept():
    state = ["one"]
    pool = Pool(lambda: state[0])

    def make():
        thing = Thing()
        state[0] = "two"
        Clock.time += 1
        pool.look()  # another thread asks for something
        return thing

    loan = pool.take("a", make)
    pool.put_back(loan)
    assert pool.take("a", Thing).program is not loan.program


def test_those_used_lately_stay_within_the_bound(memory):
    memory(10)
    pool = Pool(lambda: None)
    for name in "abc":
        pool.put_back(pool.take(name, lambda: Thing(4)))
    assert list(pool.shelves) == ["b", "c"]
    pool.put_back(pool.take("b", Thing))  # used again
    pool.put_back(pool.take("d", lambda: Thing(4)))
    pool.put_back(pool.take("e", lambda: Thing(1)))
    assert sum(p.nbytes for shelf in pool.shelves.values() for p in shelf) <= 10
    pool.put_back(pool.take("large", lambda: Thing(1000)))
    assert list(pool.shelves) == ["large"] and len(pool) == 1, "the latest stays in any case"
    several = [pool.take("twice", lambda: Thing(8)) for _ in range(3)]
    for loan in several:
        pool.put_back(loan)
    pool.put_back(pool.take("f", lambda: Thing(1)))
    assert sum(p.nbytes for shelf in pool.shelves.values() for p in shelf) <= 10


def test_a_shelf_that_went_while_its_program_was_lent_comes_back(memory):
    memory(10)
    pool = Pool(lambda: None)
    loan = pool.take("a", lambda: Thing(4))
    for name in "bcd":
        pool.put_back(pool.take(name, lambda: Thing(5)))
    pool.put_back(loan)
    assert pool.take("a", Thing).program is loan.program


@pytest.mark.parametrize("size", [-1, 2.5, True, "much", None])
def test_the_bound_is_a_number_of_bytes(size):
    with pytest.raises(ValueError, match="size"):
        nn.config.set_program_memory(size)
    assert nn.config.program_memory() == 256 * MEGABYTE


def test_a_model_of_many_lengths_stays_within_the_bound(memory):
    memory(MEGABYTE)
    model = nn.Sequential([nn.Input((None, 4)), nn.layers.LSTM(16), nn.layers.Dense(1)])
    model.compile("sgd", "mse")
    for steps in range(10, 40):
        x = np.ones((16, steps, 4), "float32")
        model.fit(x, np.ones((16, 1)), batch_size=16, verbose=0)
        model.predict(x, verbose=0)
        model.layers[0](x)
    for pool in (model.pool, model.layers[0].pool):
        used = sum(p.nbytes for shelf in pool.shelves.values() for p in shelf)
        assert 0.3 * MEGABYTE < used <= MEGABYTE
    memory(0)
    model.predict(np.ones((16, 50, 4), "float32"), verbose=0)
    assert len(model.pool) == 1


def test_other_models_changes_leave_programs_alone():
    model = nn.Sequential([nn.Input((3, 1)), nn.layers.LSTM(2)])
    x = np.ones((2, 3, 1), "float32")
    model.predict(x, verbose=0)
    kept = [p for shelf in model.pool.shelves.values() for p in shelf]
    other = nn.Sequential([nn.Input((3, 1)), nn.layers.LSTM(2), nn.layers.Dropout(0.5)])
    other.layers[1].rate = 0.1
    other.compile("sgd", "mse")
    other.fit(x, np.ones((2, 2)), verbose=0)
    model.predict(x, verbose=0)
    assert [p for shelf in model.pool.shelves.values() for p in shelf] == kept


def test_the_users_arrays_are_let_go_after_a_call():
    import gc
    import weakref

    model = nn.Sequential([nn.Input((3, 1)), nn.layers.LSTM(2), nn.layers.Dense(1)])
    model.compile("sgd", "mse")
    x, y = np.ones((4, 3, 1), "float32"), np.ones((4, 1), "float32")
    seen = [weakref.ref(x), weakref.ref(y)]
    model.fit(x, y, verbose=0)
    model.evaluate(x, y, verbose=0)
    model.predict(x, batch_size=3, verbose=0)
    model.predict(x, verbose=0)
    del x, y
    gc.collect()
    assert [reference() for reference in seen] == [None, None]


# ---- the lock ------------------------------------------------------------------------------------


def test_a_reading_during_a_change_is_made_again():
    lock, seen = SequenceLock(), []

    def run():
        seen.append(lock.version)
        if len(seen) == 1:  # somebody changes numbers meanwhile
            with lock.change:
                pass
        return len(seen)

    assert lock.read(run) == 2
    assert lock.read(lambda: "at once") == "at once"


def test_changes_lie_within_each_other_and_errors_end_them():
    lock = SequenceLock()
    with pytest.raises(ZeroDivisionError), lock.change:
        with lock.change, lock:
            assert lock.version % 2 == 1
        assert lock.version % 2 == 1
        1 / 0  # noqa: B018
    assert lock.version % 2 == 0
    assert lock.read(lambda: True)


def test_threads_get_the_gate_in_the_order_in_which_they_came():
    lock, order, ready = SequenceLock(), [], threading.Event()

    def come(number):
        with lock:
            order.append(number)

    def train():
        for _ in range(6):  # whoever holds it again and again does not keep others out
            with lock:
                ready.set()
                time.sleep(0.05)
            order.append("trained")

    trainer = threading.Thread(target=train)
    trainer.start()
    ready.wait()
    others = [threading.Thread(target=come, args=(k,)) for k in range(3)]
    for other in others:
        other.start()
        time.sleep(0.01)
    for thread in (trainer, *others):
        thread.join(20)
    assert [n for n in order if n != "trained"] == [0, 1, 2]
    assert order.index(2) < len(order) - 2, f"they had to wait for the end: {order}"


def test_joined_gates_are_one_the_oldest():
    first, second, third = SequenceLock(), SequenceLock(), SequenceLock()
    join([third, second])
    join([second, first])
    assert first.root() is second.root() is third.root() is first


def test_models_for_a_moment_leave_no_trace_in_the_gates():
    model = nn.Sequential([nn.Input((3, 1)), nn.layers.LSTM(2), nn.layers.Dense(1)])
    lock = model.lock
    for _ in range(20):
        nn.Sequential([nn.Input((3, 1)), *model.layers[:1]])
    assert model.lock is lock and model.layers[0].lock.root() is lock
    assert all(layer.lock.joined in (None, lock) for layer in model.layers)


def test_a_gate_that_ctrl_c_left_locked_opens_again():
    """KeyboardInterrupt between taking the lock and the `with` block that gives it back."""
    model = nn.Sequential([nn.Input((3, 1)), nn.layers.LSTM(2)])
    x = np.ones((2, 3, 1), "float32")
    wanted, found = model.predict(x, verbose=0), []
    model.lock.change.__enter__()
    other = threading.Thread(target=lambda: found.append(model.predict(x, verbose=0)))
    other.start()
    other.join(30)
    assert len(found) == 1 and np.array_equal(found[0], wanted)
    assert model.lock.version % 2 == 0
    model.set_weights(model.get_weights())


# ---- the clock -----------------------------------------------------------------------------------


class Setting(Watched):
    unwatched = frozenset({"free"})

    def __init__(self):
        self.value, self.free, self._own = 1, 1, 1


def test_only_changes_count():
    thing = Setting()
    time_before = Clock.time
    thing.value, thing.free, thing._own, thing.new = 1, 2, 2, 3
    assert (Clock.time, thing.version) == (time_before, 0)
    thing.value = 2
    thing.new = 4
    del thing.new
    assert (Clock.time, thing.version) == (time_before + 3, 3)
