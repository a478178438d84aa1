"""Losses: values, and gradients with respect to the outputs."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import npslstm
from npslstm import targets
from npslstm.arrays import to_batch_major, to_time_major
from npslstm.program import Program, rows
from parity.differences import agree

N, T, K = 5, 4, 3
SHAPES = pytest.mark.parametrize("shape", [(N, 1), (N, K), (N, T, K)], ids=str)
CLASSES = pytest.mark.parametrize("shape", [(N, K), (N, T, K)], ids=str)
WEIGHTED = pytest.mark.parametrize("weighted", [False, True], ids=["", "sample_weight"])


def gradient(loss, y_true, y_pred, sample_weight=None):
    """dL/d(y_pred) by npslstm."""
    program = Program(loss.dtype, learns=True)
    output = program.input(*to_time_major(y_pred).shape, needs_gradient=True)
    output.value[...] = to_time_major(y_pred)
    target = targets.align(np.asarray(y_true, loss.dtype), y_pred.shape, loss.sparse)
    weights = np.zeros(0, loss.dtype)
    if sample_weight is not None:
        weights = targets.align_weights(sample_weight, y_pred.shape, loss.dtype)
        weights = np.ascontiguousarray(weights.T).reshape(-1)
    loss.write(program, output, np.ascontiguousarray(rows(to_time_major(target))), weights)
    program.steps().run()
    return to_batch_major(output.gradient)


def keras_gradient(loss, y_true, y_pred, sample_weight=None):
    y_pred = tf.constant(y_pred)
    with tf.GradientTape() as tape:
        tape.watch(y_pred)
        value = loss(tf.constant(y_true), y_pred, sample_weight=sample_weight)
    return tape.gradient(value, y_pred).numpy()


def check(name, options, y_true, y_pred, sample_weight=None):
    """Values by both reductions and one number a row; the gradient."""
    make = {nn: getattr(nn.losses, name) for nn in (npslstm, keras)}
    for reduction in ("sum_over_batch_size", "sum", "mean_with_sample_weight", "none"):
        ours, theirs = (make[nn](reduction=reduction, **options) for nn in (npslstm, keras))
        mine = ours(y_true, y_pred, sample_weight=sample_weight)
        keras_ = theirs(y_true, y_pred, sample_weight=sample_weight).numpy()
        assert np.asarray(mine).dtype == keras_.dtype
        agree("loss", mine, keras_, f"{name} {reduction}")
        arguments = y_true, y_pred, sample_weight  # of 'none', both give the gradient of the sum
        mine, keras_ = gradient(ours, *arguments), keras_gradient(theirs, *arguments)
        agree("loss gradient", mine, keras_, f"gradient of {name} {reduction}")


def random_weights(rng, shape, weighted):
    return rng.uniform(0, 3, shape[:-1]).astype("float32") if weighted else None


@SHAPES
@WEIGHTED
@pytest.mark.parametrize("name", ["MeanSquaredError", "MeanAbsoluteError"])
def test_errors(rng, name, shape, weighted):
    y_true, y_pred = rng.normal(0, 2, (2, *shape)).astype("float32")
    y_pred.flat[0] = y_true.flat[0]  # the kink of the absolute value
    check(name, {}, y_true, y_pred, random_weights(rng, shape, weighted))


@SHAPES
@WEIGHTED
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("from_logits", [False, True], ids=["probabilities", "logits"])
def test_binary_crossentropy(rng, shape, weighted, smoothing, from_logits):
    y_pred = rng.normal(0, 3, shape) if from_logits else rng.uniform(0.01, 0.99, shape)
    y_true = rng.integers(0, 2, shape).astype("float32")
    options = {"from_logits": from_logits, "label_smoothing": smoothing}
    weights = random_weights(rng, shape, weighted)
    check("BinaryCrossentropy", options, y_true, y_pred.astype("float32"), weights)
    soft = rng.uniform(0, 1, shape).astype("float32")
    check("BinaryCrossentropy", options, soft, y_pred.astype("float32"), weights)


@CLASSES
@WEIGHTED
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("from_logits", [False, True], ids=["probabilities", "logits"])
def test_categorical_crossentropy(rng, shape, weighted, smoothing, from_logits):
    """Outputs that do not add up to 1 are brought to it."""
    y_pred = rng.normal(0, 3, shape) if from_logits else rng.uniform(0.01, 0.99, shape)
    y_true = np.eye(shape[-1])[rng.integers(0, shape[-1], shape[:-1])].astype("float32")
    options = {"from_logits": from_logits, "label_smoothing": smoothing}
    weights = random_weights(rng, shape, weighted)
    check("CategoricalCrossentropy", options, y_true, y_pred.astype("float32"), weights)
    soft = rng.dirichlet(np.ones(shape[-1]), shape[:-1]).astype("float32")
    check("CategoricalCrossentropy", options, soft, y_pred.astype("float32"), weights)


@CLASSES
@pytest.mark.parametrize("from_logits", [False, True], ids=["probabilities", "logits"])
def test_targets_that_do_not_add_up_to_one(rng, shape, from_logits):
    """Rows of zeros among them. On logits TensorFlow's gradient is softmax - target all the same,
    which is the derivative of its loss only for targets that do add up to 1."""
    y_pred = rng.normal(0, 3, shape) if from_logits else rng.uniform(0.01, 0.99, shape)
    y_true = rng.uniform(0, 1, shape).astype("float32")
    y_true[0] = 0
    options = {"from_logits": from_logits}
    check("CategoricalCrossentropy", options, y_true, y_pred.astype("float32"))


@CLASSES
@WEIGHTED
@pytest.mark.parametrize("kind", ["int64", "float32"])
@pytest.mark.parametrize("from_logits", [False, True], ids=["probabilities", "logits"])
@pytest.mark.parametrize("column", [False, True], ids=["(N,)", "(N, 1)"])
def test_sparse_categorical_crossentropy(rng, shape, weighted, kind, from_logits, column):
    y_pred = rng.normal(0, 3, shape) if from_logits else rng.uniform(0.01, 0.99, shape)
    y_true = rng.integers(0, K, (*shape[:-1], 1) if column else shape[:-1]).astype(kind)
    weights = random_weights(rng, shape, weighted)
    options = {"from_logits": from_logits}
    check("SparseCategoricalCrossentropy", options, y_true, y_pred.astype("float32"), weights)


# ---- the edges of what float32 holds ----------------------------------------------------------

EDGES = np.array([0, 1e-8, 5e-8, 1e-7, 1.1e-7, 2e-7, 0.5, 1 - 2.4e-7, 1 - 1.2e-7, 1 - 6e-8, 1])


@pytest.mark.parametrize("label", [0.0, 1.0])
def test_binary_crossentropy_at_the_clip(label):
    y_pred = EDGES.astype("float32")[:, None]
    check("BinaryCrossentropy", {}, np.full_like(y_pred, label), y_pred)


def test_binary_crossentropy_of_certain_and_wrong():
    loss = npslstm.losses.BinaryCrossentropy()
    assert loss(np.zeros((1, 1)), np.ones((1, 1))) == pytest.approx(15.942385, abs=1e-6)
    assert loss(np.ones((1, 1)), np.zeros((1, 1))) == pytest.approx(16.118096, abs=1e-6)


@pytest.mark.parametrize("label", [0, 1, 2])
def test_categorical_crossentropies_at_the_clip(label):
    """Outputs that add up to 1 exactly, and twice as much."""
    for factor in (1.0, 2.0):
        y_pred = np.stack([EDGES, (1 - EDGES) / 2, (1 - EDGES) / 2], 1).astype("float32") * factor
        one_hot = np.eye(3, dtype="float32")[np.full(len(EDGES), label)]
        check("CategoricalCrossentropy", {}, one_hot, y_pred)
        check("SparseCategoricalCrossentropy", {}, one_hot.argmax(1), y_pred)


@pytest.mark.parametrize(
    "name", ["BinaryCrossentropy", "CategoricalCrossentropy", "SparseCategoricalCrossentropy"]
)
def test_large_logits(rng, name):
    y_pred = (rng.normal(0, 1, (N, K)) * 10.0 ** rng.uniform(0, 3, (N, K))).astype("float32")
    labels = rng.integers(0, K, N)
    y_true = labels if name.startswith("Sparse") else np.eye(K, dtype="float32")[labels]
    check(name, {"from_logits": True}, y_true, y_pred)


@pytest.mark.parametrize(
    "name",
    ["mean_squared_error", "mean_absolute_error", "binary_crossentropy",
     "categorical_crossentropy", "sparse_categorical_crossentropy"],
)  # fmt: skip
def test_functions(rng, name):
    """As functions of arrays: one number a row."""
    y_pred = rng.uniform(0.01, 0.99, (N, T, K)).astype("float32")
    y_true = np.eye(K, dtype="float32")[rng.integers(0, K, (N, T))]
    y_true = y_true.argmax(-1) if name.startswith("sparse") else y_true
    mine, keras_ = (getattr(nn.losses, name)(y_true, y_pred) for nn in (npslstm, keras))
    agree("loss", mine, np.asarray(keras_), name)
    if name.endswith("crossentropy"):
        options = {"from_logits": True} | ({} if "sparse" in name else {"label_smoothing": 0.1})
        functions = (getattr(nn.losses, name) for nn in (npslstm, keras))
        mine, keras_ = (np.asarray(f(y_true, y_pred, **options)) for f in functions)
        agree("loss", mine, keras_, f"{name} {options}")


def test_strings(rng):
    """The strings that name a loss in both, and those that name none in either."""
    y_pred = rng.uniform(0.01, 0.99, (N, K)).astype("float32")
    y_true = np.eye(K, dtype="float32")[rng.integers(0, K, N)]
    for name in npslstm.losses.NAMES:
        t = y_true.argmax(1) if name.lower().startswith("sparse") else y_true
        mine, keras_ = npslstm.losses.get(name)(t, y_pred), keras.losses.get(name)(t, y_pred)
        agree("loss", np.mean(mine), np.mean(keras_), name)
    for name in ["rmse", "cce", "foo"]:
        for nn in (npslstm, keras):
            with pytest.raises(ValueError):
                nn.losses.get(name)
