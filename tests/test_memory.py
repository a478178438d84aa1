"""A training step allocates nothing, and writes into its own buffers only."""

from __future__ import annotations

import os
import pathlib
import tracemalloc

import numpy as np
import pytest

import npslstm
from npslstm.arrays import CACHE_LINE, zeros
from npslstm.layers import LSTM, BatchNormalization, Dense, Dropout, Masking
from npslstm.machine.compiler import INTERPRETED
from npslstm.program import Program
from npslstm.training.batch_run import BatchRun
from npslstm.training.data import Data

STATUS = pathlib.Path("/proc/self/statm")
STEPS = 2_000 if INTERPRETED else 10_000
KEPT_TUPLES = 2_000  # of each length, a kernel's arguments among them: CPython 3.11 keeps them


def small_model(*layers):
    npslstm.utils.set_random_seed(3)
    model = npslstm.Sequential([npslstm.Input((2, 1)), *layers, LSTM(2), Dense(1)])
    model.compile(loss="mse", optimizer="adam")
    return model


def resident_bytes() -> int:
    return int(STATUS.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Growth:
    """What memory grew by within a `with` block: Python's objects and arrays, and the process."""

    def __enter__(self):
        tracemalloc.start()
        self.traced, self.resident = tracemalloc.get_traced_memory()[0], resident_bytes()
        return self

    def __exit__(self, *_):
        self.traced = tracemalloc.get_traced_memory()[0] - self.traced
        self.resident = resident_bytes() - self.resident
        tracemalloc.stop()


@pytest.mark.compiled_only
@pytest.mark.not_checked  # takes many minutes there; test_guard.py measures its memory
@pytest.mark.skipif(not STATUS.exists(), reason="reads Linux's /proc")
def test_thousands_of_batches_need_no_more_memory_than_one():
    model, x, y = small_model(), np.ones((1, 2, 1), np.float32), np.ones((1, 1), np.float32)
    for _ in range(KEPT_TUPLES + 200):
        model.train_on_batch(x, y)
    with Growth() as growth:
        for _ in range(STEPS):
            model.train_on_batch(x, y)
    assert growth.traced < 4_000 and growth.resident < 1_000_000


@pytest.mark.compiled_only
@pytest.mark.not_checked  # takes many minutes there; test_guard.py measures its memory
@pytest.mark.skipif(not STATUS.exists(), reason="reads Linux's /proc")
def test_fit_again_and_again_needs_no_more_memory():
    model, x, y = small_model(Dropout(0.1)), np.ones((50, 2, 1)), np.ones((50, 1))
    for _ in range(5):
        model.fit(x, y, batch_size=1, verbose=0)
    with Growth() as growth:
        for _ in range(40):
            model.fit(x, y, batch_size=1, verbose=0)
    assert growth.traced < 20_000 and growth.resident < 1_000_000


@pytest.mark.not_checked  # takes many minutes there; test_guard.py measures its memory
@pytest.mark.compiled_only
@pytest.mark.skipif(not STATUS.exists(), reason="reads Linux's /proc")
def test_running_a_step_needs_no_memory():
    step = a_step(small_model(BatchNormalization()))
    run(step, 200)
    with Growth() as growth:
        run(step, STEPS)
    assert growth.traced < 1_000 and growth.resident < 1_000_000


def a_step(model, size=2):
    """The training step of a model for batches of ones, bound to its data."""
    data = Data((np.ones((size, 2, 1), np.float32),), (np.ones((size, 1), np.float32),), (None,))
    model.compiled.objectives[0].loss_for((None, 1), data.y)
    model.compiled.objectives[0].resolve_metrics((None, 1), data.y.shape, data.y)
    training = BatchRun(model, "train", data, size)
    step = training.step(size)
    step.bind(data, np.arange(size))
    step.training = training  # which has borrowed it
    return step


def run(step, repetitions):
    for _ in range(repetitions):
        step.cursor[0] = 0
        step.run()


@pytest.mark.compiled_only
def test_a_compiled_step_allocates_nothing():
    from numba.core.runtime import _nrt_python, rtsys

    step = a_step(small_model(BatchNormalization()))
    run(step, 2)
    _nrt_python.memsys_enable_stats()
    before = rtsys.get_allocation_stats()
    run(step, 1)
    one = rtsys.get_allocation_stats()
    handed_over = one.alloc - before.alloc  # the lists of operations, wrapped for the driver
    run(step, 100)
    assert rtsys.get_allocation_stats().alloc - one.alloc == 100 * handed_over <= 200
    assert rtsys.get_allocation_stats().free == rtsys.get_allocation_stats().alloc


def arrays_of(argument):
    if isinstance(argument, np.ndarray):
        return [argument]
    return [a for part in argument for a in arrays_of(part)] if isinstance(argument, tuple) else []


def test_addresses_stay():
    model = small_model(BatchNormalization())
    step = a_step(model)
    arrays = [a for o in step.steps.operations for part in o.arguments for a in arrays_of(part)]
    before = [(a.ctypes.data, a.shape) for a in arrays]
    tables = [o.table.copy() for o in step.steps.operations]
    weights = [v.array for v in model.weights]
    run(step, 50)
    step.training.__exit__()
    model.fit(np.ones((4, 2, 1)), np.ones((4, 1)), batch_size=2, verbose=0)
    assert a_step(model) is step, "the step must be remembered"
    assert before == [(a.ctypes.data, a.shape) for a in arrays]
    after = [o.table for o in step.steps.operations][2:]  # the first two gather from the data
    assert all(np.array_equal(a, b) for a, b in zip(tables[2:], after, strict=True))
    assert all(v.array is w for v, w in zip(model.weights, weights, strict=True))


@pytest.mark.parametrize("masked", [False, True])
def test_no_kernel_writes_beyond_its_buffers(monkeypatch, masked):
    fence, fenced = 64, []

    def zeros(self, *shape, dtype=None):
        dtype = np.dtype(dtype or self.dtype)
        ground = np.full(int(np.prod(shape)) + 2 * fence, 77, dtype)
        fenced.append(ground)
        buffer = ground[fence : ground.size - fence].reshape(shape)
        buffer[...] = 0
        return buffer

    monkeypatch.setattr(Program, "zeros", zeros)
    layers = [BatchNormalization(), LSTM(3, return_sequences=True, recurrent_dropout=0.2)]
    model = small_model(*([Masking(1.0)] if masked else []), *layers)
    run(a_step(model, size=3), 5)
    assert len(fenced) > 30
    for ground in fenced:
        assert (ground[:fence] == 77).all() and (ground[-fence:] == 77).all()


def test_a_step_leaves_the_data_and_other_models_alone():
    other, model = small_model(), small_model()
    step, x, y = a_step(model), np.ones((2, 2, 1), np.float32), np.full((2, 1), 2, np.float32)
    step.bind(Data((x,), (y,), (None,)), np.arange(2))
    kept = other.get_weights()
    run(step, 10)
    assert (x == 1).all() and (y == 2).all()
    assert all(np.array_equal(a, b) for a, b in zip(kept, other.get_weights(), strict=True))
    assert not np.array_equal(kept[0], model.get_weights()[0])


@pytest.mark.not_checked  # there arrays end where a page does
@pytest.mark.parametrize("shape", [7, (3, 5), (0, 4), ()], ids=str)
@pytest.mark.parametrize("dtype", ["float32", "float64", "bool"])
def test_buffers_begin_where_a_cache_line_does(shape, dtype):
    for _ in range(20):  # NumPy's own would, too, by chance
        found = zeros(shape, dtype)
        assert found.ctypes.data % CACHE_LINE == 0 or not found.size
        assert np.array_equal(found, np.zeros(shape, dtype)) and found.dtype == dtype
        assert found.flags.c_contiguous and found.flags.writeable


@pytest.mark.not_checked  # there arrays end where a page does
def test_weights_gradients_and_what_optimizers_remember_begin_so_too():
    model = small_model()
    model.train_on_batch(np.ones((1, 2, 1)), np.ones((1, 1)))
    parameters = model.parameters
    arrays = [parameters.values, parameters.gradients, *model.optimizer.memory.values()]
    assert len(arrays) == 4 and not any(a.ctypes.data % CACHE_LINE for a in arrays)
