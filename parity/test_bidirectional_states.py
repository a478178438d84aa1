"""Bidirectional layers with states and both outputs apart, called and in graphs, as Keras's."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import npslstm
from npslstm.arrays import to_batch_major, to_time_major
from npslstm.program import Program
from parity.differences import agree
from parity.engines import engine
from parity.pair import precision
from parity.tolerances import named
from parity.training import EAGER
from parity.twins import layer_twins, model_twins

N, T, F, H = 4, 5, 3, 4
HOLES = np.array([[1, 1, 1, 1, 1], [0, 1, 0, 1, 1], [1, 1, 0, 0, 0], [0, 0, 0, 0, 0]], bool)
MASKS = {"no mask": None, "holes": HOLES}
MODES = ("concat", "sum", "ave", "mul", None)


def both(nn, mode, **options):
    return nn.layers.Bidirectional(nn.layers.LSTM(H, **options), merge_mode=mode)


def listed(made):
    return list(made) if isinstance(made, (list, tuple)) else [made]


def data(rng, dtype):
    """x and four states."""
    shapes = [(N, T, F), *[(N, H)] * 4]
    x, *states = (rng.normal(0, 0.7, shape).astype(dtype) for shape in shapes)
    return x, states


@pytest.fixture(params=["float32", "float64"])
def dtype(request):
    with precision(request.param):
        yield request.param


# ---- layers --------------------------------------------------------------------------------------


def derivatives_of_ours(layer, x, states, mask, upstream):
    """Of sum(outputs * upstream), by x, the states to begin with, and the weights."""
    program = Program(layer.dtype, learns=True)
    source = program.input(T, N, F, needs_gradient=True, masked=mask is not None)
    first = [program.input(*state.shape, needs_gradient=True) for state in states]
    outputs = listed(layer.write(program, source, *first))
    for signal, array in zip([source, *first], [x, *states], strict=True):
        signal.value[...] = to_time_major(array)
    if mask is not None:
        source.mask[...] = mask.T
    for y, factor in zip(outputs, upstream, strict=True):
        y.gradient[...] = to_time_major(factor)
    program.steps().run()
    found = [to_batch_major(signal.gradient) for signal in (source, *first)]
    return found + [v.gradient.copy() for v in layer.trainable_weights]


def derivatives_of_keras(layer, x, states, mask, upstream):
    x, *states = (tf.constant(array) for array in (x, *states))
    weights = [v.value for v in layer.trainable_variables]
    with tf.GradientTape() as tape:
        tape.watch([x, *states])
        outputs = listed(layer(x, mask=mask, initial_state=states or None))
        loss = sum(tf.reduce_sum(y * f) for y, f in zip(outputs, upstream, strict=True))
    found = tape.gradient(loss, [x, *states, *weights], unconnected_gradients="zero")
    return [gradient.numpy() for gradient in found]


def check(rng, mode, mask, dtype, started=True, **options):
    """Outputs, states, shapes and derivatives of one layer."""
    ours, theirs = layer_twins(lambda nn: both(nn, mode, **options), (N, T, F), rng)
    (x, states), mask = data(rng, dtype), MASKS[mask]
    given = states if started else None
    mine = ours(x, mask=mask, initial_state=given)
    keras_ = theirs(x, mask=mask, initial_state=given)
    assert type(mine) is type(keras_) is tuple
    keras_ = [y.numpy() for y in keras_]
    agree(named("layer output", dtype), list(mine), keras_, "outputs and states")
    assert ours.compute_output_shape((None, T, F)) == theirs.compute_output_shape((None, T, F))
    upstream = [rng.normal(0, 1, y.shape).astype(dtype) for y in keras_]
    states = states if started else []
    mine = derivatives_of_ours(ours, x, states, mask, upstream)
    keras_ = derivatives_of_keras(theirs, x, states, mask, upstream)
    agree(named("layer gradient", dtype), mine, keras_, "by x, states and weights")


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("sequences", [False, True], ids=["last", "sequences"])
@pytest.mark.parametrize("mode", MODES)
def test_states_in_and_out(rng, mode, sequences, mask, dtype):
    check(rng, mode, mask, dtype, return_sequences=sequences, return_state=True)


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("started", [False, True], ids=["zeros", "initial_state"])
@pytest.mark.parametrize("sequences", [False, True], ids=["last", "sequences"])
def test_both_outputs_apart(rng, sequences, started, mask):
    check(rng, None, mask, "float32", started, return_sequences=sequences)


@pytest.mark.parametrize("mask", MASKS)
def test_states_out(rng, mask):
    check(rng, "ave", mask, "float32", False, return_sequences=True, return_state=True)


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("mode", ["concat", None])
def test_stateful(rng, mode, mask):
    """Two batches in a row, one with states of its own, and one after it."""
    options = {"stateful": True, "return_sequences": True}
    ours, theirs = layer_twins(lambda nn: both(nn, mode, **options), (N, T, F), rng)
    for start in (False, False, True, False):
        x, states = data(rng, "float32")
        given = states if start else None
        mine, keras_ = (
            listed(one(x, mask=MASKS[mask], initial_state=given)) for one in (ours, theirs)
        )
        agree("states", mine, [y.numpy() for y in keras_], "outputs")
        agree("states", ours.states, [state.numpy() for state in theirs.states], "kept")


def test_stateful_with_its_states(rng):
    """Here they are those that are kept. Keras fails when it looks for their masks."""
    options = {"stateful": True, "return_state": True}
    ours, theirs = layer_twins(lambda nn: both(nn, "sum", **options), (N, T, F), rng)
    x, states = data(rng, "float32")
    _, *made = ours(x, initial_state=states)
    agree("exact", made, ours.states)
    with pytest.raises(TypeError, match="generator"):
        theirs(x, initial_state=states)


def test_penalties_of_every_output(rng):
    """Of both LSTMs and of the wrapper: on outputs and on states."""
    penalties = {"activity_regularizer": "l2", "return_state": True}

    def make(nn):
        x = nn.Input((T, F))
        layer = nn.layers.Bidirectional(nn.layers.LSTM(H, **penalties), activity_regularizer="l1")
        model = nn.Model(x, list(layer(x)))
        model.compile("sgd", ["mse"] * 5, **EAGER)
        return model

    ours, theirs = model_twins(make, rng)
    x = data(rng, "float32")[0]
    y = [rng.normal(0, 1, shape).astype("float32") for shape in [(N, 2 * H), *[(N, H)] * 4]]
    same_gradients(ours, theirs, x, y, "float32")
    agree("loss", ours.evaluate(x, y, verbose=0)[0], theirs.evaluate(x, y, verbose=0)[0])


# ---- graphs --------------------------------------------------------------------------------------


def same_gradients(ours, theirs, x, y, dtype):
    mine, keras_ = (
        list(engine(name).gradients(model, x, y).values())
        for name, model in {"npslstm": ours, "keras": theirs}.items()
    )
    agree(named("layer gradient", dtype), mine, keras_, "by every weight")


def encoder_decoder(nn, mode, masked):
    """The decoder begins with the encoder's states, of which one is an output as well."""
    a, b, layers = nn.Input((T, F)), nn.Input((3, 2)), nn.layers
    hidden = layers.Masking()(a) if masked else a
    options = {"return_state": True, "return_sequences": True}
    *encoded, fh, fc, bh, bc = both(nn, mode, **options)(hidden)
    *decoded, h, _, _, c = both(nn, mode, **options)(b, initial_state=[fh, fc, bh, bc])
    last = [layers.LSTM(2)(y) for y in [*encoded, *decoded]]
    model = nn.Model([a, b], [layers.Concatenate()([*last, h, c]), fc, *decoded])
    model.compile(nn.optimizers.SGD(0.1), ["mse"] * (2 + len(decoded)), **EAGER)
    return model


@pytest.mark.parametrize("masked", [False, True], ids=["no mask", "Masking"])
@pytest.mark.parametrize("mode", ["concat", None])
def test_an_encoder_and_a_decoder(rng, mode, masked, dtype):
    ours, theirs = model_twins(lambda nn: encoder_decoder(nn, mode, masked), rng)
    assert ours.output_shape == theirs.output_shape
    x = [rng.normal(0, 1, shape).astype(dtype) for shape in [(N, T, F), (N, 3, 2)]]
    if masked:
        x[0][~HOLES] = 0
    y = [rng.normal(0, 1, (N, *shape[1:])).astype(dtype) for shape in theirs.output_shape]
    mine, keras_ = (model.predict(x, verbose=0) for model in (ours, theirs))
    agree(named("layer output", dtype), mine, keras_, "outputs")
    same_gradients(ours, theirs, x, y, dtype)
    for model in (ours, theirs):
        model.fit(x, y, batch_size=2, epochs=2, shuffle=False, verbose=0)
    agree(named("weights after training", dtype), ours.get_weights(), theirs.get_weights())


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of Keras's
def test_summary_and_files(rng, tmp_path, monkeypatch):
    """The table shows all shapes, and either side reads what the other wrote."""
    monkeypatch.setenv("COLUMNS", "100")

    def make(nn):
        inputs = [nn.Input((T, F), name="x"), *[nn.Input((H,), name=f"s{k}") for k in range(4)]]
        layer = nn.layers.Bidirectional(nn.layers.LSTM(H, return_state=True), None, name="both")
        return nn.Model(inputs, list(layer(inputs[0], initial_state=inputs[1:])), name="m")

    ours, theirs = model_twins(make, rng)
    texts = []
    for model in (ours, theirs):
        model.summary(print_fn=lambda text, **_: texts.append(text))
    assert texts[0].split() == texts[1].split()
    x, states = data(rng, "float32")
    wanted = theirs.predict([x, *states], verbose=0)
    for model, reader in ((ours, keras), (theirs, npslstm)):
        model.save(tmp_path / "model.keras")
        again = reader.models.load_model(tmp_path / "model.keras")
        agree("prediction", list(again.predict([x, *states], verbose=0)), list(wanted))
