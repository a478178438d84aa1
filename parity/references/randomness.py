"""Dropout, as far as it does not depend on the draw: scales, shares, and where it is at work."""

import numpy as np

from .cases import T, case, model_of, numbers

MANY = 400


def distinct(values):
    """Smallest, largest and number of distinct values, which are well apart."""
    values = np.asarray(values)
    return [values.min(), values.max(), np.unique(values.round(3)).size]


@case
def scale_and_share(nn, rng):
    """Kept values are divided by 1 - rate. The share of kept ones to one decimal place."""
    y = np.asarray(nn.layers.Dropout(0.2)(np.ones((MANY, 10), "float32"), training=True))
    return {"layer output: values": distinct(y), "exact: share": np.round((y > 0).mean(), 1)}


@case
def one_mask_over_time(nn, rng):
    """An LSTM's inputs are dropped at all time steps of a sample or at none."""
    layer = nn.layers.LSTM(1, dropout=0.5)
    layer.build((MANY, T, 1))
    layer.set_weights([numbers(rng, *w.shape) for w in layer.get_weights()])
    y = layer(np.ones((MANY, T, 1), "float32"), training=True)
    return {"lstm output: values": distinct(y)}


@case
def recurrent_dropout(nn, rng):
    layer = nn.layers.LSTM(1, recurrent_dropout=0.5)
    layer.build((MANY, 2, 1))
    layer.set_weights([1 + rng.uniform(0, 1, w.shape) for w in layer.get_weights()])
    y = np.asarray(layer(np.ones((MANY, 2, 1), "float32"), training=True))
    return {"lstm output: values": [y.min(), y.max()]}


@case
def not_in_use(nn, rng):
    """evaluate and predict drop nothing."""
    layers = [
        nn.Input((T, 2)),
        nn.layers.Dropout(0.5),
        nn.layers.LSTM(3, dropout=0.5, recurrent_dropout=0.5),
        nn.layers.Dropout(0.5),
        nn.layers.Dense(1),
    ]
    model = model_of(nn, rng, layers)
    x, y = numbers(rng, 4, T, 2), numbers(rng, 4, 1)
    answers = {"prediction: outputs": model.predict(x, verbose=0)}
    return answers | {"loss: mse": model.evaluate(x, y, verbose=0)}


@case
def gradient_through_the_same_mask(nn, rng):
    """With y = d w x and targets 0, mean (2 d^2 w x^2) / mean (d w x)^2 is 2 / w for any d."""
    x = np.ones((20, 1), "float32")
    before = nn.layers.Dense(1, use_bias=False)
    layers = [nn.Input((1,)), before, nn.layers.Dropout(0.5), nn.layers.Activation("linear")]
    model = model_of(nn, rng, layers, optimizer=nn.optimizers.SGD(1.0))
    w = model.get_weights()[0]
    loss = model.train_on_batch(x, 0 * x)
    return {"layer gradient: by the loss": (w - model.get_weights()[0]) / loss}
