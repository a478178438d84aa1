"""Models that are graphs: states that go on, shared layers, residuals, models within models."""

import numpy as np

from .cases import RATE, F, T, case, compiled, descent, flat, graph_of, numbers

N, H, U = 8, 3, 4  # two batches; units; steps of a second sequence
ORDERED = {"batch_size": 4, "epochs": 2, "shuffle": False, "verbose": 0}


def answers(nn, rng, inputs, outputs, x, y, given=None, **options):
    """What a graph predicts, the gradient of its loss, and the history of two epochs.

    given: arguments of `fit` besides; options: of `compile`.
    """
    steep = {"optimizer": nn.optimizers.SGD(RATE)}
    model = graph_of(nn, rng, inputs, outputs, **options | steep)
    before = model.get_weights()
    found = {"graph output: all": flat(model.predict(x, verbose=0))}
    found |= {"graph gradient: all": flat(descent(model, x, y, **given or {}))}
    model.set_weights(before)
    compiled(model, **options | {"optimizer": nn.optimizers.SGD(0.05, momentum=0.5)})
    history = model.fit(x, y, **ORDERED, **given or {}).history
    return found | {f"history: {name}": values for name, values in history.items()}


def padded(rng, *shape):
    """Sequences of which some steps are zeros, for a Masking layer to find."""
    x = numbers(rng, *shape)
    x[rng.uniform(size=shape[:2]) < 0.3] = 0
    return x


# ---- states -------------------------------------------------------------------------------------


@case
def encoder_and_decoder(nn, rng):
    """All that the decoder knows of the source are the encoder's states."""
    L, source, target = nn.layers, nn.Input((T, F)), nn.Input((U, 2))
    _, *state = L.LSTM(H, return_state=True)(source)
    words = L.LSTM(H, return_sequences=True)(target, initial_state=state)
    x, y = [numbers(rng, N, T, F), numbers(rng, N, U, 2)], np.eye(2)[rng.integers(0, 2, (N, U))]
    outputs = L.Dense(2, activation="softmax")(words)
    options = {"loss": "categorical_crossentropy", "metrics": ["accuracy"]}
    return answers(nn, rng, [source, target], outputs, x, y.astype("float32"), **options)


@case
def states_and_sequences(nn, rng):
    """Errors come from the outputs and from both states; other layers make those to begin with."""
    L, x, facts = nn.layers, nn.Input((T, F)), nn.Input((2,))
    begin = [L.Dense(H)(facts), L.Dense(H, activation="tanh")(facts)]
    lower = L.LSTM(H, return_sequences=True, return_state=True)
    seen, h, c = lower(x, initial_state=begin)
    upper = L.LSTM(H, return_state=True, go_backwards=True)(seen, initial_state=[c, h])
    data = [numbers(rng, N, T, F), numbers(rng, N, 2)]
    outputs = L.Concatenate()([L.LSTM(2)(seen), *upper])
    return answers(nn, rng, [x, facts], outputs, data, numbers(rng, N, 3 * H + 2))


@case
def mask_beside_a_state(nn, rng):
    """A layer that is given a state uses masked steps; those behind it pass them over."""
    L, x, facts = nn.layers, nn.Input((T, F)), nn.Input((H,))
    seen = L.LSTM(H, return_sequences=True)(L.Masking()(x), initial_state=[facts, facts])
    outputs = L.LSTM(2, return_sequences=True)(seen)
    data = [padded(rng, N, T, F), numbers(rng, N, H)]
    return answers(nn, rng, [x, facts], outputs, data, numbers(rng, N, T, 2))


@case
def attention_to_masked_steps(nn, rng):
    """Where all steps are masked they weigh the same, however well their keys fit."""
    L, x, facts = nn.layers, nn.Input((T, F)), nn.Input((H,))
    seen = L.LSTM(H, return_sequences=True)(L.Masking()(x), initial_state=[facts, facts])
    outputs = L.Attention()([L.Reshape((1, H))(facts), seen])
    data = [padded(rng, N, T, F), numbers(rng, N, H)]
    data[0][::3] = 0
    return answers(nn, rng, [x, facts], outputs, data, numbers(rng, N, 1, H))


@case
def bidirectional(nn, rng):
    """Four states, from both directions of one layer to those of another."""
    L, x, more = nn.layers, nn.Input((T, F)), nn.Input((U, F))
    both = L.Bidirectional(L.LSTM(2, return_sequences=True, return_state=True))
    seen, *states = both(L.Masking()(x))
    after = L.Bidirectional(L.LSTM(2, return_state=True), merge_mode="sum")
    y, *ends = after(more, initial_state=states)
    outputs = L.Concatenate()([L.LSTM(2)(seen), y, *ends[1:3]])
    data = [padded(rng, N, T, F), numbers(rng, N, U, F)]
    return answers(nn, rng, [x, more], outputs, data, numbers(rng, N, 8))


@case
def penalties_of_what_nobody_reads(nn, rng):
    """Of a state, and of an output without a loss: their errors begin anew in every step."""
    L, l2, x = nn.layers, nn.regularizers.L2(0.1), nn.Input((T, F))
    y, _, c = L.LSTM(H, return_state=True, activity_regularizer=l2)(x)
    outputs = [L.Dense(2)(y), L.Dense(2, activity_regularizer=l2)(c)]
    return answers(nn, rng, x, outputs, numbers(rng, N, T, F), [numbers(rng, N, 2), None],
                   loss=["mse", None])  # fmt: skip


# ---- shared layers ------------------------------------------------------------------------------


@case
def siamese(nn, rng):
    """One LSTM for both sides, penalised once."""
    L, sides = nn.layers, [nn.Input((T, F)) for _ in "ab"]
    l1, l2 = nn.regularizers.L1(0.02), nn.regularizers.L2(0.05)
    shared = L.LSTM(H, kernel_regularizer=l2, recurrent_regularizer=l1, bias_regularizer=l2)
    apart = L.Subtract()([shared(side) for side in sides])
    same = L.Dense(1, activation="sigmoid")(L.Multiply()([apart, apart]))
    x, y = [numbers(rng, N, T, F) for _ in sides], rng.integers(0, 2, (N, 1)).astype("float32")
    options = {"loss": "binary_crossentropy", "metrics": ["accuracy"]}
    return answers(nn, rng, sides, same, x, y, **options)


@case
def on_its_own_output(nn, rng):
    """Three times in a row, and beside that."""
    L, x = nn.layers, nn.Input((T, F))
    again, beside = L.LSTM(F, return_sequences=True), L.Dense(F)
    y = again(beside(again(again(x))))
    outputs = L.LSTM(2)(L.Add()([y, beside(x)]))
    return answers(nn, rng, x, outputs, numbers(rng, N, T, F), numbers(rng, N, 2))


@case
def shared_normalisation(nn, rng):
    """The moving statistics know in which order a layer was called."""
    L, sides = nn.layers, [nn.Input((F,)) for _ in "abc"]
    normal = L.BatchNormalization(momentum=0.5)
    a, b, c = (normal(side) for side in sides)
    outputs = L.Dense(2)(L.Concatenate()([c, a, normal(L.Dense(F)(b))]))
    x = [(k + 1) * numbers(rng, N, F) + k for k in range(3)]
    found = answers(nn, rng, sides, outputs, x, numbers(rng, N, 2))
    return found | {"weights after training: all": np.stack(normal.get_weights())}


# ---- within each other --------------------------------------------------------------------------


@case
def residual(nn, rng):
    L, x = nn.layers, nn.Input((T, F))
    y = L.Dense(H)(L.Masking()(x))
    for _ in range(2):
        y = L.LayerNormalization()(L.Add()([y, L.LSTM(H, return_sequences=True)(y)]))
    outputs = L.Dense(2)(L.LSTM(2)(y))
    return answers(nn, rng, x, outputs, padded(rng, N, T, F), numbers(rng, N, 2))


@case
def model_twice(nn, rng):
    """A model of two outputs in a model, on what it has made itself; and a layer of it outside."""
    L, inner, x = nn.layers, nn.Input((T, F)), nn.Input((T, F))
    lstm = L.LSTM(F, return_sequences=True, kernel_regularizer="l2")
    seen = lstm(inner)
    within = nn.Model(inner, [L.Dense(F, activation="tanh")(seen), L.LSTM(2)(seen)])
    steps, first = within(x)
    steps, second = within(steps)
    outputs = [L.Concatenate(name="both")([first, second]), L.LSTM(2, name="last")(lstm(steps))]
    y = [numbers(rng, N, 4), numbers(rng, N, 2)]
    return answers(nn, rng, x, outputs, numbers(rng, N, T, F), y)


# ---- order --------------------------------------------------------------------------------------


def predicted(nn, rng, inputs, outputs):
    """By a model whose weights are of few shapes, so that they fit everywhere."""
    model = graph_of(nn, rng, inputs, outputs)
    x = [padded(rng, 2, *one.shape[1:]) for one in model.inputs]
    return {"graph output: all": flat(model.predict(x, verbose=0))}


@case
def order_of_weights(nn, rng):
    """Branches of different lengths, and layers that are called at different depths."""
    L, a, b = nn.layers, nn.Input((T, F)), nn.Input((T, F))
    x, y, z = (L.Dense(F, name=f"early_{k}") for k in range(3))
    long = L.Dense(F)(x(L.Dense(F)(y(a))))
    short = y(L.Dense(F)(b))
    middle = z(L.Dense(F)(x(b)))
    outputs = [L.Dense(F)(one) for one in (short, long, middle)]
    return predicted(nn, rng, [b, a], [outputs[1], outputs[0], L.Dense(F)(outputs[2])])


@case
def order_of_masks(nn, rng):
    """Masks have a place in Keras's graph, and so move the layers that are given them."""
    L, a, b = nn.layers, nn.Input((T, F)), nn.Input((T, F))
    masked = L.LSTM(F)(L.Masking()(L.Dense(F)(a)))
    plain = L.LSTM(F)(L.Dense(F)(L.Dense(F)(b)))
    both = L.Concatenate()([L.Masking()(a), L.Dense(F)(b)])
    return predicted(nn, rng, [a, b], [L.Concatenate()([plain, masked]), L.LSTM(F)(both)])
