"""What arguments take and refuse: the words, what remains accepted, and that nothing is changed."""

import itertools

import numpy as np
import pytest

import npslstm
from npslstm import arguments, constraints, initializers, layers, losses, optimizers, utils
from npslstm.arrays import as_numbers
from tests.wicked import Endless, Itself, Long, doubling, in_circles

X = np.zeros((2, 5, 2), "f4")


def model():
    return npslstm.Sequential([npslstm.Input((5, 2)), layers.LSTM(3), layers.Dense(1)])


REFUSED = {
    "no time steps": (lambda: layers.LSTM(5)(np.zeros((2, 0, 3))), "inputs.*are no time steps"),
    "no features": (lambda: layers.Dense(5)(np.zeros((2, 0))), "inputs.*are no features"),
    "no samples": (lambda: model()(X[:0]), "inputs.*are no samples"),
    "text as mask value": (lambda: layers.Masking("a"), "mask_value must be a number; .* 'a'"),
    "a mask value that equals nothing": (lambda: layers.Masking(np.nan), "mask_value.*nan"),
    "a dict as epsilon": (lambda: optimizers.Adam(epsilon={}), "epsilon.*not negative; .* {}"),
    "text as a flag": (
        lambda: layers.LSTM(3, return_sequences="False"),
        "LSTM: return_sequences must be True or False; received 'False'.*return_sequences=True",
    ),
    "summary of nonsense": (lambda: model().summary(nonsense=3), "no argument .nonsense"),
    "a name of a path": (lambda: layers.Dense(2, name="a/b"), "name must be a text without '/'"),
    "too many units": (lambda: layers.Dense(10**9)(X), "Weight 'kernel'.*GB.*fewer units"),
    "more units than can be counted": (lambda: layers.LSTM(2**31), "units.*2,147,483,647"),
    "too long a repetition": (lambda: layers.RepeatVector(10**9)(X[:, 0]), "n=1000000000.*GB"),
    "too large a shape": (lambda: initializers.Zeros()((10**6, 10**6)), "shape=.*GB"),
    "too many classes": (lambda: utils.to_categorical([10**9]), "num_classes=1000000001.*GB"),
    "padding too long": (lambda: utils.pad_sequences([[1]], 2**31 - 1), "maxlen=2147483647.*GB"),
    "padding that int32 cannot hold": (
        lambda: utils.pad_sequences([[1], [1, 2]], value=np.nan), "value=nan cannot be held"
    ),
    "a function of other arguments": (
        lambda: layers.Dense(2, kernel_initializer=lambda: 0),
        r"kernel_initializer.*a function of \(shape, \*dtype\)",
    ),
    "an initializer of vectors for a matrix": (
        lambda: layers.Dense(2, bias_initializer="identity")(X), "bias_initializer.*matrices"
    ),
    "a regularizer's config": (
        lambda: layers.Dense(2, kernel_regularizer={"class_name": "L2", "config": {"l3": 1}}),
        "kernel_regularizer: L2 cannot be made from the config",
    ),
    "an axis that is not there": (lambda: constraints.MaxNorm(axis=3)(X), "axis=3 does not fit.*w"),
    "a negative learning rate": (lambda: optimizers.SGD(-0.1), "learning_rate.*not below 0"),
    "a loss on nothing": (lambda: losses.MeanSquaredError()(X[:0, 0], X[:0, 0]), "y_pred.*samples"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refusals_name_the_argument_and_what_was_received(case, monkeypatch):
    monkeypatch.setattr(arguments, "memory", lambda: 2**30)
    call, message = REFUSED[case]
    with pytest.raises(ValueError, match=message):
        call()


UNREADABLE = {
    "a generator": lambda: (n for n in range(3)),
    "an endless iterator": itertools.count,
    "an endless __getitem__": Endless,
    "an endless __getitem__ that has a length": Long,
    "an object that holds itself": Itself,
    "a list that holds itself": in_circles,
    "a few lists that say 2**30 numbers": doubling,
    "a list of generators": lambda: [(n for n in range(3))],
    "a dict": lambda: {"a": 1},
    "a set": lambda: {1.0},
    "text": lambda: "text",
    "a masked array": lambda: np.ma.masked_invalid([np.nan]),
    "2**40 numbers": lambda: range(2**40),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_may_have_no_end_is_not_read_as_data(what, monkeypatch):
    monkeypatch.setattr(arguments, "memory", lambda: 2**30)
    with pytest.raises(ValueError, match="x must hold numbers|x, |x is a"):
        as_numbers(UNREADABLE[what](), "f4", "x")


class Tensor:
    def __array__(self, dtype=None, copy=None):
        return np.ones(2)


READABLE = [
    [1, 2.5], (1,), [[np.float32(1)], [2]], range(3), 1, True, np.float16(1), memoryview(b"ab"),
    Tensor(), [Tensor(), np.ones(2)], np.ma.array([1.0]), np.arange(3, dtype=">f8"),
]  # fmt: skip


@pytest.mark.parametrize("data", READABLE, ids=lambda d: type(d).__name__)
def test_what_holds_numbers_is_read(data):
    assert np.array_equal(as_numbers(data, "f4", "x"), np.atleast_1d(np.asarray(data)).astype("f4"))


def test_what_keras_takes_remains_accepted():
    layer = layers.LSTM(5.0, use_bias=1, dropout=False, trainable=np.bool_(True), use_cudnn=False)
    assert layer.units == 5 and layer.use_bias is True and layer.dropout == 0.0
    assert layers.Dense(np.int64(3)).units == layers.Dense(np.array(3)).units == 3
    assert layers.RepeatVector(np.int8(3)).n == 3
    assert layers.Dropout(np.float32(0.5)).rate == 0.5
    assert layers.LSTM(2, kernel_initializer=None)(X).shape == (2, 2)  # Keras's glorot_uniform
    assert layers.Masking(np.inf).mask_value == np.inf
    assert constraints.MaxNorm(2, axis=[0, 1]).axis == (0, 1)
    assert len(npslstm.Sequential(layers.Dense(n) for n in (1, 2)).layers) == 2
    assert layers.Dense(2, input_shape=[5, 2], batch_size=3).declared_batch_shape == (3, 5, 2)


def test_weights_may_come_in_an_array_of_arrays():
    made = model()
    given = np.empty(5, object)
    given[:] = [w + 1 for w in made.get_weights()]
    made.set_weights(given)
    assert all(np.array_equal(a, b) for a, b in zip(made.get_weights(), given, strict=True))


def test_a_refused_call_builds_nothing():
    layer, stack = layers.LSTM(3), npslstm.Sequential([layers.LSTM(3)])
    for call in (layer, stack):
        for wrong in ({"mask": np.ones(3)}, {"training": "yes"}, {"inputs": X[:, :0]}):
            with pytest.raises(ValueError, match=next(iter(wrong))):
                call(**({"inputs": X} | wrong))
    with pytest.raises(ValueError, match="initial_state"):
        layer(X, initial_state=[X])
    assert not layer.built and not stack.built and stack.weights == layer.weights == []


def test_values_are_shown_in_few_words():
    class Silent:
        def __repr__(self):
            raise RuntimeError

    shown = arguments.shown
    assert shown(np.zeros((1000, 3))) == "an array of shape (1000, 3) and dtype float64"
    assert shown(10**5000) and len(shown("a" * 10**6)) < 120 and len(shown([[0] * 99] * 99)) < 1000
    assert "Silent" in shown(Silent()) and shown(2.5) == "2.5" and shown("a") == "'a'"


def test_the_memory_of_the_machine_is_known():
    assert 2**26 < arguments.memory() < 2**50
