"""gradient_flow against finite differences, against plain NumPy, and against the whole mirror."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest

from npslstm.changes import Change, Changes
from npslstm.machine.compiler import INTERPRETED
from npslstm.machine.steps import Steps
from npslstm.study.change.interventions import intervene, scale
from npslstm.study.question.flow import gradient_flow, new_walk, noting, step, walk
from npslstm.study.runs import Run, arguments
from npslstm.training.data import labelled
from tests.studied import everything, model_of, numbers, same

STEP = 1e-5


def nudged(layer, of_c, n, t, unit, size):
    """A function for `layer.changes` that adds `size` to one number of c or h."""

    def changes(T, B):
        shapes = [(T, B, k * layer.units) for k in (4, 1, 1)]
        found = Changes(*(Change(np.ones(s), np.zeros(s)) for s in shapes), np.zeros(shapes[0]))
        (found.of_c if of_c else found.of_h).put[t, n, unit] = size
        return found

    return changes


def by_differences(model, layer, x, y, of_c):
    """|dL/dh| or |dL/dc| after every step, (samples, steps)."""
    n, T, _ = x.shape
    slopes = np.zeros((n, T, layer.units))
    for place in np.ndindex(slopes.shape):
        losses = []
        for size in (STEP, -STEP):
            layer.changes = nudged(layer, of_c, *place, size)
            states = model.get_states()
            losses.append(model.test_on_batch(x, y))
            model.set_states(states)
        slopes[place] = (losses[0] - losses[1]) / (2 * STEP)
    layer.changes = None
    return np.linalg.norm(slopes, axis=2)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"sequences": True, "stateful": True, "batch": 2},
        {"masked": True},
        {"go_backwards": True, "kernel_regularizer": "l2"},
    ],
    ids=str,
)
def test_the_norms_are_those_of_finite_differences(options):
    model, x = model_of(3, 2, **options, steps=4), numbers(2, 4, 2)
    y = numbers(2, 4, 2, seed=1) if "sequences" in options else numbers(2, 2, seed=1)
    if "masked" in options:
        x[0, 3] = x[1, 1] = 0
    if model.stateful:
        model.predict(x, verbose=0)
    flow = gradient_flow(model, x, y)
    for layer in [k for k in model.layers if hasattr(k, "changes")]:
        used = x.any(axis=2)  # nothing can be done to a masked step to see what follows
        for of_c, found in [(False, flow[layer.name].dh), (True, flow[layer.name].dc)]:
            expected = by_differences(model, layer, x, y, of_c)
            np.testing.assert_allclose(found[used], expected[used], rtol=1e-5, atol=1e-9)


def plain_flow(model, x, d_last, cut):
    """|dL/dh| and |dL/dc| of one LSTM, from the equations, for dL/d(last h) = d_last (B, H)."""
    W, U, b = model.layers[0].get_weights()
    B, T, _ = x.shape
    H = len(U)
    h, c, tape = np.zeros((B, H)), np.zeros((B, H)), []
    for t in range(T):
        z = x[:, t] @ W + h @ U + b
        i, f, o = (1 / (1 + np.exp(-z[:, k * H : k * H + H])) for k in (0, 1, 3))
        g, c_prev = np.tanh(z[:, 2 * H : 3 * H]), c
        c = f * c_prev + i * g
        h = o * np.tanh(c)
        tape.append((i, f, g, o, c_prev, np.tanh(c)))
    dh, dc, norms = d_last, np.zeros((B, H)), []
    for i, f, g, o, c_prev, a in reversed(tape):
        dc = dc + dh * o * (1 - a**2)
        norms.append((np.linalg.norm(dh, axis=1), np.linalg.norm(dc, axis=1)))
        dz = [dc * g * i * (1 - i), dc * c_prev * f * (1 - f), dc * i * (1 - g**2),
              dh * a * o * (1 - o)]  # fmt: skip
        dh, dc = np.concatenate(dz, axis=1) @ U.T, np.zeros((B, H)) if cut else dc * f
    return np.array(norms[::-1]).transpose(1, 2, 0)


def test_with_and_without_the_cells_path():
    model, x, y = model_of(3, top=None, steps=6), numbers(2, 6, 2), numbers(2, 3, seed=1)
    flow = gradient_flow(model, x, y)[model.layers[0].name]
    d_last = 2 * (model(x) - y) / y.size
    np.testing.assert_allclose([flow.dh, flow.dc], plain_flow(model, x, d_last, False), rtol=1e-12)
    cut = plain_flow(model, x, d_last, True)
    np.testing.assert_allclose([flow.dh_cut, flow.dc_cut], cut, rtol=1e-12)
    assert (flow.dc_cut[:, 0] < 0.1 * flow.dc[:, 0]).all()


@pytest.mark.parametrize(("changed", "activation"), [(0, "tanh"), (1, "tanh"), (0, "silu")])
def test_step_by_step_it_is_the_whole_backward_pass_to_the_last_bit(changed, activation):
    if activation == "silu" and not INTERPRETED:
        pytest.skip("takes seconds to compile")
    options = {"dtype": "float32", "sequences": True, "activation": activation}
    model, x = model_of(5, 4, **options), numbers(3, 5, 2)
    change = intervene(model, forget=0.7, h=scale(2), steps=range(2, 4))
    with change if changed else contextlib.nullcontext():
        data = labelled(model, x, numbers(3, 5, 2, seed=1))
        run = Run(model, data, learns=True)
    run.forward(data)
    run.backward()
    for layer in model.layers[:2]:
        whole = arguments(run.mirror_of(layer))
        there = whole["mirror"].dz, whole["mirror"].d_state.c
        before = [array.copy() for array in there]
        path = new_walk(whole)
        for t in range(4, -1, -1):
            Steps([step(whole, path, t, noting(whole["changes"], t, whole["tape"]))]).run()
        assert same(before, [path.mirror.dz, path.d_state.c])
        assert np.abs(path.mirror.dz).max() > 0
        arrays = walk(run.mirror_of(layer))
        assert same(before, list(there)) and arrays[0].shape == (3, 5)


def test_one_time_step_a_batch_sends_no_error_back():
    x, y = numbers(6, 1, 2), numbers(6, 2, seed=1)
    model = model_of(3, stateful=True, batch=2, steps=1)
    flow = gradient_flow(model, x, y)[model.layers[0].name]
    assert flow.dh.shape == (2, 3) and flow.begins.all()
    assert (flow.arriving == 0).all() and (flow.dh > 0).all()
    assert (flow.dropped > 0).all()  # there was an error for the state before, and it went nowhere
    longer = model_of(3, stateful=True, batch=2, steps=3, sequences=True)
    turned = x.reshape(3, 2, 1, 2).swapaxes(0, 1).reshape(2, 3, 2)
    wanted = y.reshape(3, 2, 2).swapaxes(0, 1)
    whole = gradient_flow(longer, turned, wanted)[longer.layers[0].name]
    assert whole.begins.tolist() == [[True, False, False]] * 2
    assert (whole.arriving[:, :2] > 0).all() and (whole.arriving[:, 2] == 0).all()
    assert (whole.dropped[:, 1:] == 0).all()


def test_batches_of_a_stateless_model_are_other_samples():
    model, x, y = model_of(3), numbers(5, 5, 2), numbers(5, 2, seed=1)
    whole, parts = gradient_flow(model, x, y), gradient_flow(model, x, y, batch_size=2)
    name = model.layers[0].name
    sizes = np.array([2, 2, 2, 2, 1])[:, None]  # the loss is a mean over the batch
    np.testing.assert_allclose(parts[name].dh, whole[name].dh * 5 / sizes, rtol=1e-12)
    assert parts.batches == 3 and not parts.stateful


def test_the_model_is_left_as_it_was():
    model = model_of(3, stateful=True, batch=2)
    x, y = numbers(4, 5, 2), numbers(4, 2, seed=1)
    model.fit(x, y, verbose=0)
    before = everything(model)
    gradient_flow(model, x, y)
    assert same(everything(model), before)


def test_table_picture_and_text():
    model = model_of(3, 2, steps=1, stateful=True, batch=2)
    flow = gradient_flow(model, numbers(6, 1, 2), numbers(6, 2, seed=1))
    table = flow.frame()
    assert len(table) == 2 * 2 * 3 and table.dropped.gt(0).all() and table.layer.nunique() == 2
    assert str(flow).startswith("3 batches in time; no error crosses")
    for sample in (None, 1):
        panels = flow.plot(sample).axes
        assert len(panels) == 2 and panels[1].get_xlabel() == "time step"
    assert flow[1] is flow["lstm_1"] and flow[-1] is flow["lstm_1"]
    backwards = gradient_flow(model_of(3, go_backwards=True), *(numbers(2, 5, 2), numbers(2, 2)))
    assert backwards.plot().axes[0].get_xlabel().endswith("from the end of the sequence")
    with pytest.raises(KeyError, match="no LSTM layer 'nobody'.*'lstm"):
        flow["nobody"]


def test_a_model_without_a_loss():
    model = model_of(3)
    model.compiled = None
    with pytest.raises(ValueError, match="Call compile before gradient_flow"):
        gradient_flow(model, numbers(2, 5, 2), numbers(2, 2))
