"""Optimizers: weights after several steps, with every option and kind of clipping."""

from .cases import F, case, flat, model_of, numbers

STEPS, T = 5, 2
# An epsilon, momentum or limit that is large enough to be seen in float32 wherever it goes.
OPTIMIZERS = {
    "plain": ("SGD", {"learning_rate": 0.1}),
    "momentum": ("SGD", {"learning_rate": 0.1, "momentum": 0.8}),
    "nesterov": ("SGD", {"learning_rate": 0.1, "momentum": 0.8, "nesterov": True}),
    "rmsprop": ("RMSprop", {"learning_rate": 0.02, "rho": 0.7}),
    "rmsprop, epsilon": ("RMSprop", {"learning_rate": 0.02, "epsilon": 0.01}),
    "rmsprop, momentum": ("RMSprop", {"learning_rate": 0.02, "momentum": 0.5}),
    "rmsprop, centered": ("RMSprop", {"learning_rate": 0.02, "centered": True, "epsilon": 0.01}),
    "adam": ("Adam", {"learning_rate": 0.02}),
    "adam, epsilon": ("Adam", {"learning_rate": 0.02, "epsilon": 0.01}),
    "adam, betas": ("Adam", {"learning_rate": 0.02, "beta_1": 0.6, "beta_2": 0.8}),
    "amsgrad": ("Adam", {"learning_rate": 0.02, "beta_2": 0.5, "amsgrad": True}),
    "weight_decay": ("Adam", {"learning_rate": 0.02, "weight_decay": 0.2}),
    "clipnorm": ("SGD", {"learning_rate": 0.5, "clipnorm": 0.2}),
    "clipvalue": ("SGD", {"learning_rate": 0.5, "clipvalue": 0.1}),
    "global_clipnorm": ("SGD", {"learning_rate": 0.5, "global_clipnorm": 0.3}),
    "clipnorm, adam": ("Adam", {"learning_rate": 0.02, "clipnorm": 0.1, "epsilon": 0.01}),
}


def several_steps(nn, rng, optimizer):
    layers = [nn.Input((T, F)), nn.layers.LSTM(2), nn.layers.Dense(1)]
    model = model_of(nn, rng, layers, optimizer=optimizer)
    for _ in range(STEPS):
        model.train_on_batch(numbers(rng, 3, T, F), 2 * numbers(rng, 3, 1))
    return flat(model.get_weights())


@case
def options(nn, rng):
    answers = {}
    for name, (kind, settings) in OPTIMIZERS.items():
        optimizer = getattr(nn.optimizers, kind)(**settings)
        answers[f"weights after ten steps: {name}"] = several_steps(nn, rng, optimizer)
    return answers


@case
def by_name(nn, rng):
    """With their defaults."""
    names = ("sgd", "rmsprop", "adam")
    return {f"weights after ten steps: {name}": several_steps(nn, rng, name) for name in names}


@case
def another_learning_rate(nn, rng):
    """Set between two steps."""
    model = model_of(nn, rng, [nn.Input((F,)), nn.layers.Dense(1)], optimizer="adam")
    for rate in (0.02, 0.005, 0.03):
        model.optimizer.learning_rate = rate
        model.train_on_batch(numbers(rng, 3, F), numbers(rng, 3, 1))
    return {"weights after ten steps: all": flat(model.get_weights())}
