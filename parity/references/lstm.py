"""The LSTM layer forward: outputs and states over time steps, and the options that change them."""

from .cases import F, T, built, case, listed, numbers

N, H = 3, 4


def lstm(nn, rng, samples=N, **options):
    return built(nn.layers.LSTM(H, **options), (samples, T, F), rng)


@case
def sequences_and_states(nn, rng):
    layer = lstm(nn, rng, return_sequences=True, return_state=True)
    return listed("lstm output: sequences, h, c", layer(numbers(rng, N, T, F)))


@case
def last_output(nn, rng):
    return {"lstm output: last": lstm(nn, rng)(numbers(rng, N, T, F))}


@case
def go_backwards(nn, rng):
    layer = lstm(nn, rng, go_backwards=True, return_sequences=True, return_state=True)
    return listed("lstm output: sequences, h, c", layer(numbers(rng, N, T, F)))


@case
def without_bias(nn, rng):
    layer = lstm(nn, rng, use_bias=False, return_sequences=True)
    return {"lstm output: sequences": layer(numbers(rng, N, T, F))}


@case
def other_activations(nn, rng):
    options = {"activation": "softsign", "recurrent_activation": "hard_sigmoid"}
    layer = lstm(nn, rng, return_sequences=True, return_state=True, **options)
    return listed("lstm output: sequences, h, c", layer(numbers(rng, N, T, F)))


@case
def large_inputs(nn, rng):
    """Gates that are wide open or shut."""
    layer = lstm(nn, rng, return_sequences=True)
    return {"lstm output: sequences": layer(20 * numbers(rng, N, T, F))}


@case
def initial_state(nn, rng):
    layer = lstm(nn, rng, return_sequences=True, return_state=True)
    state = [numbers(rng, N, H), numbers(rng, N, H)]
    answers = layer(numbers(rng, N, T, F), initial_state=state)
    return listed("lstm output: sequences, h, c", answers)


@case
def weights_as_made(nn, rng):
    """The biases that a new layer has: those of the forget gate 1, if so wished."""
    answers = {}
    for wished in (True, False):
        layer = nn.layers.LSTM(H, unit_forget_bias=wished)
        layer.build((N, T, F))
        answers[f"exact: bias, unit_forget_bias={wished}"] = layer.get_weights()[2]
    layer = nn.layers.LSTM(H, bias_initializer=nn.initializers.Constant(0.3))
    layer.build((N, T, F))
    return answers | {"exact: bias of another initializer": layer.get_weights()[2]}
