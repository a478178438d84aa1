"""What fit, evaluate and predict are given is checked before the first step: numbers, switches,
weights of classes, labels. Whatever is refused leaves the model as it was."""

import re

import numpy as np
import pytest

import npslstm
from npslstm.callbacks import Callback
from npslstm.layers import LSTM, Dense

X = np.random.default_rng(0).normal(0, 1, (6, 4, 2)).astype("float32")
Y = np.random.default_rng(1).normal(0, 1, (6, 1)).astype("float32")
LABELS = np.arange(6) % 3
HUGE, NAN, INF = 10**400, float("nan"), float("inf")


class Incomplete:
    """Has one hook, but neither set_model nor the other hooks."""

    def on_epoch_end(self, epoch, logs=None):
        """Never called."""


class Twisted(Callback):
    on_test_end = None


class Unspeakable:
    """Its text cannot be asked for."""

    def __repr__(self):
        raise RuntimeError("no")

    __index__ = __repr__


NO_NUMBERS = ["2", [2], (), {}, 2.5, 2.0, NAN, INF, -INF, True, np.True_, np.float32(2), 1j, HUGE,
              np.ones(2), object(), Unspeakable(), len]  # fmt: skip
NO_COUNTS = [*NO_NUMBERS, -1, np.int64(-3)]
NO_STEPS = [*NO_COUNTS, 0]
BAD = {
    "epochs": [*NO_COUNTS, None],
    "initial_epoch": [*NO_COUNTS, None],
    "batch_size": NO_COUNTS,
    "steps_per_epoch": NO_STEPS,
    "validation_steps": NO_STEPS,
    "validation_batch_size": NO_COUNTS,
    "validation_freq": [0, -1, None, "2", 2.5, NAN, True, HUGE, [0], [1, 2.5], ["1"], {1: 2},
                        [True], np.ones(2), Unspeakable()],
    "validation_split": [-0.1, 1, 1.0, 2, NAN, INF, HUGE, "0.2", [0.2], True, 0.999, 1j,
                         Unspeakable()],
    "validation_data": [X, (X,), (), "xy", (X, Y, Y, Y), {"x": X}, 3, (X, Y[:3]),
                        (X[..., :1], Y), (X[0], Y), (X[:0], Y[:0]), (X, None), (X, Y, np.ones(5)),
                        (X, np.ones((6, 2)))],
    "shuffle": ["foo", "", 2, 2.5, NAN, [1], np.ones(2), Unspeakable()],
    "verbose": [3, -1, "loud", NAN, [1], np.ones(2), 2.5, HUGE, Unspeakable()],
    "callbacks": [Callback, [Callback], "early", len, object(), Incomplete(), [Twisted()],
                  {1: 2}, 3],
    "class_weight": [[1, 2], 3, {"a": 1.0}, {0.5: 1.0}, {None: 1.0}, {NAN: 1.0}, {INF: 1.0},
                     {0: "a"}, {0: None}, {0: NAN}, {0: INF}, {0: 1e300}, {0: HUGE}, {0: [1.0]}],
    "sample_weight": [np.ones(5), np.ones((6, 2)), "abcdef", 2.0, [[1], [1, 2]], np.ones(6) * 1j],
}  # fmt: skip
CASES = [(name, value) for name, values in BAD.items() for value in values]


def made(units=1, activation=None, loss="mse", metrics=None, **lstm):
    npslstm.utils.set_random_seed(1)
    layers = [npslstm.Input((4, 2)), LSTM(3, **lstm), Dense(units, activation)]
    model = npslstm.Sequential(layers)
    model.compile("sgd", loss, metrics=metrics)
    return model


def classifier(loss="sparse_categorical_crossentropy", metrics=None):
    return made(3, "softmax", loss, metrics)


def seen(model):
    """All that must not change, as it can be compared."""
    arrays = [w.tobytes() for w in model.get_weights()]
    flags = model.stop_training, model.stop_evaluating, model.stop_predicting
    return arrays, flags, model.history, model.optimizer.iterations, model.compiled.loss


def refused(model, call, name, errors=(ValueError, TypeError)):
    before = seen(model)
    with pytest.raises(errors, match=name):
        call()
    assert seen(model) == before


def label(value):
    if isinstance(value, Unspeakable):
        return type(value).__name__
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))[:40]  # the same in every process


@pytest.mark.parametrize(("name", "value"), CASES, ids=[f"{n}={label(v)}" for n, v in CASES])
def test_fit_refuses(name, value):
    model = made()
    word = "validation_data|samples|array" if name == "validation_data" else name
    options = {"validation_split": 0.5} if name.startswith("validation_") else {}
    refused(model, lambda: model.fit(X, Y, **{"verbose": 0, **options, name: value}), word)


@pytest.mark.parametrize("call", ["evaluate", "predict"])
@pytest.mark.parametrize("name", ["batch_size", "steps", "verbose", "callbacks"])
def test_evaluate_and_predict_refuse(call, name):
    model = made()
    values = BAD["steps_per_epoch" if name == "steps" else name]
    for value in values:
        arguments = [X] if call == "predict" else [X, Y]
        options = {"verbose": 0, name: value}
        refused(model, lambda a=arguments, o=options: getattr(model, call)(*a, **o), name)


@pytest.mark.parametrize("call", ["evaluate", "train_on_batch", "test_on_batch"])
def test_return_dict_is_a_switch(call):
    model = made()
    for value in ("no", 2, NAN, None, [], np.ones(2)):
        refused(model, lambda v=value: getattr(model, call)(X, Y, return_dict=v), "return_dict")
    assert type(getattr(model, call)(X, Y, return_dict=np.True_)) is dict


def test_a_refused_fit_builds_nothing():
    model = npslstm.Sequential([LSTM(3), Dense(1)])
    model.compile("sgd", "mse")
    for name, value in (("verbose", 3), ("callbacks", [object()]), ("steps_per_epoch", 0),
                        ("validation_data", (X[..., :1], Y)), ("validation_freq", 0)):  # fmt: skip
        with pytest.raises((ValueError, TypeError)):
            model.fit(X, Y, **{name: value})
        assert not model.built
    for arguments in ({"verbose": 3}, {"callbacks": 3}, {"steps": 0}):
        with pytest.raises((ValueError, TypeError)):
            model.predict(X, **arguments)
        assert not model.built


def test_validation_data_of_a_stateful_model_that_is_not_built():
    """The batch size of the training settles how many states there are."""
    model = npslstm.Sequential([LSTM(3, stateful=True), Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="validation data has 6 samples"):
        model.fit(X[:4], Y[:4], batch_size=4, validation_data=(X, Y), verbose=0)
    assert not model.built


NUMBERS = {"epochs": 3, "initial_epoch": 1, "batch_size": 4, "steps_per_epoch": 1,
           "validation_steps": 1, "validation_batch_size": 2, "validation_freq": 2}  # fmt: skip


@pytest.mark.parametrize("kind", [np.int64, np.uint8, np.array])
def test_whole_numbers_of_numpy(kind):
    options = {name: kind(value) for name, value in NUMBERS.items()}
    split = {"validation_split": np.float32(0.5), "verbose": np.int64(0), "shuffle": np.False_}
    history = made().fit(X, Y, **options, **split)
    plain = made().fit(X, Y, **NUMBERS, validation_split=0.5, verbose=0, shuffle=False)
    assert history.history == plain.history and history.params == plain.params
    assert history.epoch == [1, 2] and len(history.history["val_loss"]) == 1


@pytest.mark.parametrize("epochs", [[1, 3], (1, 3), {1, 3}, np.array([1, 3])], ids=str)
def test_validation_freq_lists_epochs_from_one(epochs):
    seen = []
    after = npslstm.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: seen.append("val_loss" in logs)
    )
    made().fit(X, Y, epochs=4, validation_split=0.5, validation_freq=epochs, verbose=0,
               callbacks=after)  # fmt: skip
    assert seen == [True, False, True, False]


def test_steps_without_a_batch_size_divide_the_samples():
    """As in Keras: 80 samples in 2 steps are batches of 40, not of 32."""
    model, x = made(), np.zeros((80, 4, 2), "float32")
    y = np.where(np.arange(80) < 64, 0, 5).astype("float32")
    assert model.predict(x, steps=2, verbose=0).shape == (80, 1)
    assert model.evaluate(x, y, steps=2, verbose=0) > 1
    assert model.predict(x, steps=2, batch_size=32, verbose=0).shape == (64, 1)
    split = model.fit(x, y, verbose=0, validation_data=(x, y), validation_steps=2)
    assert split.history["val_loss"][0] > 1


@pytest.mark.parametrize("call", ["evaluate", "predict", "fit"])
def test_more_steps_than_batches_are_said(call):
    model = made()
    arguments = [X] if call == "predict" else [X, Y]
    name = "steps_per_epoch" if call == "fit" else "steps"
    with pytest.warns(UserWarning, match=f"after 2 of {name}=5") as caught:
        getattr(model, call)(*arguments, **{name: 5, "batch_size": 4, "verbose": 0})
    assert caught[0].filename == __file__


# ---- weights of classes ------------------------------------------------------------------------


def test_class_weight_is_not_for_validation():
    target = np.arange(6) % 2
    model = made()
    heavy = {0: 100.0, 1: 100.0}
    held_out = model.fit(X, target, validation_split=0.5, class_weight=heavy, verbose=0,
                         shuffle=False).history["val_loss"][0]  # fmt: skip
    assert held_out == pytest.approx(model.evaluate(X[3:], target[3:], verbose=0), rel=1e-6)


def test_both_weights_are_refused_with_a_split_too():
    model = made()
    options = {"class_weight": {0: 1.0}, "sample_weight": np.ones(6), "validation_split": 0.5}
    refused(model, lambda: model.fit(X, Y, **options), "either sample_weight or class_weight")


@pytest.mark.parametrize("weights", [{np.int64(1): np.float64(2)}, {1.0: 2}, {True: 2.0}], ids=str)
def test_labels_and_weights_may_be_any_numbers(weights):
    losses = [classifier().train_on_batch(X, LABELS, class_weight=w) for w in (weights, {1: 2.0})]
    assert losses[0] == losses[1]


# ---- labels ------------------------------------------------------------------------------------

OUT_OF_RANGE = [LABELS + 1, LABELS - 1, LABELS * 1e7, LABELS + 0.5, LABELS * NAN]


@pytest.mark.parametrize("labels", OUT_OF_RANGE, ids=str)
def test_labels_are_checked_in_every_call(labels):
    model = classifier()
    model.fit(X, LABELS, verbose=0)
    for call in (
        lambda: model.evaluate(X, labels, verbose=0),
        lambda: model.fit(X, LABELS, validation_data=(X, labels), verbose=0),
        lambda: model.train_on_batch(X, labels),
        lambda: model.test_on_batch(X, labels),
    ):
        refused(model, call, "labels reach from")


@pytest.mark.parametrize("labels", [Y * 0 + 1, Y * 0 + 1e7, Y * 0 - 1], ids=["1", "1e7", "-1"])
def test_labels_of_a_metric_are_checked_in_every_call(labels):
    model = made(metrics=["sparse_categorical_crossentropy"])
    model.fit(X, Y * 0, verbose=0)
    for call in (
        lambda: model.evaluate(X, labels, verbose=0),
        lambda: model.fit(X, Y * 0, validation_data=(X, labels), verbose=0),
        lambda: model.train_on_batch(X, labels),
        lambda: model.test_on_batch(X, labels),
    ):
        refused(model, call, "labels reach from")


def test_refused_data_do_not_decide_what_names_mean():
    """'crossentropy' is sparse or not by the shape of the first targets that fit."""
    model = classifier("crossentropy", ["crossentropy", "accuracy"])
    hot = np.eye(3)[LABELS]
    refused(model, lambda: model.fit(X, hot[:, :2], verbose=0), "targets have shape")
    refused(model, lambda: model.fit(X, hot, sample_weight=np.ones(5), verbose=0), "sample_weight")
    refused(model, lambda: model.fit(X, hot, validation_data=(X, hot[:5])), "validation_data")
    assert model.compiled.loss is None and model.compiled.metrics is None
    model.fit(X, LABELS, verbose=0)
    assert type(model.compiled.loss).__name__ == "SparseCategoricalCrossentropy"


@pytest.mark.parametrize("part", ["training", "validation"])
def test_labels_that_a_callback_writes_change_nothing(part):
    labels, plain = LABELS.astype("float32")[:, None], classifier()
    given = {"training": (X, labels), "validation": (X, LABELS)}
    options = {"verbose": 0, "batch_size": 2, "shuffle": False, "epochs": 2}
    fill = npslstm.callbacks.LambdaCallback(on_train_batch_end=lambda *_: labels.fill(1e8))
    model = classifier()
    x, y = (X, labels) if part == "training" else given["validation"]
    history = model.fit(x, y, validation_data=(X, labels), callbacks=fill, **options).history
    assert history == plain.fit(X, LABELS, validation_data=(X, LABELS), **options).history


@pytest.mark.parametrize("call", ["fit", "evaluate", "predict"])
def test_data_that_a_callback_moves_are_not_read(call):
    """array.resize would leave the memory to the next that asks for it: NumPy refuses as long as
    batches come from there."""
    x, model = X.copy(), made()
    hook = {"fit": "on_train_batch_end", "evaluate": "on_test_batch_end",
            "predict": "on_predict_batch_end"}[call]  # fmt: skip
    shrink = npslstm.callbacks.LambdaCallback(
        **{hook: lambda *_: x.resize((1, 4, 2), refcheck=False)}
    )
    arguments = [x] if call == "predict" else [x, Y]
    with pytest.raises(ValueError, match="cannot resize"):
        getattr(model, call)(*arguments, batch_size=2, verbose=0, callbacks=shrink)
    assert np.array_equal(x, X)
    x.resize((1, 4, 2), refcheck=False)  # afterwards it is the user's alone


@pytest.mark.parametrize(
    ("call", "wrong", "meant", "error"),
    [
        ("compile", "optimiser", "optimizer", TypeError),
        ("fit", "epoch", "epochs", TypeError),
        ("predict", "batchsize", "batch_size", TypeError),
        ("evaluate", "return_dic", "return_dict", ValueError),
    ],
)
def test_a_misspelt_argument_is_told_what_was_meant(call, wrong, meant, error):
    model = made()
    given = {"fit": [X, Y], "evaluate": [X, Y], "predict": [X], "compile": []}[call]
    before = seen(model)
    with pytest.raises(error, match=f"{call} has no argument '{wrong}'. Did you mean '{meant}'"):
        getattr(model, call)(*given, **{wrong: 1})
    assert seen(model) == before
