"""TimeDistributed around models, shared layers and wrappers: as if each step came by itself."""

import numpy as np
import pytest

import npslstm
from npslstm import layers as nn
from tests.gradients import of_graph, worst_error

N, T, F = 2, 4, 3
L2 = {"class_name": "L1L2", "config": {"l1": 0.05, "l2": 0.1}}


def inp(*shape):
    return npslstm.Input(shape, dtype="float64")


def layer(name, *arguments, **options):
    return getattr(nn, name)(*arguments, dtype="float64", **options)


def branched(**options):
    """A model of vectors with two ways that meet."""
    x = inp(F)
    return npslstm.Model(x, layer("Dense", 2, "tanh", **options)(x) + layer("Dense", 2)(x))


def reader():
    """A model of sequences that hides their steps of zeros, and makes sequences."""
    both = layer("Bidirectional", layer("LSTM", 2, return_sequences=True))
    last = layer("LSTM", 3, return_sequences=True)
    return npslstm.Sequential([inp(T, F), layer("Masking"), both, last])


def numbers(*shape):
    return np.random.default_rng(3).uniform(-1, 1, shape)


# ---- values and gradients ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "shape"),
    [
        (branched, (F,)),
        (reader, (T, F)),
        (lambda: npslstm.Sequential([layer("LSTM", 2), layer("Dense", 2)]), (T, F)),
        (lambda: npslstm.Sequential([branched(), layer("Dense", 2)]), (F,)),
        (lambda: layer("Bidirectional", layer("LSTM", 2), "mul"), (T, F)),
        (lambda: npslstm.Model(*[inp(F)] * 2), (F,)),
    ],
    ids=["branched", "reader", "unbuilt", "nested", "Bidirectional", "nothing"],
)
def test_each_step_by_itself(make, shape):
    inner, x = make(), numbers(N, 5, *shape)
    x[0, 1] = x[0, 2, :1] = 0  # for the reader's Masking
    found = nn.TimeDistributed(inner)(x)
    wanted = np.stack([inner(x[:, t]) for t in range(5)], axis=1)
    assert found.shape == wanted.shape and np.allclose(found, wanted, rtol=0, atol=1e-14)


def twice():
    """At each step, and by itself, with penalties on what it makes."""
    inner = branched(activity_regularizer=L2, kernel_regularizer=L2)
    x, z = inp(T, F), inp(F)
    return npslstm.Model([x, z], [nn.TimeDistributed(inner)(x), inner(z)])


def shared_layers():
    both, dense = layer("Bidirectional", layer("LSTM", 2)), layer("Dense", F, "tanh")
    x, u = inp(T, F), inp(5, T, F)
    every = nn.TimeDistributed(dense)
    return npslstm.Model([x, u], [both(every(every(x))), nn.TimeDistributed(both)(u), dense(x)])


def one_in_another():
    u = inp(5, T, F)
    inner = nn.TimeDistributed(branched(activity_regularizer=L2))
    x = inp(T, F)
    return npslstm.Model(u, nn.TimeDistributed(npslstm.Model(x, inner(x)))(u))


def masked():
    x = inp(T, F)
    steps = nn.TimeDistributed(branched())(layer("Masking")(x))
    return npslstm.Model(x, layer("LSTM", 2)(steps))


def of_sequences():
    x = inp(5, T, F)
    return npslstm.Model(x, nn.TimeDistributed(reader())(x))


def penalised_directions():
    x = inp(5, T, F)
    both = layer("Bidirectional", layer("LSTM", 2, activity_regularizer=L2))
    return npslstm.Model(x, nn.TimeDistributed(both)(x))


GRAPHS = [twice, shared_layers, one_in_another, masked, of_sequences, penalised_directions]


@pytest.mark.parametrize("graph", GRAPHS, ids=lambda graph: graph.__name__)
def test_gradients(graph):
    worst_error(of_graph(graph()))


def penalty(model, x):
    """What is left of a loss where outputs are as they should be."""
    model.compile("sgd", "mse")
    return model.evaluate(x, model.predict(x, verbose=0), verbose=0)


def test_penalties_within_add_up_over_the_steps():
    """As in Keras, which calls the model once for each step; of weights there is one."""
    inner, x = branched(activity_regularizer=L2), numbers(N, T, F)
    y = inp(T, F)
    outer = npslstm.Model(y, nn.TimeDistributed(inner)(y))
    assert penalty(outer, x) == pytest.approx(sum(penalty(inner, x[:, t]) for t in range(T)))
    inner = branched(kernel_regularizer=L2)
    outer = npslstm.Model(y, nn.TimeDistributed(inner)(y))
    assert penalty(outer, x) == pytest.approx(penalty(inner, x[:, 0])) != 0


def test_a_frozen_one_has_no_penalties_and_learns_nothing():
    inner, x, y = branched(kernel_regularizer=L2), numbers(N, T, F), inp(T, F)
    frozen = nn.TimeDistributed(inner, trainable=False)
    model = npslstm.Model(y, layer("Dense", 1)(frozen(y)))
    before = inner.get_weights()
    assert penalty(model, x) == pytest.approx(0, abs=1e-12)
    model.fit(x, numbers(N, T, 1), verbose=0)
    assert all(map(np.array_equal, before, inner.get_weights()))
    assert len(model.trainable_weights) == 2


def test_training_trains_the_model_within(tmp_path):
    inner, x, y = branched(), numbers(N, T, F), inp(T, F)
    outer = npslstm.Model(y, nn.TimeDistributed(inner)(y))
    before = inner.get_weights()
    outer.compile("sgd", "mse")
    outer.fit(x, numbers(N, T, 2), verbose=0)
    assert not any(map(np.array_equal, before[::2], inner.get_weights()[::2]))
    wanted = np.stack([inner.predict(x[:, t], verbose=0) for t in range(T)], axis=1)
    assert np.allclose(outer.predict(x, verbose=0), wanted, rtol=0, atol=1e-14)
    outer.save(tmp_path / "model.keras")
    again = npslstm.models.load_model(tmp_path / "model.keras")
    assert np.array_equal(again.predict(x, verbose=0), outer.predict(x, verbose=0))


def test_names_within_may_be_there_twice():
    both = layer("Bidirectional", layer("LSTM", 2))
    assert nn.TimeDistributed(both, name="each").names == ["each"]
    assert nn.TimeDistributed(branched(), name="each").names == ["each"]


# ---- what is refused -----------------------------------------------------------------------------


def several(outputs):
    x, y = inp(F), inp(F)
    return npslstm.Model(x, [x, x]) if outputs else npslstm.Model([x, y], x + y)


REFUSED = {
    "no layer": (lambda: 5, "needs a layer, .* or a model; received 5"),
    "a class": (lambda: nn.Dense, "needs a layer"),
    "a function": (lambda: np.tanh, "needs a layer"),
    "a merge layer": (nn.Add, "takes several inputs"),
    "several inputs": (lambda: several(False), "takes several inputs"),
    "several outputs": (lambda: several(True), "several outputs"),
    "return_state": (lambda: nn.LSTM(2, return_state=True), "leave return_state=True"),
    "return_state both ways": (
        lambda: nn.Bidirectional(nn.LSTM(2, return_state=True)), "several outputs",
    ),
    "merge_mode": (lambda: nn.Bidirectional(nn.LSTM(2), None), "merge_mode=None out"),
    "stateful": (lambda: nn.LSTM(2, stateful=True), "mix the states"),
    "a stateful model": (
        lambda: npslstm.Sequential([nn.Dense(2), nn.LSTM(2, stateful=True)]), "mix the states",
    ),
    "norm": (nn.BatchNormalization, "takes sequences by itself"),
    "norm in a model": (
        lambda: npslstm.Sequential([nn.Dense(2), nn.BatchNormalization()]), "sequences by itself",
    ),
    "norm deep in a model": (
        lambda: npslstm.Sequential([npslstm.Sequential([nn.BatchNormalization()])]),
        "sequences by itself",
    ),
}  # fmt: skip


@pytest.mark.parametrize("refused", REFUSED)
def test_refused(refused):
    make, message = REFUSED[refused]
    with pytest.raises(ValueError, match=message):
        nn.TimeDistributed(make())


CHANGES = {
    "return_state": (
        lambda: layer("LSTM", 2), lambda one: setattr(one, "return_state", True),
        "can no longer be set",
    ),
    "norm": (
        lambda: npslstm.Sequential([layer("LSTM", 2)]),
        lambda one: one.add(layer("BatchNormalization")), "part of another model",
    ),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_changed_later_is_refused(change):
    make, do, message = CHANGES[change]
    inner, x, y = make(), numbers(N, 5, T, F), inp(5, T, F)
    steps = nn.TimeDistributed(inner)
    model = npslstm.Model(y, steps(y))
    before = model(x)
    with pytest.raises(ValueError, match=message):
        do(inner)
    assert np.array_equal(model(x), before)


class Two(nn.Layer):
    """A user's own, with two outputs."""

    def connect(self, program, x):
        return x, x

    def compute_output_shape(self, input_shape):
        return input_shape, input_shape


def test_several_outputs_of_a_users_own_layer():
    steps = nn.TimeDistributed(Two())
    for inputs in (numbers(N, T, F), npslstm.Input((T, F))):
        with pytest.raises(ValueError, match="several outputs"):
            steps(inputs)
    assert not steps.calls


def test_inputs_that_do_not_fit_the_model():
    steps = nn.TimeDistributed(branched())
    with pytest.raises(ValueError, match=r"of shape \(None, 3\)"):
        steps(numbers(N, T, F + 1))
    with pytest.raises(ValueError, match=r"needs inputs \(samples, time steps, ...\)"):
        steps(numbers(N, F))
