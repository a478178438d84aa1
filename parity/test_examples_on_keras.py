"""The same example on both engines: the programs without chance end with the same weights.

Stateful programs do not shuffle, so that from equal initial weights a few epochs of `train` must
lead to equal weights and answers.
"""

import keras
import matplotlib
import numpy as np
import pytest

matplotlib.use("Agg")

import matplotlib.pyplot as plt

from examples import (
    airline_stateful,
    alphabet_timesteps,
    any_batch_size,
    lifecycle,
    memory,
)
from parity.differences import agree
from parity.twins import model_twins


@pytest.mark.parametrize("program", [memory, airline_stateful, any_batch_size])
def test_training_leads_to_the_same_weights(program, rng):
    ours, theirs = model_twins(program.build, rng)
    data = {
        memory: lambda: (memory.data(),),
        airline_stateful: lambda: airline_stateful.data()[3]["Train"][:2],
        any_batch_size: lambda: any_batch_size.pieces(any_batch_size.data(seed=0)),
    }[program]()
    for model in (ours, theirs):
        program.train(model, *data, epochs=2)
    agree("weights after training", ours.get_weights(), theirs.get_weights(), program.__name__)


def test_states_are_answered_from_alike(rng):
    ours, theirs = model_twins(memory.build, rng)
    (loss, outputs, right), expected = (memory.answer(m, memory.data()) for m in (ours, theirs))
    agree("prediction", outputs, expected[1])
    agree("loss", loss, expected[0])
    assert right == expected[2]


@pytest.mark.parametrize("program", [memory, alphabet_timesteps, lifecycle])
def test_whole_programs_run_on_keras(program, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    result = program.main(keras, epochs=2)
    plt.close("all")
    assert np.isfinite(list(result["score"].values())).all()
    assert result["picture"].exists()
    assert f"Picture: {result['picture']}" in capsys.readouterr().out
