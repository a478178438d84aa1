"""Masks: steps that are passed over by LSTMs, normalisation, losses and metrics."""

import numpy as np

from .cases import F, T, built, case, gradients_of, listed, model_of, numbers

H = 4
# padding before, in the middle and after, two steps in a row, all steps used, none used
MASK = np.array([[0, 0, 1, 1, 1], [1, 0, 1, 0, 1], [1, 1, 0, 0, 0], [1] * T, [0] * T], bool)
N = len(MASK)


def padded(rng, value=0.0):
    """Sequences whose masked steps hold `value`; some features of used steps hold it, too."""
    x = numbers(rng, N, T, F)
    x[:, 2, 0] = value
    x[~MASK] = value
    return x


@case
def lstm_by_mask(nn, rng):
    answers = {}
    for name in ("return_sequences", "zero_output_for_mask", "go_backwards"):
        options = {"return_sequences": True, "return_state": True} | {name: True}
        layer = built(nn.layers.LSTM(H, **options), (N, T, F), rng)
        found = layer(numbers(rng, N, T, F), mask=MASK)
        answers |= listed(f"lstm output: {name}, sequences, h, c", found)
    return answers


@case
def masked_from_a_state(nn, rng):
    """Masked steps before the first used one keep the given state and show 0."""
    layer = nn.layers.LSTM(H, return_sequences=True, return_state=True)
    built(layer, (N, T, F), rng)
    state = [numbers(rng, N, H), numbers(rng, N, H)]
    answers = layer(numbers(rng, N, T, F), mask=MASK, initial_state=state)
    return listed("lstm output: sequences, h, c", answers)


@case
def masking_layer(nn, rng):
    model = model_of(nn, rng, [nn.Input((T, F)), nn.layers.Masking(7.0)])
    return {"exact: masked input": model.predict(padded(rng, 7.0), verbose=0)}


@case
def last_output(nn, rng):
    layers = [nn.Input((T, F)), nn.layers.Masking(-1.0), nn.layers.LSTM(H), nn.layers.Dense(1)]
    model = model_of(nn, rng, layers)
    x, y = padded(rng, -1.0), numbers(rng, N, 1)
    answers = {"prediction: outputs": model.predict(x, verbose=0)}
    return answers | {"loss: mse": model.evaluate(x, y, verbose=0)}


def sequence_layers(nn, **options):
    """Layers that pass the mask on, up to the loss."""
    return [
        nn.Input((T, F)),
        nn.layers.Masking(),
        nn.layers.LSTM(H, return_sequences=True, **options),
        nn.layers.BatchNormalization(),
        nn.layers.LSTM(3, return_sequences=True),
        nn.layers.Dense(2),
    ]


@case
def loss_and_metrics_of_sequences(nn, rng):
    """Masked steps count neither in the loss nor in metrics, with weights and without."""
    options = {"metrics": ["mae"], "weighted_metrics": ["mse"]}
    model = model_of(nn, rng, sequence_layers(nn), **options)
    x, y, weights = padded(rng), numbers(rng, N, T, 2), rng.uniform(0, 3, (N, T))
    quiet = {"verbose": 0, "batch_size": 3}
    return {
        "loss: without weights": model.evaluate(x, y, **quiet),
        "loss: with weights": model.evaluate(x, y, sample_weight=weights, **quiet),
    }


@case
def gradients_of_sequences(nn, rng):
    x, y, weights = padded(rng), numbers(rng, N, T, 2), rng.uniform(0, 3, (N, T))
    found = gradients_of(nn, rng, sequence_layers(nn), x, y, sample_weight=weights)
    return listed("layer gradient: of weight", found)


@case
def gradients_of_options(nn, rng):
    answers = {}
    for name in ("zero_output_for_mask", "go_backwards"):
        found = gradients_of(
            nn, rng, sequence_layers(nn, **{name: True}), padded(rng), numbers(rng, N, T, 2)
        )
        answers |= listed(f"layer gradient: {name}, of weight", found)
    return answers


@case
def gradients_of_the_last_output(nn, rng):
    layers = [nn.Input((T, F)), nn.layers.Masking(), nn.layers.LSTM(H), nn.layers.Dense(1)]
    found = gradients_of(nn, rng, layers, padded(rng), numbers(rng, N, 1))
    return listed("layer gradient: of weight", found)


@case
def normalisation(nn, rng):
    """The moving statistics count used steps only."""
    layers = [nn.Input((T, F)), nn.layers.Masking(), nn.layers.BatchNormalization(momentum=0.6)]
    model = model_of(nn, rng, layers)
    x = padded(rng)
    model.train_on_batch(x, numbers(rng, N, T, F))
    answers = {"weights after training: all": np.stack(model.get_weights())}
    return answers | {"prediction: outputs": model.predict(x, verbose=0)}
