"""Stateful LSTMs: what is carried from batch to batch, through every use of a model, and reset."""

from .cases import F, T, case, flat, listed, model_of, numbers

B = 2
BATCHES = {"batch_size": B, "verbose": 0}


def stateful(nn, rng, first=(), **options):
    layers = [
        nn.Input(batch_shape=(B, T, F)),
        *first,
        nn.layers.LSTM(4, stateful=True, return_sequences=True),
        nn.layers.LSTM(3, stateful=True),
        nn.layers.Dense(1),
    ]
    return model_of(nn, rng, layers, **options)


def states(model):
    """h and c of all stateful layers, as one vector."""
    return flat(s for layer in model.layers if getattr(layer, "stateful", False)
                for s in layer.states)  # fmt: skip


def reset(model):
    for layer in model.layers:
        if getattr(layer, "stateful", False):
            layer.reset_state()


@case
def predict_carries_on(nn, rng):
    model = stateful(nn, rng)
    x = numbers(rng, 3 * B, T, F)
    answers = {"prediction: from zero": model.predict(x, **BATCHES), "states: once": states(model)}
    answers |= {"prediction: again": model.predict(x, **BATCHES), "states: twice": states(model)}
    reset(model)
    answers |= {"exact: states after reset": states(model)}
    return answers | {"prediction: after reset": model.predict(x, **BATCHES)}


@case
def evaluate_carries_on(nn, rng):
    model = stateful(nn, rng)
    x, y = numbers(rng, 3 * B, T, F), numbers(rng, 3 * B, 1)
    answers = {}
    for time in ("once", "twice"):
        answers[f"loss: {time}"] = model.evaluate(x, y, **BATCHES)
        answers[f"states: {time}"] = states(model)
    return answers


@case
def fit_carries_on(nn, rng):
    """Also from epoch to epoch, and through the validation in between; no error goes back."""
    model = stateful(nn, rng, optimizer=nn.optimizers.SGD(0.1))
    x, y = numbers(rng, 4 * B, T, F), numbers(rng, 4 * B, 1)
    options = {"epochs": 3, "shuffle": False, "validation_split": 0.25}
    history = model.fit(x, y, **BATCHES, **options).history
    answers = {f"history: {name}": values for name, values in history.items()}
    answers |= {"states: after": states(model)}
    return answers | listed("weights after training: weight", model.get_weights())


@case
def epochs_with_resets(nn, rng):
    """The tutorials' loop: one epoch at a time, the states reset after each."""
    model = stateful(nn, rng, optimizer="adam")
    x, y = numbers(rng, 3 * B, T, F), numbers(rng, 3 * B, 1)
    losses = []
    for _ in range(3):
        losses += model.fit(x, y, epochs=1, shuffle=False, **BATCHES).history["loss"]
        reset(model)
    weights = flat(model.get_weights())
    return {"history: loss": losses, "weights after training: all": weights}


@case
def set_weights_keeps_the_states(nn, rng):
    model = stateful(nn, rng)
    x = numbers(rng, B, T, F)
    model.predict(x, **BATCHES)
    model.set_weights([0.9 * w for w in model.get_weights()])
    model.compile(optimizer="sgd", loss="mse", run_eagerly=True)
    return {"prediction: after": model.predict(x, **BATCHES), "states: after": states(model)}


@case
def masked_steps(nn, rng):
    """Leading masked steps of a second batch: the states pass through them, the outputs are 0."""
    layers = [
        nn.Input(batch_shape=(B, T, F)),
        nn.layers.Masking(),
        nn.layers.LSTM(4, stateful=True, return_sequences=True),
    ]
    model = model_of(nn, rng, layers)
    x = numbers(rng, 2 * B, T, F)
    x[B:, :3] = 0
    x[0, 1] = 0
    return {"prediction: outputs": model.predict(x, **BATCHES), "states: after": states(model)}
