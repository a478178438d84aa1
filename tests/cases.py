"""The table of gradient checks: every layer in its options, every loss, and the scan itself.

`test_gradients` differentiates each case, and fails if a layer or a loss is missing here.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import numpy as np

from npslstm import losses
from npslstm.cells import COUPLED, PEEPHOLE
from npslstm.kernels.activations import TABLE
from npslstm.layers import (
    LSTM,
    Activation,
    BatchNormalization,
    Bidirectional,
    Dense,
    Dropout,
    Flatten,
    Masking,
    RepeatVector,
    TimeDistributed,
)

LEFT, RIGHT = [[0, 0, 1, 1], [0, 1, 1, 1]], [[1, 1, 0, 0], [1, 0, 0, 0]]
MIDDLE, WHOLE_ROW = [[1, 0, 0, 1], [1, 1, 0, 1]], [[0, 0, 0, 0], [1, 0, 1, 1]]
MASKS = {"left": LEFT, "right": RIGHT, "middle": MIDDLE, "whole row": WHOLE_ROW}


class Case(NamedTuple):
    """Layers one after the other, as functions that make them; the rest as for `of_layers`."""

    layers: list[functools.partial[Any]]
    shape: tuple[int, ...] = (2, 4, 3)
    mask: Any = None
    training: bool = True
    start: bool = False
    criterion: Any = None
    weighted: bool = False


def make(layer: Any, *arguments: Any, **options: Any) -> functools.partial[Any]:
    return functools.partial(layer, *arguments, dtype="float64", **options)


def regularized(*names: str) -> dict[str, Any]:
    both = {"class_name": "L1L2", "config": {"l1": 0.05, "l2": 0.1}}
    return {f"{name}_regularizer": both for name in names}


lstm = functools.partial(make, LSTM, 3)
sequences = functools.partial(lstm, return_sequences=True)
dense = functools.partial(make, Dense, 3)
norm = functools.partial(make, BatchNormalization)
dropout = functools.partial(make, Dropout, 0.4, seed=1)


def each_step(layer: functools.partial[Any]) -> functools.partial[Any]:
    """TimeDistributed around a layer, which is made together with it."""
    return functools.partial(lambda: TimeDistributed(layer()))


def both_ways(layer: functools.partial[Any], mode: str = "concat") -> functools.partial[Any]:
    """Bidirectional around an LSTM, which is made together with it."""
    return functools.partial(lambda: Bidirectional(layer(), merge_mode=mode))


BOTH_DROPOUTS = {"dropout": 0.4, "recurrent_dropout": 0.4, "seed": 1}

LAYERS = {
    "LSTM": Case([lstm()]),
    "LSTM, sequences": Case([sequences()]),
    "LSTM, backwards": Case([lstm(go_backwards=True)]),
    "LSTM, backwards, sequences": Case([sequences(go_backwards=True)]),
    "LSTM, backwards, mask": Case([sequences(go_backwards=True)], mask=RIGHT),
    "LSTM, no bias": Case([lstm(use_bias=False)]),
    "LSTM, initial state": Case([lstm()], start=True),
    "LSTM, initial state, mask": Case([sequences()], start=True, mask=WHOLE_ROW),
    "LSTM, stateful": Case([sequences(stateful=True)]),
    "LSTM, dropout": Case([sequences(dropout=0.4, seed=1)]),
    "LSTM, dropout for each gate": Case([sequences(dropout=0.4, implementation=1, seed=1)]),
    "LSTM, recurrent dropout": Case([sequences(recurrent_dropout=0.4, seed=1)]),
    "LSTM, both dropouts": Case([lstm(**BOTH_DROPOUTS)]),
    "LSTM, both dropouts, mask": Case([sequences(**BOTH_DROPOUTS)], mask=MIDDLE),
    "LSTM, dropout in inference": Case([lstm(**BOTH_DROPOUTS)], training=False),
    "LSTM, regularizers": Case([lstm(**regularized("kernel", "recurrent", "bias"))]),
    "LSTM, activity": Case([lstm(**regularized("activity"))]),
    "LSTM, activity of sequences": Case([sequences(**regularized("activity"))], mask=RIGHT),
    "LSTM, one step, one feature": Case([lstm()], shape=(2, 1, 1)),
    "LSTM, BLAS sizes": Case([make(LSTM, 24)], shape=(16, 3, 8)),
    "LSTM, frozen": Case([lstm(trainable=False, **regularized("kernel"))]),
    "two LSTMs": Case([sequences(), lstm()]),
    "two LSTMs, mask": Case([sequences(), sequences()], mask=LEFT),
    "LSTMs and more": Case([sequences(**regularized("activity")), dropout(), lstm(), dense()]),
    **{f"LSTM, mask {m}": Case([lstm()], mask=MASKS[m]) for m in MASKS},
    **{f"LSTM, sequences, mask {m}": Case([sequences()], mask=MASKS[m]) for m in MASKS},
    **{
        f"LSTM, zero output, mask {m}": Case([sequences(zero_output_for_mask=True)], mask=MASKS[m])
        for m in MASKS
    },
    **{f"Dense {a}": Case([dense(activation=a)], shape=(4, 3)) for a in TABLE},
    **{f"Dense {a} on sequences": Case([dense(activation=a)]) for a in TABLE},
    "Dense, no bias": Case([dense(use_bias=False)]),
    "Dense, regularizers": Case([dense(**regularized("kernel", "bias", "activity"))]),
    "Dense, BLAS sizes": Case([make(Dense, 32)], shape=(16, 20)),
    "Dense, mask": Case([dense(), lstm()], mask=LEFT),
    **{f"Activation {a}": Case([make(Activation, a)], shape=(6, 5)) for a in TABLE},
    "Activation after LSTM": Case([lstm(), make(Activation, "softmax")]),
    "Dropout": Case([dropout()]),
    "Dropout, noise_shape": Case([dropout(noise_shape=(None, 1, None))]),
    "Dropout in inference": Case([dropout(), dense()], training=False),
    "BatchNormalization": Case([norm()], shape=(6, 3)),
    "BatchNormalization on sequences": Case([norm()]),
    "BatchNormalization, mask": Case([norm()], mask=MIDDLE),
    "BatchNormalization, mask whole row": Case([norm()], mask=WHOLE_ROW),
    "BatchNormalization in inference": Case([norm()], training=False),
    "BatchNormalization, frozen": Case([norm(trainable=False)]),
    "BatchNormalization, no scale": Case([norm(scale=False)]),
    "BatchNormalization, no center": Case([norm(center=False)]),
    "BatchNormalization, neither": Case([norm(scale=False, center=False)]),
    "BatchNormalization, regularizers": Case([norm(**regularized("beta", "gamma"))]),
    "LSTM, BatchNormalization, Dense": Case([lstm(), norm(), dense(activation="tanh")]),
    "Flatten": Case([sequences(), make(Flatten), dense()]),
    "Flatten of vectors": Case([make(Flatten), dense()], shape=(4, 3)),
    "RepeatVector": Case([lstm(), make(RepeatVector, 4), sequences()]),
    "Masking": Case([make(Masking, mask_value=-7.0), sequences(), lstm()], mask=MIDDLE),
    "Masking, no masked step": Case([make(Masking, mask_value=-7.0), lstm()]),
    **{
        f"Bidirectional {mode}": Case([both_ways(sequences(), mode)])
        for mode in ("concat", "sum", "ave", "mul")
    },
    "Bidirectional, last step": Case([both_ways(lstm()), dense()]),
    "Bidirectional, mask": Case([both_ways(sequences(), "mul"), both_ways(lstm())], mask=MIDDLE),
    "Bidirectional, mask right": Case([both_ways(sequences())], mask=RIGHT),
    "Bidirectional, below": Case([sequences(), both_ways(sequences()), lstm()]),
    "Bidirectional, regularizers": Case(
        [both_ways(sequences(**regularized("kernel", "bias", "activity")))]
    ),
    "Bidirectional, dropout": Case([both_ways(sequences(**BOTH_DROPOUTS))]),
    "Bidirectional, stateful": Case([both_ways(sequences(stateful=True))]),
    "TimeDistributed Dense": Case([each_step(dense(activation="softmax"))]),
    "TimeDistributed, regularizers": Case([each_step(dense(**regularized("kernel")))]),
    "TimeDistributed Flatten": Case([each_step(make(Flatten)), lstm()], shape=(2, 3, 2, 2)),
    "TimeDistributed LSTM": Case([each_step(lstm()), lstm()], shape=(2, 3, 4, 2)),
    "TimeDistributed LSTM, sequences": Case([each_step(sequences())], shape=(2, 3, 4, 2)),
}


# ---- layers with a loss -----------------------------------------------------------------------


def ends(loss: str, activation: str, last: Any = lstm, **case: Any) -> Case:
    """An LSTM, a Dense layer with this activation, and a loss, each with options of its own."""
    criterion = getattr(losses, loss)(dtype="float64", **case.pop("options", {}))
    layers = [last(), dense(activation=activation, **case.pop("layer", {}))]
    return Case(layers, criterion=criterion, **case)


BINARY, CATEGORICAL, SPARSE, SQUARED = (
    "BinaryCrossentropy", "CategoricalCrossentropy", "SparseCategoricalCrossentropy",
    "MeanSquaredError",
)  # fmt: skip
ACTIVITY, SMOOTH, LOGITS = regularized("activity"), {"label_smoothing": 0.2}, {"from_logits": True}
categorical = losses.CategoricalCrossentropy(dtype="float64")

MODELS = {
    "mse": ends(SQUARED, "linear"),
    "mae": ends("MeanAbsoluteError", "linear"),
    "mse, sequences": ends(SQUARED, "tanh", sequences, weighted=True),
    "mse, mask": ends(SQUARED, "tanh", sequences, mask=MIDDLE),
    "mse, mask, weights": ends(SQUARED, "tanh", sequences, mask=RIGHT, weighted=True),
    "mse, sum": ends(SQUARED, "tanh", options={"reduction": "sum"}, weighted=True),
    "mse, weighted mean": ends(
        SQUARED, "tanh", options={"reduction": "mean_with_sample_weight"}, weighted=True
    ),
    "softmax": ends(CATEGORICAL, "softmax"),
    "softmax, sequences, mask": ends(CATEGORICAL, "softmax", sequences, mask=WHOLE_ROW),
    "softmax, smoothed": ends(CATEGORICAL, "softmax", options=SMOOTH),
    "softmax, activity": ends(CATEGORICAL, "softmax", layer=ACTIVITY),
    "softmax, sparse": ends(SPARSE, "softmax", weighted=True),
    "softmax, sparse, activity": ends(SPARSE, "softmax", layer=ACTIVITY),
    "softmax, but binary": ends(BINARY, "softmax"),
    "softmax, then dropout": Case(
        [lstm(), dense(activation="softmax"), dropout()], criterion=categorical
    ),
    "softmax as a layer": Case([dense(), make(Activation, "softmax")], criterion=categorical),
    "softmax at each step": Case([each_step(dense(activation="softmax"))], criterion=categorical),
    "sigmoid": ends(BINARY, "sigmoid", weighted=True),
    "sigmoid, smoothed": ends(BINARY, "sigmoid", options=SMOOTH),
    "sigmoid, activity": ends(BINARY, "sigmoid", sequences, mask=LEFT, layer=ACTIVITY),
    "sigmoid, but categorical": ends(CATEGORICAL, "sigmoid"),
    "logits": ends(CATEGORICAL, "linear", options=LOGITS),
    "logits, sparse": ends(SPARSE, "linear", options=LOGITS),
    "logits, binary": ends(BINARY, "linear", options=LOGITS),
}


# ---- the scan by itself -----------------------------------------------------------------------


def time_first(mask: list[list[int]]) -> np.ndarray:
    """A mask (samples, time steps) as the scan has it."""
    return np.array(mask, np.bool_).T.copy()


SMALL = {"T": 4, "B": 2, "F": 3, "H": 3}
SCANS = {
    "plain": SMALL,
    **{f"mask {m}": SMALL | {"mask": time_first(MASKS[m])} for m in MASKS},
    "dropout": SMALL | {"dropped": True},
    "dropout, mask": SMALL | {"dropped": True, "mask": time_first(MIDDLE)},
    "one of each": {"T": 1, "B": 1, "F": 1, "H": 1},
    "changed": SMALL | {"changed": True},
    "changed, mask": SMALL | {"changed": True, "mask": time_first(MIDDLE)},
    "BLAS sizes": {"T": 3, "B": 16, "F": 8, "H": 24},
    "BLAS sizes, mask": {"T": 4, "B": 16, "F": 8, "H": 24, "mask": time_first(8 * MIDDLE)},
    **{
        f"{kind.name}{name}": SMALL | {"kind": kind} | more
        for kind in (PEEPHOLE, COUPLED)
        for name, more in {
            "": {}, ", dropout, mask": {"dropped": True, "mask": time_first(MIDDLE)},
            ", changed": {"changed": True},
        }.items()
    },
}  # fmt: skip

# To compile a scan takes seconds a pair of activations, so compiled tests take these: the default
# pair, one that needs z and has kinks, one of functions of a whole row. The interpreter runs the
# same text with all others.
PAIRS = [("tanh", "sigmoid"), ("gelu", "hard_sigmoid"), ("softmax", "log_softmax")]
EVERY_PAIR = [(a, r) for a in TABLE for r in TABLE if a == "tanh" or r == "sigmoid"] + PAIRS[1:]


# ---- losses of rows ---------------------------------------------------------------------------

rng = np.random.default_rng(2)
NUMBERS, PROBABILITIES = rng.normal(size=(5, 4)), rng.uniform(0.05, 0.95, (5, 4))
DISTRIBUTIONS = PROBABILITIES / PROBABILITIES.sum(axis=1, keepdims=True)
OUTSIDE = np.array([[-0.2, 1.3, 0.3, 0.4]] * 5)  # where probabilities are taken to their limits
ONE_HOT, YES_NO = np.eye(4)[[0, 3, 1, 1, 2]], rng.integers(2, size=(5, 4)).astype(float)
SMOOTHED, LABELS = ONE_HOT * 0.9 + 0.1 / 4, np.array([[0.0], [3.0], [1.0], [1.0], [2.0]])

ROW_LOSSES = [
    ("mean_squared_error", rng.normal(size=(5, 4)), NUMBERS),
    ("mean_absolute_error", rng.normal(size=(5, 4)), NUMBERS),
    ("binary_crossentropy", YES_NO, PROBABILITIES),
    ("binary_crossentropy", SMOOTHED, OUTSIDE),
    ("categorical_crossentropy", ONE_HOT, DISTRIBUTIONS),
    ("categorical_crossentropy", SMOOTHED, PROBABILITIES),
    ("categorical_crossentropy", SMOOTHED, OUTSIDE),
    ("sparse_categorical_crossentropy", LABELS, PROBABILITIES),
    ("sparse_categorical_crossentropy", LABELS, OUTSIDE),
    ("binary_crossentropy_from_logits", YES_NO, NUMBERS),
    ("binary_crossentropy_from_logits", SMOOTHED, 20 * NUMBERS),
    ("categorical_crossentropy_from_logits", ONE_HOT, NUMBERS),
    ("categorical_crossentropy_from_logits", SMOOTHED, NUMBERS),
    ("sparse_categorical_crossentropy_from_logits", LABELS, NUMBERS),
]
WEIGHTS = {"no weights": np.zeros(0), "weights": np.array([0.5, 0.0, 2.0, 1.0, 0.3])}
