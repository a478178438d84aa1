"""Pictures: what they show, that they can be printed in black and white, and what they refuse."""

from __future__ import annotations

import datetime
import io

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

import npslstm
from npslstm.layers import LSTM, Dense, Masking
from npslstm.study import (
    plot_difference,
    plot_gates,
    plot_saturation,
    plot_states,
    plot_unit,
    plot_weights,
    saturation,
    trace,
)

T, F, H = 6, 3, 4


def model_of(*layers, shape=(T, F), batch=None):
    npslstm.utils.set_random_seed(4)
    return npslstm.Sequential([npslstm.Input(batch_shape=(batch, *shape)), *layers])


def data(samples=3, steps=T):
    return np.random.default_rng(1).normal(size=(samples, steps, F)).astype(np.float32)


@pytest.fixture
def model():
    return model_of(LSTM(5, return_sequences=True), LSTM(H, name="second"), Dense(1))


@pytest.fixture
def masked():
    x = 4 * data()
    x[1, 4:] = 0
    return trace(model_of(Masking(), LSTM(H)), x)


@pytest.fixture
def stateful():
    layers = LSTM(H, stateful=True), Dense(1)
    return trace(model_of(*layers, shape=(2, F), batch=2), data(8, 2))


def pixels(figure):
    """The picture as an array (height, width, 4) of bytes."""
    file = io.BytesIO()
    figure.savefig(file, format="rgba", dpi=60)
    width, height = (round(inches * 60) for inches in figure.get_size_inches())
    return np.frombuffer(file.getvalue(), np.uint8).reshape(height, width, 4)


def images(figure):
    """The heat maps of a figure, without its colour bars, in order."""
    return [axes.images[0] for axes in figure.axes if axes.images]


def tick_labels(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def drawings(model, masked, stateful):
    found = trace(model, data())
    yield plot_gates(found)
    yield plot_gates(masked, sample=1)
    yield plot_unit(found, 2, sample=1, layer="second")
    yield plot_unit(masked, 0, sample=1)
    yield plot_saturation(found)
    yield plot_weights(model)
    yield plot_weights(found, layer=1, features=list("abcde"))
    yield plot_states(stateful)
    yield plot_states(found)
    yield plot_difference(masked, samples=[0, 1])


def test_every_picture_is_grey_and_labelled_and_left_to_its_caller(model, masked, stateful):
    for figure in drawings(model, masked, stateful):
        assert isinstance(figure, Figure)
        shown = pixels(figure)
        assert len(np.unique(shown[..., 0])) > 20
        assert (shown[..., 0] == shown[..., 1]).all() and (shown[..., 1] == shown[..., 2]).all()
        texts = [a.get_xlabel() + a.get_ylabel() for a in figure.axes]
        assert any("unit" in t or "step" in t or "weight" in t for t in texts)
        assert figure.get_suptitle()
    assert plt.get_fignums() == []


def test_gates_are_shown_as_they_are_on_shared_scales(model):
    found = trace(model, data())
    figure = plot_gates(found, sample=2, layer="second", labels="abcdef")
    maps = images(figure)
    titles = [axes.get_title() for axes in figure.axes[:6]]
    assert [title.split(",")[0] for title in titles] == ["f", "g", "i", "tanh(c)", "o", "h"]
    for image, name in zip(maps, "fgiaoh", strict=True):
        np.testing.assert_array_equal(image.get_array(), getattr(found[1], name)[2].T)
        assert image.get_clim() == ((0, 1) if name in "fio" else (-1, 1))
    assert tick_labels(figure.axes[4].xaxis) == list("abcdef")
    assert tick_labels(figure.axes[0].yaxis) == ["0", "1", "2", "3"]
    assert figure.axes[4].get_xlabel() == "input read at each time step"


def test_masked_steps_are_hatched_and_show_no_number(masked):
    figure = plot_gates(masked, sample=1)
    for axes in figure.axes[:6]:
        shown = axes.images[0].get_array()
        assert shown.mask[:, 4:].all() and not shown.mask[:, :4].any()
        assert axes.patch.get_hatch()
    lines = plot_unit(masked, 0, sample=1).axes[1].lines
    for line in lines[:3]:
        assert np.isnan(line.get_ydata()[4:]).all() and not np.isnan(line.get_ydata()[:4]).any()
    assert len(plot_unit(masked, 0, sample=1).axes[0].patches) == 2
    assert len(plot_unit(masked, 0, sample=0).axes[0].patches) == 0


def test_labels_are_letters_dates_or_steps():
    model, x = model_of(LSTM(H), shape=(None, F)), data(1, 60)
    found = trace(model, x)
    start = datetime.date(1949, 1, 1)
    dates = [start + datetime.timedelta(days) for days in range(60)]
    shown = tick_labels(plot_gates(found, labels=dates).axes[4].xaxis)
    assert shown[0] == "1949-01-01" and len(shown) < 25
    np.testing.assert_array_equal(
        tick_labels(plot_unit(found, 1, labels=np.array(dates, "datetime64")).axes[1].xaxis)[0],
        "1949-01-01",
    )
    shown = tick_labels(plot_unit(found, 1, labels="a b" * 20).axes[1].xaxis)
    assert shown[:3] == ["a", "\N{OPEN BOX}", "b"]
    part = trace(model, x, steps=range(50, 53))
    assert tick_labels(plot_gates(part).axes[4].xaxis) == ["50", "51", "52"]
    with pytest.raises(ValueError, match="labels has 3 entries; .* 60 time steps"):
        plot_gates(found, labels="abc")


def test_read_backwards_labels_stand_at_what_was_read():
    found = trace(model_of(LSTM(H, go_backwards=True)), data())
    axis = plot_unit(found, 0, labels="abcdef").axes[1]
    assert tick_labels(axis.xaxis) == list("fedcba")
    assert "from the end" in plot_unit(found, 0).axes[1].get_xlabel()


def test_a_unit_is_shown_as_lines_of_different_dashes(model):
    found = trace(model, data())
    above, below = plot_unit(found, 3, sample=1, layer="second").axes[:2]
    for axes, names in ((above, "fio"), (below, "chg")):
        for line, name in zip(axes.lines, names, strict=False):
            np.testing.assert_array_equal(line.get_ydata(), getattr(found[1], name)[1, :, 3])
        assert len({line.get_linestyle() for line in axes.lines[:3]}) == 3
    assert above.get_ylim()[0] <= 0 and above.get_ylim()[1] >= 1


def test_saturation_counts_what_is_below_a_tenth_and_above_nine_tenths(masked):
    model = model_of(LSTM(H))
    model.set_weights([4 * w for w in model.get_weights()])
    found = trace(model, data(20))
    shares = saturation(found)
    for gate in "ifo":
        values = getattr(found, gate)
        for unit in range(H):
            shut = sum(value < 0.1 for value in values[..., unit].ravel()) / (20 * T)
            opened = sum(value > 0.9 for value in values[..., unit].ravel()) / (20 * T)
            assert tuple(shares[gate][unit]) == pytest.approx((shut, opened))
    assert shares["i"].sum() > 0 and shares["f"][:, 1].max() > 0
    used = masked.f[masked.mask]
    assert len(used) == 3 * T - 2
    np.testing.assert_array_equal(saturation(masked)["f"][:, 1], (used > 0.9).mean(axis=0))

    figure = plot_saturation(found)
    circles = figure.axes[1].lines[-1]
    np.testing.assert_array_equal(np.transpose(circles.get_data()), shares["f"])
    heights = [bar.get_height() for bar in figure.axes[4].patches]
    assert sum(heights) == pytest.approx(1)


def test_weights_stand_in_the_block_of_their_gate(model):
    figure = plot_weights(model, layer=0, features=["x", "y", "z"])
    W, U, b = model.layers[0].get_weights()
    largest = max(abs(w).max() for w in (W, U, b))
    blocks = [part for w in (W, U, b[None]) for part in np.split(w, 4, axis=1)]
    for image, block in zip(images(figure), blocks, strict=True):
        np.testing.assert_array_equal(image.get_array(), block)
        assert image.get_clim() == (-largest, largest)
    titles = [axes.get_title() for axes in figure.axes[:4]]
    assert [title[0] for title in titles] == ["i", "f", "g", "o"]
    assert tick_labels(figure.axes[0].yaxis) == ["x", "y", "z"]
    kept = trace(model, data(), units=[0])
    for one, two in zip(images(plot_weights(kept)), blocks, strict=True):
        np.testing.assert_array_equal(one.get_array(), two)
    with pytest.raises(ValueError, match="names 1 inputs"):
        plot_weights(model, features=["x"])


def test_a_difference_is_sorted_by_what_is_left_of_it(model, masked):
    found = trace(model, data())
    figure = plot_difference(found, samples=[2, 0], layer="second", names=["this", "that"])
    c = found[1].c[[2, 0]]
    gap = abs(c[0] - c[1])
    order = np.argsort(-gap[-1])
    for image, values in zip(images(figure), [*np.tanh(c), gap], strict=True):
        np.testing.assert_array_equal(image.get_array(), values[:, order].T)
    assert tick_labels(figure.axes[0].yaxis) == [str(unit) for unit in order]
    titles = [axes.get_title() for axes in figure.axes[:3]]
    assert titles == ["tanh(c) of this", "tanh(c) of that", "difference of c"]
    share = np.cumsum(gap[-1, order]) / gap[-1].sum()
    few = int(figure.axes[0].lines[0].get_ydata()[0] + 0.5)
    assert share[few - 1] >= 0.9 and (few == 1 or share[few - 2] < 0.9)
    assert images(plot_difference(found, samples=[1, 1]))[2].get_array().max() == 0
    for mistaken in ({"samples": [0]}, {"names": ["one"]}):
        with pytest.raises(ValueError, match="A difference has two samples"):
            plot_difference(found, **mistaken)


def test_states_go_through_all_batches(stateful):
    figure = plot_states(stateful)
    maps = images(figure)
    assert len(maps) == 4  # two samples a batch, tanh(c) and h
    states = stateful.a.reshape(4, 2, 2, H)  # batches, samples, steps, units
    for sample in range(2):
        expected = states[:, sample].reshape(8, H).T
        np.testing.assert_array_equal(maps[2 * sample].get_array(), expected)
    borders = sorted({line.get_xdata()[0] for line in figure.axes[0].lines})
    assert borders == [1.5, 3.5, 5.5]


def test_what_the_trace_does_not_hold(model):
    found = trace(model, data(), units=[1, 2])
    for draw in (
        lambda: plot_gates(found, sample=3), lambda: plot_unit(found, 0),
        lambda: plot_gates(found, layer="third"), lambda: plot_unit(found, 1, sample=-1),
        lambda: plot_weights(model, layer=2),
    ):  # fmt: skip
        with pytest.raises(ValueError, match="There is no|has no"):
            draw()
