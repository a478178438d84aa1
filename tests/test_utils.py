"""to_categorical and pad_sequences: expected arrays and error types measured with keras 3.15.1."""

import numpy as np
import pytest

from npslstm.preprocessing import sequence
from npslstm.utils import pad_sequences, to_categorical

# ---- to_categorical ---------------------------------------------------------------------------


def test_one_row_a_label_with_a_single_one():
    rows = to_categorical([2, 0, 1])
    assert rows.dtype == np.float64
    assert np.array_equal(rows, [[0, 0, 1], [1, 0, 0], [0, 1, 0]])


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((), (3,)), ((1,), (1, 3)), ((4,), (4, 3)), ((4, 1), (4, 3)), ((4, 5), (4, 5, 3)),
     ((4, 5, 1), (4, 5, 3)), ((1, 1), (1, 3)), ((0,), (0, 3)), ((2, 0, 1), (2, 0, 3))],
)  # fmt: skip
def test_the_classes_are_a_new_last_axis_and_replace_one_of_size_1(shape, expected):
    assert to_categorical(np.zeros(shape), 3).shape == expected


def test_labels_are_cut_to_integers_and_negative_ones_count_from_the_end():
    assert np.array_equal(to_categorical([1.9, -1], 3), [[0, 1, 0], [0, 0, 1]])


def test_num_classes_zero_is_counted_from_the_labels():
    assert to_categorical([0, 2], 0).shape == (2, 3)


@pytest.mark.parametrize("labels", [[0, 3], [-4, 0]])
def test_a_label_outside_the_classes_is_an_index_error_that_names_it(labels):
    outside = labels[0] or labels[1]
    with pytest.raises(IndexError, match=f"Label {outside} does not fit in 3 classes.*0 to 2"):
        to_categorical(labels, 3)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [(([],), ValueError), (([-3, -2],), ValueError), (([-2, -1],), IndexError),
     (([0], -1), ValueError), (([0], 3.0), TypeError), ((["a"],), ValueError),
     (([np.nan], 3), ValueError), (([[1], [1, 2]],), ValueError), ((None,), TypeError)],
)  # fmt: skip
def test_what_is_no_label(arguments, error):
    with pytest.raises(error):
        to_categorical(*arguments)


# ---- pad_sequences ----------------------------------------------------------------------------

RUNS = [[1], [2, 3], [4, 5, 6]]


@pytest.mark.parametrize(
    ("options", "expected"),
    [({}, [[0, 0, 1], [0, 2, 3], [4, 5, 6]]),
     ({"padding": "post"}, [[1, 0, 0], [2, 3, 0], [4, 5, 6]]),
     ({"maxlen": 2}, [[0, 1], [2, 3], [5, 6]]),
     ({"maxlen": 2, "truncating": "post"}, [[0, 1], [2, 3], [4, 5]]),
     ({"maxlen": 4, "value": -1}, [[-1, -1, -1, 1], [-1, -1, 2, 3], [-1, 4, 5, 6]]),
     ({"maxlen": 0}, [[], [], []]),
     ({"maxlen": 0, "truncating": "post"}, [[], [], []])],
)  # fmt: skip
def test_padding_and_truncating(options, expected):
    padded = pad_sequences(RUNS, **options)
    assert padded.dtype == np.int32
    assert np.array_equal(padded, expected)


def test_fractions_are_cut_off_unless_the_dtype_has_them():
    assert np.array_equal(pad_sequences([[1.9], [-1.9, 2]], value=0.5), [[0, 1], [-1, 2]])
    padded = pad_sequences([[1.9], [-1.9, 2]], value=0.5, dtype="float64")
    assert np.array_equal(padded, [[0.5, 1.9], [-1.9, 2]])


def test_steps_of_several_features_keep_them():
    padded = pad_sequences([[], [[1, 2]], [[3, 4], [5, 6]]])
    assert np.array_equal(padded, [[[0, 0], [0, 0]], [[0, 0], [1, 2]], [[3, 4], [5, 6]]])


def test_texts():
    padded = pad_sequences([["a", "b"], ["c"]], dtype=object, value="-")
    assert padded.tolist() == [["a", "b"], ["-", "c"]]


def test_empty_sequences_are_all_padding():
    assert pad_sequences([[], []]).shape == (2, 0)
    assert pad_sequences([], maxlen=3).shape == (0, 3)
    assert np.array_equal(pad_sequences([[]], maxlen=2, value=7), [[7, 7]])


def test_keras_s_other_name_for_it():
    assert sequence.pad_sequences is pad_sequences


@pytest.mark.parametrize(
    ("sequences", "options", "message"),
    [([], {}, "no sequences.*maxlen="),
     (5, {}, "list of sequences; received int"),
     (iter(RUNS), {}, "list_iterator. Write list"),
     ([1, 2], {}, r"item 0 is 1. Write \[sequence\]"),
     (RUNS, {"padding": "before"}, "padding is 'pre' or 'post'; received 'before'"),
     (RUNS, {"truncating": "end"}, "truncating is 'pre' or 'post'; received 'end'"),
     (RUNS, {"maxlen": -1}, "maxlen is a number of time steps.*received -1"),
     (RUNS, {"value": "-"}, "write dtype=object"),
     ([[], [[1, 2]], [3]], {}, r"sequence 2 have shape \(\).*have \(2,\)")],
)  # fmt: skip
def test_what_cannot_be_padded(sequences, options, message):
    with pytest.raises(ValueError, match=message):
        pad_sequences(sequences, **options)
