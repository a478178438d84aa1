"""`.keras` and `.weights.h5` files in both directions: written by Keras and read here, and back."""

import json
import zipfile

import keras
import numpy as np
import pytest

import npslstm
from parity.differences import agree
from parity.twins import model_twins

# Keras's own, when it writes a file with NumPy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

T, F, B = 5, 3, 4


def stack(nn):
    layers = nn.layers
    return [
        layers.Masking(), layers.LSTM(4, return_sequences=True, kernel_regularizer="l2"),
        layers.Bidirectional(layers.LSTM(2, return_sequences=True), merge_mode="ave"),
        layers.TimeDistributed(layers.Dense(3, activation="relu", kernel_constraint="non_neg")),
        layers.BatchNormalization(momentum=0.9), layers.LSTM(3, go_backwards=True, use_bias=False),
        layers.Dropout(0.1), layers.RepeatVector(2), layers.LSTM(2, return_sequences=True,
        recurrent_activation="hard_sigmoid", recurrent_dropout=0.1), layers.Flatten(),
        layers.Activation("tanh"), layers.Dense(6), layers.Dense(1, name="last"),
    ]  # fmt: skip


def every_layer(nn):
    return nn.Sequential([nn.Input((T, F)), *stack(nn)], name="all")


def stateful(nn):
    layers = [nn.layers.LSTM(4, return_sequences=True, stateful=True),
              nn.layers.LSTM(3, stateful=True, name="second"), nn.layers.Dense(1)]  # fmt: skip
    return nn.Sequential([nn.Input(batch_shape=(B, T, F)), *layers])


def without_input(nn):
    model = nn.Sequential([nn.layers.LSTM(4), nn.layers.Dense(1)])
    model.build((None, T, F))
    return model


MODELS = pytest.mark.parametrize("make", [every_layer, stateful, without_input])


def data(rng):
    x = rng.normal(0, 1, (2 * B, T, F)).astype("float32")
    return x, rng.normal(0, 1, (2 * B, 1)).astype("float32")


def predicts_alike(ours, theirs, x):
    mine = ours.predict(x, batch_size=B, verbose=0)
    agree("prediction", mine, theirs.predict(x, batch_size=B, verbose=0))


def read_back(rng, make, write, read, suffix, tmp_path):
    """Write with one engine, read with the other: the same weights and the same predictions."""
    models = dict(zip((npslstm, keras), model_twins(make, rng), strict=True))
    path = tmp_path / f"model{suffix}"
    if suffix == ".keras":
        models[write].save(path)
        models[read] = read.models.load_model(path)
    else:
        models[write].save_weights(path)
        models[read].set_weights([0 * w for w in models[read].get_weights()])
        models[read].load_weights(path)
    pairs = zip(models[npslstm].get_weights(), models[keras].get_weights(), strict=True)
    for mine, keras_ in pairs:
        np.testing.assert_array_equal(mine, keras_)
    predicts_alike(models[npslstm], models[keras], data(rng)[0])
    return models[npslstm], models[keras]


@MODELS
@pytest.mark.parametrize("suffix", [".keras", ".weights.h5"])
def test_keras_writes_npslstm_reads(rng, make, suffix, tmp_path):
    read_back(rng, make, keras, npslstm, suffix, tmp_path)


@MODELS
@pytest.mark.parametrize("suffix", [".keras", ".weights.h5"])
def test_npslstm_writes_keras_reads(rng, make, suffix, tmp_path):
    read_back(rng, make, npslstm, keras, suffix, tmp_path)


def test_configurations_are_kerass(rng, tmp_path):
    """What load_model makes of a file describes itself as Keras's model does."""
    ours, theirs = read_back(rng, every_layer, keras, npslstm, ".keras", tmp_path)
    for mine, keras_ in zip(ours.layers, theirs.layers, strict=True):
        mine, keras_ = mine.get_config(), keras_.get_config()
        assert mine["name"] == keras_["name"]
        for key in ("units", "rate", "n", "mask_value", "momentum", "go_backwards", "use_bias"):
            assert mine.get(key) == keras_.get(key)


COMPILED = {
    "names": lambda nn: {"optimizer": "adam", "loss": "mse", "metrics": ["mae"]},
    "objects": lambda nn: {
        "optimizer": nn.optimizers.SGD(0.05, momentum=0.9, nesterov=True),
        "loss": nn.losses.MeanAbsoluteError(), "metrics": [nn.metrics.MeanSquaredError(name="m")],
        "weighted_metrics": ["mae"],
    },
    "a function": lambda nn: {
        "optimizer": nn.optimizers.RMSprop(0.01, momentum=0.2, centered=True, clipvalue=0.5),
        "loss": nn.losses.mean_squared_error,
    },
}  # fmt: skip


@pytest.mark.parametrize(("write", "read"), [(keras, npslstm), (npslstm, keras)],
                         ids=["from Keras", "to Keras"])  # fmt: skip
@pytest.mark.parametrize("compiled", COMPILED)
def test_training_goes_on_in_the_other_engine(rng, compiled, write, read, tmp_path):
    """Optimizer, loss and metrics travel with the model: the next epochs are the same in both."""
    ours, theirs = model_twins(stateful, rng)
    models = {npslstm: ours, keras: theirs}
    x, y = data(rng)
    writer = models[write]
    writer.compile(**COMPILED[compiled](write))
    options = {"batch_size": B, "shuffle": False, "verbose": 0}
    writer.fit(x, y, epochs=2, **options)
    writer.save(tmp_path / "model.keras")
    reader = read.models.load_model(tmp_path / "model.keras")
    for layer in writer.layers[:2]:
        layer.reset_state() if write is npslstm else layer.reset_states()
    assert int(np.asarray(reader.optimizer.iterations)) == 4
    histories = [m.fit(x, y, epochs=2, **options).history for m in (writer, reader)]
    assert histories[0].keys() == histories[1].keys()
    for name in histories[0]:
        agree("history", histories[0][name], histories[1][name], name)
    agree("weights after training", writer.get_weights(), reader.get_weights())


# Settings that Keras writes in a form of its own: numbers, objects, lists, None.
OPTIONS = {
    "LSTM": lambda nn: [
        nn.layers.LSTM(
            3, activation="relu", recurrent_activation="hard_sigmoid", unit_forget_bias=False,
            kernel_initializer=nn.initializers.VarianceScaling(2, "fan_in", "uniform", seed=3),
            recurrent_initializer=nn.initializers.Orthogonal(0.5, seed=1),
            bias_initializer=nn.initializers.Constant(1), kernel_regularizer=nn.regularizers.L1L2(),
            recurrent_regularizer=nn.regularizers.L2(1), bias_regularizer="l1",
            activity_regularizer=nn.regularizers.L1(1),
            kernel_constraint=nn.constraints.MaxNorm(2),
            recurrent_constraint=nn.constraints.UnitNorm(1), bias_constraint="non_neg",
            dropout=0, recurrent_dropout=0.5, seed=7, return_sequences=True, unroll=True,
            zero_output_for_mask=True, trainable=False,
        ),
        nn.layers.LSTM(2, kernel_initializer=nn.initializers.RandomNormal(0, 1), dtype="float32"),
    ],
    "Dense": lambda nn: [
        nn.layers.Dense(4, "tanh", kernel_initializer=nn.initializers.TruncatedNormal(0, 1, 2),
                        bias_initializer=nn.initializers.RandomUniform(-1, 1)),
        nn.layers.TimeDistributed(nn.layers.Dense(2, kernel_initializer="identity",
            kernel_constraint=nn.constraints.MinMaxNorm(0, 1, rate=1, axis=0))),
        nn.layers.Flatten(), nn.layers.Dense(1, use_bias=False, kernel_initializer="he_normal"),
    ],
    "others": lambda nn: [
        nn.layers.Masking(mask_value=1), nn.layers.Dropout(0.5, seed=4),
        nn.layers.BatchNormalization(momentum=1, epsilon=1, center=False, gamma_initializer="ones"),
        nn.layers.Bidirectional(nn.layers.LSTM(2), merge_mode="sum",
                                backward_layer=nn.layers.LSTM(2, go_backwards=True)),
        nn.layers.Activation("softmax"), nn.layers.RepeatVector(3), nn.layers.Flatten(),
    ],
}  # fmt: skip
GIVEN = {
    "adam": lambda nn: (nn.optimizers.Adam(1e-4, amsgrad=True, weight_decay=0.1, clipnorm=1), "mae",
                        [nn.metrics.RootMeanSquaredError()]),
    "rmsprop": lambda nn: (nn.optimizers.RMSprop(1.0, momentum=1, centered=True, clipvalue=1),
                           nn.losses.MeanSquaredError(reduction="sum"), ["mse", "mae"]),
    "sgd": lambda nn: (nn.optimizers.SGD(0.5, nesterov=True, momentum=0.9, global_clipnorm=2),
                       nn.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0),
                       [nn.metrics.BinaryAccuracy(threshold=0.4)]),
}  # fmt: skip


@pytest.mark.parametrize("given", GIVEN)
@pytest.mark.parametrize("options", OPTIONS)
def test_whatever_keras_writes_passes_the_checks(options, given, tmp_path):
    """Every setting in Keras's own spelling, with the memory of an optimizer that took a step."""
    theirs = keras.Sequential([keras.Input((T, F)), *OPTIONS[options](keras)])
    optimizer, loss, metrics = GIVEN[given](keras)
    theirs.compile(optimizer, loss, metrics=metrics)
    x = np.ones((B, T, F), "float32")
    optimizer.build(theirs.trainable_variables)
    theirs.save(tmp_path / "model.keras")
    theirs.save_weights(tmp_path / "a.weights.h5")
    ours = npslstm.models.load_model(tmp_path / "model.keras")
    assert [type(layer).__name__ for layer in ours.layers] == [
        type(layer).__name__ for layer in theirs.layers
    ]
    ours.load_weights(tmp_path / "a.weights.h5")
    for mine, keras_ in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, keras_)
    assert len(ours.optimizer.variables) == len(optimizer.variables)
    predicts_alike(ours, theirs, x)


def test_a_minimal_file_of_another_hand_is_read(rng, tmp_path):
    """Keras tolerates files with little in them; so does npslstm."""
    read_back(rng, without_input, keras, npslstm, ".keras", tmp_path)
    with zipfile.ZipFile(tmp_path / "model.keras") as file:
        weights = file.read("model.weights.h5")
    layers = [
        {"module": "keras.layers", "class_name": "InputLayer",
         "config": {"batch_shape": [None, T, F]}},
        {"module": "keras.layers", "class_name": "LSTM", "config": {"units": 4, "name": "a"}},
        {"module": "keras.layers", "class_name": "Dense", "config": {"units": 1, "name": "b"}},
    ]  # fmt: skip
    config = {
        "module": "keras", "class_name": "Sequential", "config": {"name": "c", "layers": layers},
        "compile_config": {"optimizer": "adam", "loss": "mse", "metrics": ["mae"]},
    }  # fmt: skip
    with zipfile.ZipFile(tmp_path / "small.keras", "w") as file:
        file.writestr("config.json", json.dumps(config))
        file.writestr("model.weights.h5", weights)
    found = npslstm.models.load_model(tmp_path / "small.keras")
    assert found.loss == "mse"  # Keras wants the optimizer's memory besides, or compile=False
    theirs = keras.models.load_model(tmp_path / "small.keras", compile=False)
    predicts_alike(found, theirs, data(rng)[0])


@pytest.mark.parametrize(
    "attempt",
    [
        lambda nn, model: model.save("model.weights"),
        lambda nn, model: model.save_weights("model.h6"),
        lambda nn, model: nn.models.load_model("nothing.keras"),
        lambda nn, model: model.load_weights("nothing.weights.h5"),
        lambda nn, model: model.load_weights("other.weights.h5"),
    ],
    ids=["ending", "ending of weights", "no file", "no weights", "weights that do not fit"],
)  # fmt: skip
def test_mistakes_raise_the_same(rng, attempt, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model = npslstm.Sequential([npslstm.Input((T, F)), npslstm.layers.LSTM(7)])
    model.save_weights("other.weights.h5")
    kinds = []
    for nn, made in zip((npslstm, keras), model_twins(without_input, rng), strict=True):
        with pytest.raises(Exception) as caught:
            attempt(nn, made)
        kinds.append(caught.type)
    assert kinds[0] is kinds[1] is not Exception
