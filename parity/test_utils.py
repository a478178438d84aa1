"""to_categorical and pad_sequences: the same arrays and the same errors for random arguments."""

import keras
import numpy as np
import pytest

import npslstm

TRIALS = 2000
# Numbers that an integer cannot hold: NumPy has an error of its own, or warns and makes others.
REFUSED_AS = {RuntimeWarning: ValueError, OverflowError: ValueError}
VALUE_SHARES = [0.5, 0.2, 0.1, 0.1, 0.05, 0.05]


def outcome(function, arguments, options):
    """What a call comes to: an array, or the type of its error."""
    try:
        return function(*arguments, **options)
    except Exception as error:
        return type(error)


def same(name, *arguments, **options):
    """Compare a call; returns whether it succeeded."""
    mine, keras_ = (outcome(getattr(nn.utils, name), arguments, options) for nn in (npslstm, keras))
    call = f"{name}(*{arguments}, **{options})"
    if isinstance(keras_, type):
        assert mine is REFUSED_AS.get(keras_, keras_), call
        return False
    assert isinstance(mine, np.ndarray), (call, mine)
    assert (mine.dtype, mine.shape) == (keras_.dtype, keras_.shape), call
    np.testing.assert_array_equal(mine, keras_, err_msg=call)
    return True


def test_to_categorical(rng):
    succeeded = 0
    for _ in range(TRIALS):
        shape = rng.integers(0, 4, rng.integers(0, 4))
        labels = rng.integers(-2, 5, shape).astype(rng.choice(["int8", "int64", "float32"]))
        labels = labels + rng.choice([0, 0.5]) if labels.dtype.kind == "f" else labels
        classes = rng.choice([None, -1, 0, 3, 4, 5])
        labels = labels.tolist() if rng.random() < 0.5 else labels
        succeeded += same("to_categorical", labels, classes)
    assert TRIALS / 4 < succeeded < TRIALS


def random_sequences(rng):
    """Lists and arrays of 0 to 4 steps; in some, steps of features; in few, of differing ones."""
    step_shape = [(), (2,), (2, 1)][rng.choice(3, p=[0.7, 0.2, 0.1])]
    sequences = []
    for _ in range(rng.integers(0, 5)):
        shape = (rng.integers(0, 5), *(step_shape if rng.random() > 0.03 else (3,)))
        sequence = rng.normal(0, 9, shape)
        sequences.append(sequence if rng.random() < 0.5 else sequence.tolist())
    return sequences


def test_pad_sequences(rng):
    succeeded = 0
    for _ in range(TRIALS):
        options = {
            "maxlen": [None, -1, 1, 2, 6][rng.choice(5, p=[0.4, 0.05, 0.15, 0.2, 0.2])],
            "dtype": ["int32", "float32", np.float64, "int8", object][rng.integers(5)],
            "padding": str(rng.choice(["pre", "post"])),
            "truncating": str(rng.choice(["pre", "post"])),
            "value": [0.0, -1, 2.7, True, np.inf, "?"][rng.choice(6, p=VALUE_SHARES)],
        }
        given = {name: value for name, value in options.items() if rng.random() < 0.6}
        succeeded += same("pad_sequences", random_sequences(rng), **given)
    assert TRIALS / 2 < succeeded < TRIALS


@pytest.mark.parametrize(
    "arguments",
    [(None,), ("12",), (["a"],), (["1"],), ([np.nan], 3), ([np.inf], 3), ([[1], [1, 2]],), ([],),
     ([True, False],), ([0], 3.0), ([0], "3"), ([0, 1], True), (2,), (2.9, 4), ([2**62], 3)],
    ids=str,
)  # fmt: skip
def test_to_categorical_of_odd_things(arguments):
    same("to_categorical", *arguments)


@pytest.mark.parametrize(
    ("sequences", "options"),
    [pytest.param(iter([[1]]), {}, id="iterator"),
     ([1, 2], {}), (5, {}), ({1: [1]}, {}), ([{1, 2}], {}), ([["x"]], {}),
     ([[2**40]], {}), ([[1, [2, 3]]], {}), ([[1]], {"value": None}), ([[1]], {"dtype": "foo"}),
     ([[1]], {"maxlen": 2.0}), ([[1]], {"padding": "foo"}), ([[1]], {"truncating": "foo"}),
     ([["a", "b"], ["c"]], {"dtype": "U3", "value": "-"}), (["ab"], {"dtype": object}),
     (np.arange(6).reshape(2, 3), {"maxlen": 2}), (((1, 2), (3,)), {}), ([[1]], {"dtype": None})],
    ids=str,
)  # fmt: skip
def test_pad_sequences_of_odd_things(sequences, options):
    same("pad_sequences", sequences, **options)


def test_the_other_name():
    ours, theirs = (nn.preprocessing.sequence.pad_sequences for nn in (npslstm, keras))
    np.testing.assert_array_equal(ours([[1], [2, 3]]), theirs([[1], [2, 3]]))
