"""Functional models: what they compute, what they share, and what is refused in which words."""

from __future__ import annotations

import copy
import pickle
import threading

import numpy as np
import pytest

import npslstm
from npslstm import Input, Model, Sequential, layers

T, F = 5, 3
RNG = np.random.default_rng(5)
X = RNG.normal(size=(8, T, F)).astype("float32")
OTHER = RNG.normal(size=(8, T, F)).astype("float32")
STATE = RNG.normal(size=(8, 4)).astype("float32")
Y = RNG.normal(size=(8, 1)).astype("float32")


def chain(kind):
    """The same three layers, as a Sequential or by calls."""
    stack = [layers.LSTM(4, return_sequences=True), layers.LSTM(3), layers.Dense(1)]
    if kind is Sequential:
        return Sequential([Input((T, F)), *stack])
    y = x = Input((T, F))
    for layer in stack:
        y = layer(y)
    return Model(x, y)


def pair(names=("first", "second")):
    a, b = Input((T, F), name="a"), Input((T, F), name="b")
    difference = layers.Subtract()([a, b])
    ends = [layers.Dense(1, name=name)(layers.LSTM(3)(difference)) for name in names]
    return Model([a, b], ends)


# ---- numbers -------------------------------------------------------------------------------------


def test_a_chain_of_calls_is_a_sequential():
    one, other = chain(Sequential), chain(Model)
    other.set_weights(one.get_weights())
    for model in (one, other):
        model.compile("adam", "mse")
    losses = [m.fit(X, Y, epochs=3, shuffle=False, verbose=0).history["loss"] for m in (one, other)]
    assert losses[0] == losses[1]
    assert np.array_equal(one.predict(X, verbose=0), other.predict(X, verbose=0))


def test_inputs_in_a_dict_are_told_by_name():
    a, b = Input((T, F), name="a"), Input((T, F), name="b")
    inner = Model({"a": a, "b": b}, layers.Subtract()([a, b]))
    p, q = Input((T, F)), Input((T, F))
    outer = Model([p, q], inner({"b": q, "a": p}))
    assert np.array_equal(outer.predict([X, OTHER], verbose=0), X - OTHER)
    assert np.array_equal(inner({"b": OTHER, "a": X}), X - OTHER)
    assert np.array_equal(inner.predict({"b": OTHER, "a": X}, verbose=0), X - OTHER)


def test_outputs_have_the_form_that_they_were_given():
    x = Input((T, F))
    model = Model(x, {"u": layers.Dense(2)(x), "v": layers.Dense(4)(x)})
    for found in (model(X), model.predict(X, verbose=0), model(x)):
        assert [found[key].shape[-1] for key in "uv"] == [2, 4]


def test_a_model_that_begins_in_the_middle_of_another():
    x = Input((T, F))
    before = layers.Dense(4, name="before")(x)
    model = Model(before, layers.LSTM(2, name="after")(before))
    assert [layer.name for layer in model.layers][1:] == ["after"] and len(model.get_weights()) == 3
    assert model.predict(np.ones((2, T, 4)), verbose=0).shape == (2, 2)


def test_a_weight_that_is_met_twice_counts_once():
    inner, x = Input((T, F)), Input((T, F))
    dense = layers.Dense(F)
    model = Model(x, layers.Add()([Model(inner, dense(inner))(x), dense(x)]))
    assert len(model.get_weights()) == 2 and model.count_params() == F * F + F
    model.compile("sgd", "mse")
    model.fit(X, OTHER, verbose=0)
    assert np.array_equal(model.get_weights()[0], dense.get_weights()[0])


def test_a_long_chain_needs_no_deep_stack():
    y = x = Input((4,))
    for _ in range(700):
        y = layers.Dense(4, kernel_initializer="identity")(y)
    model = Model(x, y)
    given = np.ones((2, 4), "float32")
    assert np.array_equal(model.predict(given, verbose=0), given)
    assert len(copy.deepcopy(model).layers) == 701


def test_targets_and_weights_by_name_of_a_model_with_one_output():
    x = Input((T, F))
    losses = []
    for y, weight in ((Y, np.ones(8)), ({"end": Y}, {"end": np.ones(8)}), ([Y], [np.ones(8)])):
        npslstm.utils.set_random_seed(1)
        model = Model(x, layers.Dense(1, name="end")(layers.LSTM(2)(x)))
        model.compile("sgd", "mse")
        losses.append(model.evaluate(X, y, sample_weight=weight, verbose=0))
    assert losses[0] == losses[1] == losses[2]


def test_shared_layers_and_models_of_several_threads():
    x = Input((T, F))
    shared = layers.LSTM(4)(x)
    models = [Model(x, layers.Dense(1)(shared)), Model(x, layers.Dense(2)(shared))]
    models[0].compile("sgd", "mse")
    right = [[m.predict(X[:n], verbose=0) for n in (1, 8)] for m in models]
    wrong = []

    def ask(model, answers):
        for _ in range(100):
            for n, answer in zip((1, 8), answers, strict=True):
                if not np.array_equal(model.predict(X[:n], verbose=0), answer):
                    wrong.append(model.name)

    threads = [threading.Thread(target=ask, args=pair) for pair in zip(models, right, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    models[0].fit(X, Y, verbose=0)  # which changes what the other one computes
    assert not np.array_equal(models[1].predict(X, verbose=0), right[1][1])


# ---- copies --------------------------------------------------------------------------------------


@pytest.mark.parametrize("of", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_a_copy_has_everything_of_its_own(of):
    model = pair()
    model.compile("adam", "mse", loss_weights=[1, 2])
    model.fit([X, OTHER], [Y, Y], verbose=0)
    other = of(model)
    for one in (model, other):
        one.fit([X, OTHER], [Y, Y], shuffle=False, verbose=0)
    for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
        assert np.array_equal(a, b)
    other.set_weights([np.zeros_like(w) for w in other.get_weights()])
    assert all(np.any(w) for w in model.get_weights()[:2])
    again = Model(other.inputs, other.outputs[0])
    assert not again.predict([X, OTHER], verbose=0).any()


def test_copies_of_models_that_share_layers_share_them():
    x = Input((T, F))
    hidden = layers.LSTM(4, name="shared")(x)
    one, other = Model(x, layers.Dense(1)(hidden)), Model(x, layers.Dense(2)(hidden))
    one, other = copy.deepcopy((one, other))
    assert one.get_layer("shared") is other.get_layer("shared")
    both = Model(one.inputs, [one.output, other.output])
    assert [y.shape for y in both.predict(X, verbose=0)] == [(8, 1), (8, 2)]


# ---- refusals ------------------------------------------------------------------------------------


def tensor(*shape):
    return Input(shape or (T, F))


def of_two(**options):
    model = pair()
    model.compile("sgd", **({"loss": "mse"} | options))
    return model


def states_of(samples):
    i, h, c = tensor(), tensor(4), tensor(4)
    model = Model([i, h, c], layers.LSTM(4)(i, initial_state=[h, c]))
    return model([X, STATE[:samples], STATE[:samples]])


A, B = tensor(), tensor()
REFUSED = {
    "an input is missing": (lambda: Model(A, layers.Add()([A, B])), "need the input"),
    "an array for an Input": (lambda: Model(X, layers.Dense(1)(A)), "inputs of a Model are"),
    "arrays beside Tensors": (lambda: layers.Add()([A, X]), "not on both"),
    "two layers of one name": (
        lambda: Model(A, layers.Dense(1, name="d")(layers.Dense(1, name="d")(A))), "must differ"),
    "no outputs": (lambda: Model(A, []), "there are none"),
    "keys that are no names": (lambda: Model({1: A}, layers.Dense(1)(A)), "names, as text"),
    "an Input twice": (lambda: Model([A, A], layers.Add()([A, A])), "once"),
    "states of other units": (
        lambda: layers.LSTM(4)(A, initial_state=[tensor(3), tensor(3)]), r"\(None, 4\)"),
    "one state": (lambda: layers.LSTM(4)(A, initial_state=tensor(4)), r"\[h, c\]"),
    "a loss for no output": (lambda: of_two(loss={"first": "mse", "third": "mse"}), "'third'"),
    "an output without loss": (lambda: of_two(loss={"first": "mse"}), "none for 'second'"),
    "too few losses": (lambda: of_two(loss=["mse"]), "list of 1 for a model of 2 outputs"),
    "weights of no loss": (lambda: of_two(loss_weights=[1.0]), "loss_weights"),
    "weights of some losses": (lambda: of_two(loss_weights={"first": 1.0}), "none for 'second'"),
    "attention scores": (
        lambda: layers.Attention()([A, B], return_attention_scores=True), "call it without"),
    "metrics of no output": (lambda: of_two(metrics={"third": ["mae"]}), "'third'"),
    "one array for two inputs": (lambda: pair().predict(X), "2 inputs"),
    "an input is missing in a dict": (lambda: pair().predict({"a": X}), "lacks 'b'"),
    "other numbers of samples": (lambda: pair().predict([X, X[:3]]), "8 samples .* 3"),
    "the same, called": (lambda: pair()([X, X[:3]]), r"\[8, 3\] samples"),
    "the same, merged": (lambda: layers.Concatenate(axis=1)([X, X[:3]]), r"\[8, 3\] samples"),
    "the same, attended": (lambda: layers.Attention()([X, X[:3]]), r"\[8, 3\] samples"),
    "the same, as states": (lambda: states_of(3), r"\[8, 3, 3\] samples"),
    "too many masks": (lambda: layers.Add()([X, X], mask=[None] * 3), "3 masks for 2 inputs"),
    "one target for two": (lambda: of_two().fit([X, X], Y, verbose=0), "2 outputs"),
    "a target for no output": (
        lambda: of_two().fit([X, X], {"first": Y, "second": Y, "third": Y}), "'third'"),
    "weights for no output": (
        lambda: of_two().fit([X, X], [Y, Y], sample_weight={"third": Y}), "'third'"),
    "class weights of two": (
        lambda: of_two().fit([X, X], [Y, Y], class_weight={0: 1.0}), "models of one output"),
    "axes that are not there": (lambda: layers.Dot(axes=4)([X, X]), "axes=4"),
    "shapes that do not fit": (lambda: layers.Add()([A, tensor(T, 2)]), "differ in axis 2"),
    "a merge of one": (lambda: layers.Add()([A]), "list of 2 or more"),
    "a merge in a Sequential": (lambda: Sequential([layers.Add()]), "several inputs"),
    "states in a Sequential": (
        lambda: Sequential([Input((T, F)), layers.LSTM(2, return_state=True)]), "several outputs"),
    "a list within a list": (lambda: layers.Add()([[A, B]]), "not on a list within a list"),
    "a layer of one input on two": (lambda: layers.Dense(2)([A, B]), "takes one input"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    call, words = REFUSED[case]
    with pytest.raises(ValueError, match=words):
        call()


OPERATORS = {
    "1 + x": lambda: 1 + A, "2 * x": lambda: 2 * A, "x / 2": lambda: A / 2, "-x": lambda: -A,
    "x ** 2": lambda: A**2, "x > 1": lambda: A > 1, "abs": lambda: abs(A), "int": lambda: int(A),
    "float": lambda: float(A), "bool": lambda: bool(A), "len": lambda: len(A),
    "an entry": lambda: A[:, 0], "an array": lambda: X + A, "@": lambda: A @ A,
}  # fmt: skip


@pytest.mark.parametrize("case", OPERATORS)
def test_operators_that_tensors_do_not_have(case):
    with pytest.raises(TypeError, match="layer"):
        OPERATORS[case]()


def test_a_model_with_a_call_of_its_own_is_refused():
    with pytest.raises(TypeError, match=r"npslstm.Model\(x, y\)"):
        type("Own", (Model,), {"call": lambda self, x: x})


def test_a_refused_layer_leaves_others_as_they_were():
    shared = layers.Dense(3)
    shared(A)
    kept = shared.get_weights()
    with pytest.raises(ValueError, match="takes one input"):
        shared([A, B])
    with pytest.raises(ValueError, match="3 features"):
        shared(tensor(T, 2))
    assert len(shared.calls) == 1 and np.array_equal(shared.get_weights()[0], kept[0])


def test_files_that_could_not_be_read_are_not_written(tmp_path):
    y = x = Input((4,))
    for _ in range(1001):
        y = layers.Activation("linear")(y)
    with pytest.raises(ValueError, match="at most 1,000 layers"):
        Model(x, y).save(tmp_path / "long.keras")
    model = None
    for number in range(40):
        x = Input((4,))
        model = Model(x, (model or layers.Dense(4))(x), name=f"level_{number}")
    with pytest.raises(ValueError, match="too deep"):
        model.save(tmp_path / "deep.keras")
    assert not list(tmp_path.iterdir())


def test_a_stateful_layer_of_two_calls_has_no_gradient_to_check():
    x = Input(batch_shape=(8, T, F))
    twice = layers.LSTM(F, stateful=True, return_sequences=True)
    model = Model(x, layers.Dense(1)(layers.LSTM(2)(twice(twice(x)))))
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="stateful and called 2 times"):
        npslstm.study.check_gradients(model, X, Y)
