"""Copies and pickles are objects of their own: nothing done to one is seen in the other."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
import threading

import joblib
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

WAYS = {"deepcopy": copy.deepcopy, "pickle": lambda thing: pickle.loads(pickle.dumps(thing))}
X = np.linspace(0, 1, 80, dtype="float32").reshape(8, 5, 2)
Y = np.sin(np.arange(8, dtype="float32"))[:, None]

MODELS = {
    "plain": lambda: [nn.Input((5, 2)), LSTM(4), Dense(1)],
    "stateful, dropout": lambda: [
        nn.Input(batch_shape=(4, 5, 2)), Masking(), LSTM(4, stateful=True, dropout=0.3),
        Dropout(0.2), Dense(1),
    ],
    "wrappers, shared seed": lambda: [
        nn.Input((5, 2)), Bidirectional(LSTM(3, return_sequences=True, recurrent_dropout=0.2)),
        TimeDistributed(Dense(2, activation="relu")), BatchNormalization(), Flatten(), Dense(1),
    ],
    "penalties, constraints": lambda: [
        nn.Input((5, 2)), LSTM(3, kernel_regularizer="l2", recurrent_constraint="max_norm"),
        RepeatVector(2), LSTM(2, activation="softsign"), Dense(1, activity_regularizer="l1"),
    ],
}  # fmt: skip


def trained(name, **options):
    nn.utils.set_random_seed(5)
    model = nn.Sequential(MODELS[name]())
    model.compile(**{"optimizer": "adam", "loss": "mse", "metrics": ["mae"]} | options)
    model.fit(X, Y, batch_size=4, epochs=2, verbose=0)
    return model


def numbers(model):
    return [*model.get_weights(), *(s for pair in model.get_states() for s in pair)]


def go_on(model):
    """Losses, weights and states of some more training, whose dropout and order are its own."""
    history = model.fit(X, Y, batch_size=4, epochs=2, verbose=0, shuffle=False).history
    return [np.array(v) for v in history.values()] + numbers(model)


def equal(first, second):
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", MODELS)
def test_a_copy_goes_on_as_the_original_does(name, way):
    model = trained(name)
    model.predict(X, batch_size=4, verbose=0)
    twin = WAYS[way](model)
    assert equal(numbers(model), numbers(twin))
    assert twin.optimizer.iterations == model.optimizer.iterations == 4
    assert equal(go_on(model), go_on(twin)), "optimizer, states or random numbers were lost"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", MODELS)
def test_what_is_done_to_one_is_not_seen_in_the_other(name, way):
    model = trained(name)
    twin = WAYS[way](model)
    before, answers = numbers(twin), twin.predict(X, batch_size=4, verbose=0)
    twin = WAYS[way](model)
    go_on(model)
    model.set_weights([w * 0 for w in model.get_weights()])
    model.reset_states()
    assert equal(numbers(twin), before)
    assert np.array_equal(twin.predict(X, batch_size=4, verbose=0), answers)
    twin.set_weights([w * 0 for w in twin.get_weights()])
    assert not np.array_equal(twin.predict(X, batch_size=4, verbose=0), answers)
    assert not any(np.shares_memory(a, b) for a in arrays(model) for b in arrays(twin))


def arrays(model):
    weights = [v.value for v in model.weights] + list(model.optimizer.memory.values())
    return weights + [s for keeper in model.state_keepers for s in keeper.states]


@pytest.mark.parametrize("way", WAYS)
def test_a_copy_outlives_the_original(way):
    model = trained("plain")
    answers = model.predict(X, verbose=0)
    twin = WAYS[way](model)
    del model
    for _ in range(3):
        assert np.array_equal(twin.predict(X, verbose=0), answers)
        twin.train_on_batch(X, Y)
        answers = twin.predict(X, verbose=0)


def test_layers_and_models_that_are_copied_together_stay_together():
    model = trained("plain")
    twin, layer = copy.deepcopy([model, model.layers[0]])
    assert twin.layers[0] is layer and layer is not model.layers[0]
    extractor = nn.Sequential(model.layers[:1])
    whole, part = pickle.loads(pickle.dumps([model, extractor]))
    assert whole.layers[0] is part.layers[0]
    before = part.predict(X, verbose=0)
    whole.fit(X, Y, verbose=0)
    assert not np.array_equal(part.predict(X, verbose=0), before)


@pytest.mark.parametrize("way", WAYS)
def test_layers_optimizers_losses_metrics_callbacks_and_traces(way):
    made = WAYS[way]
    model = trained("plain", optimizer=nn.optimizers.SGD(0.1, momentum=0.9))
    layer, twin = model.layers[0], made(model.layers[0])
    assert np.array_equal(twin(X), layer(X))
    twin.set_weights([w * 0 for w in twin.get_weights()])
    assert (twin(X) == 0).all() and (layer(X) != 0).any()

    optimizer = made(model.optimizer)
    optimizer.learning_rate = 7.0
    optimizer.memory["momentum"][:] = 0
    assert model.optimizer.learning_rate == float(np.float64(0.1))
    assert model.optimizer.memory["momentum"].any()

    metric = model.metrics[0]
    twin = made(metric)
    twin.update_state([[1.0]], [[3.0]])
    assert twin.result() != metric.result() and twin.name == metric.name == "mae"
    loss = made(nn.losses.BinaryCrossentropy(label_smoothing=0.1))
    assert loss.label_smoothing == 0.1 and loss([[1.0]], [[0.5]]) > 0

    stopping = nn.callbacks.EarlyStopping("loss", patience=3)
    history = model.fit(X, Y, epochs=3, verbose=0, callbacks=[stopping])
    for callback in (stopping, history):
        twin = made(callback)
        assert vars(twin).keys() >= {"params"} and twin.model is None
        assert callback.model is model
    assert made(history).history == history.history

    trace = nn.study.trace(model, X)
    twin = made(trace)
    assert np.array_equal(twin.layers[0].h, trace.layers[0].h)
    assert not np.shares_memory(twin.layers[0].h, trace.layers[0].h)


@pytest.mark.parametrize("way", WAYS)
def test_an_optimizer_goes_on_with_a_model_of_the_same_shapes(way):
    model = trained("plain")
    other = nn.Sequential(MODELS["plain"]())
    other.set_weights(model.get_weights())
    other.compile(WAYS[way](model.optimizer), "mse", metrics=["mae"])
    assert equal(go_on(model), go_on(other))


def test_an_open_file_and_a_running_experiment_are_not_copied(tmp_path):
    logger = nn.callbacks.CSVLogger(tmp_path / "log.csv")
    logger.on_train_begin()
    twin = copy.deepcopy(logger)
    assert twin._file is None and logger._file is not None
    logger.on_train_end()
    model = trained("plain")
    answers = model.predict(X, verbose=0)
    with nn.study.intervene(model, h=0.0):
        assert not np.array_equal(model.predict(X, verbose=0), answers)
        assert np.array_equal(copy.deepcopy(model).predict(X, verbose=0), answers)


def test_a_shallow_copy_shares_nothing_either():
    """As in Keras."""
    model = trained("plain")
    answers = model.predict(X, verbose=0)
    twin, optimizer, layer = map(copy.copy, (model, model.optimizer, model.layers[0]))
    go_on(twin)
    optimizer.learning_rate = 9.0
    layer.set_weights([w * 0 for w in layer.get_weights()])
    assert np.array_equal(model.predict(X, verbose=0), answers)
    assert model.optimizer.iterations == 4 and model.optimizer.learning_rate < 1


def test_a_copy_during_a_training_is_that_of_one_moment():
    model = trained("stateful, dropout")
    over = threading.Event()

    def train():
        while not over.is_set():
            model.train_on_batch(X[:4], Y[:4])

    def weight_after(one):
        """The first weight after another step without dropout: it depends on all there is."""
        return one.optimizer.iterations, [v.numpy() for v in one.optimizer.variables[2:]]

    other = threading.Thread(target=train)
    other.start()
    try:
        for way in (copy.deepcopy, WAYS["pickle"]) * 10:
            steps, memory = weight_after(way(model))
            again = way(model)
            assert again.optimizer.iterations >= steps and all(np.isfinite(m).all() for m in memory)
            moving = again.optimizer.memory["momentum"]
            assert moving.shape == (sum(w.size for w in again.get_weights()),)
    finally:
        over.set()
        other.join()


def test_joblib_predicts_in_other_processes():
    model = trained("plain")
    pieces = [X[:3], X[3:], X]
    wanted = [model.predict(x, verbose=0) for x in pieces]
    found = joblib.Parallel(2)(joblib.delayed(model.predict)(x, verbose=0) for x in pieces)
    assert equal(found, wanted)


def test_a_pickle_is_read_by_another_process(tmp_path):
    model = trained("wrappers, shared seed")
    path = tmp_path / "model.pickle"
    path.write_bytes(pickle.dumps(model))
    np.save(tmp_path / "x.npy", X)
    program = (
        "import pickle, sys, numpy as np\n"
        "model = pickle.load(open(sys.argv[1], 'rb'))\n"
        "np.save(sys.argv[3], model.predict(np.load(sys.argv[2]), verbose=0))\n"
    )
    files = [str(path), str(tmp_path / "x.npy"), str(tmp_path / "found.npy")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    subprocess.run([sys.executable, "-c", program, *files], check=True, env=environment)
    assert np.array_equal(np.load(files[2]), model.predict(X, verbose=0))


def test_two_models_of_one_optimizer_are_refused():
    optimizer = nn.optimizers.Adam()
    models = [nn.Sequential(MODELS["plain"]()) for _ in range(2)]
    for model in models:
        model.compile(optimizer, "mse")
    models[0].fit(X, Y, verbose=0)
    before = models[1].get_weights()
    with pytest.raises(ValueError, match="was used for other weights"):
        models[1].fit(X, Y, verbose=0)
    assert equal(before, models[1].get_weights())
    models[0].fit(X, Y, verbose=0)


def test_weights_of_a_wrapper_within_a_wrapper():
    nn.utils.set_random_seed(2)
    inputs = np.random.default_rng(0).random((2, 4, 5, 2), np.float32)
    models = [
        nn.Sequential([
            nn.Input((4, 5, 2)), TimeDistributed(Bidirectional(LSTM(3))), Flatten(), Dense(1)
        ])
        for _ in range(2)
    ]  # fmt: skip
    assert len(models[0].get_weights()) == len(models[0].trainable_weights) == 8
    models[1].set_weights(models[0].get_weights())
    answers = [model.predict(inputs, verbose=0) for model in models]
    assert np.array_equal(*answers)
    for model in models:
        model.compile("sgd", "mse")
        model.fit(inputs, np.ones((2, 1)), verbose=0, epochs=2, shuffle=False)
    assert equal(*[model.get_weights() for model in models])
