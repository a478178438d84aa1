"""`import npslstm as keras`: the same names, with the same arguments, defaults and order.

The tables below hold all that differs on purpose.
"""

import inspect

import keras
import numpy as np
import pytest

import npslstm

ROOMS = [
    "activations", "backend", "callbacks", "constraints", "datasets", "initializers", "layers",
    "losses", "metrics", "models", "ops", "optimizers", "preprocessing", "regularizers", "utils",
]  # fmt: skip
METHODS = [
    "__init__", "add", "pop", "build", "compile", "fit", "evaluate", "predict", "train_on_batch",
    "test_on_batch", "predict_on_batch", "summary", "get_layer", "get_weights", "set_weights",
    "count_params", "get_config",
]  # fmt: skip

# What npslstm has and Keras has not.
EXTRA = {
    "constraints": {"maxnorm", "nonneg", "unitnorm"},  # Keras 2's spellings
    "activations": {"ActivationFunction"},  # what `get` returns
    "datasets": {"airline_passengers"},
    "losses": {"Custom"},
    "models.Model": {"inputs", "outputs", "trainable", "name"},  # *args there
    # Keras 2's, to write losses with:
    "backend": {*npslstm.backend.__all__} - {
        "backend", "clear_session", "epsilon", "floatx", "set_epsilon", "set_floatx",
    },
    "Sequential.fit": {"nb_epoch"},  # Keras 1
    # Arguments that Keras's layer and cell take among their **kwargs:
    "layers.LSTM": {"implementation", "zero_output_for_mask", "cell"},
}
# Arguments of every layer, which Keras takes among its **kwargs.
LAYER = {"name", "dtype", "trainable", "activity_regularizer"}

# Arguments of Keras that npslstm does not know: other kinds of numbers (ragged, sparse, quantized),
# several inputs, graphs, and weights' moving averages.
MISSING = {
    "Input": {"sparse", "ragged", "tensor", "optional"},
    "layers.Input": {"sparse", "ragged", "tensor", "optional"},
    "layers.InputLayer": {"sparse", "ragged", "input_tensor", "optional"} | LAYER,
    "layers.Dense": {"lora_rank", "lora_alpha", "quantization_config"},
    "layers.Embedding": {"lora_rank", "lora_alpha", "quantization_config", "weights"},
    "layers.Bidirectional": {"weights"},  # which Keras 3 puts aside and never looks at again
    "layers.BatchNormalization": {"renorm", "renorm_clipping", "renorm_momentum"},
    "metrics.SparseCategoricalCrossentropy": {"ignore_class"},
    "callbacks.ReduceLROnPlateau": {"baseline"},
    "ops.convert_to_tensor": {"sparse", "ragged"},
    "Sequential.add": {"rebuild"},
    "Sequential.pop": {"rebuild"},
}
OPTIMIZER = {
    "use_ema", "ema_momentum", "ema_overwrite_frequency", "loss_scale_factor",
    "gradient_accumulation_steps",
}  # fmt: skip

# `get`, `serialize` and the like take one thing, by position; the callback list is not for users.
BY_POSITION = {"deserialize", "serialize", "get", "clear_session", "CallbackList"}
BASES = {"Constraint", "Initializer", "Layer", "Loss", "Metric", "Optimizer", "Regularizer"}


def exported(room):
    """The names of a room that come from this package; modules and what it works with left out."""
    module = getattr(npslstm, room)
    if hasattr(module, "__all__"):
        return module.__all__
    found = {n: v for n, v in vars(module).items() if not n.startswith("_") and callable(v)}
    rooms = f"npslstm.{room}", "npslstm.seeding", "npslstm.training", "npslstm.naming"
    return [n for n, v in found.items() if (getattr(v, "__module__", None) or "").startswith(rooms)]


NAMES = [(room, name) for room in ROOMS for name in sorted(exported(room))]


def arguments(function):
    """Names and defaults in order; of a class that passes **options on, with those of its bases."""
    if not inspect.isclass(function):
        return own_arguments(function)[0]
    found, passes_on = {}, True
    for cls in function.__mro__:
        if passes_on and inspect.isfunction(vars(cls).get("__init__")):
            more, passes_on = own_arguments(cls.__init__)
            found |= {name: more[name] for name in more if name not in found}
    return found


def own_arguments(function):
    """Names and defaults, and whether there are any **options."""
    parameters = inspect.signature(function).parameters.values()
    several = [p for p in parameters if p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
    named = {p.name: p.default for p in parameters if p not in several and p.name != "self"}
    return named, any(p.kind is p.VAR_KEYWORD for p in several)


def compare(ours, theirs, extra=frozenset(), missing=frozenset(), by_keyword=frozenset()):
    """The arguments of ours: those of theirs in their order, but for `extra` and `missing` ones."""
    mine, keras_ = arguments(ours), arguments(theirs)
    assert set(mine) - set(keras_) - extra == set(), "arguments that Keras lacks"
    assert set(keras_) - set(mine) - missing == set(), "arguments that npslstm lacks"
    common = [n for n in keras_ if n in mine and n not in extra]
    for name in common:
        assert mine[name] == keras_[name], f"default of {name}"
    positional = [n for n in common if n not in by_keyword]
    assert [n for n in mine if n in positional] == positional, "order"


@pytest.mark.parametrize(("room", "name"), NAMES, ids=lambda part: part)
def test_name(room, name):
    if name in EXTRA.get(room, ()):
        assert not hasattr(getattr(keras, room), name)
        return
    ours, theirs = getattr(getattr(npslstm, room), name), getattr(getattr(keras, room), name)
    if inspect.ismodule(ours) or name in BY_POSITION | BASES:
        return
    if isinstance(ours, npslstm.activations.ActivationFunction):
        return  # functions of x alone
    what = f"{room}.{name}"
    extra, missing = EXTRA.get(what, set()), MISSING.get(what, set())
    if room == "layers":
        extra, missing = extra | LAYER, missing | {"autocast", "cell"}
    if room == "optimizers":
        missing = missing | OPTIMIZER
    if not inspect.isclass(ours) and own_arguments(ours)[1]:
        missing = set(arguments(theirs))  # a function that passes **options on
    compare(ours, theirs, extra, missing, set() if name.startswith("Input") else LAYER)


@pytest.mark.parametrize("method", METHODS)
def test_method(method):
    what = f"Sequential.{method}"
    ours, theirs = getattr(npslstm.Sequential, method), getattr(keras.Sequential, method)
    compare(ours, theirs, EXTRA.get(what, set()), MISSING.get(what, set()))


def test_input():
    compare(npslstm.Input, keras.Input, set(), MISSING["Input"])


# ---- descriptions and starting points ---------------------------------------------------------

LAYERS = {
    "LSTM": {"units": 4, "activation": "relu", "kernel_regularizer": "l2", "seed": 3},
    "LSTM plain": {"units": 4},
    "Dense": {"units": 3, "activation": "softmax", "kernel_constraint": "max_norm"},
    "Dropout": {"rate": 0.3, "seed": 1},
    "Activation": {"activation": "tanh"},
    "BatchNormalization": {"momentum": 0.9},
}


@pytest.mark.parametrize("name", LAYERS)
def test_layer_config(name):
    """The LSTM's in Keras's order; the others' keys, and all values."""
    kind, options = name.split()[0], LAYERS[name]
    ours, theirs = (getattr(nn.layers, kind)(name="a", **options) for nn in (npslstm, keras))
    mine, keras_ = ours.get_config(), theirs.get_config()
    if kind == "LSTM":
        assert list(mine) == list(keras_)
    later = {"renorm", "renorm_clipping", "renorm_momentum", "quantization_config"}
    unseeded = {k: without_seeds(v) for k, v in keras_.items() if k not in later}
    if kind == "Dense":
        assert mine.pop("activity_regularizer") is None  # Keras's Dense forgets it
    assert {k: without_seeds(v) for k, v in mine.items()} == unseeded
    assert type(ours).from_config(ours.get_config()).get_config() == ours.get_config()


def without_seeds(value):
    """A config without the seed of an initializer, which differs from object to object."""
    if not isinstance(value, dict):
        return value
    return {k: without_seeds(v) for k, v in value.items() if k not in ("seed", "registered_name")}


def test_names_of_layers_and_models():
    for nn in (npslstm, keras):
        nn.backend.clear_session()
        layers = [nn.layers.LSTM(2, return_sequences=True), nn.layers.LSTM(2),
                  nn.layers.BatchNormalization(), nn.layers.Dense(1)]  # fmt: skip
        model = nn.Sequential(layers)
        names = [model.name, *(layer.name for layer in model.layers)]
        assert names == ["sequential", "lstm", "lstm_1", "batch_normalization", "dense"]


@pytest.mark.parametrize(("features", "units"), [(3, 5), (8, 2)])
def test_initial_weights(features, units):
    """Within Keras's limits and as spread out; recurrent rows orthonormal; the forget gate at 1."""
    for nn in (npslstm, keras):
        layers = [nn.layers.LSTM(units) for _ in range(40)]
        for layer in layers:
            layer.build((None, 4, features))
        kernels, recurrent, biases = (np.stack(w) for w in zip(*(l.get_weights() for l in layers),
                                                               strict=True))  # fmt: skip
        limit = np.sqrt(6 / (features + 4 * units))
        assert np.abs(kernels).max() <= limit * (1 + 1e-6)
        assert np.abs(kernels).max() > 0.98 * limit
        assert kernels.std() == pytest.approx(limit / np.sqrt(3), rel=0.06)
        for U in recurrent:
            np.testing.assert_allclose(U @ U.T, np.eye(units), atol=1e-5)
        expected = np.repeat([0.0, 1.0, 0.0, 0.0], units)
        np.testing.assert_array_equal(biases, np.tile(expected, (40, 1)))


def test_unit_forget_bias_keeps_the_other_gates_initializer():
    found = []
    for nn in (npslstm, keras):
        layer = nn.layers.LSTM(2, bias_initializer=nn.initializers.Constant(0.03))
        layer.build((None, 4, 3))
        found.append(layer.get_weights()[2])
    np.testing.assert_array_equal(*found)


def test_shapes_and_counts():
    found = []
    for nn in (npslstm, keras):
        layers = [nn.Input((4, 3)), nn.layers.LSTM(5, return_sequences=True),
                  nn.layers.BatchNormalization(), nn.layers.LSTM(2)]  # fmt: skip
        model = nn.Sequential([*layers, nn.layers.Dense(3)])
        found.append([
            model.count_params(), model.input_shape, model.output_shape,
            [layer.count_params() for layer in model.layers],
            [w.shape for w in model.get_weights()],
            [v.name for v in model.weights], [v.name for v in model.trainable_weights],
            [v.name for v in model.non_trainable_weights],
        ])  # fmt: skip
    assert found[0] == found[1]
