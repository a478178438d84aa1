"""Mistakes: the type of exception is Keras's, and npslstm leaves model and states untouched.

TensorFlow's own classes of errors count as ValueError. The mistakes stand in `mistakes`.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf

import npslstm
from parity.mistakes import DIFFERENT, MISTAKES, X, Y, model


def raised(act):
    """The type of exception that `act` raises, TensorFlow's own as ValueError."""
    try:
        act()
    except tf.errors.OpError:
        return ValueError
    except Exception as error:
        return type(error)
    return None


def everything(made):
    """Weights and states, as bytes."""
    if made is None:
        return []
    states = made.get_states() if hasattr(made, "get_states") else []
    flat = [s for state in states for s in (state if isinstance(state, list) else [state])]
    return [a.tobytes() for a in [*made.get_weights(), *flat]]


def check(make, mistake):
    """What npslstm raises; everything is as before, also what can be seen of layers and names."""
    made = make(npslstm)
    if getattr(made, "stateful", False) and hasattr(made, "predict"):
        made.predict(X, batch_size=3, verbose=0)  # states other than zero
    before = everything(made)
    layers = list(getattr(made, "layers", []))
    found = raised(lambda: mistake(npslstm, made))
    assert everything(made) == before
    assert list(getattr(made, "layers", [])) == layers
    return found


@pytest.mark.filterwarnings("ignore")  # Keras warns before some of its errors
@pytest.mark.parametrize("name", MISTAKES)
def test_mistake(name):
    make, mistake = MISTAKES[name]
    made = make(keras)
    expected = raised(lambda: mistake(keras, made))
    assert expected is not None, "Keras does not mind"
    assert check(make, mistake) is expected


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", DIFFERENT)
def test_mistake_that_keras_answers_otherwise(name):
    make, mistake, expected = DIFFERENT[name]
    assert check(make, mistake) is ValueError
    made = make(keras)
    found = raised(lambda: mistake(keras, made))
    assert found is expected, "Keras has changed: does this belong to MISTAKES now?"


@pytest.mark.parametrize("what", ["inputs", "targets"])
def test_nan_goes_through(what, rng):
    """NaN is no mistake: losses and weights show it, in both."""
    x, y = X.copy(), Y.copy()
    (x if what == "inputs" else y).flat[0] = np.nan
    for nn in (npslstm, keras):
        made = model(nn)
        history = made.fit(x, y, verbose=0).history
        assert np.isnan(history["loss"]).all()
        assert all(np.isnan(w).any() for w in made.get_weights())
