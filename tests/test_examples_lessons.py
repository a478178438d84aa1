"""What the examples claim about state, padding and batches, each claim on its own."""

import matplotlib
import numpy as np
import pytest

matplotlib.use("Agg")

import npslstm
from examples import (
    alphabet_batch,
    alphabet_stateful,
    alphabet_variable,
    any_batch_size,
    lifecycle,
    memory,
    mnist,
    sequence_to_sequence,
    several_features,
    warm_start,
)


@pytest.fixture(autouse=True)
def seeded():
    npslstm.utils.set_random_seed(7)


def test_verbose_0_is_the_silent_one():
    counts = lifecycle.count_lines(npslstm, *lifecycle.data())
    assert counts[0] == 0 < counts[1] and counts[0] < counts[2]


def test_the_loss_of_fit_is_that_of_evaluate_before_the_update():
    x, y = lifecycle.data()
    model = lifecycle.build(npslstm)
    before = model.evaluate(x, y, batch_size=len(x), verbose=0)
    assert lifecycle.train(model, x, y, epochs=1) == pytest.approx([before], rel=1e-5)
    assert model.evaluate(x, y, batch_size=len(x), verbose=0) < before


@pytest.mark.compiled_only
def test_whole_sequences_teach_the_memory_that_single_numbers_do_not():
    sequences = memory.data()
    model = memory.build(npslstm)
    memory.train(model, sequences, epochs=1000)
    assert memory.answer(model, sequences)[0] == pytest.approx(np.log(2) / 10, abs=0.004)
    whole = memory.build(npslstm, time_steps=4)
    memory.train(whole, [(x.swapaxes(0, 1), y[np.newaxis]) for x, y in sequences], epochs=1000)
    model.set_weights(whole.get_weights())
    loss, outputs, right = memory.answer(model, sequences)
    assert right == 8 and loss < 0.02 and outputs.shape == (2, 4, 5)
    assert memory.answer(model, sequences, forgetful=True)[2] <= 7


def test_samples_of_a_batch_share_no_memory():
    x, _ = alphabet_batch.data()
    model = alphabet_batch.build(npslstm)
    in_order = model.predict(x, batch_size=25, verbose=0)
    assert model.predict(x[::-1], batch_size=25, verbose=0)[::-1] == pytest.approx(in_order)
    assert model.predict(x, batch_size=1, verbose=0) == pytest.approx(in_order, abs=1e-6)


def test_the_alphabet_is_recited_from_the_networks_own_answers():
    class Successor:
        """Knows the next letter only if it has been told them all from A on."""

        def __init__(self):
            self.layers, self.read = [self], []

        def reset_state(self):
            self.read = []

        def predict(self, x, verbose):
            self.read.append(round(float(x[0, 0, 0] * 26)))
            knows = self.read == list(range(len(self.read)))
            return np.eye(26)[[self.read[-1] + 1 if knows else len(self.read)]]

    model = Successor()
    assert alphabet_stateful.recite(model, "A", 4)[0] == "ABCDE"
    assert alphabet_stateful.recite(model, "K", 3)[0] == "KBCD"
    letters, probabilities = alphabet_stateful.recite(model, "K", 3, warm_up="ABCDEFGHIJ")
    assert letters == "KLMN" and probabilities.shape == (3, 26)


def test_padding_with_the_code_of_a_hides_a_and_masking_does_not():
    b, ab = alphabet_variable.encode(["BC", "ABC"], first=0)[0]
    assert np.array_equal(b, ab)
    (b, ab), y = alphabet_variable.encode(["BC", "ABC"], first=1)
    assert not np.array_equal(b, ab)
    assert (26 * ab[:, 0]).tolist() == pytest.approx([0, 0, 0, 1, 2])
    assert y.argmax(axis=1).tolist() == [2, 2]
    masked = alphabet_variable.build(npslstm, masked=True)
    answers = masked.predict(np.array([b, ab]), verbose=0)
    alone = npslstm.Sequential([npslstm.Input((2, 1)), *masked.layers[1:]])
    assert alone.predict(ab[np.newaxis, 3:], verbose=0) == pytest.approx(answers[1:], abs=1e-6)


def test_runs_of_letters_are_one_to_five_long_and_end_with_the_next_letter():
    runs = alphabet_variable.data()
    assert {len(run) for run in runs} == {2, 3, 4, 5, 6}
    assert all(run in alphabet_variable.ALPHABET for run in runs)


def test_pieces_go_on_where_the_same_sample_ended_in_the_batch_before():
    waves = any_batch_size.data(seed=1)
    x, y = any_batch_size.pieces(waves)
    batches = x.reshape(any_batch_size.PIECES, any_batch_size.SERIES, any_batch_size.PIECE)
    assert np.array_equal(np.concatenate(batches, axis=1), waves[:, :-1])
    assert np.array_equal(y[:, :-1], x[:, 1:])


def test_a_stateful_model_of_another_batch_size_has_its_weights_and_gives_its_numbers():
    model, single = (any_batch_size.build(npslstm, samples) for samples in (8, 1))
    single.set_weights(model.get_weights())
    waves = any_batch_size.data(seed=1)
    together = any_batch_size.predict(model, waves)
    alone = np.concatenate([any_batch_size.predict(single, wave[np.newaxis]) for wave in waves])
    assert alone == pytest.approx(together, abs=1e-6)
    assert np.abs(any_batch_size.predict(model, waves, forgetful=True) - together).max() > 1e-3
    with pytest.raises(ValueError, match="batch_size=8"):
        model.predict(any_batch_size.pieces(waves[:1])[0], batch_size=1, verbose=0)


def test_a_warmed_up_generator_begins_as_the_trained_model_would():
    wave = warm_start.data()
    model = warm_start.build(npslstm)
    generator = warm_start.build(npslstm, samples=1, time_steps=1)
    generator.set_weights(model.get_weights())
    history = wave[: warm_start.PIECE]
    first, second = warm_start.generate(generator, history, 2)
    expected = model.predict(history.reshape(1, -1, 1), verbose=0)[0, -1, 0]
    assert first == pytest.approx(expected, abs=1e-6)
    cold = warm_start.generate(generator, history[-1:], 2)
    assert abs(cold[0] - first) > 1e-4 and abs(second - first) > 0


def test_the_pendulum_is_forecast_in_its_own_units():
    table, scaler = several_features.data()
    assert table.shape == (2000, 3) and np.abs(table[:, 0]).max() < np.pi
    assert scaler.scale_ == pytest.approx(table[: several_features.TRAINING].std(axis=0), rel=1e-3)
    assert several_features.build(npslstm).output_shape == (None, 2)


def test_a_sequence_becomes_a_sequence():
    digits, x = sequence_to_sequence.data()
    assert np.array_equal(x[:, ::-1].argmax(axis=2), digits[:, ::-1])
    assert sequence_to_sequence.build(npslstm).output_shape == (None, 6, 10)


def test_mnist_uses_what_images_there_are(monkeypatch, capsys):
    def no_images(*arguments, **keywords):
        raise FileNotFoundError("There are no images here.")

    monkeypatch.setattr(mnist.mnist, "load_data", no_images)
    monkeypatch.setattr(mnist.mnist, "load_idx", no_images)
    (x, _), (x_validate, _), name = mnist.data()
    assert (x.shape, x_validate.shape, name) == ((1500, 8, 8), (297, 8, 8), "8 x 8 digits")
    assert x.dtype == np.float32 and x.min() >= 0 and x.max() == 1
    assert "There are no images here." in capsys.readouterr().out

    def images(count):
        return np.full((count, 28, 28), 255, np.uint8), np.zeros(count, np.uint8)

    monkeypatch.setattr(mnist.mnist, "load_idx", lambda part: images(10_000))
    (x, _), (x_validate, _), name = mnist.data()
    assert (len(x), len(x_validate), name) == (9000, 1000, "MNIST, 10,000 images")

    monkeypatch.setattr(mnist.mnist, "load_data", lambda: (images(60), images(10)))
    (x, _y), (x_validate, _), name = mnist.data()
    assert (len(x), len(x_validate), name) == (60, 10, "MNIST") and x.max() == 1
