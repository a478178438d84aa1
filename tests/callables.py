"""The public callables, each with arguments that it takes, and what is done with what it returns.

`make` returns the callable, on a subject of its own each time; `use` works with the result, since
some mistakes in a constructor's arguments would show only then.
"""

import functools
import inspect
import pathlib
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import npslstm
from npslstm import (
    activations,
    callbacks,
    cells,
    config,
    constraints,
    forecasting,
    initializers,
    layers,
    losses,
    metrics,
    models,
    optimizers,
    preprocessing,
    regularizers,
    seeding,
    study,
    utils,
)
from npslstm.datasets import airline_passengers, mnist

X = np.linspace(-1, 1, 20, dtype="f4").reshape(2, 5, 2)
Y = np.array([[0.5], [1.0]], "f4")
LABELS = np.array([0, 1])
SERIES = np.arange(12.0)

LAYER = ("name", "dtype", "trainable", "activity_regularizer", "input_shape", "input_dim",
         "batch_input_shape", "batch_size", "nonsense")  # fmt: skip
OPTIMIZER = ("weight_decay", "clipnorm", "clipvalue", "global_clipnorm", "name", "lr", "nonsense")


class Later:
    """An argument that is made when it is wanted."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


@dataclass
class Case:
    make: Callable[[], Callable[..., Any]]
    good: dict[str, Any] = field(default_factory=dict)
    use: Callable[[Any], Any] = lambda result: None
    more: tuple[str, ...] = ()  # arguments that the signature does not list
    less: tuple[str, ...] = ()  # arguments that are left alone
    share: float = 1.0  # how often it is drawn, beside the others
    errors: tuple[type[Exception], ...] = (ValueError, TypeError)

    def good_arguments(self) -> dict[str, Any]:
        return {n: v.make() if isinstance(v, Later) else v for n, v in self.good.items()}

    def arguments(self) -> list[str]:
        parameters = inspect.signature(self.make()).parameters.values()
        named = [p.name for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
        return [name for name in dict.fromkeys([*named, *self.more]) if name not in self.less]


# ---- what is done with what constructors return --------------------------------------------------


def model(*between, stateful=False, optimizer="sgd", loss="mse", shape=(5, 2)):
    first = npslstm.Input(batch_shape=(2, *shape)) if stateful else npslstm.Input(shape)
    last = layers.Dense(1, name="dense")
    between = between or (layers.LSTM(3, stateful=stateful, name="lstm"),)
    made = npslstm.Sequential([first, *between, last])
    made.compile(optimizer, loss)
    return made


def trained(*between, x=X, y=Y, **options):
    made = model(*between, shape=x.shape[1:], **options)
    made.train_on_batch(x, y)
    made.get_config()


def use_layer(layer):
    """A layer of any kind in a small model: on sequences, or on vectors."""
    vectors = isinstance(layer, layers.RepeatVector)
    x = X[:, 0] if vectors else X
    y = layer(x)
    if not isinstance(y, tuple):
        layer.get_config()


def use_input(layer):
    npslstm.Sequential([layer, layers.Dense(1)])


def use_regularizer(regularizer):
    regularizer(np.ones((2, 3), "f4"))
    layers.LSTM(2, kernel_regularizer=regularizer)(X)


def use_metric(metric):
    metric(LABELS[:, None] if metric.sparse else Y, np.full((2, 2), 0.5) if metric.sparse else Y)
    metric.get_config()


def use_loss(loss):
    loss(LABELS[:, None] if loss.sparse else Y, np.full((2, 2), 0.5) if loss.sparse else Y)
    loss.get_config()


def use_callback(callback):
    """Train with it, unless it calls what would raise an error of its own, as len(0) does."""
    if any(function in (int, dict, len, type) for function in vars(callback).values()
           if callable(function)):  # fmt: skip
        return
    model().fit(X, Y, epochs=2, verbose=0, callbacks=callback)


# ---- files in the current folder, which is a temporary one ---------------------------------------


def saved():
    """The path of a model's file, written when it is first wanted."""
    path = pathlib.Path("saved.keras")
    if not path.exists():
        model().save(path)
    return str(path)


def idx_files():
    """The path of a folder with two images of digits, and their labels, in MNIST's format."""
    folder = pathlib.Path("digits")
    if not folder.exists():
        folder.mkdir()
        for part in ("train", "t10k"):
            (folder / f"{part}-images-idx3-ubyte").write_bytes(
                struct.pack(">BBBB3I", 0, 0, 8, 3, 2, 1, 1) + bytes(2)
            )
            (folder / f"{part}-labels-idx1-ubyte").write_bytes(
                struct.pack(">BBBB1I", 0, 0, 8, 1, 2) + bytes(2)
            )
    return str(folder)


# ---- the table -----------------------------------------------------------------------------------

FILE_ERRORS = (ValueError, TypeError, OSError)
CASES: dict[str, Case] = {}


def constructors(module, names, good, use, more=()):
    for name in names:
        kind = getattr(module, name)
        CASES[f"{module.__name__}.{name}"] = Case(lambda kind=kind: kind, good.get(name, {}), use,
                                                  more)  # fmt: skip


constructors(
    layers,
    ["LSTM", "Dense", "Activation", "BatchNormalization", "Bidirectional", "Dropout", "Flatten",
     "Masking", "RepeatVector", "TimeDistributed"],
    {"LSTM": {"units": 3}, "Dense": {"units": 3}, "Activation": {"activation": "relu"},
     "Bidirectional": {"layer": layers.LSTM(2)}, "Dropout": {"rate": 0.5},
     "RepeatVector": {"n": 2}, "TimeDistributed": {"layer": layers.Dense(2)}},
    use_layer, LAYER,
)  # fmt: skip
constructors(layers, ["Input", "InputLayer"], {"Input": {"shape": (5, 2)},
             "InputLayer": {"shape": (5, 2)}}, use_input)  # fmt: skip
constructors(
    optimizers, ["SGD", "RMSprop", "Adam"], {}, lambda one: trained(optimizer=one), OPTIMIZER
)
constructors(
    losses,
    ["MeanSquaredError", "MeanAbsoluteError", "BinaryCrossentropy", "CategoricalCrossentropy",
     "SparseCategoricalCrossentropy"],
    {}, use_loss,
)  # fmt: skip
constructors(
    metrics,
    ["MeanSquaredError", "MeanAbsoluteError", "RootMeanSquaredError", "BinaryCrossentropy",
     "CategoricalCrossentropy", "SparseCategoricalCrossentropy", "BinaryAccuracy",
     "CategoricalAccuracy", "SparseCategoricalAccuracy"],
    {}, use_metric,
)  # fmt: skip
constructors(
    initializers,
    ["Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "Identity",
     "LecunNormal", "LecunUniform", "Ones", "Orthogonal", "RandomNormal", "RandomUniform",
     "TruncatedNormal", "VarianceScaling", "Zeros"],
    {}, lambda one: (one((2, 3)), one.get_config()),
)  # fmt: skip
constructors(regularizers, ["L1", "L2", "L1L2"], {}, use_regularizer)
constructors(
    constraints, ["MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm"], {},
    lambda one: (one(np.ones((2, 3), "f4")), one.get_config()),
)  # fmt: skip
constructors(
    callbacks,
    ["CSVLogger", "CallbackList", "EarlyStopping", "LambdaCallback", "LearningRateScheduler",
     "ReduceLROnPlateau", "TerminateOnNaN"],
    {"CSVLogger": {"filename": "log.csv"}, "LearningRateScheduler": {"schedule": lambda n: 0.1},
     "EarlyStopping": {"monitor": "loss"}, "ReduceLROnPlateau": {"monitor": "loss"}},
    use_callback,
)  # fmt: skip
CASES["npslstm.callbacks.CSVLogger"].errors = FILE_ERRORS
for family in (activations, initializers, regularizers, constraints, losses, metrics, optimizers):
    CASES[f"{family.__name__}.get"] = Case(lambda family=family: family.get, {"identifier": None},
                                            less=("argument",))  # fmt: skip
for name in ("tanh", "softmax", "gelu"):
    CASES[f"activations.{name}"] = Case(lambda name=name: getattr(activations, name), {"x": X})
for name in ("Zeros", "Ones", "Constant", "Identity", "Orthogonal", "GlorotUniform",
             "RandomNormal", "TruncatedNormal", "RandomUniform"):  # fmt: skip
    CASES[f"calling {name}"] = Case(lambda name=name: getattr(initializers, name)(),
                                    {"shape": (2, 3)})  # fmt: skip
for name in ("MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm"):
    CASES[f"calling {name}"] = Case(lambda name=name: getattr(constraints, name)(), {"w": X})
CASES["cells.get"] = Case(lambda: cells.get, {"cell": "peephole"})
CASES["cells.register"] = Case(lambda: cells.register, {"cell": cells.PEEPHOLE})
CASES["calling L1L2"] = Case(lambda: regularizers.L1L2(0.1, 0.1), {"w": X})

PAIR = {"y_true": Y, "y_pred": Y}
SPARSE = {"y_true": LABELS, "y_pred": np.full((2, 3), 1 / 3)}
CASES |= {
    "losses.mean_squared_error": Case(lambda: losses.mean_squared_error, PAIR),
    "calling MeanSquaredError": Case(losses.MeanSquaredError, PAIR),
    "calling BinaryCrossentropy": Case(losses.BinaryCrossentropy, PAIR),
    "calling SparseCategoricalCrossentropy": Case(losses.SparseCategoricalCrossentropy, SPARSE),
    "calling a metric": Case(metrics.MeanAbsoluteError, PAIR),
    "calling an accuracy": Case(metrics.SparseCategoricalAccuracy, SPARSE),
    "update_state": Case(lambda: metrics.BinaryAccuracy().update_state, PAIR),
}


def lstm(**options):
    found = layers.LSTM(3, **options)
    found(X)
    return found


def dense():
    found = layers.Dense(3)
    found(X)
    return found


def compile_and_fit(optimizer="sgd", loss="mse", metrics=None, weighted_metrics=None):
    made = model()
    made.compile(optimizer, loss, metrics=metrics, weighted_metrics=weighted_metrics)
    made.fit(X, Y, verbose=0)


CASES |= {
    # models and layers
    "Sequential": Case(lambda: npslstm.Sequential),
    "add": Case(lambda: model().add, {"layer": layers.Dropout(0.5)}),
    "pop": Case(lambda: npslstm.Sequential([layers.Dense(2)]).pop),
    "build": Case(lambda: npslstm.Sequential([layers.LSTM(3)]).build,
                  {"input_shape": (None, 5, 2)}),
    "build a built one": Case(lambda: model().build, {"input_shape": (None, 5, 2)}),
    "get_layer": Case(lambda: model().get_layer),
    "model.set_weights": Case(lambda: model().set_weights),
    "model.set_states": Case(lambda: model(stateful=True).set_states),
    "summary": Case(lambda: model().summary, {"print_fn": len}, more=("expand_nested",
                    "show_trainable", "layer_range", "nonsense")),
    "calling a model": Case(lambda: model(), {"inputs": X}),
    "calling a stateful model": Case(lambda: model(stateful=True), {"inputs": X}),
    "calling a model without Input": Case(lambda: npslstm.Sequential([layers.LSTM(2)]),
                                          {"inputs": X}),
    "calling an LSTM": Case(lstm, {"inputs": X}),
    "calling a stateful LSTM": Case(lambda: lstm(stateful=True), {"inputs": X}),
    "calling a new LSTM": Case(lambda: layers.LSTM(2), {"inputs": X}),
    "calling a Dense": Case(dense, {"inputs": X}),
    "calling a Bidirectional": Case(lambda: layers.Bidirectional(layers.LSTM(2)), {"inputs": X}),
    "calling a TimeDistributed": Case(lambda: layers.TimeDistributed(layers.Dense(2)),
                                      {"inputs": X}),
    "calling a BatchNormalization": Case(layers.BatchNormalization, {"inputs": X}),
    "calling a Masking": Case(layers.Masking, {"inputs": X}),
    "calling a RepeatVector": Case(lambda: layers.RepeatVector(2), {"inputs": X[:, 0]}),
    "calling a Flatten": Case(layers.Flatten, {"inputs": X}),
    "layer.set_weights": Case(lambda: lstm().set_weights),
    "layer.set_states": Case(lambda: lstm(stateful=True).set_states),
    "layer.reset_states": Case(lambda: lstm(stateful=True).reset_states),
    "layer.build": Case(lambda: layers.LSTM(3).build, {"input_shape": (None, 5, 2)}),
    "variable.assign": Case(lambda: lstm().kernel.assign),
    "learning_rate": Case(lambda: lambda learning_rate: setattr(optimizers.SGD(), "learning_rate",
                                                                 learning_rate)),
    # training
    "compile": Case(lambda: model().compile),
    "compile and fit": Case(lambda: compile_and_fit),
    "fit": Case(lambda: model().fit, {"x": X, "y": Y, "verbose": 0}, less=("epochs", "nb_epoch")),
    "evaluate": Case(lambda: model().evaluate, {"x": X, "y": Y, "verbose": 0}, more=("nonsense",)),
    "predict": Case(lambda: model().predict, {"x": X, "verbose": 0}),
    "train_on_batch": Case(lambda: model().train_on_batch, {"x": X, "y": Y}),
    "test_on_batch": Case(lambda: model().test_on_batch, {"x": X, "y": Y}),
    "predict_on_batch": Case(lambda: model().predict_on_batch, {"x": X}),
    # files
    "save": Case(lambda: model().save, {"filepath": "written.keras"}, errors=FILE_ERRORS),
    "save_weights": Case(lambda: model().save_weights, {"filepath": "written.weights.h5"},
                         errors=FILE_ERRORS),
    "load_weights": Case(lambda: model().load_weights, {"filepath": Later(saved)},
                         errors=FILE_ERRORS),
    "load_model": Case(lambda: models.load_model, {"filepath": Later(saved)}, errors=FILE_ERRORS),
    "load_idx": Case(lambda: mnist.load_idx, {"folder": Later(idx_files)}, errors=FILE_ERRORS),
    "mnist.load_data": Case(lambda: mnist.load_data, {"folder": Later(idx_files)},
                            errors=FILE_ERRORS),
    "load_data": Case(lambda: airline_passengers.load_data),
    # helpers
    "to_categorical": Case(lambda: utils.to_categorical, {"x": LABELS},
                           errors=(ValueError, TypeError, IndexError)),
    "pad_sequences": Case(lambda: preprocessing.sequence.pad_sequences,
                          {"sequences": [[1, 2], [3]]}),
    "set_random_seed": Case(lambda: utils.set_random_seed),
    "SeedGenerator": Case(lambda: seeding.SeedGenerator, use=lambda one: one.generator.random()),
    "set_floatx": Case(lambda: config.set_floatx),
    "set_epsilon": Case(lambda: config.set_epsilon),
    "set_program_memory": Case(lambda: config.set_program_memory),
    "standardize_dtype": Case(lambda: config.standardize_dtype),
}  # fmt: skip

SCORED = {"actual": SERIES, "forecast": SERIES + 1}
CASES |= {
    "windows": Case(lambda: forecasting.windows, {"series": SERIES, "look_back": 3}),
    "align": Case(lambda: forecasting.align, {"forecast": SERIES, "start": 1, "length": 20}),
    "naive": Case(lambda: forecasting.naive, {"series": SERIES, "steps": 2}),
    "seasonal_naive": Case(lambda: forecasting.seasonal_naive,
                           {"series": SERIES, "season": 3, "steps": 2}),
    "naive_rmse": Case(lambda: forecasting.naive_rmse, {"series": SERIES, "start": 2}),
    "rmse": Case(lambda: forecasting.rmse, SCORED),
    "mae": Case(lambda: forecasting.mae, SCORED),
    "mase": Case(lambda: forecasting.mase, SCORED | {"history": SERIES}),
    "lag_of_best_correlation": Case(lambda: forecasting.lag_of_best_correlation,
                                    SCORED | {"max_lag": 2}),
    "recursive_forecast": Case(lambda: forecasting.recursive_forecast,
                               {"model": model(shape=(5, 1)), "history": SERIES, "steps": 2}),
    "direct_forecast": Case(lambda: forecasting.direct_forecast,
                            {"model": model(shape=(5, 1)), "history": SERIES}),
}  # fmt: skip


@functools.cache
def traced():
    """A trace that all cases share, made when it is first wanted."""
    return study.trace(model(), X)


TRACED = Later(traced)
SEEN = {"model": model(), "x": X}
CASES |= {
    "study.plot_gates": Case(lambda: study.plot_gates, {"trace": TRACED}, share=0.1),
    "study.plot_unit": Case(lambda: study.plot_unit, {"trace": TRACED, "unit": 1}, share=0.1),
    "study.plot_difference": Case(lambda: study.plot_difference, {"trace": TRACED}, share=0.1),
    "study.plot_weights": Case(lambda: study.plot_weights, {"source": TRACED}, share=0.1),
    "study.plot_states": Case(lambda: study.plot_states, {"trace": TRACED}, share=0.1),
    "study.plot_saturation": Case(lambda: study.plot_saturation, {"trace": TRACED}, share=0.1),
    "study.trace": Case(lambda: study.trace, SEEN),
    "study.explain": Case(lambda: study.explain,
                          {"trace": TRACED, "sample": 0, "step": 1, "unit": 1}),
    "study.reach": Case(lambda: study.reach, SEEN),
    "study.gradient_flow": Case(lambda: study.gradient_flow, SEEN | {"y": Y}),
    "study.ablate": Case(lambda: study.ablate, SEEN | {"y": Y}),
    "study.check_gradients": Case(lambda: study.check_gradients, SEEN | {"y": Y, "fast": True}),
    "study.verify": Case(lambda: study.verify, SEEN | {"show": False}),
    "study.saturation": Case(lambda: study.saturation, {"trace": TRACED}),
    "study.scale": Case(lambda: lambda factor: applied(forget=study.scale(factor))),
    "study.transplant": Case(lambda: lambda run, step=None: applied(c=study.transplant(run, step)),
                             {"run": TRACED}),
    "study.intervene": Case(lambda: applied, more=("forget", "c", "nonsense")),
    "study.GateRecorder": Case(lambda: study.GateRecorder, {"x": X}),
    "study.lstm_layer": Case(lambda: study.lstm_layer, {"model": model()}),
    "study.lstm_layers": Case(lambda: study.lstm_layers, {"model": model()}),
    "trace[...]": Case(lambda: lambda layer: traced()[layer]),
}  # fmt: skip


def applied(layer=None, units=None, steps=None, samples=None, **values):
    with study.intervene(model(), layer, units=units, steps=steps, samples=samples,
                         **(values or {"forget": 1.0})) as change:  # fmt: skip
        change.layer(X)
