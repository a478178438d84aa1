"""The epochs of a fit that nobody looks at run in one go, and their numbers are the same bits."""

import numpy as np
import pytest

import npslstm
from npslstm.callbacks import Callback
from npslstm.layers import LSTM, Dense, Dropout
from npslstm.training import batch_run, fused_epochs

N, T, F = 10, 3, 2
X = np.random.default_rng(0).normal(0, 1, (N, T, F)).astype("float32")
Y = np.random.default_rng(1).normal(0, 1, (N, 1)).astype("float32")
EPOCHS = 7

CASES = {
    "all samples at once": {"batch_size": N},
    "batches of one": {"batch_size": 1},
    "a smaller last batch": {"batch_size": 4},
    "in order": {"batch_size": 4, "shuffle": False},
    "within batches": {"batch_size": 4, "shuffle": "batch"},
    "weighted": {"batch_size": 4, "sample_weight": np.linspace(0.5, 2, N)},
    "later epochs": {"batch_size": 4, "initial_epoch": 2},
}


def model(*layers, **options):
    npslstm.utils.set_random_seed(5)
    made = npslstm.Sequential([npslstm.Input((T, F)), *layers, LSTM(3), Dense(1)])
    made.compile(loss="mse", optimizer="adam", metrics=["mse"], weighted_metrics=["mae"], **options)
    return made


def trained(made, callbacks, **options):
    """Everything that two fits, one after the other, leave behind."""
    histories = []
    for _ in range(2):
        history = made.fit(X, Y, epochs=EPOCHS, verbose=0, callbacks=callbacks, **options)
        histories += [history.epoch, list(history.history.items())]
    shown = [metric.result() for metric in made.metrics]
    return histories, shown, [w.tolist() for w in made.get_weights()]


@pytest.fixture
def counted(monkeypatch):
    """How many epochs went in one go, each time; with chunks of three at most."""
    found, run = [], fused_epochs.FusedEpochs.run

    def counting(self, number):
        found.append(number)
        return run(self, number)

    monkeypatch.setattr(fused_epochs.FusedEpochs, "run", counting)
    monkeypatch.setattr(fused_epochs, "SECONDS_BETWEEN_LOOKS", 1e6)
    monkeypatch.setattr(fused_epochs, "MOST_POSITIONS", 3 * N)
    return found


@pytest.mark.parametrize("case", CASES)
def test_the_numbers_are_those_of_one_epoch_after_the_other(case, counted):
    together = trained(model(), None, **CASES[case])
    assert max(counted) == 3 and len(counted) >= 2
    counted.clear()
    assert trained(model(), [Callback()], **CASES[case]) == together
    assert counted == []


def test_states_are_carried_over_epochs(counted):
    def stateful():
        npslstm.utils.set_random_seed(5)
        layers = [npslstm.Input(batch_shape=(5, T, F)), LSTM(3, stateful=True), Dense(1)]
        made = npslstm.Sequential(layers)
        made.compile(loss="mse", optimizer="adam")
        return made

    one, other = stateful(), stateful()
    options = {"batch_size": 5, "shuffle": False}
    assert trained(one, None, **options) == trained(other, [Callback()], **options)
    assert counted
    for ours, theirs in zip(one.get_states(), other.get_states(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    ("layers", "options"),
    [
        ([Dropout(0.5)], {}),
        ([Dense(2, kernel_constraint="non_neg")], {}),
        ([], {"verbose": 2}),
        ([], {"validation_split": 0.2}),
        ([], {"steps_per_epoch": 3}),
        ([], {"callbacks": Callback()}),
    ],
    ids=["dropout", "constraint", "verbose", "validation", "steps", "callbacks"],
)
def test_what_needs_python_runs_epoch_by_epoch(layers, options, counted):
    options = {"verbose": 0, "epochs": EPOCHS, "batch_size": 4} | options
    assert len(model(*layers).fit(X, Y, **options).epoch) == EPOCHS
    assert counted == []


def test_no_more_epochs_than_fit_between_two_looks(monkeypatch):
    made = model()
    made.fit(X, Y, verbose=0)
    training = batch_run.BatchRun(made, "train", made_data(made), 5)
    fused = fused_epochs.FusedEpochs(training, False, None)
    assert fused.possible(100) == 1  # nobody knows yet how long they take
    training.pace = batch_run.SECONDS_BETWEEN_LOOKS / 8  # of a batch; an epoch has two
    assert fused.possible(100) == 4 and fused.possible(3) == 3
    training.pace = 1.0
    assert fused.possible(100) == 1


def made_data(made):
    from npslstm.training.data import labelled

    return labelled(made, X, Y)
