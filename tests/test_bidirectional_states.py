"""Bidirectional layers with states: several outputs, states to begin with, errors of all."""

import numpy as np
import pytest

import npslstm
from npslstm.layers import LSTM, Bidirectional, Dense, Masking
from npslstm.machine.steps import Steps
from npslstm.program import Program
from tests.cases import MIDDLE, RIGHT
from tests.gradients import Problem, of_graph, worst_error

N, T, F, H = 2, 4, 3, 2
STATES = ("forward h", "forward c", "backward h", "backward c")
MASKS = {"no mask": None, "middle": MIDDLE, "right": RIGHT}
L2 = {"class_name": "L1L2", "config": {"l1": 0.05, "l2": 0.1}}


def both(mode="concat", **options):
    return Bidirectional(LSTM(H, **{"return_state": True, "dtype": "float64"} | options), mode)


def inp(*shape):
    return npslstm.Input(shape or (T, F), dtype="float64")


def arrays(seed=1, samples=N):
    """x and four states."""
    rng = np.random.default_rng(seed)
    shapes = [(samples, T, F), *[(samples, H)] * 4]
    x, *states = (rng.uniform(-1, 1, shape) for shape in shapes)
    return x, states


def listed(made):
    return list(made) if isinstance(made, (list, tuple)) else [made]


# ---- gradients -----------------------------------------------------------------------------------


def of_states(layer, mask):
    """L = sum(every output * random numbers), by x, four states to begin with, and the weights."""
    rng = np.random.default_rng(5)
    program = Program(np.float64, training=True, learns=True)
    x = program.input(T, N, F, needs_gradient=True, masked=mask is not None)
    if mask is not None:
        x.mask[...] = np.transpose(mask)
    states = [program.input(N, H, needs_gradient=True) for _ in STATES]
    layer.ensure_built((N, T, F))
    found = {"x": x} | dict(zip(STATES, states, strict=True))
    for signal in found.values():
        signal.value[...] = rng.uniform(-1, 1, signal.shape)
    outputs = layer.write(program, x, *states)
    factors = [rng.uniform(-1, 1, y.shape) for y in outputs]
    forward, back = Steps(program.forward_operations), Steps(program.backward_operations[::-1])

    def loss():
        forward.run()
        return float(sum(np.sum(y.value * f) for y, f in zip(outputs, factors, strict=True)))

    def backward():
        loss()
        for y, factor in zip(outputs, factors, strict=True):
            y.gradient[...] = factor
        back.run()

    places = {name: (signal.value, signal.gradient) for name, signal in found.items()}
    weights = {f"{k} {v.name}": (v.value, v.gradient) for k, v in enumerate(layer.weights)}
    return Problem(loss, backward, places | weights)


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("sequences", [False, True], ids=["last", "sequences"])
@pytest.mark.parametrize("mode", ["concat", "mul", None])
def test_gradients_of_all_states(mode, sequences, mask):
    worst_error(of_states(both(mode, return_sequences=sequences), MASKS[mask]))


@pytest.mark.parametrize("mode", ["sum", None])
def test_gradients_with_penalties_on_every_output(mode):
    x = inp()
    layer = both(mode, activity_regularizer=L2, kernel_regularizer=L2, return_sequences=True)
    worst_error(of_graph(npslstm.Model(x, layer(x))))


@pytest.mark.parametrize("mode", ["ave", None])
def test_gradients_from_an_encoder_to_a_decoder(mode):
    """The decoder hands its errors to all four states, which also are outputs themselves."""
    a, b = inp(), inp(3, F)
    *_, fh, fc, bh, bc = both(recurrent_dropout=0.3, seed=1)(Masking(dtype="float64")(a))
    decoder = both(mode, return_sequences=True)
    made = listed(decoder(b, initial_state=[bh, bc, fh, fc]))
    worst_error(of_graph(npslstm.Model([a, b], [*made, fh, bc])))


def test_gradients_of_two_directions_that_go_different_ways():
    x = inp()
    first, second = both(None, return_state=False, return_sequences=True)(x)
    worst_error(of_graph(npslstm.Model(x, [first, LSTM(3, dtype="float64")(second)])))


# ---- values --------------------------------------------------------------------------------------


def apart(layer, x, mask=None, states=(None, None)):
    """What the two LSTMs make by themselves: the outputs in time order, and the states."""
    (y, *ends), (z, *others) = (
        one(x, mask=mask, initial_state=state)
        for one, state in zip(layer.both, states, strict=True)
    )
    return y, z[:, ::-1] if z.ndim == 3 else z, ends + others


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("started", [False, True], ids=["zeros", "initial_state"])
@pytest.mark.parametrize("sequences", [False, True], ids=["last", "sequences"])
def test_outputs_are_those_of_both_lstms(sequences, started, mask):
    layer, (x, states) = both(None, return_sequences=sequences), arrays()
    given = states if started else None
    made = layer(x, mask=MASKS[mask], initial_state=given)
    halves = (states[:2], states[2:]) if started else (None, None)
    y, z, ends = apart(layer, x, MASKS[mask], halves)
    assert type(made) is tuple and len(made) == 6
    for one, other in zip(made, [y, z, *ends], strict=True):
        assert np.array_equal(one, other)
    merged = both("sum", return_sequences=sequences)
    merged.ensure_built(x.shape)
    merged.set_weights(layer.get_weights())
    total, *rest = merged(x, mask=MASKS[mask], initial_state=given)
    assert np.array_equal(total, y + z) and np.array_equal(rest, ends)


@pytest.mark.parametrize("mode", ["concat", None])
def test_a_model_and_its_file_make_what_the_layer_makes(mode, tmp_path):
    layer, (x, states) = both(mode), arrays()
    tensors = [inp(), *[inp(H) for _ in STATES]]
    model = npslstm.Model(tensors, layer(tensors[0], initial_state=tensors[1:]))
    model.save(tmp_path / "model.keras")
    again = npslstm.models.load_model(tmp_path / "model.keras")
    wanted = layer(x, initial_state=states)
    for found in (model.predict([x, *states], verbose=0), again([x, *states])):
        assert len(found) == len(wanted) and all(map(np.array_equal, found, wanted))


@pytest.mark.parametrize("sequences", [False, True], ids=["last", "sequences"])
@pytest.mark.parametrize("mode", ["sum", None])
def test_masks_of_the_outputs(mode, sequences):
    """Sequences are masked where x is; the states, and the last outputs, are not."""
    program, layer = Program(np.float64), both(mode, return_sequences=sequences)
    x = program.input(T, N, F, masked=True)
    layer.ensure_built((N, T, F))
    x.mask[...] = np.transpose(RIGHT)
    *outputs, _, _, _, _ = made = layer.write(program, x)
    program.steps().run()
    masked = [one.mask.T.tolist() if one.mask.size else None for one in made]
    wanted = np.array(RIGHT, bool).tolist() if sequences else None
    assert masked == [wanted] * len(outputs) + [None] * 4


def test_penalties_are_of_every_output_of_both_lstms():
    layer, (x, _), tensor = both("sum", activity_regularizer=L2), arrays(), inp()
    model = npslstm.Model(tensor, layer(tensor))
    model.compile("sgd", ["mse"] * 5)
    loss = model.evaluate(x, model.predict(x, verbose=0), verbose=0)[0]
    y, z, ends = apart(layer, x)
    penalties = [np.sum(0.05 * abs(one) + 0.1 * one**2) / N for one in (y, z, *ends)]
    assert loss == pytest.approx(sum(penalties))


def test_stateful_begins_with_what_is_given_and_keeps_the_last():
    layer = both("sum", stateful=True)
    x, states = arrays()
    first = layer(x)[1:]
    assert np.array_equal(layer.states, first)
    second = layer(x)[1:]
    assert np.array_equal(second, layer(x, initial_state=first)[1:])
    given = layer(x, initial_state=states)[1:]
    assert np.array_equal(layer.states, given)
    assert np.array_equal(layer(x)[1:], layer(x, initial_state=given)[1:])
    layer.reset_state()
    assert np.array_equal(layer(x)[1:], first)


@pytest.mark.parametrize("state", [False, True], ids=["", "return_state"])
@pytest.mark.parametrize("mode", ["concat", "sum", None])
def test_shapes(mode, state):
    layer, (x, _) = both(mode, return_state=state, return_sequences=True), arrays()
    made = listed(layer(x))
    shapes = layer.compute_output_shape((None, T, F))
    assert layer.compute_output_shape(x.shape) == layer.output_shape
    shapes = [shapes] if len(made) == 1 else list(shapes)
    assert [one.shape for one in made] == [(N, *shape[1:]) for shape in shapes]
    assert {shape[0] for shape in shapes} == {None}


# ---- mistakes ------------------------------------------------------------------------------------

FOUR = r"is \[h, c, h, c\], .* four {} of shape \(samples, units\) = \({}, 2\); received {}"
ARRAYS, TENSORS = FOUR.format("arrays", N, "{}"), FOUR.format("Tensors", None, "{}")
WRONG = {
    "two states": (lambda x, s: (x, s[:2]), ARRAYS.format("2 of shapes")),
    "other units": (lambda x, s: (x, [np.ones((N, 3)), *s[1:]]), ARRAYS.format(r"4 .*\(2, 3\)")),
    "other samples": (lambda x, s: (x, arrays(samples=3)[1]), ARRAYS.format("4 of shapes")),
    "one array": (lambda x, s: (x, np.ones((4, N, H))), ARRAYS.format("an array")),
    "Tensors for arrays": (lambda x, s: (x, [inp(H)] * 4), "array of numbers"),
    "arrays for Tensors": (lambda x, s: (inp(), s), TENSORS.format(r"\[array")),
    "three Tensors": (lambda x, s: (inp(), [inp(H)] * 3), TENSORS.format("3 of shapes")),
    "sequences": (lambda x, s: (inp(), [inp(T, H)] * 4), TENSORS.format(r"4 .*\(None, 4, 2\)")),
    "a list of sequences": (lambda x, s: ([inp(), inp()], None), "takes one input and was called"),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_states_that_do_not_fit(wrong):
    make, message = WRONG[wrong]
    layer = both()
    given, states = make(*arrays())
    with pytest.raises(ValueError, match=message):
        layer(given, initial_state=states)
    assert not layer.built and not layer.calls


def test_states_among_the_inputs_have_to_fit_as_well():
    x, layer = npslstm.Input(batch_shape=(N, T, F), dtype="float64"), both()
    for shape, received in {(N + 1, H): r"\(3, 2\)", (N, H + 1): r"\(2, 3\)"}.items():
        states = [npslstm.Input(batch_shape=shape, dtype="float64")] * 4
        with pytest.raises(ValueError, match=FOUR.format("Tensors", N, f"4 .*{received}")):
            layer([x, *states])


@pytest.mark.parametrize(("mode", "state"), [(None, False), ("concat", True)])
def test_a_sequential_takes_no_several_outputs(mode, state):
    layer, dense = both(mode, return_state=state), Dense(2, dtype="float64")
    model = npslstm.Sequential([inp()])
    with pytest.raises(ValueError, match="several outputs"):
        model.add(layer)
    assert model.layers == []
    with pytest.raises(ValueError, match="several outputs"):
        npslstm.Sequential([layer, dense]).build((None, T, F))


def test_a_direction_that_was_changed_alone():
    layer, (x, _) = both(), arrays()
    layer(x)
    with pytest.raises(ValueError, match="return_state can no longer be set"):
        layer.forward_layer.return_state = False
    assert len(layer(x)) == 5
