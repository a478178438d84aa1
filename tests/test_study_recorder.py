"""GateRecorder: it records what was there, in bounded memory, and changes no number."""

from __future__ import annotations

import numpy as np
import pytest

from npslstm.layers import BatchNormalization, Dropout
from npslstm.study.see.trace import trace
from npslstm.study.watch.recorder import GateRecorder
from tests.studied import everything, model_of, numbers, same

X, Y = numbers(6, 5, 2), numbers(6, 2, seed=1)


def test_training_is_what_it_is_without():
    def trained(callbacks):
        model = model_of(3, 2, dtype="float32", dropout=0.3, stateful=True, batch=2)
        model.add(Dropout(0.2))
        model.add(BatchNormalization())
        history = model.fit(X, Y, epochs=4, batch_size=2, verbose=0, callbacks=callbacks,
                            validation_data=(X[:2], Y[:2]))  # fmt: skip
        return [*everything(model), model.predict(X, verbose=0), *history.history.values()]

    recorder = GateRecorder(X[:4], layer=1, gates=["input", "output"])
    with_it, without = trained([recorder]), trained([])
    assert same([np.asarray(a) for a in with_it], [np.asarray(a) for a in without])
    assert len(recorder.epochs) == 4


def test_it_keeps_the_gates_after_each_epoch_and_the_gradients_of_the_last_batch():
    model = model_of(3, 2)
    recorder = GateRecorder(X[:2], gates=["forget", "candidate"], every=2)
    model.fit(X, Y, epochs=5, batch_size=6, verbose=0, shuffle=False, callbacks=[recorder])
    other, seen, gradients = model_of(3, 2), [], []
    for epoch in range(1, 6):
        other.fit(X, Y, batch_size=6, verbose=0, shuffle=False)
        if epoch % 2 == 0:
            seen.append(trace(other, X[:2]).layers[0])
            layer = other.layers[0]
            blocks = [v.gradient.reshape(-1, 4, 3)[:, 1].ravel() for v in layer.weights]
            gradients.append(np.linalg.norm(np.concatenate(blocks)))
    assert recorder.epochs.tolist() == [2, 4]
    np.testing.assert_array_equal(recorder.gates["forget"], [layer.f for layer in seen])
    np.testing.assert_array_equal(recorder.gates["candidate"], [layer.g for layer in seen])
    np.testing.assert_allclose(recorder.gradients["forget"], gradients, rtol=1e-12)
    assert set(recorder.gradients) == {"input", "forget", "candidate", "output"}


def test_many_fits_of_one_epoch_in_bounded_memory():
    model = model_of(3, steps=1, stateful=True, batch=1)
    recorder = GateRecorder(X[:1].swapaxes(0, 1), max_records=8)
    for _ in range(100):
        model.fit(X[:, :1], Y, verbose=0, batch_size=1, shuffle=False, callbacks=[recorder])
        assert len(recorder.records) <= 8
    assert recorder.every == 16 and recorder.epochs.tolist() == [16, 32, 48, 64, 80, 96]
    gates = recorder.gates["forget"]
    assert gates.shape == (6, 1, 5, 3)  # five batches of one step, one behind the other
    model.reset_states()
    look = GateRecorder(X[:1].swapaxes(0, 1))
    look.set_model(model)
    model.layers[0].set_states([np.ones((1, 3)), np.ones((1, 3))])
    look.on_epoch_end(0)  # it begins from zero states, whatever state the model is in
    model.reset_states()
    expected = [trace(model, X[:1, t : t + 1], update_state=True).layers[0].f for t in range(5)]
    np.testing.assert_array_equal(look.gates["forget"][0], np.concatenate(expected, axis=1))


def test_it_follows_a_model_that_is_compiled_again():
    model, recorder = model_of(3), GateRecorder(X[:2])
    model.fit(X, Y, verbose=0, callbacks=[recorder])
    model.compile(loss="mse", optimizer="sgd")
    model.fit(X, Y, verbose=0, callbacks=[recorder])
    np.testing.assert_array_equal(recorder.gates["forget"][1], trace(model, X[:2]).layers[0].f)


def test_masked_steps_are_marked():
    model, x = model_of(3, masked=True), X.copy()
    x[1, 2] = 0
    recorder = GateRecorder(x[:2])
    model.fit(x, Y, verbose=0, callbacks=[recorder])
    missing = np.isnan(recorder.gates["forget"][0]).all(axis=2)
    assert missing.tolist() == [[False] * 5, [False, False, True, False, False]]


def test_picture_and_mistakes():
    model, recorder = model_of(3), GateRecorder(X[:2], gates="output")
    with pytest.raises(ValueError, match="Nothing was recorded yet: 0 epochs were seen"):
        recorder.plot()
    model.fit(X, Y, epochs=3, verbose=0, callbacks=[recorder])
    for unit in (None, 2):
        figure = recorder.plot(sample=1, unit=unit)
        assert figure.axes[0].images[0].get_array().shape == (5, 3)
        assert len(figure.axes[1].lines) == 4
    labelled = recorder.plot(labels="abcde").axes[0]
    assert [label.get_text() for label in labelled.get_yticklabels()] == list("abcde")
    with pytest.raises(ValueError, match="labels has 4 entries; the recorder looked at 5"):
        recorder.plot(labels="abcd")
    with pytest.raises(ValueError, match="The recorder keeps output; received 'forget'"):
        recorder.plot("forget")
    with pytest.raises(ValueError, match="no number 2 among the samples of the recorder"):
        recorder.plot(sample=2)
    with pytest.raises(ValueError, match="The gates are input, forget, candidate, output"):
        GateRecorder(X, gates="forgett")
    with pytest.raises(ValueError, match="at least 1 and 2"):
        GateRecorder(X, max_records=1)
    with pytest.raises(ValueError, match="no LSTM layer 'nobody'"):
        model.fit(X, Y, verbose=0, callbacks=[GateRecorder(X, layer="nobody")])
