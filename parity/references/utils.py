"""to_categorical, pad_sequences, and the initializers that draw nothing."""

import numpy as np

from .cases import case


@case
def to_categorical(nn, rng):
    labels = np.array([[2], [0], [4]])
    function = nn.utils.to_categorical
    return {
        "exact: as many as needed": function(labels),
        "exact: six": function(labels[:, 0].tolist(), num_classes=6),
        "exact: two axes": function(labels.T.repeat(2, axis=0)),
    }


@case
def pad_sequences(nn, rng):
    sequences = [[1, 2, 3, 4], [5], [], [6.7, 8]]
    answers = {"exact: defaults": nn.utils.pad_sequences(sequences)}
    for padding in ("pre", "post"):
        for truncating in ("pre", "post"):
            options = {"padding": padding, "truncating": truncating, "maxlen": 3, "value": -1.5}
            found = nn.utils.pad_sequences(sequences, dtype="float32", **options)
            answers[f"exact: {padding}, {truncating}"] = found
    cut = nn.utils.pad_sequences(sequences, maxlen=2)
    steps = nn.utils.pad_sequences([np.ones((2, 2)), np.ones((1, 2))], dtype="float32")
    return answers | {"exact: cut": cut, "exact: steps of features": steps}


@case
def initializers(nn, rng):
    answers = {}
    for name in ("zeros", "ones", "identity"):
        answers[f"exact: {name}"] = nn.initializers.get(name)((3, 3))
    return answers
