"""verify: it holds for the engine's layers, and says what a broken one violates."""

from __future__ import annotations

import numpy as np
import pytest

import npslstm
from npslstm.kernels import data_movement
from npslstm.layers import LSTM, Dense, Layer
from npslstm.program import Signal
from npslstm.study.change.interventions import intervene
from npslstm.study.question.invariances import verify
from tests.studied import everything, model_of, numbers, same

X = numbers(4, 5, 2)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"stateful": True, "batch": 4},
        {"go_backwards": True},
        {"masked": True},
        {"dtype": "float32", "dropout": 0.5},
    ],
    ids=str,
)
def test_the_engine_holds(options, capsys):
    model, x = model_of(3, 2, **options), X.copy()
    if "masked" in options:
        x[0, 3:] = x[1, :2] = x[2, 2] = 0
    if model.stateful:
        model.predict(x, verbose=0)
    before = everything(model)
    found = verify(model, x)
    assert found, str(found)
    assert [(row.layer, row.check) for row in found.rows] == [
        (model.name, "order"),
        *((f"lstm_{k}", check) for k in (0, 1) for check in ("chunks", "padding", "stateful")),
    ]
    assert all(row.holds and row.difference <= row.allowed for row in found.rows)
    assert [row.allowed for row in found.rows[1:]] == [0] * 6
    assert same(everything(model), before)
    assert capsys.readouterr().out.endswith("All of it holds.\n")


def test_what_cannot_be_tried(capsys):
    found = verify(model_of(3, steps=1), X[:1, :1], show=False)
    assert found and [row.check for row in found.rows if row.holds is None] == ["order", "chunks"]
    assert "not tried lstm_0, chunks: One time step cannot be cut." in str(found)
    assert capsys.readouterr().out == ""


def test_an_intervention_does_not_count():
    model = model_of(3)
    with intervene(model, forget=0, steps=1):
        assert verify(model, X, show=False)


# ---- broken layers -------------------------------------------------------------------------------


class Keeps(LSTM):
    """Leaves its kept state as it is."""

    def connect(self, program, x, *initial):
        carried, self.carried = self.carried, None
        y = super().connect(program, x, *initial)
        self.carried = carried
        return y


class Unmasked(LSTM):
    """Reads masked steps like others."""

    def connect(self, program, x, *initial):
        return super().connect(program, Signal(x.value, x.gradient), *initial)


class Forgets(LSTM):
    """Takes no initial state."""

    def connect(self, program, x, *initial):
        return super().connect(program, x)


class Mixes(Layer):
    """Adds the first sample to the last."""

    def connect(self, program, x):
        y = program.signal(*x.shape)
        program.forward(data_movement.copy, x.value, y.value)
        program.forward(data_movement.add, x.value[:1], y.value[-1:])
        return y


def violated(layer):
    model = npslstm.Sequential([npslstm.Input((5, 2)), layer, Dense(1)])
    found = verify(model, X, show=False)
    assert not found and "VIOLATED" in str(found) and "are violated." in str(found)
    return {row.check for row in found.rows if row.holds is False}


def test_each_violation_is_told():
    assert violated(Unmasked(3)) == {"padding"}
    assert violated(Forgets(3)) == {"chunks"}
    assert violated(Keeps(3)) == {"stateful"}


def test_samples_that_reach_into_each_other_are_told():
    model = npslstm.Sequential([npslstm.Input((5, 2)), LSTM(3), Mixes()])
    found = verify(model, X, show=False)
    assert [row.check for row in found.rows if not row.holds] == ["order"]
    assert found.rows[0].difference > 0.01


def test_nan_holds_nowhere():
    model = model_of(3)
    weights = model.get_weights()
    weights[0][0, 0] = np.nan
    model.set_weights(weights)
    assert not any(row.holds for row in verify(model, X, show=False).rows)


def test_table_and_mistakes():
    assert verify(model_of(3), X, show=False).frame().holds.all()
    with pytest.raises(ValueError, match="no LSTM"):
        verify(npslstm.Sequential([npslstm.Input((2,)), Dense(1)]), X)
