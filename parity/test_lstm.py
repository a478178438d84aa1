"""The LSTM layer in all its options: outputs, states and gradients equal Keras's."""

import keras
import numpy as np
import pytest

import npslstm
from npslstm.layers import recurrent
from parity import gradients
from parity.differences import agree
from parity.twins import layer_twins

N, T, F, U = 4, 6, 3, 5
DTYPES = ["float32", "float64"]
ON = np.ones((N, T), bool)


def masks():
    """Masks (samples, time steps), True = use the step. Each leaves other samples whole."""
    left, middle, right, row, rows = (ON.copy() for _ in range(5))
    left[0, :2] = left[2, :5] = False
    middle[0, 2:4] = middle[1, 3] = False
    right[1, 4:] = right[3, 1:] = False
    row[2, :] = False
    rows[:] = False
    holes = np.array(
        [[0, 1, 0, 1, 1, 0], [1, 0, 0, 0, 0, 1], [0, 0, 0, 1, 0, 0], [1, 0, 1, 0, 1, 0]], bool
    )
    return {
        "none": None, "all used": ON, "left": left, "middle": middle, "right": right,
        "a full row": row, "every row": rows, "holes": holes,
    }  # fmt: skip


MASKS = masks()


def suffix(dtype):
    return ", float64" if dtype == "float64" else ""


def data(rng, dtype, samples=N):
    """Inputs, upstream gradients for every step, and an initial state."""
    x = rng.normal(0, 1, (samples, T, F)).astype(dtype)
    upstream = rng.normal(0, 1, (samples, T, U)).astype(dtype)
    state = [rng.normal(0, 0.5, (samples, U)).astype(dtype) for _ in range(2)]
    return x, upstream, state


def check(rng, dtype, mask, started, growing=False, **options):
    """Outputs, states and gradients of one layer."""
    options |= {"dtype": dtype}
    ours, theirs = layer_twins(lambda nn: nn.layers.LSTM(U, **options), (N, T, F), rng)
    x, upstream, state = data(rng, dtype)
    if not options.get("return_sequences"):
        upstream = upstream[:, 0]
    given = state if started else None

    end = suffix(dtype)
    mine = gradients.of_ours([ours], x, upstream, mask, initial_state=given)
    keras_ = gradients.of_keras([theirs], x, upstream, mask, initial_state=given)
    outputs = "lstm growing output" if growing else "lstm output" + end
    assert mine.output.dtype == keras_.output.dtype == dtype
    agree(outputs, mine.output, keras_.output, "output of a Program")
    agree("lstm gradient" + end, mine.x, keras_.x, "dL/dx")
    agree("lstm gradient" + end, mine.weights, keras_.weights, "dL/d(weights)")
    agree("lstm gradient" + end, mine.state, keras_.state, "dL/d(h0, c0)")

    more = npslstm.layers.LSTM(U, return_state=True, **options)
    more.build(x.shape)
    more.set_weights(ours.get_weights())
    theirs.return_state = True
    mine = more(x, mask=mask, initial_state=given)
    keras_ = theirs(x, mask=mask, initial_state=given)
    assert type(mine) is type(keras_) is tuple
    agree(outputs, mine, [t.numpy() for t in keras_], "output, h, c")


@pytest.mark.parametrize("dtype", ["float32", pytest.param("float64", marks=pytest.mark.thorough)])
@pytest.mark.parametrize("started", [False, True], ids=["zeros", "initial_state"])
@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("zero_output", [False, True], ids=["repeat", "zero_output"])
@pytest.mark.parametrize("backwards", [False, True], ids=["forwards", "backwards"])
@pytest.mark.parametrize("sequences", [False, True], ids=["last", "sequences"])
def test_masks_directions_and_states(rng, sequences, backwards, zero_output, mask, started, dtype):
    check(
        rng, dtype, MASKS[mask], started,
        return_sequences=sequences, go_backwards=backwards, zero_output_for_mask=zero_output,
    )  # fmt: skip


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("mask", ["none", "holes"])
@pytest.mark.parametrize(
    "options",
    [
        {"use_bias": False},
        {"implementation": 1},
        {"unroll": True},
        {"unroll": True, "go_backwards": True},
        {"unroll": True, "zero_output_for_mask": True},
        {"unroll": True, "implementation": 1, "use_bias": False},
        {"unit_forget_bias": False},
    ],
    ids=str,
)
@pytest.mark.parametrize("sequences", [False, True], ids=["last", "sequences"])
def test_other_options(rng, sequences, options, mask, dtype):
    check(rng, dtype, MASKS[mask], True, return_sequences=sequences, **options)


def test_unrolled_backwards_zero_output(rng):
    """Unrolling changes no number here. In Keras it does in this one combination of options:
    its unrolled loop shows 0 at the mask's steps without turning the mask round as well."""
    options = {"return_sequences": True, "go_backwards": True, "zero_output_for_mask": True}
    ours, theirs = layer_twins(lambda nn: nn.layers.LSTM(U, **options), (N, T, F), rng)
    ours.unroll = True
    x = data(rng, "float32")[0]
    looped = theirs(x, mask=MASKS["holes"]).numpy()
    agree("lstm output", ours(x, mask=MASKS["holes"]), looped, "output")
    theirs.unroll = True
    assert np.abs(theirs(x, mask=MASKS["holes"]).numpy() - looped).max() > 0.1, "Keras is mended"


@pytest.mark.parametrize("mask", ["none", "holes"])
@pytest.mark.parametrize(
    "pair",
    [("relu", "hard_sigmoid"), ("gelu", "softmax"), (None, "tanh")],
    ids=lambda pair: f"{pair[0]} {pair[1]}",
)
def test_activations(rng, pair, mask):
    check(
        rng, "float32", MASKS[mask], True, growing=True,
        return_sequences=True, activation=pair[0], recurrent_activation=pair[1],
    )  # fmt: skip


SHAPES = [(1, 1, 1, 1), (1, 9, 2, 64), (40, 3, 9, 33), (20, 5, 160, 256)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_shapes(rng, shape):
    """From one number to products that go through BLAS, and weights large enough to be packed."""
    samples, steps, features, units = shape
    ours, theirs = layer_twins(
        lambda nn: nn.layers.LSTM(units, return_sequences=True), (samples, steps, features), rng
    )
    weights = [w / np.sqrt(units) for w in ours.get_weights()]
    ours.set_weights(weights)
    theirs.set_weights(weights)
    x = rng.normal(0, 1, (samples, steps, features)).astype("float32")
    upstream = rng.normal(0, 1, (samples, steps, units)).astype("float32")
    mine, keras_ = gradients.of_ours([ours], x, upstream), gradients.of_keras([theirs], x, upstream)
    agree("lstm output", mine.output, keras_.output, "output")
    agree("lstm gradient", [mine.x, *mine.weights], [keras_.x, *keras_.weights], "gradients")


# ---- stateful ------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("mask", ["none", "holes", "a full row"])
@pytest.mark.parametrize("sequences", [False, True], ids=["last", "sequences"])
def test_stateful(rng, sequences, mask, dtype):
    """Three batches in a row, a reset, one more, then one with an initial state of its own."""
    ours, theirs = layer_twins(
        lambda nn: nn.layers.LSTM(U, stateful=True, return_sequences=sequences, dtype=dtype),
        (N, T, F), rng,
    )  # fmt: skip
    name = "lstm output" + suffix(dtype)
    for step in ["", "", "", "reset_state", "", "reset_states", "start", ""]:
        x, _, state = data(rng, dtype)
        if step.startswith("reset"):
            getattr(ours, step)()
            getattr(theirs, step)()
            agree(name, ours.states, [np.zeros((N, U))] * 2, "states after a reset")
        given = state if step == "start" else None
        mine = ours(x, mask=MASKS[mask], initial_state=given)
        keras_ = theirs(x, mask=MASKS[mask], initial_state=given)
        agree(name, mine, keras_.numpy(), "output")
        agree(name, ours.states, [s.numpy() for s in theirs.states], "states")


def test_stateful_gradients_end_at_the_batch(rng):
    """The second batch's gradients, started from the first one's state."""
    ours, theirs = layer_twins(
        lambda nn: nn.layers.LSTM(U, stateful=True, return_sequences=True), (N, T, F), rng
    )
    for _ in range(2):
        x, upstream, _ = data(rng, "float32")
        mine = gradients.of_ours([ours], x, upstream)
        keras_ = gradients.of_keras([theirs], x, upstream)
        agree("lstm output", mine.output, keras_.output, "output")
        agree("lstm gradient", [mine.x, *mine.weights], [keras_.x, *keras_.weights], "gradients")


# ---- dropout -------------------------------------------------------------------------------------


@pytest.mark.parametrize("mask", ["none", "holes"])
@pytest.mark.parametrize("backwards", [False, True], ids=["forwards", "backwards"])
@pytest.mark.parametrize(
    "options",
    [
        {"dropout": 0.4},
        {"dropout": 0.4, "implementation": 1, "use_cudnn": False},  # fails in Keras with "auto"
        {"recurrent_dropout": 0.3},
        {"dropout": 0.4, "recurrent_dropout": 0.3},
        {"dropout": 1.0},
        {"dropout": 2.0, "recurrent_dropout": -1.0},
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore:.*is the share that is dropped:UserWarning")
def test_dropout_with_the_same_masks(rng, monkeypatch, options, backwards, mask):
    """Keras is given the masks that the engine drew, in the order in which it asks for them."""
    ours, theirs = layer_twins(
        lambda nn: nn.layers.LSTM(U, return_sequences=True, go_backwards=backwards, **options),
        (N, T, F), rng,
    )  # fmt: skip
    drawn = []

    def remember(generator, rate, out):
        draw(generator, rate, out)
        drawn.extend([out.copy()] if out.ndim == 2 else out.copy())

    def hand_out(inputs, rate, noise_shape=None, seed=None):
        if rate >= 1:  # Keras draws this mask and leaves it unused
            return inputs
        mask = drawn.pop(0)
        assert mask.shape == tuple(inputs.shape)
        return inputs * mask

    draw = recurrent.draw_mask
    monkeypatch.setattr(recurrent, "draw_mask", remember)
    monkeypatch.setattr(keras.src.backend.random, "dropout", hand_out)
    x, upstream, _ = data(rng, "float32")
    mine = gradients.of_ours([ours], x, upstream, MASKS[mask], training=True)
    used = 0 < theirs.cell.dropout < 1 or 0 < theirs.cell.recurrent_dropout < 1
    assert bool(drawn) == used
    keras_ = gradients.of_keras([theirs], x, upstream, MASKS[mask], training=True)
    assert not drawn, "Keras asked for fewer masks than the engine drew"
    agree("lstm output", mine.output, keras_.output, "output")
    agree("lstm gradient", [mine.x, *mine.weights], [keras_.x, *keras_.weights], "gradients")
