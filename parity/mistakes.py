"""What beginners do wrong: a table of mistakes, each made the same way with both engines.

DIFFERENT are those that Keras does not notice, or answers in a way that helps nobody; npslstm
raises ValueError there.
"""

import numpy as np

T, F = 4, 3
X, Y = np.ones((6, T, F), "float32"), np.ones((6, 1), "float32")
LABELS = np.arange(6) % 3
HOT = np.eye(3)[LABELS]


def model(nn, units=1, activation=None, loss="mse", metrics=None, stateful=False, compiled=True):
    shape = nn.Input(batch_shape=(3, T, F)) if stateful else nn.Input((T, F))
    layers = [shape, nn.layers.LSTM(2, stateful=stateful), nn.layers.Dense(units, activation)]
    made = nn.Sequential(layers)
    if compiled:
        made.compile("sgd", loss, metrics=metrics)
    return made


def built_lstm(nn):
    layer = nn.layers.LSTM(2)
    layer(X)
    return layer


def classes(nn, loss="sparse_categorical_crossentropy"):
    return model(nn, 3, "softmax", loss)


def sequences(nn):
    layers = [nn.Input((T, F)), nn.layers.LSTM(2, return_sequences=True), nn.layers.Dense(1)]
    made = nn.Sequential(layers)
    made.compile("sgd", "mse")
    return made


# name: (makes what the mistake is made with, the mistake)
MISTAKES = {
    # shapes of inputs
    "2-D to an LSTM": (lambda nn: nn.layers.LSTM(2), lambda nn, m: m(np.ones((2, 3), "float32"))),
    "LSTM on an LSTM without sequences": (
        lambda nn: nn.Sequential([nn.Input((T, F)), nn.layers.LSTM(2)]),
        lambda nn, m: m.add(nn.layers.LSTM(2)),
    ),
    "other features, fit": (model, lambda nn, m: m.fit(X[..., :2], Y, verbose=0)),
    "other features, predict": (model, lambda nn, m: m.predict(X[..., :2], verbose=0)),
    "other features, call": (model, lambda nn, m: m(X[..., :2])),
    "other rank, predict": (model, lambda nn, m: m.predict(X[:, 0], verbose=0)),
    "other rank, fit": (model, lambda nn, m: m.fit(X[:, 0], Y, verbose=0)),
    "other features to a Dense": (
        lambda nn: nn.Sequential([nn.Input((3,)), nn.layers.Dense(2)]),
        lambda nn, m: m.predict(np.ones((2, 4), "float32"), verbose=0),
    ),
    "initial state of other units": (
        built_lstm, lambda nn, m: m(X, initial_state=[np.ones((6, 3), "float32")] * 2)
    ),
    # states
    "stateful without a batch size": (
        lambda nn: None,
        lambda nn, m: nn.Sequential([nn.Input((T, F)), nn.layers.LSTM(2, stateful=True)]),
    ),
    "stateful, other batch size, fit": (
        lambda nn: model(nn, stateful=True),
        lambda nn, m: m.fit(X, Y, batch_size=2, verbose=0),
    ),
    "stateful, other batch size, predict": (
        lambda nn: model(nn, stateful=True), lambda nn, m: m.predict(X, batch_size=6, verbose=0)
    ),
    "stateful, other batch size, call": (lambda nn: model(nn, stateful=True), lambda nn, m: m(X)),
    "stateful, partial last batch, fit": (
        lambda nn: model(nn, stateful=True),
        lambda nn, m: m.fit(X[:5], Y[:5], batch_size=3, verbose=0),
    ),
    "stateful, partial last batch, predict": (
        lambda nn: model(nn, stateful=True), lambda nn, m: m.predict(X[:5], batch_size=3, verbose=0)
    ),
    # targets
    "labels to categorical crossentropy": (
        lambda nn: classes(nn, "categorical_crossentropy"),
        lambda nn, m: m.fit(X, LABELS, verbose=0),
    ),
    "one-hot of other classes": (
        lambda nn: classes(nn, "categorical_crossentropy"),
        lambda nn, m: m.fit(X, HOT[:, :2], verbose=0),
    ),
    "one-hot to sparse crossentropy": (classes, lambda nn, m: m.fit(X, HOT, verbose=0)),
    "label too large": (classes, lambda nn, m: m.fit(X, LABELS + 1, verbose=0)),
    "label below zero": (classes, lambda nn, m: m.fit(X, LABELS - 1, verbose=0)),
    "fewer targets than samples": (model, lambda nn, m: m.fit(X, Y[:4], verbose=0)),
    "fewer weights than samples": (
        model, lambda nn, m: m.fit(X, Y, sample_weight=np.ones(4), verbose=0)
    ),
    "both kinds of weights": (
        classes,
        lambda nn, m: m.fit(X, LABELS, sample_weight=np.ones(6), class_weight={0: 2.0}, verbose=0),
    ),
    # names
    "unknown activation": (lambda nn: None, lambda nn, m: nn.layers.Dense(2, activation="foo")),
    "unknown initializer": (
        lambda nn: None, lambda nn, m: nn.layers.LSTM(2, kernel_initializer="foo")
    ),
    "unknown regularizer": (
        lambda nn: None, lambda nn, m: nn.layers.LSTM(2, kernel_regularizer="foo")
    ),
    "l1_l2 as a string": (
        lambda nn: None, lambda nn, m: nn.layers.LSTM(2, kernel_regularizer="l1_l2")
    ),
    "unknown constraint": (
        lambda nn: None, lambda nn, m: nn.layers.LSTM(2, kernel_constraint="foo")
    ),
    "unknown optimizer": (model, lambda nn, m: m.compile("foo", "mse")),
    "unknown loss": (
        lambda nn: model(nn, loss="foo"), lambda nn, m: m.fit(X, Y, verbose=0)
    ),
    "unknown metric": (
        lambda nn: model(nn, metrics=["foo"]), lambda nn, m: m.fit(X, Y, verbose=0)
    ),
    "metrics that are no list": (model, lambda nn, m: m.compile("sgd", "mse", metrics="mae")),
    "unknown argument of a layer": (lambda nn: None, lambda nn, m: nn.layers.LSTM(2, foo=1)),
    "time_major": (lambda nn: None, lambda nn, m: nn.layers.LSTM(2, time_major=True)),
    "unknown argument of evaluate": (model, lambda nn, m: m.evaluate(X, Y, foo=1)),
    "unknown argument of fit": (model, lambda nn, m: m.fit(X, Y, foo=1)),
    "unknown layer": (model, lambda nn, m: m.get_layer("zzz")),
    "unknown argument of an optimizer": (lambda nn: None, lambda nn, m: nn.optimizers.SGD(foo=1)),
    # order of doing things
    "fit before compile": (
        lambda nn: model(nn, compiled=False), lambda nn, m: m.fit(X, Y, verbose=0)
    ),
    "evaluate before compile": (
        lambda nn: model(nn, compiled=False), lambda nn, m: m.evaluate(X, Y, verbose=0)
    ),
    "train_on_batch before compile": (
        lambda nn: model(nn, compiled=False), lambda nn, m: m.train_on_batch(X, Y)
    ),
    "no loss": (lambda nn: model(nn, loss=None), lambda nn, m: m.fit(X, Y, verbose=0)),
    "count_params before building": (
        lambda nn: nn.Sequential([nn.layers.LSTM(2)]), lambda nn, m: m.count_params()
    ),
    "input_shape before building": (
        lambda nn: nn.Sequential([nn.layers.LSTM(2)]), lambda nn, m: m.input_shape
    ),
    "no layers": (lambda nn: nn.Sequential(), lambda nn, m: m(X)),
    # structure
    "the same name twice": (
        model, lambda nn, m: m.add(nn.layers.Dense(1, name=m.layers[1].name))
    ),
    "not a layer": (model, lambda nn, m: m.add("Dense")),
    "a second Input": (model, lambda nn, m: m.add(nn.Input((T, F)))),
    # weights
    "too few weights": (model, lambda nn, m: m.set_weights(m.get_weights()[:3])),
    "a weight of another shape": (
        model, lambda nn, m: m.set_weights([w[:, :1] if w.ndim > 1 else w for w in m.get_weights()])
    ),
    "too few weights of a layer": (
        model, lambda nn, m: m.layers[0].set_weights(m.layers[0].get_weights()[:2])
    ),
    # data and numbers
    "a list as x": (model, lambda nn, m: m.fit(X.tolist(), Y, verbose=0)),
    "objects as x": (model, lambda nn, m: m.fit(X.astype(object), Y, verbose=0)),
    "text as x": (model, lambda nn, m: m.predict(X.astype(str), verbose=0)),
    "batch_size below zero": (model, lambda nn, m: m.fit(X, Y, batch_size=-1, verbose=0)),
    "nothing left to train": (
        model, lambda nn, m: m.fit(X, Y, validation_split=0.9, verbose=0)
    ),
    "no units": (lambda nn: None, lambda nn, m: nn.layers.LSTM(0)),
    "units below zero": (lambda nn: None, lambda nn, m: nn.layers.LSTM(-2)),
    "units of an LSTM as text": (lambda nn: None, lambda nn, m: nn.layers.LSTM("a")),
    "no units of a Dense": (lambda nn: None, lambda nn, m: nn.layers.Dense(None)),
    "half a unit": (lambda nn: None, lambda nn, m: nn.layers.Dense(2.5)),
    "units as text": (lambda nn: None, lambda nn, m: nn.layers.Dense("64")),
    "a rate above 1": (lambda nn: None, lambda nn, m: nn.layers.Dropout(1.5)),
    "an int as learning rate": (lambda nn: None, lambda nn, m: nn.optimizers.Adam(1)),
    "momentum above 1": (lambda nn: None, lambda nn, m: nn.optimizers.SGD(momentum=1.5)),
    "two ways of clipping": (
        lambda nn: None, lambda nn, m: nn.optimizers.SGD(clipnorm=1.0, clipvalue=1.0)
    ),
}  # fmt: skip

# Keras answers with another exception, or with none.
DIFFERENT = {
    "too few states": (
        built_lstm, lambda nn, m: m(X, initial_state=[np.ones((6, 2), "float32")]), IndexError
    ),
    "targets of other units under mse": (
        model, lambda nn, m: m.fit(X, HOT[:, :2], verbose=0), None,
    ),
    "one target for a whole sequence": (
        lambda nn: sequences(nn), lambda nn, m: m.fit(X, Y, verbose=0), None,
    ),
    # broadcast into every state
    "stateful, last batch of one sample": (
        lambda nn: model(nn, stateful=True),
        lambda nn, m: m.fit(X[:4], Y[:4], batch_size=3, verbose=0), None,
    ),
    "empty data, fit": (model, lambda nn, m: m.fit(X[:0], Y[:0], verbose=0), None),
    "empty data, predict": (model, lambda nn, m: m.predict(X[:0], verbose=0), UnboundLocalError),
}  # fmt: skip
