"""The callbacks, driven by hand through epochs of a model that only pretends.

Expected numbers and printed lines were measured with the callbacks of keras 3.15.1.
"""

import numpy as np
import pytest

from npslstm.callbacks import (
    Callback,
    CallbackList,
    CSVLogger,
    EarlyStopping,
    History,
    LambdaCallback,
    LearningRateScheduler,
    ReduceLROnPlateau,
    TerminateOnNaN,
)
from npslstm.training.callbacks import HOOKS


class FakeOptimizer:
    def __init__(self, learning_rate):
        self.learning_rate = learning_rate


class FakeMetric:
    def __init__(self, name, direction):
        self.name = name
        self.direction = direction


class FakeModel:
    """Its weights are the number of the epoch that set them, counted from 1."""

    def __init__(self, metrics=()):
        self.stop_training = False
        self.optimizer = FakeOptimizer(0.01)
        self.metrics = list(metrics)
        self.weights = [0]

    def get_weights(self):
        return list(self.weights)

    def set_weights(self, weights):
        self.weights = list(weights)


def train(callback, epochs_logs, model=None):
    """Run epochs that report the given logs; returns the model and the number of epochs run."""
    model = model or FakeModel()
    callbacks = CallbackList([callback], model, {"epochs": len(epochs_logs)})
    callbacks.on_train_begin()
    epochs = 0
    for epoch, logs in enumerate(epochs_logs):
        callbacks.on_epoch_begin(epoch)
        model.weights = [epoch + 1]
        callbacks.on_epoch_end(epoch, dict(logs))
        epochs += 1
        if model.stop_training:
            break
    callbacks.on_train_end()
    return model, epochs


def losses(*values, name="loss"):
    return [{name: value} for value in values]


# Callback and CallbackList


def test_every_hook_reaches_every_callback_in_order():
    seen = []

    def recorder(tag):
        record = {hook: lambda *args, hook=hook: seen.append((tag, hook, args)) for hook in HOOKS}
        return LambdaCallback(**record)

    callbacks = CallbackList([recorder("a"), [recorder("b")]])
    for hook in HOOKS:
        logs = {"loss": 1.0}
        position = (7,) if "batch" in hook or "epoch" in hook else ()
        seen.clear()
        getattr(callbacks, hook)(*position, logs)
        assert seen == [("a", hook, (*position, logs)), ("b", hook, (*position, logs))]
    assert len(HOOKS) == 16


def test_hooks_of_a_plain_callback_do_nothing():
    callback = Callback()
    for hook in HOOKS:
        position = (0,) if "batch" in hook or "epoch" in hook else ()
        assert getattr(callback, hook)(*position) is None


def test_model_and_params_are_handed_on():
    callback, model = Callback(), FakeModel()
    assert callback.model is None and callback.params is None
    CallbackList(callback, model, {"epochs": 3})
    assert callback.model is model
    assert callback.params == {"epochs": 3}


def test_old_batch_hooks_are_called_by_the_new_ones():
    class Old(Callback):
        def __init__(self):
            self.seen = []

        def on_batch_begin(self, batch, logs=None):
            self.seen.append(("begin", batch))

        def on_batch_end(self, batch, logs=None):
            self.seen.append(("end", batch, logs))

    old = Old()
    callbacks = CallbackList([old])
    callbacks.on_train_batch_begin(2)
    callbacks.on_train_batch_end(2, {"loss": 0.5})
    assert old.seen == [("begin", 2), ("end", 2, {"loss": 0.5})]
    assert callbacks.wants_train_batches


def test_missing_logs_arrive_as_a_dict_and_additions_are_shared():
    logs = {}
    first = LambdaCallback(on_epoch_end=lambda epoch, logs: logs.update(extra=1.0))
    seen = []
    second = LambdaCallback(
        on_epoch_end=lambda epoch, logs: seen.append(dict(logs)), on_train_begin=seen.append
    )
    callbacks = CallbackList([first, second])
    callbacks.on_epoch_end(0, logs)
    callbacks.on_train_begin()
    assert logs == {"extra": 1.0}
    assert seen == [{"extra": 1.0}, {}]


@pytest.mark.parametrize(
    ("hook", "phase"),
    [
        ("on_batch_begin", "train"),
        ("on_batch_end", "train"),
        ("on_train_batch_begin", "train"),
        ("on_train_batch_end", "train"),
        ("on_test_batch_begin", "test"),
        ("on_test_batch_end", "test"),
        ("on_predict_batch_begin", "predict"),
        ("on_predict_batch_end", "predict"),
    ],
)
def test_wants_batches_of_the_phase_whose_hook_is_overridden(hook, phase):
    on_class = type("OnClass", (Callback,), {hook: lambda self, batch, logs=None: None})()
    on_object = LambdaCallback(**{hook: lambda batch, logs: None})
    for callback in (on_class, on_object):
        callbacks = CallbackList([Callback(), callback])
        wanted = {p: getattr(callbacks, f"wants_{p}_batches") for p in ("train", "test", "predict")}
        assert wanted == {p: p == phase for p in wanted}


def test_callbacks_that_watch_epochs_do_not_want_batches():
    callbacks = CallbackList(
        [
            History(),
            EarlyStopping(),
            ReduceLROnPlateau(),
            LearningRateScheduler(lambda epoch: 0.1),
            CSVLogger("unused.csv"),
            LambdaCallback(on_epoch_end=lambda epoch, logs: None),
        ]
    )
    assert not callbacks.wants_train_batches
    assert not callbacks.wants_test_batches
    assert not callbacks.wants_predict_batches
    assert not CallbackList(None).wants_train_batches


def test_needs_batches_decides_before_the_overridden_hooks():
    callback = TerminateOnNaN()
    assert CallbackList([callback]).wants_train_batches
    callback.needs_batches = False
    assert not CallbackList([callback]).wants_train_batches
    plain = Callback()
    plain.needs_batches = True
    assert CallbackList([plain]).wants_train_batches


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([EarlyStopping], r"received the class EarlyStopping; create it first"),
        (["early"], r"'early' of type str"),
        (lambda epoch, logs: None, r"LambdaCallback\(on_epoch_end="),
    ],
)
def test_what_is_not_a_callback_is_named(given, message):
    with pytest.raises(TypeError, match=message):
        CallbackList(given)


# History


def test_history_keeps_python_floats_by_name_and_epoch():
    history = History()
    model, _ = train(history, [{"loss": np.float32(0.5), "val_loss": 0.25}, {"loss": 0.125}])
    assert history.history == {"loss": [0.5, 0.125], "val_loss": [0.25]}
    assert all(type(value) is float for values in history.history.values() for value in values)
    assert history.epoch == [0, 1]
    assert history.params == {"epochs": 2}
    assert model.history is history


# EarlyStopping


@pytest.mark.parametrize(
    ("arguments", "reported", "epochs", "stopped"),
    [
        ({}, (0.5, 0.6, 0.4), 2, True),
        ({"patience": 1}, (0.5, 0.5, 0.4), 2, True),
        ({"patience": 2}, (0.5, 0.6, 0.6, 0.4), 3, True),
        ({"patience": 2}, (0.5, 0.6, 0.4, 0.6, 0.3), 5, False),
        ({"min_delta": 0.1}, (0.5, 0.45, 0.3), 2, True),
        ({"min_delta": -0.1}, (0.5, 0.45, 0.3), 2, True),
        ({"mode": "max"}, (0.5, 0.6, 0.4, 0.9), 3, True),
        ({"baseline": 0.3, "patience": 2}, (0.5, 0.4, 0.35, 0.34), 4, False),
        ({"baseline": 0.3, "patience": 2}, (0.5, 0.4, 0.45, 0.2), 3, True),
        ({"start_from_epoch": 2}, (0.1, 0.2, 0.3, 0.2, 0.4), 5, True),
        ({}, (float("nan"), 0.5, 0.4), 2, True),
    ],
)
def test_early_stopping_after_patience(arguments, reported, epochs, stopped):
    model, ran = train(EarlyStopping(monitor="loss", **arguments), losses(*reported))
    assert (ran, model.stop_training) == (epochs, stopped)


def test_early_stopping_compares_in_float32():
    # The float32 nearest 0.1 is 0.100000001: more than the baseline in float64, not in float32.
    reported = losses(*[float(np.float32(0.1))] * 3, name="accuracy")
    _, ran = train(EarlyStopping(monitor="accuracy", baseline=0.1, patience=2), reported)
    assert ran == 2


def test_early_stopping_restores_the_best_weights_and_says_so(capsys):
    callback = EarlyStopping(monitor="loss", patience=2, restore_best_weights=True, verbose=1)
    model, ran = train(callback, losses(0.5, 0.3, 0.4, 0.4, 0.1))
    assert ran == 4
    assert model.weights == [2]
    assert capsys.readouterr().out == (
        "Epoch 4: early stopping\nRestoring model weights from the end of the best epoch: 2.\n"
    )


def test_early_stopping_restores_also_when_training_runs_to_its_end():
    callback = EarlyStopping(monitor="loss", patience=9, restore_best_weights=True)
    model, ran = train(callback, losses(0.5, 0.3, 0.4))
    assert (ran, model.weights, model.stop_training) == (3, [2], False)


def test_early_stopping_keeps_the_last_weights_by_default():
    model, _ = train(EarlyStopping(monitor="loss", patience=9), losses(0.5, 0.3, 0.4))
    assert model.weights == [3]


def test_early_stopping_starts_afresh_in_a_second_fit():
    callback = EarlyStopping(monitor="loss")
    assert train(callback, losses(0.1, 0.2))[1] == 2
    assert train(callback, losses(0.9, 0.8, 0.7))[1] == 3


def test_missing_monitor_warns_with_what_there_is():
    with pytest.warns(UserWarning, match=r"'val_loss'.*Reported were: loss, mae.*validation_data"):
        model, ran = train(EarlyStopping(), [{"loss": 0.5, "mae": 0.6}] * 2)
    assert ran == 2 and not model.stop_training


@pytest.mark.parametrize(
    ("monitor", "metrics", "stops"),
    [
        ("val_loss", (), True),
        ("mae", (), True),
        ("val_accuracy", (), False),
        ("acc", (), False),
        ("score", (FakeMetric("score", "up"),), False),
        ("val_score", (FakeMetric("score", "down"),), True),
        ("accuracy", (FakeMetric("accuracy", "down"),), True),
    ],
)
def test_auto_mode_knows_which_way_is_better(monitor, metrics, stops):
    rising = losses(0.1, 0.2, 0.3, name=monitor)
    model, _ = train(EarlyStopping(monitor=monitor), rising, FakeModel(metrics))
    assert model.stop_training == stops


def test_auto_mode_asks_when_it_cannot_tell():
    with pytest.raises(ValueError, match=r"monitor='score'.*mode='max' if higher is better"):
        train(EarlyStopping(monitor="score"), losses(0.1, name="score"))


def test_unknown_mode_warns_and_becomes_auto():
    with pytest.warns(UserWarning, match=r"mode='maximum' is unknown.*'auto', 'min', 'max'"):
        callback = EarlyStopping(monitor="accuracy", mode="maximum")
    assert train(callback, losses(0.5, 0.6, 0.4, name="accuracy"))[1] == 3


WRONG = {
    EarlyStopping: {"monitor": [3, None], "patience": ["a", float("nan"), None, True],
                    "min_delta": ["a", float("nan"), None], "baseline": ["a", [1.0]],
                    "start_from_epoch": [None, "a"]},
    ReduceLROnPlateau: {"factor": ["a", float("nan"), None], "patience": [None], "cooldown": ["a"],
                        "min_lr": [None, float("nan")]},
    LearningRateScheduler: {"schedule": [3, None, "a"]},
}  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
def test_what_a_callback_cannot_work_with_is_refused_when_it_is_made(kind):
    for name, values in WRONG[kind].items():
        for value in values:
            with pytest.raises(ValueError, match=rf"{kind.__name__}.*received"):
                kind(**{name: value})


# LambdaCallback


def test_lambda_callback_takes_its_functions_by_position_in_the_order_of_keras():
    seen = []
    functions = [lambda *args, n=n: seen.append(n) for n in range(6)]
    callback = LambdaCallback(*functions)
    callback.on_epoch_begin(0, {})
    callback.on_epoch_end(0, {})
    callback.on_train_begin({})
    callback.on_train_end({})
    callback.on_train_batch_begin(0, {})
    callback.on_train_batch_end(0, {})
    assert seen == [0, 1, 2, 3, 4, 5]


def test_lambda_callback_names_a_wrong_hook():
    with pytest.warns(UserWarning, match=r"no hook 'on_epoch_ends'.*on_epoch_end,"):
        LambdaCallback(on_epoch_ends=print)
    with pytest.raises(
        TypeError, match=r"on_epoch_end=\.\.\.\) takes a function.*'loss' of type str"
    ):
        LambdaCallback(on_epoch_end="loss")


# TerminateOnNaN


@pytest.mark.parametrize("loss", [float("nan"), float("inf"), np.float32("nan")])
def test_terminate_on_nan_stops_at_the_batch(loss, capsys):
    model = FakeModel()
    callbacks = CallbackList([TerminateOnNaN()], model)
    callbacks.on_train_batch_end(0, {"loss": 0.5})
    assert not model.stop_training
    callbacks.on_train_batch_end(1, {"loss": loss})
    callbacks.on_epoch_end(0, {"loss": loss})
    assert model.stop_training
    assert capsys.readouterr().out == "Batch 1: Invalid loss, terminating training\n"


def test_terminate_on_nan_without_batches_stops_at_the_epoch(capsys):
    callback = TerminateOnNaN()
    callback.needs_batches = False
    _, ran = train(callback, losses(0.5, float("nan"), 0.5))
    assert ran == 2
    assert capsys.readouterr().out == "Epoch 2: Invalid loss, terminating training\n"


def test_terminate_on_nan_can_raise():
    callbacks = CallbackList([TerminateOnNaN(raise_error=True)], FakeModel())
    with pytest.raises(RuntimeError, match=r"Batch 3: the loss is nan.*smaller learning rate"):
        callbacks.on_train_batch_end(3, {"loss": float("nan")})


# Learning rates


def test_scheduler_sets_the_rate_of_every_epoch_and_logs_it(capsys):
    history = History()
    scheduler = LearningRateScheduler(lambda epoch, rate: rate / 2, verbose=1)
    model, _ = train([scheduler, history], losses(0.5, 0.5))
    assert model.optimizer.learning_rate == pytest.approx(0.0025, rel=1e-7)
    # float32 values in Python floats, as Keras reports them
    assert history.history["learning_rate"] == [float(np.float32(r)) for r in (0.005, 0.0025)]
    assert capsys.readouterr().out == (
        "\nEpoch 1: LearningRateScheduler setting learning rate to 0.004999999888241291.\n"
        "\nEpoch 2: LearningRateScheduler setting learning rate to 0.0024999999441206455.\n"
    )


@pytest.mark.parametrize("schedule", [lambda epoch: 0.5, lambda epoch, rate=None: 0.5])
def test_scheduler_takes_functions_of_the_epoch_alone(schedule):
    model, _ = train(LearningRateScheduler(schedule), losses(0.5))
    assert model.optimizer.learning_rate == 0.5


def test_scheduler_wants_a_float():
    with pytest.raises(
        ValueError, match=r"for epoch 0 the schedule returned None of type NoneType"
    ):
        train(LearningRateScheduler(lambda epoch, rate: None), losses(0.5))


def test_plateau_reduces_after_patience_and_cools_down(capsys):
    history = History()
    plateau = ReduceLROnPlateau(
        monitor="loss", factor=0.5, patience=2, cooldown=2, min_lr=0.002, verbose=1
    )
    train([plateau, history], losses(*[0.5] * 9))
    rates = [0.01, 0.01, 0.01, 0.005, 0.005, 0.005, 0.0025, 0.0025, 0.0025]
    assert history.history["learning_rate"] == pytest.approx(rates, rel=1e-6)
    assert capsys.readouterr().out == (
        "\nEpoch 3: ReduceLROnPlateau reducing learning rate to 0.004999999888241291.\n"
        "\nEpoch 6: ReduceLROnPlateau reducing learning rate to 0.0024999999441206455.\n"
        "\nEpoch 9: ReduceLROnPlateau reducing learning rate to 0.002.\n"
    )


def test_plateau_stops_at_min_lr(capsys):
    plateau = ReduceLROnPlateau(monitor="loss", factor=0.1, patience=1, min_lr=0.004, verbose=1)
    model, _ = train(plateau, losses(0.5, 0.5, 0.5, 0.5))
    assert model.optimizer.learning_rate == 0.004
    assert capsys.readouterr().out == (
        "\nEpoch 2: ReduceLROnPlateau reducing learning rate to 0.004.\n"
    )


def test_plateau_counts_from_zero_after_a_reduction():
    history = History()
    plateau = ReduceLROnPlateau(monitor="loss", factor=0.5, patience=2)
    train([plateau, history], losses(*[0.5] * 6))
    rates = [0.01, 0.01, 0.01, 0.005, 0.005, 0.0025]
    assert history.history["learning_rate"] == pytest.approx(rates, rel=1e-6)


def test_plateau_needs_a_factor_that_reduces():
    with pytest.raises(ValueError, match=r"factor=1\.0.*below 1"):
        ReduceLROnPlateau(factor=1.0)
    with pytest.warns(UserWarning, match="does not know epsilon"):
        ReduceLROnPlateau(epsilon=0.1)


def test_plateau_warns_about_a_missing_monitor():
    with pytest.warns(UserWarning, match=r"'val_loss'.*leaves the learning rate alone.*loss"):
        model, _ = train(ReduceLROnPlateau(patience=0), losses(0.5))
    assert model.optimizer.learning_rate == 0.01


# CSVLogger


def test_csv_logger_writes_a_line_per_epoch(tmp_path):
    file = tmp_path / "log.csv"
    train(CSVLogger(file), [{"loss": 0.5, "val_loss": 0.25}, {"loss": 0.125}])
    assert file.read_bytes() == b"epoch,loss,val_loss\r\n0,0.5,0.25\r\n1,0.125,NA\r\n"


def test_csv_logger_leaves_room_for_a_later_validation_and_appends(tmp_path):
    file = tmp_path / "log.csv"
    train(
        CSVLogger(file, separator=";"), [{"loss": 0.5}, {"loss": 0.25, "val_loss": 1.0, "mae": 0.5}]
    )
    train(CSVLogger(file, separator=";", append=True), [{"loss": 0.125}])
    assert file.read_text().splitlines() == [
        "epoch;loss;val_loss",
        "0;0.5;NA",
        "1;0.25;1.0",
        "0;0.125;NA",
    ]
