"""The reproductions that say which of Keras's backends can be a reference."""

from parity import backends


def test_tensorflow_is_a_usable_reference():
    verdict = backends.demonstrate("tensorflow")
    assert verdict.usable, verdict.printed


def test_a_backend_whose_predict_forgets_is_recognised():
    verdict = backends.read("jax", "predict: 0.5 0.5 0.5 0.5\nfit: trained\n")
    assert not verdict.remembers and verdict.trains and not verdict.usable


def test_a_backend_that_cannot_train_is_recognised():
    verdict = backends.read("torch", "predict: 0.5 0.6 0.7 0.8\nfit: RuntimeError: modified: x\n")
    assert verdict.remembers and not verdict.trains and not verdict.usable
