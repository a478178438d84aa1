"""NPSLSTM_CHECK=1 guards every array's end, 2 its beginning: what touches more ends the process.

Each case runs in a process of its own, with the switch and without.
"""

from __future__ import annotations

import os
import pathlib
import re
import signal
import subprocess
import sys
import textwrap

import pytest

ROOT = pathlib.Path(__file__).parent.parent
ENDS, BEGINNINGS = "1", "2"

pytestmark = [
    pytest.mark.compiled_only,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="guards pages as Linux does"),
]


def ran(program, switch=None, **environment):
    """A process that ran a program, with the switch set or not set."""
    usual = {k: v for k, v in os.environ.items() if k != "NPSLSTM_CHECK"}
    environment = usual | {"PYTHONPATH": str(ROOT)} | environment
    if switch is not None:
        environment["NPSLSTM_CHECK"] = switch
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], env=environment, capture_output=True,
        text=True, timeout=3000,
    )  # fmt: skip


KERNELS = """
import sys
import numpy as np
import npslstm
from npslstm.arrays import zeros
from npslstm.machine.operations import Operation
from npslstm.machine.steps import run_once
from npslstm.machine.steps import Steps

def sum_too_far(values, first, count, total):
    for k in range(count):
        total[0] += values[first + k]

def write_too_far(values, count):
    for k in range(count):
        values[k] = 1

def dot(a, b, total):
    for k in range(b.size):
        total[0] += a[k] * b[k]

total = np.zeros(1)
"""

READ_BEFORE = """
from npslstm.machine.driver import array_at

def read_before(values, total):
    total[0] = array_at(values.ctypes.data - 8, (1,), np.float64)[0]

"""

# What a process does, and the switch that ends it.
MISTAKES = {
    "one number past a user's array": (ENDS, "run_once(sum_too_far, np.ones(7), 1, 7, total)"),
    "one number past a user's float32": (
        ENDS, "run_once(sum_too_far, np.ones(5, np.float32), 0, 6, total)"
    ),
    "one number past a large array": (
        ENDS, "run_once(sum_too_far, np.ones(700_000), 1, 700_000, total)"
    ),
    "one number written past a buffer": (
        ENDS, "run_once(write_too_far, zeros(32, 'float32'), 33)"
    ),
    "the first number of an empty array": (
        ENDS, "run_once(sum_too_far, np.ones((0,)), 0, 1, total)"
    ),
    "the first number of an empty piece of an array": (
        ENDS, "run_once(sum_too_far, np.ones(9)[3:3], 0, 1, total)"
    ),
    "a view's neighbour": (ENDS, "run_once(dot, np.ones(16)[:8], np.ones(16)[:9], total)"),
    "a view's neighbour, when it is given later": (
        ENDS, "step = Steps([Operation(dot, np.ones(16)[:8], np.ones(8), total)])\n"
        "step.run(5)\n"
        "step.operations[0].rebind(1, np.ones(9))\n"
        "step.run(5)",
    ),
    "what lies before an array": (
        BEGINNINGS, READ_BEFORE + "run_once(read_before, np.ones(7), total)"
    ),
    "what lies before a view": (
        BEGINNINGS, READ_BEFORE + "run_once(read_before, np.ones(7)[2:], total)"
    ),
    "an array that is gone": (
        ENDS, "operation = Operation(sum_too_far, np.ones(7), 0, 7, total)\n"
        "address = operation.table[0]\n"
        "operation.rebind(0, np.ones(3))\n"
        "run_once(sum_too_far, np.zeros(100), 0, 100, total)\n"
        "import ctypes; ctypes.string_at(int(address), 8)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", MISTAKES)
def test_what_touches_too_much_ends_the_process_and_says_where(what):
    switch, mistake = MISTAKES[what]
    program = f"{KERNELS}\n{mistake}\nprint('done')"
    silent = ran(program)
    assert (silent.returncode, silent.stdout, silent.stderr) == (0, "done\n", "")
    checked = ran(program, switch)
    assert checked.returncode == -signal.SIGSEGV and not checked.stdout
    assert checked.stderr.startswith("Fatal Python error: Segmentation fault")
    assert 'File "<string>", line' in checked.stderr
    if "Operation" in mistake.splitlines()[-1]:
        kernel = re.search(r"Operation\((\w+)", mistake)[1]
        assert f" in {kernel}\n" in checked.stderr


MODELS = """
import numpy as np, npslstm as nn
nn.utils.set_random_seed(3)
rng = np.random.default_rng(4)
x, y = rng.random((70, 11, 3), np.float32), rng.random((70, 2), np.float32)
x[3:20, 7:] = 0
for layers in (
    [nn.layers.LSTM(7, return_sequences=True), nn.layers.Dropout(0.2), nn.layers.LSTM(5)],
    [nn.layers.Masking(0.0), nn.layers.Bidirectional(nn.layers.LSTM(33, dropout=0.1))],
    [nn.layers.LSTM(4, recurrent_dropout=0.3, kernel_regularizer="l2", activation="relu"),
     nn.layers.BatchNormalization(), nn.layers.RepeatVector(3), nn.layers.LSTM(5)],
):
    model = nn.Sequential([nn.Input((11, 3)), *layers, nn.layers.Dense(2)])
    model.compile("adam", "mse", metrics=["mae"])
    print(model.fit(x, y, batch_size=9, epochs=4, verbose=0, validation_split=0.1).history)
    print(model.train_on_batch(x[:9], y[:9]), model.predict(x[:1], verbose=0).tolist())
    print([w.tobytes().hex() for w in model.get_weights()])
print(model.fit(x, y, batch_size=35, epochs=2, verbose=0).history)
"""


def test_right_programs_give_the_same_bits():
    runs = [ran(MODELS, switch) for switch in (None, ENDS, BEGINNINGS)]
    assert [(run.returncode, run.stderr) for run in runs] == [(0, "")] * 3
    assert runs[0].stdout == runs[1].stdout == runs[2].stdout and len(runs[0].stdout) > 10_000


@pytest.mark.parametrize("switch", [ENDS, BEGINNINGS])
@pytest.mark.parametrize(
    "number", [25, pytest.param(1500, marks=pytest.mark.thorough)], ids=["some", "many"]
)
def test_models_of_drawn_shapes_touch_nothing_but_their_arrays(switch, number):
    run = ran(f"from tests.guarded import main; main(5, {number})", switch)
    assert (run.returncode, run.stdout) == (0, "done\n"), run.stderr[-3000:]


ARRAYS = """
import os, threading
import numpy as np, npslstm
from npslstm.arrays import zeros
from npslstm.machine.guard import current
from npslstm.machine.guard_layout import END, LIVE, PAGE, START
state = current()

def guarded(array, nbytes=None):
    start, stop = array.ctypes.data, array.ctypes.data + (nbytes or array.nbytes)
    assert state[START] <= start and stop < state[END]
    return (stop if os.environ["NPSLSTM_CHECK"] == "1" else start) % PAGE == 0

before = state[LIVE]
for dtype in ("float32", "float64", "bool", "int64", "complex128", "U3", "O"):
    for shape in (1, 7, (3, 5), 4096, (513, 1024), 0, (0, 4)):
        for make in (np.zeros, np.empty, zeros):
            if make is zeros and dtype == "O":
                continue
            array = make(shape, dtype)
            assert guarded(array, None if array.size else 1), (dtype, shape, make)
            if make is zeros:
                assert not array.any()
found = []
thread = threading.Thread(target=lambda: found.append(np.ones(7)))
thread.start(); thread.join()
assert guarded(found[0])
array = np.arange(1000)
for size in (10, 5000, 700_000, 3):
    array.resize(size, refcheck=False)
    assert guarded(array) and array[:3].tolist() == [0, 1, 2], size
    assert not array[1000:].any()
assert np.fromiter(range(100_000), int).sum() == 4999950000
assert np.isnan(np.empty(5)).all() and np.isnan(np.empty(5, np.float32)).all()
del array, found, thread
assert state[LIVE] - before <= 1, state[LIVE] - before
print("done")
"""


@pytest.mark.parametrize("switch", [ENDS, BEGINNINGS])
def test_arrays_of_all_kinds_lie_beside_a_guard_page_until_they_are_freed(switch):
    run = ran(ARRAYS, switch)
    assert (run.returncode, run.stdout, run.stderr) == (0, "done\n", "")


MEMORY = """
import os, pathlib
import numpy as np, npslstm as nn
from npslstm.machine.guard import current
from npslstm.machine.guard_layout import BLOCK, CURSOR, LIVE
state = current()

def memory(name):
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))

model = nn.Sequential([nn.Input((4, 2)), nn.layers.LSTM(3), nn.layers.Dense(1)])
x = np.ones((5, 4, 2), np.float32)

def figures():
    pieces = len(pathlib.Path("/proc/self/maps").read_text().splitlines())
    return np.array([state[LIVE], memory("VmRSS"), memory("VmPTE"), pieces])

for _ in range(200):
    model.predict(x.copy(), verbose=0)
before = figures()
start = state[CURSOR]
for _ in range(1000):
    model.predict(x.copy(), verbose=0)
growth = figures() - before
assert state[CURSOR] - start > 5 * BLOCK, "addresses are not used twice"
assert (growth < [5, 500, 40, 20]).all(), growth
print("done")
"""


def test_a_thousand_predictions_need_no_more_memory_than_one():
    run = ran(MEMORY, ENDS)
    assert (run.returncode, run.stdout, run.stderr) == (0, "done\n", "")


def test_arrays_for_which_there_is_no_room_are_counted():
    program = """
    import numpy as np, npslstm
    from npslstm.machine.guard import current
    from npslstm.machine.guard_layout import LIMIT, LIVE
    current()[LIMIT] = current()[LIVE] + 10
    arrays = [np.full(7, k) for k in range(1000)]
    assert all((a == k).all() for k, a in enumerate(arrays))
    """
    run = ran(program, ENDS)
    assert run.returncode == 0 and not run.stdout and run.stderr.count("\n") == 1
    assert int(re.match(r"npslstm: (\d+) arrays had no guard page", run.stderr)[1]) >= 990


def test_an_array_freed_twice_ends_the_process():
    program = """
    import ctypes, numpy as np, npslstm
    from npslstm.machine.guard import default_handler
    handler, array = default_handler(), np.ones(7)
    free = ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)(handler.free)
    for _ in range(2):
        free(handler.context, array.ctypes.data, array.nbytes)
    """
    assert ran(program, ENDS).returncode == -signal.SIGABRT


@pytest.mark.parametrize("switch", ["on", "3"])
def test_an_unknown_switch_is_refused(switch):
    run = ran("import npslstm", switch)
    assert f"ValueError: NPSLSTM_CHECK={switch!r} is not known. Write NPSLSTM_CHECK=1" in run.stderr


def test_interpreted_code_has_nothing_to_check():
    run = ran("import npslstm", ENDS, NUMBA_DISABLE_JIT="1")
    assert "ValueError: NPSLSTM_CHECK checks what compiled kernels read" in run.stderr


@pytest.mark.parametrize("switch", [None, "", "0"])
def test_without_the_switch_nothing_of_it_is_there(switch):
    program = "import sys, npslstm; print([name for name in sys.modules if 'guard' in name])"
    run = ran(program, switch)
    assert (run.returncode, run.stdout, run.stderr) == (0, "[]\n", "")
