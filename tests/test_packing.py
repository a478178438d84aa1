"""Large weights are packed for multiplication, once a pass: the same numbers as without."""

from __future__ import annotations

import numpy as np
import pytest

import npslstm as nn
from npslstm.kernels.products import write_packed
from npslstm.machine.compiler import INTERPRETED
from npslstm.machine.sizes import packing_repays
from npslstm.program import Program
from npslstm.scan import State, Weights, scan

B, T, F, H = 6, 5, 16, 8  # 32 columns: whole tiles, in either precision

LAYERS = {
    "two layers": lambda: [nn.layers.LSTM(H, return_sequences=True), nn.layers.LSTM(H)],
    "masked, stateful": lambda: [nn.layers.Masking(0.0), nn.layers.LSTM(H, stateful=True)],
    "both directions": lambda: [nn.layers.Bidirectional(nn.layers.LSTM(H))],
    "dropout": lambda: [nn.layers.LSTM(H, dropout=0.2, recurrent_dropout=0.2, seed=1)],
}


def trained(layers):
    """Losses, weights and outputs of a small training."""
    nn.utils.set_random_seed(4)
    rng = np.random.default_rng(5)
    x, y = rng.random((2 * B, T, F)), rng.random((2 * B, 1))
    x[3:9, 1:3] = 0
    model = nn.Sequential([nn.Input(batch_shape=(B, T, F)), *layers(), nn.layers.Dense(1)])
    model.compile("adam", "mse")
    losses = model.fit(x, y, batch_size=B, epochs=3, verbose=0).history["loss"]
    return [np.array(losses), *model.get_weights(), model.predict(x, batch_size=B, verbose=0)]


@pytest.fixture
def written(monkeypatch):
    """The weights that have been packed."""
    weights, make = [], Program.forward

    def forward(program, kernel, *arguments):
        if kernel is write_packed:
            weights.append(arguments[0])
        make(program, kernel, *arguments)

    monkeypatch.setattr(Program, "forward", forward)
    return weights


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("layers", LAYERS.values(), ids=LAYERS)
def test_the_same_bits_packed_and_not(layers, dtype, written, monkeypatch):
    """Both add up in the same order, and packed weights follow from step to step. Behind
    dropout in training there are none, as each gate sees other rows."""
    monkeypatch.setattr("npslstm.config._floatx", dtype)
    plain = trained(layers)
    assert not written
    monkeypatch.setattr("npslstm.layers.scanning.packing_repays", lambda weight, rows, steps: True)
    packed = trained(layers)
    assert written
    assert all(np.array_equal(a, b) for a, b in zip(plain, packed, strict=True))


@pytest.mark.parametrize("units", [8] if INTERPRETED else [8, 256])
def test_the_layer_and_the_scan_by_itself_agree(units, written):
    """256 units are packed, the scan by itself never; measured 0.3 epsilons."""
    x = np.random.default_rng(6).random((B, T, 2), np.float32)
    layer = nn.layers.LSTM(units, return_sequences=True, seed=1)
    outputs = layer(x)
    assert bool(written) == (units == 256)
    zeros = np.zeros((B, units), np.float32)
    _, tape = scan(x.swapaxes(0, 1), Weights(*layer.get_weights()), State(zeros, zeros))
    off = abs(tape.h[1:].swapaxes(0, 1) - outputs).max()
    assert off <= np.finfo(np.float32).eps


@pytest.mark.parametrize(
    ("shape", "rows", "steps", "repay"),
    [
        ((256, 1024), 16, 8, True),
        ((128, 512), 16, 8, False),  # tiles take it as it is
        ((256, 1028), 16, 8, False),  # no whole tiles
        ((256, 1024), 4, 8, True),
        ((256, 1024), 3, 8, False),  # BLAS takes it as it is
        ((2048, 8192), 1, 8, False),  # a single row goes through the weight once in any case
        ((256, 1024), 16, 3, False),
    ],
)
def test_when_packing_repays(shape, rows, steps, repay):
    assert packing_repays(np.empty(shape, np.float32), rows, steps) is repay
