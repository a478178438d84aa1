"""ablate against interventions, one after the other."""

from __future__ import annotations

import numpy as np
import pytest

from npslstm.layers.experiments import experiment_of
from npslstm.study.change.ablation import ablate
from npslstm.study.change.interventions import intervene, scale
from npslstm.study.see.trace import trace
from tests.studied import everything, model_of, numbers, same


def losses(found):
    return {(row.kind, row.name, row.held): row.loss for row in found.rows}


@pytest.mark.parametrize("options", [{}, {"stateful": True, "batch": 2}, {"masked": True}], ids=str)
@pytest.mark.parametrize("by", ["zero", "mean"])
def test_every_row_is_the_loss_under_an_intervention(options, by):
    model = model_of(3, 2, kernel_regularizer="l2", **options)
    x, y = numbers(6, 5, 2), numbers(6, 2, seed=1)
    if "masked" in options:
        x[0, 3:] = x[4, 1] = 0

    def loss():
        states = model.get_states()
        found = model.evaluate(x, y, batch_size=2, verbose=0)
        model.set_states(states)
        return found

    found = ablate(model, x, y, by=by, batch_size=2)
    assert found.loss == pytest.approx(loss(), rel=1e-12)
    own = trace(model, x, batch_size=2).layers[0]
    mean = {name: getattr(own, name)[own.mask].mean(axis=0) for name in "ifgoh"}
    letter = {"input": "i", "forget": "f", "candidate": "g", "output": "o"}
    assert len(found.rows) == 3 + 11
    for kind, name, held in losses(found):
        number = {"0": 0.0, "1": 1.0}.get(held)
        if kind == "unit":
            value = {"h": mean["h"][int(name)] if number is None else number, "units": int(name)}
        else:
            value = {name: mean[letter[name]] if number is None else number}
        with intervene(model, **value):
            assert losses(found)[kind, name, held] == pytest.approx(loss(), rel=1e-12)
    increases = [row.increase for row in found.rows]
    assert increases == sorted(increases, reverse=True)
    np.testing.assert_allclose(increases, [row.loss - found.loss for row in found.rows])


def test_it_respects_an_intervention_around_it():
    model, x, y = model_of(3), numbers(4, 5, 2), numbers(4, 2, seed=1)
    with intervene(model, forget=scale(0.5)):
        whole = model.evaluate(x, y, verbose=0)
        with intervene(model, h=0, units=1):
            expected = model.evaluate(x, y, verbose=0)
        found = ablate(model, x, y)
        assert model.evaluate(x, y, verbose=0) == whole
    assert found.loss == pytest.approx(whole, rel=1e-12)
    assert losses(found)["unit", "1", "0"] == pytest.approx(expected, rel=1e-12)


def test_the_model_is_left_as_it_was():
    model = model_of(3, stateful=True, batch=2)
    x, y = numbers(4, 5, 2), numbers(4, 2, seed=1)
    model.fit(x, y, verbose=0)
    before = everything(model)
    ablate(model, x, y)
    assert same(everything(model), before) and experiment_of(model.layers[0]) is None


def test_table_picture_text_and_mistakes():
    model, x, y = model_of(3, 2), numbers(4, 5, 2), numbers(4, 2, seed=1)
    found = ablate(model, x, y, layer=1)
    assert found.frame().increase.is_monotonic_decreasing and len(found.frame()) == 2 + 11
    assert [len(panel.patches) for panel in found.plot().axes] == [2, 11]
    assert str(found).startswith("LSTM layer 'lstm_1', loss ")
    with pytest.raises(ValueError, match="by is one of 'zero', 'mean'; received 'median'"):
        ablate(model, x, y, by="median")
    with pytest.raises(ValueError, match="no LSTM layer 2"):
        ablate(model, x, y, layer=2)
