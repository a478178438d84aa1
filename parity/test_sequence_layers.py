"""Masking, RepeatVector, TimeDistributed and Flatten inside models: masks go where Keras's go."""

import pytest

from parity.differences import agree
from parity.training import EAGER, F, T, data, evaluate_alike, fits_alike, predict_alike
from parity.twins import model_twins

SAMPLES, CLASSES = 10, 3


def masked_classifier(L):
    dense = L.TimeDistributed(L.Dense(CLASSES, activation="softmax"))
    return [L.Masking(), L.LSTM(5, return_sequences=True), L.BatchNormalization(), dense]


STACKS = {
    "masking, last step": lambda L: [L.Masking(), L.LSTM(5), L.Dense(CLASSES)],
    "masking, every step": masked_classifier,
    "masking another value": lambda L: [L.Masking(0.5), L.LSTM(5), L.Dense(CLASSES)],
    "masking, dropped later": lambda L: [
        L.Masking(), L.LSTM(4, return_sequences=True), L.Dense(2), L.Activation("tanh"), L.LSTM(3),
    ],
    "encoder and decoder": lambda L: [
        L.LSTM(5), L.RepeatVector(T), L.LSTM(4, return_sequences=True),
        L.TimeDistributed(L.Dense(CLASSES, activation="sigmoid")),
    ],
    "flattened": lambda L: [L.LSTM(5, return_sequences=True), L.Flatten(), L.Dense(CLASSES)],
    "flattened features": lambda L: [L.LSTM(5), L.Flatten(), L.Dense(CLASSES)],
    "an LSTM over pieces": lambda L: [L.TimeDistributed(L.LSTM(4)), L.LSTM(CLASSES)],
    "sequences over pieces": lambda L: [
        L.TimeDistributed(L.LSTM(4, return_sequences=True)), L.TimeDistributed(L.Flatten()),
        L.TimeDistributed(L.Dense(CLASSES)),
    ],
    "flattened pieces": lambda L: [L.TimeDistributed(L.Flatten()), L.LSTM(CLASSES)],
    "no weights first": lambda L: [
        L.TimeDistributed(L.Dropout(0.0)), L.TimeDistributed(L.Activation("tanh")), L.LSTM(CLASSES),
    ],
}  # fmt: skip


def twins(name, rng):
    shape = (3, T, F) if "pieces" in name else (T, F)

    def make(nn):
        model = nn.Sequential([nn.Input(shape), *STACKS[name](nn.layers)])
        metrics = {"metrics": ["mse", "accuracy"], "weighted_metrics": ["mae"]}
        model.compile(loss="mse", optimizer=nn.optimizers.SGD(0.1), **metrics, **EAGER)
        return model

    ours, theirs = model_twins(make, rng)
    x = rng.normal(0, 1, (SAMPLES, *shape)).astype("float32")
    if "masking" in name:
        x[0, :2], x[1, 2:], x[2, 1], x[3] = 0, 0, 0, 0.5
    y = rng.random((SAMPLES, *ours.output_shape[1:])).astype("float32")
    return ours, theirs, x, y


@pytest.mark.parametrize(
    "weighted", [pytest.param(False, marks=pytest.mark.thorough), True], ids=["", "sample_weight"]
)
@pytest.mark.parametrize("name", STACKS)
def test_training(rng, name, weighted):
    ours, theirs, x, y = twins(name, rng)
    options = {"sample_weight": rng.uniform(0.5, 2, y.shape[:-1])} if weighted else {}
    assert ours.output_shape == theirs.output_shape
    fits_alike(ours, theirs, x, y, batch_size=4, epochs=2, **options)
    evaluate_alike(ours, theirs, x, y, batch_size=4, **options)
    predict_alike(ours, theirs, x, batch_size=4)


def test_crossentropy_after_time_distributed_is_taken_from_probabilities(rng):
    """TimeDistributed hides the logits: saturated outputs are clipped, in Keras and here."""

    def make(nn):
        dense = nn.layers.TimeDistributed(nn.layers.Dense(CLASSES, activation="softmax"))
        model = nn.Sequential([nn.Input((T, F)), dense])
        model.compile(loss="sparse_categorical_crossentropy", optimizer="sgd", **EAGER)
        return model

    ours, theirs = model_twins(make, rng)
    x, _ = data(rng, SAMPLES)
    fits_alike(ours, theirs, 100 * x, rng.integers(0, CLASSES, (SAMPLES, T)), epochs=2)


def test_a_penalty_inside_time_distributed_has_no_effect(rng):
    def make(nn):
        penalised = nn.layers.Dense(2, activity_regularizer=nn.regularizers.L2(0.5))
        model = nn.Sequential([nn.Input((3, 2)), nn.layers.TimeDistributed(penalised)])
        model.compile("sgd", "mse", run_eagerly=True)
        return model

    ours, theirs = model_twins(make, rng)
    x, y = (rng.normal(0, 1, (4, 3, 2)).astype("float32") for _ in "xy")
    agree("loss", ours.train_on_batch(x, y), theirs.train_on_batch(x, y))
    agree("weights after training", ours.get_weights(), theirs.get_weights())
