"""check_gradients: it agrees with what is right, finds what is wrong, leaves the model alone."""

from __future__ import annotations

import numpy as np
import pytest

import npslstm
from npslstm.layers import LSTM, BatchNormalization, Dense, Dropout, Layer, TimeDistributed
from npslstm.losses import Loss
from npslstm.study.change.interventions import intervene
from npslstm.study.question.check_result import AGREES, DOUBTFUL, GradientCheck, Row
from npslstm.study.question.checks import check_gradients
from npslstm.study.question.float64_copy import float64_copy
from tests.studied import everything, model_of, numbers, same

X, Y = numbers(3, 5, 2), numbers(3, 2, seed=1)


# ---- layers and losses as users write them -------------------------------------------------------


def times_a_weight(x, weight, y):
    for n in range(x.shape[0]):
        for j in range(x.shape[1]):
            y[n, j] = x[n, j] * weight[j]


def back_through_times_a_weight(x, weight, dy, dx, d_weight):
    d_weight[:] = 0
    for n in range(x.shape[0]):
        for j in range(x.shape[1]):
            d_weight[j] += dy[n, j] * x[n, j]
            if dx.size:
                dx[n, j] = dy[n, j] * weight[j]


def back_and_forgotten_to_clear(x, weight, dy, dx, d_weight):
    for n in range(x.shape[0]):
        for j in range(x.shape[1]):
            d_weight[j] += dy[n, j] * x[n, j]
            if dx.size:
                dx[n, j] = dy[n, j] * weight[j]


def back_without_the_weight(x, weight, dy, dx, d_weight):
    d_weight[:] = 0
    for n in range(x.shape[0]):
        for j in range(x.shape[1]):
            d_weight[j] += dy[n, j] * x[n, j]
            if dx.size:
                dx[n, j] = dy[n, j]


class Times(Layer):
    """y = x * weight, a weight for each feature; `mirror` is its backward pass."""

    mirror = staticmethod(back_through_times_a_weight)

    def __init__(self, **options):
        super().__init__(**options)
        self.unused = [np.ones(2, self.dtype), {"more": np.ones(3, self.dtype)}]

    def build(self, input_shape):
        self.weight = self.add_weight("weight", input_shape[-1:], "ones")

    def connect(self, program, x):
        y = program.signal(*x.shape, mask=x.mask)
        weight, d_weight = self.weight.value, program.gradient_of(self.weight)
        program.forward(times_a_weight, x.rows, weight, y.rows)
        arguments = x.rows, weight, y.gradient_rows, x.gradient_rows, d_weight
        program.backward(self.mirror, *arguments)
        return y


def cubic_error(target, output):
    total = target[0] * 0
    for j in range(output.size):
        total += (output[j] - target[j]) ** 3
    return total


def d_cubic_error(target, output, scale, d_output):
    for j in range(output.size):
        d_output[j] = scale * 3 * (output[j] - target[j]) ** 2


def wrong_d_cubic_error(target, output, scale, d_output):
    for j in range(output.size):
        d_output[j] = scale * 2 * (output[j] - target[j])


class Cubic(Loss):
    def __init__(self, mirror=d_cubic_error):
        super().__init__()
        self.mirror = mirror

    def formulas(self, on_logits):
        return cubic_error, self.mirror


def with_layer(layer):
    model = model_of(3, dtype="float32", top=None, sequences=True)
    model.add(layer)
    model.add(LSTM(2, name="upper"))
    model.compile(loss="mse", optimizer="sgd")
    return model


# ---- what is right -------------------------------------------------------------------------------


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize("options", [{}, {"stateful": True, "batch": 3}, {"masked": True}], ids=str)
def test_the_engine_agrees(fast, options):
    model = model_of(3, 2, dtype="float32", kernel_regularizer="l2", **options)
    found = check_gradients(model, X, Y, fast)
    assert found, found.verdict
    names = [row.parameter for row in found.rows]
    kinds = ["kernel", "recurrent_kernel", "bias"]
    layers = [f"lstm_{k} {kind}" for k in (0, 1) for kind in kinds]
    expected = [*layers, "dense kernel", "dense bias"]
    assert names == (expected if "masked" in options else ["x", *expected])
    entries = [int(np.prod(row.shape)) for row in found.rows]
    assert [row.compared for row in found.rows] == ([4] * len(entries) if fast else entries)
    assert found.verdict.startswith("The backward pass agrees with finite differences")


def test_dropout_and_batch_normalization_as_in_training():
    model = model_of(3, dtype="float32", dropout=0.4, seed=1)
    for layer in (Dropout(0.3, seed=2), BatchNormalization(), Dense(2, name="top")):
        model.add(layer)
    model.compile(loss="mse", optimizer="sgd")
    plain = np.random.default_rng(2).random()  # the stream that the Dropout layer would draw from
    found = check_gradients(model, X, Y)
    assert found, found.verdict
    assert model.layers[2].seed_generator.generator.random() == plain


def test_batch_normalization_takes_the_batch():
    model = model_of(3)
    model.add(BatchNormalization(dtype="float64"))
    model.compile(loss="mse", optimizer="sgd")
    rows = {row.parameter: row for row in check_gradients(model, X, Y).rows}
    assert abs(rows["dense bias"].backward) < 1e-12 < abs(rows["dense kernel"].backward)


def test_a_users_layer_and_loss():
    model = with_layer(Times())
    model.compile(loss=Cubic(), optimizer="sgd")
    found = check_gradients(model, X, Y)
    assert found, found.verdict
    assert any(row.parameter.endswith(" weight") for row in found.rows)


# ---- what is wrong -------------------------------------------------------------------------------


@pytest.mark.parametrize("fast", [False, True])
def test_a_wrong_layer_is_found_with_the_layers_before_it(fast):
    layer = Times(name="times")
    layer.mirror = back_without_the_weight
    model = with_layer(layer)
    model.layers[1].set_weights([np.array([1.5, 0.7, -2])])
    found = check_gradients(model, X, Y, fast)
    wrong = {row.parameter for row in found.rows if row.error > DOUBTFUL}
    assert not found and found.verdict.startswith("The backward pass is wrong.")
    assert wrong == {"x", "lstm_0 kernel", "lstm_0 recurrent_kernel", "lstm_0 bias"}
    assert "These agree: times weight, upper kernel" in found.verdict
    row = found.worst
    assert f"{row.numeric:.9g}" in found.verdict and f"{row.backward:.9g}" in str(found)


def test_a_gradient_that_is_added_to_what_was_there_is_found():
    layer = Times(name="times")
    layer.mirror = back_and_forgotten_to_clear
    found = check_gradients(with_layer(layer), X, Y)
    assert not found and found.worst.parameter == "times weight"
    assert found.worst.backward == pytest.approx(2 * found.worst.numeric)


def test_a_wrong_loss_is_found():
    model = model_of(3)
    model.compile(loss=Cubic(wrong_d_cubic_error), optimizer="sgd")
    found = check_gradients(model, X, Y, fast=True)
    assert all(row.error > DOUBTFUL for row in found.rows) and "in the loss" in found.verdict


def test_verdicts():
    def of(error):
        rows = Row("a", (2,), 2, 0.0, (0,), 1, 1), Row("b", (2,), 2, error, (1,), 1, 2)
        return GradientCheck(rows, fast=False)

    assert of(AGREES / 2) and not of(AGREES * 2)
    assert of(AGREES * 2).verdict.startswith("Doubtful. b, at entry (1,)")
    assert of(float("nan")).verdict.startswith("The backward pass is wrong. b") and not of(np.nan)


def test_nan_is_not_agreement():
    model = model_of(3)
    weights = model.get_weights()
    weights[0][0, 0] = np.nan
    model.set_weights(weights)
    assert not check_gradients(model, X, Y, fast=True)


# ---- the twin ------------------------------------------------------------------------------------


def test_the_model_is_left_as_it_was():
    model = model_of(3, 2, dtype="float32", stateful=True, batch=3, dropout=0.5)
    model.fit(X, Y, verbose=0)
    before, loss = everything(model), model.compiled.loss
    stream = model.layers[0].seed_generator.generator.bit_generator.state
    check_gradients(model, X, Y)
    assert same(everything(model), before) and model.compiled.loss is loss
    assert model.layers[0].seed_generator.generator.bit_generator.state == stream
    assert all(v.value.dtype == np.float32 and v.home is model.parameters for v in model.weights)


def test_the_twin_shares_nothing_that_changes():
    model = with_layer(Times())
    model.add(npslstm.layers.RepeatVector(2))
    model.add(TimeDistributed(Dense(2)))
    model.compile(loss="mse", optimizer="sgd")
    model.layers[0](X)
    twin = float64_copy(model)
    assert twin.layers[0](X).dtype == np.float64
    np.testing.assert_array_equal(twin(X), twin.predict(X, verbose=0))
    np.testing.assert_allclose(twin(X), model(X), atol=1e-6)
    assert twin(X).dtype == np.float64 and not same([twin(X)], [model(X).astype(float)])
    before = model.get_weights()
    twin.fit(X, numbers(3, 2, 2), verbose=0)
    assert same(model.get_weights(), before)
    arrays = twin.layers[1].unused
    assert arrays[0].dtype == arrays[1]["more"].dtype == np.float64
    assert twin.layers[1].own_weights[0] is twin.layers[1].weight
    assert twin.layers[4].weights[0] is twin.layers[4].layer.own_weights[0]


def test_the_twin_is_under_the_same_intervention():
    model = model_of(3, dtype="float32")
    with intervene(model, forget=0.25):
        twin = float64_copy(model)
        np.testing.assert_allclose(twin(X), model(X), atol=1e-6)
    assert np.abs(twin(X) - model(X)).max() > 1e-3


def test_table_and_mistakes():
    model = model_of(3)
    assert len(check_gradients(model, X, Y, fast=True).frame()) == 6
    model.compiled = None
    with pytest.raises(ValueError, match="Call compile before check_gradients"):
        check_gradients(model, X, Y)
    with pytest.raises(ValueError, match="keeps states for 2 samples"):
        check_gradients(model_of(3, stateful=True, batch=2), X, Y)


def test_of_several_inputs_too_the_place_has_samples_first():
    a, b = npslstm.Input((5, 2), name="a"), npslstm.Input((3,), name="b")
    y = npslstm.layers.Concatenate()([npslstm.layers.LSTM(2)(a), b])
    model = npslstm.Model([a, b], npslstm.layers.Dense(1)(y))
    model.compile("sgd", "mse")
    rng = np.random.default_rng(0)
    x = [rng.normal(size=(2, 5, 2)), rng.normal(size=(2, 3))]
    rows = {row.parameter: row for row in check_gradients(model, x, np.ones((2, 1))).rows}
    assert all(at < size for at, size in zip(rows["x 'a'"].where, (2, 5, 2), strict=True))
    assert rows["x 'a'"].shape == (2, 5, 2) and rows["x 'b'"].shape == (2, 3)
