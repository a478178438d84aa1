"""The layers beside the LSTM, forward."""

import numpy as np

from .cases import F, T, built, case, model_of, numbers

N = 4
ACTIVATIONS = (
    "elu exponential gelu hard_sigmoid hard_silu hard_tanh leaky_relu linear log_sigmoid "
    "log_softmax mish relu relu6 selu sigmoid silu softmax softplus softsign tanh"
).split()


@case
def activations(nn, rng):
    x = 3 * numbers(rng, 3, F)
    return {f"activation: {name}": nn.layers.Activation(name)(x) for name in ACTIVATIONS}


@case
def softmax_of_sequences(nn, rng):
    """Over the last axis, whatever the number of axes."""
    layer = built(nn.layers.Dense(4, activation="softmax"), (N, T, F), rng)
    return {"layer output: sequences": layer(numbers(rng, N, T, F))}


@case
def dense(nn, rng):
    answers = {}
    for use_bias in (True, False):
        layer = built(nn.layers.Dense(4, use_bias=use_bias, activation="tanh"), (N, F), rng)
        answers[f"layer output: use_bias={use_bias}"] = layer(numbers(rng, N, F))
    return answers


@case
def normalisation(nn, rng):
    """With the batch's statistics in training, else with the moving ones."""
    answers = {}
    for shape in ((N, F), (N, T, F)):
        layer = nn.layers.BatchNormalization(momentum=0.8, epsilon=0.1)
        built(layer, shape, rng)
        x = 2 * numbers(rng, *shape) + 1
        for training in (True, False):
            name = f"{len(shape)} axes, training={training}"
            answers[f"layer output: {name}"] = layer(x, training=training)
        answers[f"layer output: {len(shape)} axes, weights"] = np.stack(layer.get_weights())
    return answers


@case
def normalisation_without_scale(nn, rng):
    layer = built(nn.layers.BatchNormalization(center=False, scale=False), (N, F), rng)
    return {"layer output: outputs": layer(numbers(rng, N, F), training=True)}


@case
def flatten(nn, rng):
    return {"exact: outputs": nn.layers.Flatten()(numbers(rng, N, T, F))}


@case
def repeat_vector(nn, rng):
    return {"exact: outputs": nn.layers.RepeatVector(3)(numbers(rng, N, F))}


@case
def layer_normalization(nn, rng):
    """Every row by itself, whose deviation may be small beside the root of epsilon."""
    answers = {}
    for shape, epsilon in (((N, F), 1e-3), ((N, T, F), 0.1)):
        layer = built(nn.layers.LayerNormalization(epsilon=epsilon), shape, rng)
        x = 2 * numbers(rng, *shape) + 1
        x[0] *= 0.01
        answers[f"layer output: {len(shape)} axes"] = layer(x)
    return answers


@case
def permute(nn, rng):
    return {"exact: outputs": nn.layers.Permute((2, 1))(numbers(rng, N, T, F))}


@case
def reshape(nn, rng):
    """From sequences and back, and to others."""
    x = numbers(rng, N, T, F)
    flat = nn.layers.Reshape((T * F,))(x)
    back = nn.layers.Reshape((F, T))(flat)
    shapes = {"flat": flat, "back": back, "left": nn.layers.Reshape((F, -1))(x)}
    return {f"exact: {name}": found for name, found in shapes.items()}


@case
def time_distributed(nn, rng):
    dense = nn.layers.TimeDistributed(nn.layers.Dense(2, activation="softmax"))
    lstm = nn.layers.TimeDistributed(nn.layers.LSTM(2, return_sequences=True))
    answers = {}
    for name, layer, shape in (("dense", dense, (N, T, F)), ("lstm", lstm, (2, 3, T, F))):
        model = model_of(nn, rng, [nn.Input(shape[1:]), layer])
        answers[f"layer output: {name}"] = model.predict(numbers(rng, *shape), verbose=0)
    return answers


@case
def bidirectional(nn, rng):
    """Both directions, merged in every way; with masked steps in the second sequence."""
    answers, x = {}, numbers(rng, N, T, F)
    x[1, 1:3] = 0
    for mode in ("concat", "sum", "ave", "mul"):
        for sequences in (True, False):
            lstm = nn.layers.LSTM(3, return_sequences=sequences)
            layers = [nn.layers.Masking(), nn.layers.Bidirectional(lstm, merge_mode=mode)]
            model = model_of(nn, rng, [nn.Input((T, F)), *layers])
            key = f"layer output: {mode}, return_sequences={sequences}"
            answers[key] = model.predict(x, verbose=0)
    return answers


@case
def encoder_and_decoder(nn, rng):
    """Stacked LSTMs, one sequence into another."""
    layers = [
        nn.Input((T, F)),
        nn.layers.LSTM(4, return_sequences=True),
        nn.layers.LSTM(3),
        nn.layers.RepeatVector(2),
        nn.layers.LSTM(4, return_sequences=True, go_backwards=True),
        nn.layers.TimeDistributed(nn.layers.Dense(2)),
        nn.layers.Flatten(),
    ]
    model = model_of(nn, rng, layers)
    return {"prediction: outputs": model.predict(numbers(rng, N, T, F), batch_size=3, verbose=0)}
