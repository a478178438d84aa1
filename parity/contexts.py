"""What holds while two models are compared: one precision for all, and silence."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator

import keras

import npslstm


@contextlib.contextmanager
def precision(dtype: str) -> Iterator[None]:
    """Everything made inside is of this dtype, losses and optimizers included."""

    def use(name: str) -> None:
        npslstm.config.set_floatx(name)
        keras.config.set_floatx(name)
        keras.config.set_dtype_policy(name)

    before = keras.config.floatx()
    use(dtype)
    try:
        yield
    finally:
        use(before)


@contextlib.contextmanager
def without_warnings() -> Iterator[None]:
    """Of masks that end, of a softmax over one unit, of nothing left to train."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield
