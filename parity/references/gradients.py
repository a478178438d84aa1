"""Gradients of losses for the weights of every layer, read off one step of gradient descent."""

import numpy as np

from .cases import F, T, case, flat, gradients_of, listed, model_of, numbers
from .losses import LOSSES, targets

N, H, K = 4, 4, 3


def together(nn, rng, layers, x, y, what, **options):
    """All gradients in one vector."""
    found = gradients_of(nn, rng, [nn.Input(x.shape[1:]), *layers], x, y, **options)
    return {f"layer gradient: {what}": flat(found)}


def answers(nn, rng, layers, x, y, what="", **options):
    found = gradients_of(nn, rng, [nn.Input(x.shape[1:]), *layers], x, y, **options)
    return listed(f"layer gradient: {what}weight", found)


@case
def lstm(nn, rng):
    return answers(nn, rng, [nn.layers.LSTM(H)], numbers(rng, N, T, F), numbers(rng, N, H))


@case
def stacked(nn, rng):
    """Errors at every time step, and through a layer of LSTMs to the one below."""
    layers = [nn.layers.LSTM(H, return_sequences=True) for _ in range(2)]
    return answers(nn, rng, layers, numbers(rng, N, T, F), numbers(rng, N, T, H))


@case
def lstm_options(nn, rng):
    found = {}
    for name, options in {
        "go_backwards": {"go_backwards": True},
        "without bias": {"use_bias": False},
        "softsign": {"activation": "softsign", "recurrent_activation": "hard_sigmoid"},
    }.items():
        layers = [nn.layers.LSTM(3, return_sequences=True), nn.layers.LSTM(2, **options)]
        x, y = numbers(rng, N, T, F), numbers(rng, N, 2)
        found |= answers(nn, rng, layers, x, y, f"{name}, ")
    return found


@case
def bidirectional(nn, rng):
    """Through both directions to the layer below."""
    found = {}
    for mode in ("concat", "ave", "mul"):
        both = nn.layers.Bidirectional(nn.layers.LSTM(2), merge_mode=mode)
        layers = [nn.layers.LSTM(3, return_sequences=True), both, nn.layers.Dense(2)]
        x, y = numbers(rng, N, T, F), numbers(rng, N, 2)
        found |= answers(nn, rng, layers, x, y, f"{mode}, ")
    return found


@case
def normalisation(nn, rng):
    """Through the batch's mean and variance; and through fixed ones where frozen."""
    found = {}
    for trainable in (True, False):
        normal = nn.layers.BatchNormalization(epsilon=0.1, trainable=trainable)
        layers = [nn.layers.LSTM(H), normal, nn.layers.Dense(2)]
        x, y = numbers(rng, N, T, F), numbers(rng, N, 2)
        found |= answers(nn, rng, layers, x, y, f"trainable={trainable}, ")
    return found


@case
def layer_normalization(nn, rng):
    """Through mean and deviation of every row, with and without weights of its own."""
    found = {}
    for options in ({"epsilon": 0.1}, {"center": False}, {"scale": False}):
        normal = nn.layers.LayerNormalization(**options)
        layers = [nn.layers.LSTM(H, return_sequences=True), normal, nn.layers.Dense(2)]
        x, y = numbers(rng, N, T, F), numbers(rng, N, T, 2)
        found |= together(nn, rng, layers, x, y, next(iter(options)))
    return found


@case
def axes_and_shapes(nn, rng):
    """Through layers that only move numbers."""
    L = nn.layers
    layers = [L.Dense(F), L.Permute((2, 1)), L.Dense(4), L.Reshape((4, F)), L.LSTM(2)]
    return together(nn, rng, layers, numbers(rng, N, T, F), numbers(rng, N, 2), "all")


@case
def encoder_and_decoder(nn, rng):
    layers = [
        nn.layers.LSTM(3),
        nn.layers.RepeatVector(2),
        nn.layers.LSTM(3, return_sequences=True),
        nn.layers.TimeDistributed(nn.layers.Dense(2, activation="elu")),
        nn.layers.Flatten(),
        nn.layers.Dense(2),
    ]
    return answers(nn, rng, layers, numbers(rng, N, T, F), numbers(rng, N, 2))


@case
def losses(nn, rng):
    """Directly from the outputs, with weights."""
    found = {}
    for loss, activation, kind in LOSSES:
        x, y, weights = numbers(rng, N, F), targets(rng, kind, N, K), rng.uniform(0, 3, N)
        options = {"loss": loss, "sample_weight": weights}
        found |= answers(nn, rng, [nn.layers.Dense(K, activation)], x, y, f"{loss}, ", **options)
    return found


@case
def losses_of_probabilities(nn, rng):
    """Through softmax or sigmoid itself; saturated ones among them, which pass no error."""
    found = {}
    for loss, activation, kind in LOSSES[2:]:
        layer = nn.layers.TimeDistributed(nn.layers.Dense(K, activation))
        x, y = numbers(rng, N, T, F), targets(rng, kind, N, T, K)
        x[0] *= 1e4
        found |= answers(nn, rng, [layer], x, y, f"{loss}, ", loss=loss)
    return found


@case
def softmax_under_another_loss(nn, rng):
    layers = [nn.layers.Dense(K, "softmax"), nn.layers.Dense(2, "sigmoid")]
    return answers(nn, rng, layers, numbers(rng, N, F), numbers(rng, N, 2))


@case
def losses_of_any_numbers(nn, rng):
    """Outputs beyond 0 and 1 count as 0 and 1, and pass no error."""
    found = {}
    for loss, _, kind in LOSSES[2:]:
        x, y = numbers(rng, 2 * N, F), targets(rng, kind, 2 * N, K)
        found |= answers(nn, rng, [nn.layers.Dense(K)], x, y, f"{loss}, ", loss=loss)
    return found


@case
def absolute_errors_of_zero(nn, rng):
    """Where output and target are equal, the absolute error pulls neither way."""
    layers = [nn.Input((F,)), nn.layers.Dense(2)]
    model = model_of(nn, rng, layers, loss="mae", optimizer=nn.optimizers.SGD(1.0))
    x = numbers(rng, N, F)
    y = model.predict(x, verbose=0)
    y[0] += 1
    model.train_on_batch(x, y)
    return listed("layer output: weight", model.get_weights())


@case
def kinks(nn, rng):
    """The slope that counts at 0, where all outputs of the first layer are."""
    found, x = {}, numbers(rng, N, F)
    for name in ("relu", "relu6", "leaky_relu", "elu", "selu"):
        first = nn.layers.Dense(2, name, kernel_initializer="zeros")
        last = nn.layers.Dense(1, kernel_initializer=nn.initializers.Constant(0.5))
        model = nn.Sequential([nn.Input((F,)), first, last])
        model.compile(optimizer=nn.optimizers.SGD(1.0), loss="mse", run_eagerly=True)
        model.train_on_batch(x, x[:, :1])
        found[f"layer output: {name}"] = flat(model.get_weights())
    return found


@case
def regularized(nn, rng):
    """Penalties on weights, and on outputs, which count a sample each."""
    l1, l2, both = (getattr(nn.regularizers, name) for name in ("L1", "L2", "L1L2"))
    lstm = nn.layers.LSTM(
        H, kernel_regularizer=l1(0.1), recurrent_regularizer=l2(0.2),
        bias_regularizer=both(0.1, 0.2), activity_regularizer=l2(0.3), return_sequences=True,
    )  # fmt: skip
    dense = nn.layers.Dense(2, kernel_regularizer="l2", activity_regularizer=l1(0.2))
    layers = [lstm, nn.layers.Flatten(), dense]
    return answers(nn, rng, layers, numbers(rng, N, T, F), np.zeros((N, 2), "float32"))
