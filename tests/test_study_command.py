"""python -m npslstm.study: trace, plot and check, from files to files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import npslstm
from npslstm.layers import LSTM, Dense
from npslstm.study import Trace, trace
from npslstm.study.__main__ import KINDS, main

ROOT = Path(__file__).parents[1]


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A model, data and targets in the current folder. Returns the model and the data."""
    monkeypatch.chdir(tmp_path)
    npslstm.utils.set_random_seed(3)
    layers = LSTM(4, return_sequences=True, name="first"), LSTM(3, name="second"), Dense(1)
    model = npslstm.Sequential([npslstm.Input((5, 2)), *layers])
    model.compile("adam", "mse")
    x = np.random.default_rng(1).normal(size=(6, 5, 2)).astype(np.float32)
    model.save("model.keras")
    np.save("data.npy", x)
    np.save("targets.npy", x.sum(axis=(1, 2))[:, None])
    return model, x


def test_trace_writes_what_trace_returns(files, capsys):
    model, x = files
    assert main(["trace", "model.keras", "data.npy", "-o", "trace.npz"]) == 0
    out = capsys.readouterr().out
    assert "Written: trace.npz" in out and "'second': 6 samples" in out
    found, expected = Trace.load("trace.npz"), trace(model, x)
    for one, two in zip(found, expected, strict=True):
        for name in ("x", "z", "gates", "c", "a", "h"):
            np.testing.assert_array_equal(getattr(one, name), getattr(two, name))


def test_trace_keeps_a_part(files):
    part = ["--layer", "second", "--samples", "1:3", "--steps=0,-1", "--units", "2"]
    assert main(["trace", "model.keras", "data.npy", "-o", "part.npz", *part]) == 0
    found = Trace.load("part.npz")
    assert found.c.shape == (2, 2, 1) and found[0].name == "second"
    assert list(found.samples) == [1, 2] and list(found.steps) == [0, 4]


@pytest.mark.parametrize("kind", KINDS)
def test_plot_draws_each_kind(files, kind):
    main(["trace", "model.keras", "data.npy", "-o", "trace.npz"])
    options = ["--kind", kind, "--layer", "1", "--sample", "2", "--labels", "abcde"]
    options += ["--unit", "1"] if kind == "unit" else []
    assert main(["plot", "trace.npz", "-o", "picture.png", *options]) == 0
    content = Path("picture.png").read_bytes()
    assert content.startswith(b"\x89PNG") and len(content) > 10_000


def test_check_tells_whether_all_is_well(files, capsys, monkeypatch):
    command = ["check", "model.keras", "data.npy", "targets.npy", "--fast", "--samples", "2"]
    assert main(command) == 0
    out = capsys.readouterr().out
    assert "second recurrent_kernel" in out and "agrees" in out and "holds" in out
    monkeypatch.setattr("npslstm.study.__main__.verify", lambda *a, **k: False)
    assert main(command) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["trace", "nothing.keras", "data.npy", "-o", "t.npz"], "no file 'nothing.keras'"),
        (["trace", "model.keras", "nothing.npy", "-o", "t.npz"], "nothing.npy"),
        (["trace", "model.keras", "model.keras", "-o", "t.npz"], "np.save"),
        (["trace", "model.keras", "data.npy", "-o", "t.npz", "--layer", "2"], "1: 'second'"),
        (["trace", "model.keras", "data.npy", "-o", "t.csv"], "trace.npz"),
        (["plot", "model.keras", "-o", "p.png"], "npz"),
        (["plot", "t.npz", "-o", "p.png", "--unit", "1"], "--unit is for --kind unit"),
    ],
    ids=str,
)
def test_mistakes_end_with_a_message(files, capsys, arguments, message):
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("npslstm.study: ") and message in error


def test_the_first_unit_that_was_kept_is_drawn(files, capsys):
    main(["trace", "model.keras", "data.npy", "-o", "part.npz", "--units", "1,2"])
    assert main(["plot", "part.npz", "-o", "picture.png", "--kind", "unit"]) == 0
    with pytest.raises(SystemExit):
        main(["trace", "model.keras", "data.npy", "-o", "t.npz", "--steps", "1-3"])
    assert "a range such as 2:5; received 1-3" in capsys.readouterr().err


@pytest.mark.compiled_only
def test_from_the_shell(files):
    command = [sys.executable, "-W", "error", "-m", "npslstm.study", "trace", "model.keras"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([*command, "data.npy", "-o", "t.npz"], check=True, env=environment)
    assert Trace.load("t.npz")["first"].c.shape == (6, 5, 4)
    wrong = subprocess.run([*command, "x.npy", "-o", "t.npz"], capture_output=True, env=environment)
    assert wrong.returncode == 2 and b"Traceback" not in wrong.stderr
