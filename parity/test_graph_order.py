"""The order of layers in graphs with masks, whose operations count in Keras's graph, and names."""

from __future__ import annotations

import keras
import pytest

import npslstm


def one_branch(nn):
    layers = nn.layers
    a, b = nn.Input((4, 3)), nn.Input((4, 3))
    masked = layers.LSTM(2)(layers.Masking()(layers.Dense(3)(a)))
    plain = layers.LSTM(2)(layers.Dense(4)(layers.Dense(5)(b)))
    return nn.Model([a, b], layers.Concatenate()([plain, masked]))


def merged(nn):
    layers = nn.layers
    a, b = nn.Input((4, 3)), nn.Input((4, 3))
    m, k = layers.Masking()(layers.Dense(3)(a)), layers.Masking()(b)
    y = layers.Add()([m, layers.Dense(3)(k)])
    y = layers.Concatenate()([y, layers.LSTM(3, return_sequences=True)(m)])
    y = layers.Attention()([y, layers.Dense(6)(layers.Dense(2)(b))])
    y, z = layers.Bidirectional(layers.LSTM(2))(y), b
    for units in (3, 2, 2, 2, 2):
        z = layers.Dense(units)(z)
    z = layers.LSTM(4)(z)
    return nn.Model([b, a], [z, y, layers.Dense(1)(layers.Concatenate()([y, z]))])


def three(nn):
    layers = nn.layers
    a, b, c = nn.Input((4, 3)), nn.Input((4, 3)), nn.Input((4, 3))
    masked = [layers.Masking()(x) for x in (a, b, c)]
    y = layers.Concatenate(axis=1)([masked[0], layers.Dense(3)(masked[1])])
    z = layers.BatchNormalization()(layers.Dropout(0.1)(layers.Maximum()(masked)))
    z = layers.TimeDistributed(layers.Dense(2))(z)
    d = c
    for units in range(2, 9):
        d = layers.Dense(units)(d)
    last = layers.LSTM(2)(layers.Concatenate()([masked[0], d]))
    return nn.Model([c, a, b], [layers.LSTM(2)(y), layers.LSTM(3, go_backwards=True)(z), d, last])


@pytest.mark.parametrize("build", [one_branch, merged, three], ids=lambda build: build.__name__)
def test_layers_and_weights_have_keras_order(build):
    found = []
    for nn in (keras, npslstm):
        nn.utils.clear_session()
        model = build(nn)
        found.append(([one.name for one in model.layers], [w.shape for w in model.get_weights()]))
    assert found[1] == found[0]
