"""Attributes that are set after layers, optimizers, losses and models were made: they act at once,
in every program, or they are refused and nothing has changed."""

from __future__ import annotations

import numpy as np
import pytest

import npslstm as nn
from npslstm.layers import (
    LSTM,
    BatchNormalization,
    Bidirectional,
    Dense,
    Dropout,
    Flatten,
    Masking,
    RepeatVector,
    TimeDistributed,
)

X = np.linspace(-1, 1, 80, dtype="float32").reshape(8, 5, 2)
Y = np.cos(np.arange(8, dtype="float32"))[:, None]


def compiled(*layers, **options):
    nn.utils.set_random_seed(3)
    model = nn.Sequential([nn.Input((5, 2)), *layers])
    model.compile(**{"optimizer": "sgd", "loss": "mse"} | options)
    return model


def used(*layers, **options):
    """A model that has programs for several shapes and purposes."""
    model = compiled(*layers, **options)
    weights = model.get_weights()
    model.fit(X, Y, batch_size=3, verbose=0, shuffle=False)
    model.evaluate(X, Y, verbose=0)
    model.predict(X, verbose=0)
    model.predict(X[:3], verbose=0)
    model(X)
    model.layers[0](X)
    model.set_weights(weights)
    return model


def behaviour(model, steps=2):
    """What a model does: outputs for two batch sizes, its loss, and some training."""
    whole, part = model.predict(X, verbose=0), model.predict(X[:3], verbose=0)
    found = [whole, part, model(X), np.array(model.evaluate(X, Y, verbose=0))]
    history = model.fit(X, Y, batch_size=3, epochs=steps, verbose=0, shuffle=False).history
    return [*found, np.array(history["loss"]), *model.get_weights()]


def agree(first, second):
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


# layers, which of them, the attribute, its new value: as if the layer had been made with it
ACTING = {
    "activation": (lambda o: [LSTM(3, **o), Dense(1)], 0, {"activation": "relu"}),
    "recurrent_activation": (
        lambda o: [LSTM(3, **o), Dense(1)], 0, {"recurrent_activation": "hard_sigmoid"}
    ),
    "regularizer": (lambda o: [LSTM(3, **o), Dense(1)], 0, {"kernel_regularizer": "l2"}),
    "recurrent regularizer": (
        lambda o: [LSTM(3, **o), Dense(1)], 0, {"recurrent_regularizer": nn.regularizers.L1(0.1)}
    ),
    "constraint": (lambda o: [LSTM(3, **o), Dense(1)], 0, {"kernel_constraint": "non_neg"}),
    "activity regularizer": (lambda o: [LSTM(3), Dense(1, **o)], 1, {"activity_regularizer": "l1"}),
    "dense activation": (lambda o: [LSTM(3), Dense(1, **o)], 1, {"activation": "sigmoid"}),
    "mask value": (lambda o: [Masking(**o), LSTM(3), Dense(1)], 0, {"mask_value": -1.0}),
    "momentum": (lambda o: [LSTM(3), BatchNormalization(**o), Dense(1)], 1, {"momentum": 0.5}),
    "epsilon": (lambda o: [LSTM(3), BatchNormalization(**o), Dense(1)], 1, {"epsilon": 0.1}),
    "trainable": (lambda o: [LSTM(3, **o), Dense(1)], 0, {"trainable": False}),
    "frozen statistics": (
        lambda o: [LSTM(3), BatchNormalization(**o), Dense(1)], 1, {"trainable": False}
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ACTING)
def test_a_setting_acts_at_once_in_every_program(case):
    layers, at, setting = ACTING[case]
    nn.utils.set_random_seed(3)
    model, wanted = used(*layers({})), compiled(*layers(setting))
    wanted.set_weights(model.get_weights())
    before = model.predict(X, verbose=0), model.optimizer.iterations
    for name, value in setting.items():
        setattr(model.layers[at], name, value)
    agree(behaviour(model), behaviour(wanted))
    assert before[1] == 3, "the training before went on"


def test_a_setting_of_a_layer_within_another_acts_at_once():
    def layers():
        return [
            Bidirectional(LSTM(2, return_sequences=True)), TimeDistributed(Dense(2)), Flatten(),
            Dense(1),
        ]  # fmt: skip

    model, wanted = used(*layers()), compiled(*layers())
    wanted.set_weights(model.get_weights())
    for one in (model, wanted):
        one.layers[0].backward_layer.activation = nn.activations.softsign
        one.layers[1].layer.activation = "relu"
    agree(behaviour(model), behaviour(wanted))
    assert model.layers[0].backward_layer.activation is nn.activations.softsign


def test_the_strength_of_a_penalty_and_of_dropout_act_at_once():
    regularizer = nn.regularizers.L2(0.1)
    model = used(LSTM(3, kernel_regularizer=regularizer), Dropout(0.0), Dense(1))
    plain = model.evaluate(X, Y, verbose=0)
    regularizer.l2 = 0.2
    kernel = float(np.square(model.layers[0].kernel.numpy()).sum())
    assert model.evaluate(X, Y, verbose=0) == pytest.approx(plain + 0.1 * kernel, rel=1e-5)
    model.layers[0].kernel.regularizer = own = nn.regularizers.L2(0.1)  # the weight's, not known
    assert model.evaluate(X, Y, verbose=0) == pytest.approx(plain, rel=1e-5)  # to the layer
    own.l2 = 0.2
    assert model.evaluate(X, Y, verbose=0) == pytest.approx(plain + 0.1 * kernel, rel=1e-5)
    model.layers[1].rate = 1.0
    assert (model(X, training=True) == model.layers[2].bias.numpy()).all()


SEEDED = [lambda seed: Dropout(0.5, seed=seed), lambda seed: LSTM(3, dropout=0.5, seed=seed)]


@pytest.mark.parametrize("make", SEEDED)
def test_a_seed_may_be_set_until_the_layer_is_built(make):
    layer, wanted = make(1), make(2)
    layer.seed = 2
    for one in (layer, wanted):
        one.build((None, 5, 2))
    wanted.set_weights(layer.get_weights())
    agree([layer(X, training=True)], [wanted(X, training=True)])
    with pytest.raises(ValueError, match="seed"):
        layer.seed = 3


OPTIMIZERS = {
    "beta": (nn.optimizers.Adam, {"beta_1": 0.5}),
    "amsgrad": (nn.optimizers.Adam, {"amsgrad": True}),
    "clipping": (nn.optimizers.SGD, {"clipvalue": 0.001}),
    "decay": (nn.optimizers.SGD, {"weight_decay": 0.1}),
    "momentum that was not there": (nn.optimizers.SGD, {"momentum": 0.9}),
    "centered": (nn.optimizers.RMSprop, {"centered": True, "momentum": 0.5}),
}


@pytest.mark.parametrize("case", OPTIMIZERS)
def test_a_setting_of_an_optimizer_acts_with_the_next_step(case):
    kind, settings = OPTIMIZERS[case]
    model, wanted = (
        compiled(LSTM(3), Dense(1), optimizer=kind(0.01, **options)) for options in ({}, settings)
    )
    wanted.set_weights(model.get_weights())
    model.train_on_batch(X * 0, Y * 0)  # has programs; all gradients are 0
    model.optimizer.iterations_before = model.optimizer.iterations  # a name of the user's own
    for name, value in settings.items():
        setattr(model.optimizer, name, value)
    wanted.train_on_batch(X * 0, Y * 0)
    wanted.set_weights(model.get_weights())  # weights decay without gradients
    for one in (model, wanted):
        one.train_on_batch(X, Y)
        one.train_on_batch(X, Y)
    for a, b in zip(model.get_weights(), wanted.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_settings_of_losses_and_metrics_act_at_once():
    loss = nn.losses.BinaryCrossentropy()
    metric = nn.metrics.BinaryAccuracy()
    model = used(LSTM(3), Dense(1, activation="sigmoid"), loss=loss, metrics=[metric])
    labels = (Y > 0).astype("float32")
    before = model.evaluate(X, labels, verbose=0)
    loss.label_smoothing, metric.threshold = 0.5, 0.99
    after = model.evaluate(X, labels, verbose=0)
    assert after[0] != before[0] and after[1] == np.mean(labels == 0) != before[1]


@pytest.mark.parametrize(
    ("layers", "at", "name", "value"),
    [
        ([lambda: LSTM(4), lambda: Dense(1)], 0, "units", 400),
        ([lambda: LSTM(4), lambda: Dense(1)], 1, "units", 3),
        ([lambda: LSTM(4), lambda: Dense(1)], 0, "return_sequences", True),
        ([lambda: LSTM(4), lambda: Dense(1)], 0, "stateful", True),
        ([lambda: LSTM(4), lambda: Dense(1)], 0, "use_bias", False),
        ([lambda: LSTM(4), lambda: Dense(1)], 0, "dtype", "float64"),
        ([lambda: LSTM(4), lambda: Dense(1)], 0, "kernel_initializer", "zeros"),
        ([lambda: LSTM(4), lambda: BatchNormalization()], 1, "axis", 0),
        ([lambda: Bidirectional(LSTM(4)), lambda: Dense(1)], 0, "merge_mode", "sum"),
        ([lambda: LSTM(4), lambda: RepeatVector(3), lambda: Flatten()], 1, "n", 5),
    ],
)
def test_what_weights_and_shapes_depend_on_is_refused_once_built(layers, at, name, value):
    model = compiled(*[make() for make in layers])
    before = model.predict(X, verbose=0)
    with pytest.raises(ValueError, match=rf"so that {name} can no longer be set"):
        setattr(model.layers[at], name, value)
    assert np.array_equal(model.predict(X, verbose=0), before)
    assert model.predict(X[:3], verbose=0).shape[0] == 3


def test_what_a_constructor_refuses_an_attribute_refuses_too():
    model = used(LSTM(3), Dropout(0.5), Dense(1), optimizer=nn.optimizers.SGD())
    layer, dropout, _ = model.layers
    for thing, name, value in (
        (layer, "activation", "nonsense"), (dropout, "rate", 7.0), (model.optimizer, "momentum", 3),
        (layer, "kernel_regularizer", abs), (model.optimizer, "learning_rate", "fast"),
    ):  # fmt: skip
        before = getattr(thing, name)
        with pytest.raises(ValueError):
            setattr(thing, name, value)
        assert getattr(thing, name) is before or getattr(thing, name) == before


def test_a_setting_draws_no_random_numbers():
    streams = []
    for change in (False, True):
        nn.utils.set_random_seed(11)
        layer = LSTM(3)
        if change:
            layer.activation = "relu"
        streams.append(Dense(3)(np.ones((1, 3), "float32")))
    assert np.array_equal(*streams)


# ---- weights -------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [np.ones((3, 5)), np.ones(2), 1.0, "text", None, [[1], [1, 2]]])
def test_a_weight_takes_arrays_of_its_shape_only(value):
    model = used(LSTM(3), Dense(1))
    kernel = model.layers[0].kernel
    before, answers = kernel.numpy(), model.predict(X, verbose=0)
    with pytest.raises(ValueError, match="kernel"):
        kernel.value = value
    with pytest.raises(ValueError, match="kernel"):
        kernel.assign(value)
    assert np.array_equal(kernel.numpy(), before)
    assert np.array_equal(model.predict(X, verbose=0), answers)


def test_a_weight_that_is_assigned_acts_at_once_and_keeps_its_place():
    model = used(LSTM(3), Dense(1))
    kernel, twin = model.layers[0].kernel, compiled(LSTM(3), Dense(1))
    place, weights = kernel.value, model.get_weights()
    kernel.value = weights[0].astype("float64") * 2
    assert np.shares_memory(kernel.value, place) and kernel.dtype == "float32"
    twin.set_weights([weights[0] * 2, *weights[1:]])
    agree(behaviour(model), behaviour(twin))
    kernel.value.shape = (-1,)  # of a view
    assert kernel.shape == weights[0].shape
    with pytest.raises(ValueError, match=r"layer\.kernel\.assign"):
        model.layers[0].kernel = np.zeros_like(weights[0])
    assert model.layers[0].kernel is kernel


def test_the_list_of_layers_is_a_copy():
    model = used(LSTM(3), Dense(1))
    answers = model.predict(X, verbose=0)
    model.layers.pop()
    model.layers.clear()
    assert len(model.layers) == 2 and np.array_equal(model.predict(X, verbose=0), answers)


# ---- freezing without compiling again ------------------------------------------------------------


def test_momenta_stay_with_their_weights_when_a_layer_is_frozen():
    model = used(LSTM(3), Dense(1), optimizer="adam")
    before = {v.name: v.numpy() for v in model.optimizer.variables}
    lstm, _dense = model.layers
    lstm.trainable = False
    kept = lstm.get_weights()
    velocity = [v.numpy() for v in model.optimizer.variables if v.shape == (3, 1)]
    model.train_on_batch(X, Y)
    assert all(np.array_equal(a, b) for a, b in zip(kept, lstm.get_weights(), strict=True))
    assert before and model.optimizer.iterations == 4
    found = [v.numpy() for v in model.optimizer.variables if v.shape == (3, 1)]
    assert all(0 < abs(b - 0.9 * a).max() < 1 for a, b in zip(velocity, found, strict=True))
    momenta = [v.numpy() for v in model.optimizer.variables[2:4]]
    lstm.trainable = True  # what was remembered of its weights has rested meanwhile
    model.train_on_batch(X, Y)
    found = [v.numpy() for v in model.optimizer.variables if v.shape == lstm.kernel.shape]
    assert len(momenta) == 2 and all(array.any() for array in found)


def test_weights_that_an_optimizer_never_saw_need_a_new_one():
    model = compiled(LSTM(3, trainable=False), Dense(1), optimizer="adam")
    model.train_on_batch(X, Y)
    model.layers[0].trainable = True
    before = model.get_weights()
    with pytest.raises(ValueError, match="compile with a new one"):
        model.train_on_batch(X, Y)
    agree(before, model.get_weights())
    model.compile("adam", "mse")
    model.train_on_batch(X, Y)


class Plain(nn.constraints.Constraint):
    """A user's own, which no configuration knows."""


class Deep(LSTM):
    """A user's own layer, with a constructor of its own."""

    def __init__(self, units, depth):
        super().__init__(units)
        self.depth = depth


@pytest.mark.parametrize(
    "layer",
    [
        lambda: Bidirectional(LSTM(3)),
        lambda: LSTM(3, kernel_constraint=Plain()),
        lambda: LSTM(3, kernel_initializer=lambda shape, dtype=None: np.ones(shape)),
        lambda: Deep(3, 2),
    ],
)
def test_layers_of_all_kinds_take_settings(layer):
    model = used(layer(), Dense(1))
    kept = model.layers[0].get_weights()
    model.layers[0].trainable = False
    model.fit(X, Y, verbose=0)
    agree(kept, model.layers[0].get_weights())
    model.trainable = False
    assert model.trainable_weights == []
    model.layers[0].name = "renamed"
    if isinstance(model.layers[0], LSTM):
        model.layers[0].activation = "relu"
        assert model.layers[0].activation is nn.activations.relu


def test_a_layer_used_twice_is_refused_wherever_it_lies():
    dense = Dense(3)
    with pytest.raises(ValueError, match="already in this model"):
        nn.Sequential([nn.Input((4, 3)), dense, TimeDistributed(dense)])
    wrapped = TimeDistributed(Dense(3))
    model = nn.Sequential([nn.Input((4, 3)), wrapped])
    with pytest.raises(ValueError, match="already in this model"):
        model.add(TimeDistributed(wrapped.layer))
    assert model.layers == [wrapped]


def test_names_that_became_equal_are_noticed():
    model = used(LSTM(3), Dense(1))
    model.layers[1].name = model.layers[0].name
    with pytest.raises(ValueError, match="must differ"):
        model.predict(X, verbose=0)
    model.layers[1].name = "another"
    assert model.predict(X, verbose=0).shape == (8, 1)
    assert model.get_layer("another") is model.layers[1]
