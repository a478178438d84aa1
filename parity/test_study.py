"""What a trace shows of a model's layers, against the outputs of Keras's."""

import keras
import numpy as np
import pytest

from npslstm.study import trace
from parity.differences import agree
from parity.twins import model_twins

N, T, F = 6, 5, 3


def outputs(theirs, x):
    """What each layer of a Keras model puts out, by the layer's position."""
    found, value = [], x
    for layer in theirs.layers:
        value = layer(value)
        found.append(np.asarray(value))
    return found


def stacked(nn):
    layers = [nn.layers.LSTM(4, return_sequences=True), nn.layers.BatchNormalization(),
              nn.layers.LSTM(5, return_sequences=True, go_backwards=True),
              nn.layers.LSTM(3, return_sequences=True)]  # fmt: skip
    return nn.Sequential([nn.Input((T, F)), *layers])


def test_h_of_every_layer_is_kerass_output(rng):
    ours, theirs = model_twins(stacked, rng)
    x = rng.normal(0, 1, (N, T, F)).astype("float32")
    found, expected = trace(ours, x), outputs(theirs, x)
    for layer, position in zip(found, (0, 2, 3), strict=True):
        agree("layer output", layer.h, expected[position], f"layer {position}")
    agree("layer output", found[2].x, expected[2], "input of the last")


def test_states_are_those_that_keras_returns(rng):
    def make(nn):
        return nn.Sequential([nn.Input((T, F)), nn.layers.LSTM(4)])

    ours, theirs = model_twins(make, rng)
    x = rng.normal(0, 1, (N, T, F)).astype("float32")
    cell = keras.layers.LSTM(4, return_state=True)
    cell.build((N, T, F))
    cell.set_weights(theirs.get_weights())
    found = trace(ours, x)
    for steps in range(1, T + 1):
        _, h, c = cell(x[:, :steps])
        agree("lstm output", found.h[:, steps - 1], np.asarray(h), f"h after {steps}")
        agree("lstm output", found.c[:, steps - 1], np.asarray(c), f"c after {steps}")


def test_gates_are_those_of_kerass_cell(rng):
    """Keras's cell shows its gates only to who multiplies: z by its own kernels, step by step."""

    def make(nn):
        return nn.Sequential([nn.Input((T, F)), nn.layers.LSTM(4)])

    ours, theirs = model_twins(make, rng)
    x = rng.normal(0, 1, (N, T, F)).astype("float32")
    found, cell = trace(ours, x), theirs.layers[0].cell
    for t in range(T):
        before = found.h[:, t - 1] if t else found.before.h
        z = keras.ops.matmul(x[:, t], cell.kernel) + keras.ops.matmul(before, cell.recurrent_kernel)
        z = np.asarray(z + cell.bias)
        agree("layer output", found.z[:, t].reshape(N, -1), z, "z")
        i, f, g, o = np.split(z, 4, axis=1)
        for name, value in zip("ifo", (i, f, o), strict=True):
            squashed = np.asarray(cell.recurrent_activation(value))
            agree("lstm output", getattr(found, name)[:, t], squashed, name)
        agree("lstm output", found.g[:, t], np.asarray(cell.activation(g)), "g")


@pytest.mark.parametrize("stateful", [False, True], ids=["masked", "masked, stateful"])
def test_masked_and_stateful(rng, stateful):
    def make(nn):
        options = {"return_sequences": True, "stateful": stateful}
        layers = [nn.layers.Masking(), nn.layers.LSTM(4, **options)]
        return nn.Sequential([nn.Input(batch_shape=(N, T, F)), *layers])

    ours, theirs = model_twins(make, rng)
    x = rng.normal(0, 1, (2 * N, T, F)).astype("float32")
    x[rng.uniform(size=(2 * N, T)) < 0.3] = 0
    x[:, 0] = 1  # Keras shows 0 at masked steps before the first used one, and h is not 0
    found = trace(ours, x, batch_size=N)
    expected = theirs.predict(x, batch_size=N, verbose=0)
    agree("layer output", found.h, expected, "h, carried on over masked steps")
    np.testing.assert_array_equal(found.mask, (x != 0).any(axis=2))
    if stateful:
        agree("states", found.end_to_end().h[:, -1], np.asarray(theirs.layers[1].states[0]))
