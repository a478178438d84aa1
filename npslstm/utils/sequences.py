"""Sequences of different lengths as one array: short ones padded, long ones cut."""

from __future__ import annotations

from typing import Any

import numpy as np


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
    if isinstance(value, str) and np.dtype(dtype).kind not in "OUS":
        raise ValueError(
            f"value={value!r} is text, which an array of dtype {dtype} cannot hold: "
            "write dtype=object for sequences of texts."
        )
    lengths = lengths_of(sequences)
    if maxlen is None:
        maxlen = longest(lengths)
    if maxlen < 0:
        raise ValueError(f"maxlen is a number of time steps, 0 or more; received {maxlen}.")

    step_shape = next((np.asarray(s).shape[1:] for s in sequences if len(s)), ())
    padded = np.full((len(lengths), maxlen, *step_shape), value, dtype)
    for row, (sequence, length) in enumerate(zip(sequences, lengths, strict=True)):
        if not length:
            continue
        cut = max(length - maxlen, 0)
        part = slice(cut, None) if truncating == "pre" else slice(length - cut)
        kept = np.asarray(sequence[part], dtype)
        if kept.shape[1:] != step_shape:
            raise ValueError(
                f"The time steps of all sequences must have one shape. Those of sequence {row} "
                f"have shape {kept.shape[1:]}; those of the first sequence that is not empty have "
                f"{step_shape}."
            )
        start = 0 if padding == "post" else maxlen - len(kept)
        padded[row, start : start + len(kept)] = kept
    return padded


def check_word(name: str, word: str) -> None:
    if word not in ("pre", "post"):
        raise ValueError(f"{name} is 'pre' or 'post'; received {word!r}.")


def lengths_of(sequences: Any) -> list[int]:
    """The number of time steps of each sequence."""
    if not hasattr(sequences, "__len__"):
        raise ValueError(
            f"sequences is a list of sequences; received {type(sequences).__name__}. "
            "Write list(sequences) for an iterator."
        )
    lengths = []
    for row, sequence in enumerate(sequences):
        try:
            lengths.append(len(sequence))
        except TypeError as error:
            raise ValueError(
                f"sequences is a list of sequences, but its item {row} is {sequence!r}. "
                "Write [sequence] for one sequence alone."
            ) from error
    return lengths


def longest(lengths: list[int]) -> int:
    if not lengths:
        raise ValueError("There are no sequences, so no longest one: write maxlen=...")
    return max(lengths)
