"""Whole trainings: histories and the weights that come out."""

import numpy as np

from .cases import F, T, case, flat, model_of, numbers

N = 10
ORDERED = {"batch_size": 4, "epochs": 3, "shuffle": False, "verbose": 0}


def trained(model, x, y, **options):
    """History and weights after a fit."""
    history = model.fit(x, y, **ORDERED | options).history
    answers = {f"history: {name}": values for name, values in history.items()}
    return answers | {"weights after training: all": flat(model.get_weights())}


def classifier(nn, rng, loss, **options):
    layers = [nn.Input((T, F)), nn.layers.LSTM(3), nn.layers.Dense(3, "softmax")]
    return model_of(nn, rng, layers, loss=loss, metrics=["accuracy"], **options)


@case
def stacked_lstms(nn, rng):
    """Ten samples in batches of four: the last batch has two."""
    layers = [
        nn.Input((T, F)),
        nn.layers.LSTM(4, return_sequences=True),
        nn.layers.LSTM(3),
        nn.layers.Dense(1),
    ]
    model = model_of(nn, rng, layers, optimizer="adam", metrics=["mae"])
    x, y = numbers(rng, N, T, F), numbers(rng, N, 1)
    answers = trained(model, x, y, validation_data=(x[:3], y[:3]))
    return answers | {"prediction: outputs": model.predict(x, batch_size=4, verbose=0)}


@case
def normalised(nn, rng):
    """Moving statistics move in training, and serve validation and prediction."""
    layers = [
        nn.Input((T, F)),
        nn.layers.LSTM(3, return_sequences=True),
        nn.layers.BatchNormalization(momentum=0.7),
        nn.layers.LSTM(3),
        nn.layers.BatchNormalization(momentum=0.9),
        nn.layers.Dense(1),
    ]
    model = model_of(nn, rng, layers, optimizer=nn.optimizers.SGD(0.05))
    x, y = numbers(rng, N, T, F), numbers(rng, N, 1)
    answers = trained(model, x, y, batch_size=5, validation_data=(x[:3], y[:3]))
    return answers | {"prediction: outputs": model.predict(x, verbose=0)}


@case
def class_weight(nn, rng):
    """Of labels and of one-hot targets; a class that is not named weighs 1."""
    answers = {}
    labels = rng.integers(0, 3, N)
    targets = {"sparse_categorical_crossentropy": labels}
    targets["categorical_crossentropy"] = np.eye(3, dtype="float32")[labels]
    for loss, y in targets.items():
        found = trained(classifier(nn, rng, loss), numbers(rng, N, T, F), y,
                        class_weight={0: 2.0, 2: 0.5})  # fmt: skip
        answers |= {f"{key}, {loss}": value for key, value in found.items()}
    return answers


@case
def sample_weight(nn, rng):
    x, y, weights = numbers(rng, N, T, F), rng.integers(0, 3, N), rng.uniform(0, 3, N)
    model = classifier(nn, rng, "sparse_categorical_crossentropy", optimizer="rmsprop")
    return trained(model, x, y, sample_weight=weights)


@case
def validation_split(nn, rng):
    """The last samples are held out, rounded up in number. Nothing is learned at rate 0."""
    answers = {}
    for share in (0.25, 0.37):
        model = model_of(nn, rng, [nn.Input((F,)), nn.layers.Dense(1)],
                         optimizer=nn.optimizers.SGD(0.0))  # fmt: skip
        x, y = numbers(rng, N, F), np.arange(N, dtype="float32")
        found = trained(model, x, y, validation_split=share, epochs=1)
        answers |= {f"{key}, {share}": value for key, value in found.items()}
    return answers


@case
def regularized(nn, rng):
    """Penalties are part of the loss, also in evaluate; the metric shows the loss without them."""
    l2 = nn.regularizers.L2(0.05)
    lstm = nn.layers.LSTM(3, kernel_regularizer="l1", recurrent_regularizer=l2)
    layers = [nn.Input((T, F)), lstm, nn.layers.Dense(1, activity_regularizer=l2)]
    model = model_of(nn, rng, layers, metrics=["mse"])
    x, y = numbers(rng, N, T, F), numbers(rng, N, 1)
    answers = trained(model, x, y)
    return answers | {"loss: evaluate": model.evaluate(x, y, batch_size=4, verbose=0)}


@case
def constrained(nn, rng):
    """Each weight is brought back after every step."""
    norm = nn.constraints.MaxNorm(0.7)
    lstm = nn.layers.LSTM(3, kernel_constraint=norm, recurrent_constraint="unit_norm",
                          bias_constraint="non_neg")  # fmt: skip
    partly = nn.constraints.MinMaxNorm(0.3, 0.6, 0.5)
    layers = [nn.Input((T, F)), lstm, nn.layers.Dense(2, kernel_constraint=partly)]
    model = model_of(nn, rng, layers, optimizer=nn.optimizers.SGD(0.2))
    return trained(model, numbers(rng, N, T, F), numbers(rng, N, 2))


@case
def frozen(nn, rng):
    """A layer that is not trainable stays as it is."""
    lstm = nn.layers.LSTM(3, trainable=False)
    layers = [nn.Input((T, F)), lstm, nn.layers.Dense(1)]
    model = model_of(nn, rng, layers, optimizer="adam")
    return trained(model, numbers(rng, N, T, F), numbers(rng, N, 1))


@case
def batch_by_batch(nn, rng):
    """train_on_batch and test_on_batch return the numbers of that batch alone."""
    model = model_of(nn, rng, [nn.Input((T, F)), nn.layers.LSTM(2), nn.layers.Dense(1)])
    losses = []
    for _ in range(3):
        x, y = numbers(rng, 3, T, F), numbers(rng, 3, 1)
        losses += [model.train_on_batch(x, y), model.test_on_batch(x, y)]
    return {"loss of a batch: train, test": losses}
