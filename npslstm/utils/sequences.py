"""Sequences of different lengths as one array: short ones padded, long ones cut."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arguments import MOST, is_whole, plain, require_memory, shown
from ..arrays import converted, is_array_like, require_array_like


def pad_sequences(
    sequences: Any,
    maxlen: int | None = None,
    dtype: Any = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: Any = 0.0,
) -> np.ndarray:
    """An array (samples, maxlen, ...) of sequences (time steps, ...), one a row.

    maxlen: time steps a row, by default those of the longest sequence. padding: 'pre' puts `value`
    before a short sequence, 'post' after it. truncating: 'pre' cuts a long one at its beginning,
    'post' at its end. dtype: of the result; the default cuts fractions off, so write 'float32' for
    measurements. Padding with a number that the data also hold cannot be told from data: number
    letters from 1 and put Masking() in front of the LSTM.

    Raises ValueError for anything but a list of sequences, for steps of different shapes, a
    negative maxlen, unknown words, and a text as `value` unless dtype is object or of text.
    Source: https://keras.io/api/data_loading/timeseries/#pad_sequences-function
    """
    check_word("padding", padding)
    check_word("truncating", truncating)
    dtype = checked_dtype(dtype)
    if isinstance(value, str) and dtype.kind not in "OUST":
        raise ValueError(
            f"value={shown(value)} is text, which an array of dtype {dtype} cannot hold: "
            "write dtype=object for sequences of texts."
        )
    sequences = as_sequences(sequences)
    lengths = [len(sequence) for sequence in sequences]
    if maxlen is None:
        maxlen = longest(lengths)
    if not is_whole(plain(maxlen)) or not 0 <= maxlen <= MOST:
        kind = ValueError if is_whole(plain(maxlen)) else TypeError
        raise kind(f"maxlen is a number of time steps, 0 or more; received {shown(maxlen)}.")

    step_shape = next((numbers(s, dtype, row).shape[1:] for row, s in enumerate(sequences)
                       if len(s)), ())  # fmt: skip
    padded = filled((len(lengths), maxlen, *step_shape), value, dtype)
    for row, (sequence, length) in enumerate(zip(sequences, lengths, strict=True)):
        if not length:
            continue
        cut = max(length - maxlen, 0)
        part = slice(cut, None) if truncating == "pre" else slice(length - cut)
        kept = numbers(sequence[part], dtype, row)
        if kept.shape[1:] != step_shape:
            raise ValueError(
                "sequences: the time steps of all must have one shape. Those of sequence "
                f"{row} have shape {kept.shape[1:]}; those of the first sequence that is not "
                f"empty have {step_shape}."
            )
        start = 0 if padding == "post" else maxlen - len(kept)
        padded[row, start : start + len(kept)] = kept
    return padded


def check_word(name: str, word: str) -> None:
    if not isinstance(word, str) or word not in ("pre", "post"):
        raise ValueError(f"{name} is 'pre' or 'post'; received {shown(word)}.")


def as_sequences(sequences: Any) -> list[Any]:
    """The sequences as a list. Raises ValueError for anything that may have no end."""
    if not isinstance(sequences, (list, tuple, np.ndarray)):
        if not is_array_like(sequences) or isinstance(sequences, range):
            raise ValueError(
                f"sequences is a list of sequences; received {type(sequences).__name__}. "
                "Write list(sequences) for an iterator."
            )
        sequences = converted(sequences, "sequences")
    if isinstance(sequences, np.ndarray) and not sequences.ndim:
        raise ValueError(
            f"sequences is a list of sequences; received {type(sequences[()]).__name__}."
        )
    for row, sequence in enumerate(sequences):
        if isinstance(sequence, (list, tuple, str, range)):
            continue
        if not is_array_like(sequence) or not getattr(sequence, "ndim", 0):
            # the kinds of errors that Keras comes to
            kind = TypeError if hasattr(type(sequence), "__len__") else ValueError
            raise kind(
                f"sequences is a list of sequences, but its item {row} is {shown(sequence)}. "
                "Write [sequence] for one sequence alone."
            )
    return list(sequences)


def checked_dtype(dtype: Any) -> np.dtype:
    """The NumPy dtype of a name or type. Raises TypeError for what is none."""
    try:
        known = isinstance(dtype, (str, type, np.dtype, type(None)))
        found = np.dtype(dtype) if known else None
    except Exception:
        found = None
    if found is None or found.kind not in "fiubcOUST":
        raise TypeError(
            f"dtype is the name of a type of numbers, such as dtype='float32'; received "
            f"{shown(dtype)}."
        )
    return found


def numbers(sequence: Any, dtype: np.dtype, row: int) -> np.ndarray:
    """One sequence as an array. Raises ValueError if it holds something else than the dtype."""
    if dtype.kind in "fiubc":
        require_array_like(sequence, "Each entry of sequences")
    try:
        found = np.asarray(sequence, dtype)
        if found.ndim:
            return found
        raise TypeError
    except Exception as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(
            f"sequences: item {row}, {shown(sequence)}, cannot be held in an array of dtype "
            f"{dtype}. Give numbers, or write dtype=object for anything else."
        ) from error


def filled(shape: tuple[int, ...], value: Any, dtype: np.dtype) -> np.ndarray:
    """An array of the value. Raises ValueError if the dtype cannot hold it."""
    where = f"{shape[0]} sequences of maxlen={shape[1]} time steps"
    require_memory(shape, dtype.itemsize, where, "Write a smaller maxlen.")
    try:
        if dtype.kind != "O":
            require_array_like(value, "value") if not isinstance(value, (str, bytes)) else None
        with np.errstate(invalid="raise", over="ignore"):
            return np.full(shape, value, dtype)
    except Exception as error:
        kind = TypeError if value is None or isinstance(error, TypeError) else ValueError
        raise kind(
            f"value={shown(value)} cannot be held in an array of dtype {dtype}. Write a number, "
            "such as value=0."
        ) from error


def longest(lengths: list[int]) -> int:
    if not lengths:
        raise ValueError("There are no sequences, so no longest one: write maxlen=...")
    return max(lengths)
