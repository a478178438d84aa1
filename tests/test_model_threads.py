"""Any number of threads may use one model: each gets the answer that it would get alone."""

from __future__ import annotations

import copy
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import npslstm as nn
from npslstm.layers import LSTM, Bidirectional, Dense, Dropout, Masking
from npslstm.machine.compiler import INTERPRETED
from tests.forking import child_says, forks

THREADS = 4
CALLS = 40 if INTERPRETED else 400


@pytest.fixture(autouse=True)
def threads_change_often():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def model_of(*layers, shape=(5, 2), loss="mse", metrics=("mae",), optimizer="sgd", **options):
    nn.utils.set_random_seed(7)
    model = nn.Sequential([nn.Input(shape, **options), *(layers or [LSTM(6)]), Dense(1)])
    model.compile(optimizer, loss, metrics=list(metrics))
    return model


def inputs(samples, steps=5, features=2, number=6):
    rng = np.random.default_rng(samples)
    return [rng.normal(size=(samples, steps, features)).astype("float32") for _ in range(number)]


def in_threads(function, count=CALLS, workers=THREADS):
    """The results of function(0), function(1), ..., called by several threads at once."""
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(function, range(count)))


def together(*functions):
    """Several functions, each in a thread of its own. Returns their results, or raises."""
    with ThreadPoolExecutor(len(functions)) as pool:
        return [future.result(120) for future in [pool.submit(f) for f in functions]]


def halves(x):
    """Some h and c (samples, 6) made of a batch."""
    return [x[:, :3].reshape(-1, 6), x[:, 2:].reshape(-1, 6)]


# ---- the same answers ----------------------------------------------------------------------------

ENTRIES = {
    "predict": lambda m, x: m.predict(x, verbose=0),
    "predict, batches": lambda m, x: m.predict(x, batch_size=3, verbose=0),
    "predict_on_batch": lambda m, x: m.predict_on_batch(x),
    "evaluate": lambda m, x: m.evaluate(x, x[:, 0, :1], verbose=0),
    "evaluate, batches": lambda m, x: m.evaluate(x, x[:, 0, :1], batch_size=3, verbose=0),
    "test_on_batch": lambda m, x: m.test_on_batch(x, x[:, 0, :1]),
    "the model": lambda m, x: m(x),
    "the model, masked": lambda m, x: m(x, mask=x[:, :, 0] > 0),
    "a layer": lambda m, x: m.layers[0](x),
    "a layer, with states": lambda m, x: m.layers[0](x, initial_state=halves(x)),
    "a trace": lambda m, x: nn.study.trace(m, x).layers[0].h,
    "get_weights": lambda m, x: m.get_weights()[0],
}  # fmt: skip


@pytest.mark.parametrize("samples", [1, 8])
@pytest.mark.parametrize("entry", ENTRIES)
def test_every_entry_gives_each_thread_its_own_answer(entry, samples):
    model, data, ask = model_of(), inputs(samples), ENTRIES[entry]
    wanted = [ask(model, x) for x in data]
    found = in_threads(lambda k: ask(model, data[k % len(data)]))
    for k, answer in enumerate(found):
        np.testing.assert_array_equal(answer, wanted[k % len(data)])


LARGE = {
    "plain": [LSTM(64)],
    "both ways": [Bidirectional(LSTM(32))],
    "masked": [Masking(), LSTM(64)],
}


@pytest.mark.compiled_only
@pytest.mark.parametrize("layers", LARGE)
def test_batches_that_two_threads_share_are_right_in_several(layers):
    model = model_of(*map(copy.deepcopy, LARGE[layers]), shape=(20, 4))
    data = inputs(64, 20, 4)
    data[1][:, 15:] = 0
    wanted = [model.predict(x, batch_size=64, verbose=0) for x in data]
    losses = [model.evaluate(x, x[:, 0, :1], batch_size=64, verbose=0) for x in data]

    def ask(k):
        x = data[k % len(data)]
        loss = model.evaluate(x, x[:, 0, :1], batch_size=64, verbose=0)
        return model.predict(x, batch_size=64, verbose=0), loss

    for k, (answer, loss) in enumerate(in_threads(ask, 150)):
        np.testing.assert_array_equal(answer, wanted[k % len(data)])
        assert loss == losses[k % len(data)]


def test_several_models_and_a_layer_that_two_of_them_have():
    model = model_of(LSTM(6, return_sequences=True), LSTM(4))
    part = nn.Sequential([nn.Input((5, 2)), model.layers[0]])
    other, data = model_of(LSTM(3)), inputs(3)
    asked = [model, part, other]
    wanted = [[m.predict(x, verbose=0) for x in data] for m in asked]
    found = in_threads(lambda k: asked[k % 3].predict(data[k % 5], verbose=0))
    for k, answer in enumerate(found):
        np.testing.assert_array_equal(answer, wanted[k % 3][k % 5])


def test_a_model_is_built_by_one_of_many_threads():
    for _ in range(5):
        nn.utils.set_random_seed(1)
        model = nn.Sequential([LSTM(3), Dense(1)])
        x = inputs(2)[0]
        answers = together(*[lambda: model.predict(x, verbose=0)] * THREADS)  # noqa: B023
        assert len(model.weights) == 5
        assert all(np.array_equal(answers[0], other) for other in answers)


def test_names_are_given_once():
    names = in_threads(lambda k: [Dense(1).name for _ in range(20)], 50)
    assert len({name for some in names for name in some}) == 1000


# ---- while somebody changes the numbers ----------------------------------------------------------


def test_weights_are_those_of_one_moment():
    """Each prediction is that of the one or the other weights, never of a mixture."""
    model, x = model_of(LSTM(16)), inputs(2)[0]
    sets = [[w * factor for w in model.get_weights()] for factor in (1, -0.5)]
    wanted = []
    for weights in sets:
        model.set_weights(weights)
        wanted.append((model.predict(x, verbose=0), model(x), model.get_weights()))
    over = threading.Event()

    def change():
        count = 0
        while not over.is_set():
            model.set_weights(sets[count % 2])
            count += 1
        return count

    def ask():
        found = [(model.predict(x, verbose=0), model(x), model.get_weights()) for _ in range(CALLS)]
        return found

    with ThreadPoolExecutor(4) as pool:
        changing = pool.submit(change)
        asking = [pool.submit(ask) for _ in range(3)]
        answers = [answer for future in asking for answer in future.result(120)]
        over.set()
        assert changing.result(60) > 1
    for predicted, called, weights in answers:
        assert any(np.array_equal(predicted, w[0]) for w in wanted)
        assert any(np.array_equal(called, w[1]) for w in wanted)
        assert any(all(map(np.array_equal, weights, w[2])) for w in wanted)


def test_predictions_during_a_training_are_those_of_weights_between_two_steps():
    model = model_of(LSTM(8), optimizer="adam")
    x, y = inputs(12)[0], np.ones((12, 1), "float32")
    versions, twin = [model.get_weights()], copy.deepcopy(model)

    class Keep(nn.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            versions.append(self.model.get_weights())
            time.sleep(1e-4)  # a moment for the others

    def train():
        model.fit(x, y, batch_size=4, epochs=100, verbose=0, callbacks=[Keep()])
        return True

    def ask():
        found = [model.predict(x, verbose=0)]
        while len(versions) <= 300:
            found.append(model.predict(x, verbose=0))
        return found

    trained, *answers = together(train, ask, ask)
    assert trained and len(versions) == 301
    possible = set()
    for weights in versions:
        twin.set_weights(weights)
        possible.add(twin.predict(x, verbose=0).tobytes())
    seen = {answer.tobytes() for some in answers for answer in some}
    assert seen <= possible and len(seen) > 1


def test_steps_of_several_threads_are_taken_one_after_the_other():
    x, y = inputs(4)[0], np.ones((4, 1), "float32")
    alone, shared = model_of(optimizer="adam"), model_of(optimizer="adam")
    for _ in range(40):
        alone.train_on_batch(x, y)
    in_threads(lambda k: shared.train_on_batch(x, y), 40)
    assert shared.optimizer.iterations == 40
    assert all(map(np.array_equal, alone.get_weights(), shared.get_weights()))


def test_two_trainings_of_one_model_take_turns():
    x, y = inputs(8)[0], np.ones((8, 1), "float32")
    alone = model_of(Dropout(0.0), LSTM(4))
    shared = copy.deepcopy(alone)
    options = {"batch_size": 3, "epochs": 15, "shuffle": False, "verbose": 0}
    one, two = (alone.fit(x, y, **options).history["loss"] for _ in range(2))
    found = together(*[lambda: shared.fit(x, y, **options).history["loss"]] * 2)
    assert sorted(found, reverse=True) == sorted([one, two], reverse=True)
    assert all(map(np.array_equal, alone.get_weights(), shared.get_weights()))


def test_two_models_in_two_threads_are_trained_as_alone():
    x, y = inputs(64, 20, 4)[0], np.ones((64, 1), "float32")

    def fit(model):
        model.fit(x, y, batch_size=32, epochs=2 if INTERPRETED else 10, verbose=0, shuffle=False)
        return model.get_weights()

    kinds = [LSTM(4 if INTERPRETED else 64), Bidirectional(LSTM(5))]
    models = [model_of(layer, shape=(20, 4)) for layer in kinds]
    alone = [fit(copy.deepcopy(model)) for model in models]
    both = together(*[lambda m=m: fit(m) for m in models])
    for mine, wanted in zip(both, alone, strict=True):
        assert all(map(np.array_equal, mine, wanted))


@pytest.mark.parametrize("samples", [2, 8], ids=["one batch", "several batches"])
def test_states_advance_call_by_call(samples):
    x = inputs(samples)[0]
    alone = model_of(LSTM(4, stateful=True), batch_size=2)
    shared = copy.deepcopy(alone)
    wanted = sorted(alone.predict(x, batch_size=2, verbose=0).tobytes() for _ in range(30))
    found = sorted(
        answer.tobytes()
        for answer in in_threads(lambda k: shared.predict(x, batch_size=2, verbose=0), 30)
    )
    assert found == wanted
    assert all(map(np.array_equal, alone.get_states()[0], shared.get_states()[0]))


def test_data_that_are_refused_in_one_thread_do_not_disturb_others():
    """What 'accuracy' means is found out in the first call, or forgotten if that is refused."""
    x, y = inputs(4)[0], np.ones((4, 1), "float32")

    def evaluate(k):
        try:
            return model.evaluate(x, y if k % 2 else y[:3], verbose=0)
        except ValueError:
            return "refused"

    for _ in range(20):
        model = model_of(metrics=["accuracy"])
        found = in_threads(evaluate, 12)
        assert found[::2] == ["refused"] * 6 and "refused" not in found[1::2]


def test_an_experiment_is_its_threads_own():
    model, x = model_of(), inputs(3)[0]
    plain = model.predict(x, verbose=0)
    with nn.study.intervene(model, forget=0.0):
        changed = model.predict(x, verbose=0)
    assert not np.array_equal(plain, changed)

    def experimenter():
        with nn.study.intervene(model, forget=0.0):
            return [model.predict(x, verbose=0) for _ in range(CALLS)], changed

    def user():
        return [model.predict(x, verbose=0) for _ in range(CALLS)], plain

    for found, wanted in together(experimenter, user, experimenter, user):
        assert all(np.array_equal(answer, wanted) for answer in found)


def test_control_belongs_to_the_call():
    """evaluate in another thread neither stops a training nor clears its sums."""
    model, (x, *_) = model_of(), inputs(8)
    y = np.ones((8, 1), "float32")
    twin = copy.deepcopy(model)
    options = {"batch_size": 2, "epochs": 30, "shuffle": False, "verbose": 0}
    wanted = twin.fit(x, y, callbacks=[nn.callbacks.Callback()], **options).history
    over = threading.Event()

    def train():
        found = model.fit(x, y, callbacks=[nn.callbacks.Callback()], **options).history
        over.set()
        return found

    def disturb():
        while not over.is_set():
            model.evaluate(x, y, batch_size=3, verbose=0)

    found, _ = together(train, disturb)
    assert found == wanted


# ---- new processes -------------------------------------------------------------------------------


@forks
def test_a_fork_while_other_threads_train_and_predict():
    model, x = model_of(LSTM(8)), inputs(4)[0]
    busy = model_of(LSTM(32))
    wanted, over = model.predict(x, verbose=0), threading.Event()

    def train():
        while not over.is_set():
            busy.fit(x, np.ones((4, 1)), epochs=5, verbose=0)

    def predict():
        while not over.is_set():
            assert np.array_equal(model.predict(x, verbose=0), wanted)

    def child():
        right = np.array_equal(model.predict(x, verbose=0), wanted)
        busy.predict(x, verbose=0)
        busy.train_on_batch(x, np.ones((4, 1)))
        model.fit(x, np.ones((4, 1)), epochs=2, verbose=0)
        return right and not np.array_equal(model.predict(x, verbose=0), wanted)

    with ThreadPoolExecutor(3) as pool:
        working = [pool.submit(train), pool.submit(predict), pool.submit(predict)]
        try:
            answers = [child_says(child) for _ in range(12)]
        finally:
            over.set()
        assert answers == [True] * 12
        assert [future.result(60) for future in working] == [None] * 3


@forks
@pytest.mark.compiled_only
def test_a_fork_while_another_thread_compiles(monkeypatch, tmp_path):
    from npslstm.machine import compiler

    model, x = model_of(), inputs(1)[0]
    model.predict(x, verbose=0)
    began = threading.Event()

    def compile_slowly():
        with compiler.LOCK:
            began.set()
            time.sleep(0.5)

    def child():
        fresh = model_of(LSTM(3, activation="relu"))
        return fresh.predict(x, verbose=0).shape == (1, 1)

    other = threading.Thread(target=compile_slowly)
    other.start()
    began.wait()
    assert child_says(child) is True
    other.join()
