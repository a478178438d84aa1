"""Calls within calls: a callback that uses the model again disturbs nothing of the call around it,
and each call has stop flags, results and a history of its own."""

import threading

import numpy as np
import pytest

import npslstm
from npslstm.callbacks import Callback, EarlyStopping, History, LambdaCallback
from npslstm.layers import LSTM, Dense
from npslstm.training import batch_run, calls
from npslstm.training.callbacks import HOOKS
from npslstm.training.progress import Progress

X = np.random.default_rng(0).normal(0, 1, (6, 4, 2)).astype("float32")
Y = np.random.default_rng(1).normal(0, 1, (6, 1)).astype("float32")
OPTIONS = {"epochs": 3, "batch_size": 2, "verbose": 0, "shuffle": False, "validation_split": 0.5}
FIT_HOOKS = [hook for hook in HOOKS if "predict" not in hook]


def made(optimizer="sgd"):
    npslstm.utils.set_random_seed(1)
    model = npslstm.Sequential([npslstm.Input((4, 2)), LSTM(3), Dense(1)])
    model.compile(optimizer, "mse", metrics=["mae"])
    return model


def at(hook, deed, time=1):
    """A callback that does something at the `time`-th call of a hook."""
    count = [0]

    def called(*arguments):
        count[0] += 1
        if count[0] == time:
            deed()

    return LambdaCallback(**{hook: called})


def weights(model):
    return [w.tolist() for w in model.get_weights()]


HARMLESS = {
    "evaluate": lambda model, folder: model.evaluate(X[:3], Y[:3], verbose=0),
    "predict": lambda model, folder: model.predict(X, batch_size=2, verbose=0),
    "test_on_batch": lambda model, folder: model.test_on_batch(X[:2], Y[:2]),
    "predict_on_batch": lambda model, folder: model.predict_on_batch(X[:2]),
    "set_weights": lambda model, folder: model.set_weights(model.get_weights()),
    "save": lambda model, folder: model.save(folder / "model.keras"),
    "summary": lambda model, folder: model.summary(print_fn=lambda text: None),
}


@pytest.mark.parametrize("hook", FIT_HOOKS)
@pytest.mark.parametrize("deed", HARMLESS)
def test_what_does_not_train_changes_nothing(deed, hook, tmp_path):
    plain, model = made(), made()
    expected = plain.fit(X, Y, **OPTIONS)
    for time in (1, 2):
        model.set_weights(made().get_weights())
        does = at(hook, lambda: HARMLESS[deed](model, tmp_path), time)
        found = model.fit(X, Y, callbacks=does, **OPTIONS)
        assert found.history == expected.history and found.params == expected.params
        assert model.history is found and weights(model) == weights(plain)


@pytest.mark.parametrize("hook", FIT_HOOKS)
def test_a_fit_within_a_fit_returns_its_own_results(hook):
    """The one around it keeps its history, its means and its params."""
    model, found = made(npslstm.optimizers.SGD(0.0)), []
    within = History()
    does = at(hook, lambda: found.append(
        model.fit(X[:2], Y[:2], epochs=2, verbose=0, callbacks=[within])
    ), 2 if hook not in ("on_train_begin", "on_train_end") else 1)  # fmt: skip
    seen = LambdaCallback(on_epoch_end=lambda *_: found.append(dict(seen.params)))
    around = model.fit(X, Y, callbacks=[does, seen], **OPTIONS)
    plain = made(npslstm.optimizers.SGD(0.0)).fit(X, Y, **OPTIONS)
    assert around.history == plain.history and around is model.history
    assert within in found and within.epoch == [0, 1] and within.params["epochs"] == 2
    assert [params["epochs"] for params in found if isinstance(params, dict)] == [3, 3, 3]


def test_callbacks_of_both_calls_belong_to_the_outer_one_afterwards():
    model, other = made(), made()
    seen = []

    class Both(Callback):
        def on_epoch_end(self, epoch, logs=None):
            if self.params["epochs"] == 3:
                other.fit(X, Y, epochs=1, verbose=0, callbacks=self)
                model.evaluate(X, Y, verbose=0, callbacks=self)
                seen.append((self.model is model, self.params["epochs"]))

    model.fit(X, Y, callbacks=Both(), **OPTIONS)
    assert seen == [(True, 3)] * 3


# ---- stopping ----------------------------------------------------------------------------------


@pytest.mark.parametrize("call", ["evaluate", "predict", "fit"])
def test_a_call_within_a_fit_leaves_its_stop_flag_alone(call):
    model = made()
    arguments = [X] if call == "predict" else [X, Y]
    nested = LambdaCallback(on_epoch_end=lambda *_: getattr(model, call)(*arguments, verbose=0))
    stopping = EarlyStopping("loss", min_delta=9.0, patience=2)
    history = model.fit(X, Y, epochs=50, verbose=0, callbacks=[stopping, nested])
    assert len(history.epoch) == 3 and model.stop_training


def stopped(call, flag, hook, time=1):
    """How many batches a call ran when a hook set a flag."""
    model, batches = made(), []
    ends = {f"on_{part}_batch_end": lambda b, logs: batches.append(b)
            for part in ("train", "test", "predict")}  # fmt: skip
    arguments = [X] if call == "predict" else [X, Y]
    does = at(hook, lambda: setattr(model, flag, True), time)
    found = getattr(model, call)(*arguments, batch_size=2, verbose=0,
                                 callbacks=[does, LambdaCallback(**ends)])  # fmt: skip
    return len(batches), found


@pytest.mark.parametrize(
    ("call", "part", "flag"),
    [("fit", "train", "stop_training"), ("evaluate", "test", "stop_evaluating"),
     ("predict", "predict", "stop_predicting")],
)  # fmt: skip
def test_each_call_has_a_flag_of_its_own(call, part, flag):
    """It is looked at after each batch, so one batch runs whenever it was set; as in Keras."""
    for hook, number in ((f"on_{part}_begin", 1), (f"on_{part}_batch_begin", 1),
                         (f"on_{part}_batch_end", 1)):  # fmt: skip
        assert stopped(call, flag, hook)[0] == number
    assert stopped(call, flag, f"on_{part}_batch_end", 2)[0] == 2
    for other in set(calls.STOPS.values()) - {flag}:
        assert stopped(call, other, f"on_{part}_begin")[0] == 3


def test_a_stopped_predict_returns_what_there_is():
    outputs = stopped("predict", "stop_predicting", "on_predict_batch_end", 2)[1]
    np.testing.assert_array_equal(outputs, made().predict(X, batch_size=2, verbose=0)[:4])


def test_a_stop_within_ends_what_is_within_only():
    model = made()

    def short():
        inner = at("on_train_batch_end", lambda: setattr(model, "stop_training", True))
        assert model.fit(X, Y, epochs=9, verbose=0, callbacks=inner).epoch == [0]

    history = model.fit(X, Y, callbacks=at("on_train_batch_begin", short), **OPTIONS)
    assert history.epoch == [0, 1, 2] and not model.stop_training


@pytest.mark.parametrize("call", ["predict", "evaluate", "fit"])
def test_the_shape_of_data_that_a_callback_changes_is_nobody_elses(call):
    x = np.random.default_rng(3).normal(size=(40, 4, 2)).astype("float32")
    y, model = np.ones((40, 1), "float32"), made()

    def reshape(*_):
        x.shape = (1, 160, 2)

    names = {"predict": "predict_batch_end", "evaluate": "test_batch_end", "fit": "train_batch_end"}
    hook = npslstm.callbacks.LambdaCallback(**{f"on_{names[call]}": reshape})
    given = [x] if call == "predict" else [x, y]
    found = getattr(model, call)(*given, batch_size=16, verbose=0, callbacks=hook)
    assert call != "predict" or found.shape == (40, 1)


def test_batches_are_few_until_their_pace_is_known(monkeypatch):
    """So that a stop, or Ctrl-C, acts soon; a batch takes 2 ms here, and the first a second."""
    clock, sizes = [0.0], []

    def run_batches(self, number, size):
        clock[0] += number / 512 + (not sizes)
        sizes.append(number)
        self.used += number * size
        return self.step(size)

    monkeypatch.setattr(batch_run.time, "perf_counter", lambda: clock[0])
    monkeypatch.setattr(batch_run.BatchRun, "run_batches", run_batches)
    model = made()
    data = npslstm.training.data.Data((np.zeros((200, 4, 2), "float32"),))
    with (
        batch_run.BatchRun(model, "predict", data, 1) as predicting,
        calls.Call(model, "predict", npslstm.callbacks.CallbackList()) as call,
    ):
        assert batch_run.go_through(predicting, 200, None, Progress(0, 1, 200), call) == 200
    assert sizes[:6] == [1, 1, 2, 4, 8, 16] and max(sizes) == 25
    again = batch_run.BatchRun(model, "predict", data, 1)
    assert again.until_next_look == 25  # known from the call before


def test_another_thread_can_stop_epochs_that_run_in_one_go():
    model = made()
    model.fit(X, Y, verbose=0)
    threading.Timer(0.2, lambda: setattr(model, "stop_training", True)).start()
    assert len(model.fit(X, Y, epochs=10**9, verbose=0).epoch) < 10**9


# ---- what cannot go on, and what raises ----------------------------------------------------------


@pytest.mark.parametrize("hook", [h for h in FIT_HOOKS if h != "on_train_end"])
def test_compile_ends_the_fit_around_it_before_the_next_batch(hook):
    """TypeError, as in Keras, whose words are that NoneType is not callable."""
    model = made()
    again = at(hook, lambda: model.compile("adam", "mae"))
    with pytest.raises(TypeError, match="called compile while fit|called compile while evaluate"):
        model.fit(X, Y, callbacks=again, **OPTIONS)
    assert list(model.fit(X, Y, **OPTIONS).history) == ["loss", "val_loss"]


def test_compile_at_the_end_is_for_the_next_call():
    model = made()
    for hook in ("on_train_end", "on_test_end"):
        again = at(hook, lambda: model.compile("adam", "mse"), 1 if hook == "on_train_end" else 3)
        assert "loss" in model.fit(X, Y, callbacks=again, **OPTIONS).history
    assert type(model.optimizer).__name__ == "Adam"


@pytest.mark.parametrize("call", ["fit", "evaluate", "predict"])
def test_other_layers_end_the_call(call):
    model = made()
    part = {"fit": "train", "evaluate": "test"}.get(call, call)
    grow = at(f"on_{part}_begin", lambda: model.add(Dense(5)))
    arguments = [X] if call == "predict" else [X, Y]
    with pytest.raises(ValueError, match="added or removed layers"):
        getattr(model, call)(*arguments, verbose=0, callbacks=grow)


class Oops(Exception):
    """What a callback raises."""


@pytest.mark.parametrize("call", ["fit", "evaluate", "predict"])
@pytest.mark.parametrize("error", [Oops, KeyboardInterrupt])
def test_after_an_exception_the_model_is_as_good_as_before(call, error):
    model, fresh = made(), made()

    def fail():
        raise error

    part = {"fit": "train", "evaluate": "test"}.get(call, call)
    for hook in (h for h in HOOKS if part in h or (call == "fit" and "predict" not in h)):
        options = OPTIONS if call == "fit" else {"verbose": 0, "batch_size": 2}
        arguments = [X] if call == "predict" else [X, Y]
        with pytest.raises(error):
            getattr(model, call)(*arguments, **options, callbacks=at(hook, fail))
        assert calls.under_way.calls == []
        fresh.set_weights(model.get_weights())
        assert model.evaluate(X, Y, verbose=0) == fresh.evaluate(X, Y, verbose=0)
        assert model.fit(X, Y, **OPTIONS).history == fresh.fit(X, Y, **OPTIONS).history


def test_an_exception_within_leaves_the_call_around_it_alone():
    model, plain = made(), made()

    def fail():
        raise Oops

    def tries():
        with pytest.raises(Oops):
            model.evaluate(X, Y, verbose=0, callbacks=at("on_test_batch_end", fail))

    history = model.fit(X, Y, callbacks=at("on_train_batch_end", tries), **OPTIONS)
    assert history.history == plain.fit(X, Y, **OPTIONS).history


# ---- hooks -------------------------------------------------------------------------------------


def test_hooks_get_sorted_logs_and_outputs():
    logs = {}
    keep = LambdaCallback(**{hook: lambda *a, hook=hook: logs.update({hook: dict(a[-1])})
                             for hook in HOOKS})  # fmt: skip
    model = made()
    model.compile("sgd", "mse", metrics=["mse", "mae"])
    model.fit(X, Y, callbacks=[keep, at("on_epoch_end", lambda: None)], **OPTIONS)
    outputs = model.predict(X, batch_size=4, verbose=0, callbacks=keep)
    names = ["loss", "mae", "mse"]
    assert list(logs["on_train_batch_end"]) == list(logs["on_test_end"]) == names
    assert list(logs["on_epoch_end"]) == sorted([*names, *(f"val_{n}" for n in names)])
    np.testing.assert_array_equal(logs["on_predict_batch_end"]["outputs"], outputs[4:])
    assert keep.params == {"verbose": 0, "epochs": 1, "steps": 2}


def test_what_is_added_to_an_epochs_logs_is_the_historys():
    """on_train_end gets the results of the last epoch alone; as in Keras."""
    ends = []
    add = LambdaCallback(on_epoch_end=lambda epoch, logs: logs.update(ten=10.0))
    last = LambdaCallback(on_train_end=lambda logs: ends.append(list(logs)))
    history = made().fit(X, Y, callbacks=[add, last], **OPTIONS)
    assert history.history["ten"] == [10.0] * 3 and "ten" not in ends[0]


def test_a_history_of_the_users_own_is_returned():
    model, own = made(), History()
    assert model.fit(X, Y, callbacks=[own], **OPTIONS) is own is model.history
    assert len(own.history["loss"]) == 3


@pytest.mark.parametrize("size", [None, 0])
def test_validation_takes_the_batch_size_of_training_unless_it_has_its_own(size):
    seen = []
    watching = LambdaCallback(on_test_batch_begin=lambda batch, logs: seen.append(batch))
    made().fit(
        X[:6], Y[:6], batch_size=2, validation_data=(X[:6], Y[:6]), validation_batch_size=size,
        callbacks=[watching], verbose=0,
    )  # fmt: skip
    assert seen == [0, 1, 2]
