"""parity.compare on two models of a user's own: what agrees, what differs, what is left behind."""

import keras
import numpy as np
import pytest

import npslstm
import parity
from parity import comparing, graphs, report
from parity.twins import model_twins


def stack(nn, stateful=False, units=4):
    model = nn.Sequential(name="mine")
    model.add(nn.Input(batch_shape=(2 if stateful else None, 3, 2)))
    model.add(nn.layers.LSTM(units, stateful=stateful, return_sequences=True))
    model.add(nn.layers.LSTM(3, stateful=stateful))
    model.add(nn.layers.Dense(1))
    model.compile(optimizer=nn.optimizers.Adam(0.01), loss="mse", run_eagerly=True)
    return model


def data(rng, samples=5):
    x = rng.normal(0, 1, (samples, 3, 2)).astype("float32")
    return x, rng.normal(0, 1, (samples, 1)).astype("float32")


def twins(stateful=False):
    """Both models with Keras's initial weights."""
    ours, theirs = stack(npslstm, stateful), stack(keras, stateful)
    parity.transfer(theirs, ours)
    return ours, theirs


def differing(findings):
    return {row.quantity for row in findings.rows if not row.agrees}


@pytest.mark.parametrize("stateful", [False, True])
def test_models_with_the_same_weights_agree(rng, stateful):
    ours, theirs = twins(stateful)
    findings = parity.compare(ours, theirs, *data(rng), batch_size=2)
    assert findings.agree, report.as_text(findings)
    names = {"weights", "outputs", "loss and metrics", "gradients", "optimizer", "result"}
    assert {row.quantity for row in findings.rows} == names | ({"state"} if stateful else set())
    assert findings.ran_on["keras"] == keras.__version__
    assert "all agree" in str(findings) and "mine" in str(findings)


@pytest.mark.parametrize("direction", ["to npslstm", "to Keras"])
def test_transfer_is_one_call_in_either_direction(rng, direction):
    ours, theirs = stack(npslstm), stack(keras)
    assert "weights" in differing(parity.compare(ours, theirs, *data(rng)))
    parity.transfer(*((theirs, ours) if direction == "to npslstm" else (ours, theirs)))
    assert not differing(parity.compare(ours, theirs, *data(rng)))


def test_both_models_are_left_as_they_were(rng):
    ours, theirs = twins(stateful=True)
    x, y = data(rng, 4)
    for model in (ours, theirs):  # in the middle of a training, with states
        model.fit(x, y, batch_size=2, epochs=2, shuffle=False, verbose=0)
    engines = [(comparing.engine("npslstm"), ours), (comparing.engine("keras"), theirs)]
    before = [engine.keep(model) for engine, model in engines]
    parity.compare(ours, theirs, x, y)
    for kept, (engine, model) in zip(before, engines, strict=True):
        assert flat(kept) == flat(engine.keep(model))


def flat(kept):
    """Everything in nested lists, tuples and dictionaries, as bytes."""
    if isinstance(kept, dict):
        return [flat(value) for value in kept.values()]
    if isinstance(kept, (list, tuple)):
        return [flat(value) for value in kept]
    return np.asarray(kept).tobytes()


@pytest.mark.parametrize("name", ["two inputs, two outputs", "dicts of inputs and outputs"])
def test_graphs(rng, name):
    """Lists or dicts of data, and weights of samples for each output."""
    theirs, ours = (graphs.GRAPHS[name](nn) for nn in (keras, npslstm))
    parity.transfer(theirs, ours)
    batch = graphs.batch_for(ours, rng, 8, weighted=True)
    kept = [w.copy() for w in ours.get_weights()]
    if name == "two inputs, two outputs":
        theirs.get_layer("price").activation = keras.activations.tanh
    findings = parity.compare(ours, theirs, *batch[:2], 4, batch.sample_weight)
    if name == "two inputs, two outputs":
        wanted = {"outputs", "gradients", "loss and metrics", "result", "optimizer"}
        assert differing(findings) == wanted
    else:
        assert findings.agree, report.as_text(findings)
    assert all((a == b).all() for a, b in zip(kept, ours.get_weights(), strict=True))


def test_a_layer_in_a_model_in_a_model_is_found(rng):
    ours, theirs = model_twins(graphs.model_in_model, rng)
    theirs.layers[1].layers[1].cell.activation = keras.activations.softsign
    x = graphs.batch_for(ours, rng, 4).x
    models = {"npslstm": ours, "keras": theirs}
    found = [{"outputs": comparing.engine(name).outputs(m, x)} for name, m in models.items()]
    [outputs] = comparing.rows("mine", *found, dtype="float32", steps={})
    assert not outputs.agrees and outputs.where.startswith("0 Model, 0 LSTM")
    assert any("0 LSTM, call 2" in where for where in found[0]["outputs"])


def test_one_differing_option_is_found_where_it_matters(rng):
    ours, theirs = twins()
    theirs.layers[1].cell.activation = keras.activations.softsign
    findings = parity.compare(ours, theirs, *data(rng))
    assert differing(findings) >= {"outputs", "gradients", "result"}
    assert "weights" not in differing(findings)
    outputs = next(row for row in findings.rows if row.quantity == "outputs")
    assert outputs.where.startswith(("1 LSTM", "2 Dense"))
    assert "DIFFERS" in str(findings)


def test_another_optimizer_is_found_in_its_steps_alone(rng):
    ours, theirs = twins()
    theirs.optimizer.epsilon = 1e-3
    found = differing(parity.compare(ours, theirs, *data(rng)))
    assert found == {"optimizer", "loss and metrics"}  # the second epoch's loss


def test_nan_on_one_side_is_a_difference(rng):
    ours, theirs = twins()
    x, y = data(rng)
    weights = ours.get_weights()
    weights[-1][...] = np.nan
    ours.set_weights(weights)
    findings = parity.compare(ours, theirs, x, y)
    assert np.isinf(next(row.measured for row in findings.rows if row.quantity == "outputs"))


def test_other_shapes_are_infinitely_far_apart(rng):
    ours, theirs = stack(npslstm, units=4), stack(keras, units=5)
    findings = parity.compare(ours, theirs, *data(rng))
    assert differing(findings) >= {"weights", "outputs", "gradients"}
    assert np.isinf(next(row.measured for row in findings.rows if row.quantity == "weights"))


def test_models_must_be_compiled(rng):
    ours, theirs = npslstm.Sequential([npslstm.Input((3, 2)), npslstm.layers.LSTM(1)]), stack(keras)
    with pytest.raises(ValueError, match="was not compiled"):
        parity.compare(ours, theirs, *data(rng))


def test_models_must_be_built(rng):
    ours, theirs = stack(npslstm), keras.Sequential([keras.layers.LSTM(1)])
    theirs.compile("sgd", "mse")
    with pytest.raises(ValueError, match="was not built"):
        parity.compare(ours, theirs, *data(rng))
