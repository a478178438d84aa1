"""What the tests of files share: models whose every number is known, and how to catch refusals."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest

import npslstm
from npslstm.layers import LSTM, Dense
from tests.mutations import archive, parts_of

ROOT = Path(npslstm.__file__).parent.parent
KERNEL = "layers/lstm/cell/vars/0"
MEMORY = "optimizer/vars"
SECONDS = 2.0  # that a refusal may take; measured: 0.02 beside a busy machine
MEGABYTES = 100  # that it may cost; measured: 17, the least that any file may unpack to and more


def small_model(units=5):
    return npslstm.Sequential([npslstm.Input((4, 3)), LSTM(units), Dense(2)])


def trained_model():
    """A compiled model whose optimizer has taken a step: its memory holds numbers."""
    model = small_model()
    model.compile("adam", "mse")
    model.optimizer.build(model.parameters)
    for value in model.optimizer.memory.values():
        value[...] = 0.5
    model.optimizer.step_count[0] = 1
    return model


def numbers_of(model):
    """Everything that loading may change."""
    found = model.get_weights()
    if model.compiled is not None:
        optimizer = model.optimizer
        found += [np.array(optimizer.iterations), np.array(optimizer.learning_rate)]
        found += [value.copy() for value in optimizer.memory.values()]
    return found


def refused(model, path, message, load=None):
    """The words in which a file is refused: soon, naming it, and leaving the model as it was."""
    before = numbers_of(model)
    begin = time.process_time()
    with pytest.raises(ValueError, match=message) as caught:
        (load or model.load_weights)(path)
    assert time.process_time() - begin < SECONDS
    assert type(caught.value) is ValueError and Path(path).name in str(caught.value)
    for one, two in zip(numbers_of(model), before, strict=True):
        np.testing.assert_array_equal(one, two)
    return str(caught.value)


def replaced(path, name, make):
    """In an HDF5 file, put something else in a place: make(file, name)."""
    with h5py.File(path, "r+") as file:
        if name in file:
            del file[name]
        make(file, name)


def with_config(path, change):
    """Change the description within a .keras file."""
    parts = parts_of(Path(path).read_bytes())
    config = json.loads(parts["config.json"])
    change(config)
    Path(path).write_bytes(archive(parts | {"config.json": json.dumps(config).encode()}))


def megabytes_of(code, folder):
    """By how much the largest memory of a process grows while it runs `code`, after importing."""
    program = f"""
import resource, warnings
import numpy as np, h5py, npslstm
from npslstm.datasets.idx import read_idx
from npslstm.study.see.traces import Trace
from tests.foreign_files import small_model
model = small_model()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    {code}
except ValueError:
    pass
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "NUMBA_DISABLE_JIT": "1", "HOME": str(folder)},
        timeout=120,
    )  # fmt: skip
    return int(result.stdout) / 1024
