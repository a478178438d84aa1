"""Drawn sequences of calls, with callbacks that call, stop and raise: as in Keras, step by step.

Compared are weights, states, results, History, and every hook in its order with its logs. The same
sequences are drawn in every run.
"""

import keras
import numpy as np
import pytest

import npslstm
from parity.call_sequences import drawn
from parity.calling import Subject
from parity.differences import agree

FEW, ALL = 30, 300


def alike(ours, theirs, what):
    """Assert that two journal entries, or parts of them, are the same but for rounding."""
    if isinstance(theirs, dict):
        assert list(ours) == list(theirs), what
        for name, value in theirs.items():
            alike(ours[name], value, f"{what}, {name}")
    elif isinstance(theirs, np.ndarray) and theirs.ndim:
        agree("prediction", ours, theirs, what)
    elif isinstance(theirs, (float, np.floating)):
        agree("history", ours, float(theirs), what)
    elif isinstance(theirs, (list, tuple)):
        assert len(ours) == len(theirs), what
        for mine, keras_ in zip(ours, theirs, strict=True):
            alike(mine, keras_, what)
    else:
        assert ours == theirs, what


def compare(sequence):
    ours, theirs = (Subject(nn, sequence) for nn in (npslstm, keras))
    for number, call in enumerate(sequence.calls):
        for subject in (ours, theirs):
            subject.journal.clear()
            subject.do(call)
        mine, keras_ = ([entry[:3] if entry[2] != "returned" else entry[:2] for entry in s.journal]
                        for s in (ours, theirs))  # fmt: skip
        assert mine == keras_, f"the hooks of call {number}"
        for pair in zip(ours.journal, theirs.journal, strict=True):
            alike(*(entry[3] for entry in pair), f"call {number}, {pair[1][:3]}")
        agree("weights after training", ours.model.get_weights(), theirs.model.get_weights(),
              f"weights after call {number}")  # fmt: skip
        agree("states", ours.states, theirs.states, f"states after call {number}")
        assert ours.model.optimizer.iterations == int(theirs.model.optimizer.iterations)


@pytest.mark.filterwarnings("ignore")  # of data that run out
@pytest.mark.parametrize(
    "seed", [*range(FEW), *(pytest.param(s, marks=pytest.mark.thorough) for s in range(FEW, ALL))]
)
def test_sequence(seed):
    sequence = drawn(seed)
    try:
        compare(sequence)
    except BaseException as error:
        error.add_note(str(sequence))
        raise
