"""Input: the shape of what a model will be given."""

from __future__ import annotations

from typing import Any

from .. import config
from ..naming import automatic_name
from .base import Shape


class InputLayer:
    """Says that samples are arrays of `shape`; the first entry of a Sequential.

    shape: (time steps, features) or (features,), without the samples; None for any number of time
    steps. batch_size: a fixed number of samples, for stateful models. batch_shape: both in one.
    """

    def __init__(
        self,
        shape: Any = None,
        batch_size: int | None = None,
        dtype: Any = None,
        sparse: Any = None,
        ragged: Any = None,
        batch_shape: Any = None,
        input_tensor: Any = None,
        optional: bool = False,
        name: str | None = None,
    ) -> None:
        if sparse or ragged or input_tensor is not None or optional:
            raise ValueError(
                "Input takes dense arrays: sparse, ragged and tensor do not exist here."
            )
        if (shape is None) == (batch_shape is None):
            raise ValueError(
                "Input needs either shape=(time_steps, features), or batch_shape=(samples, "
                f"time_steps, features); received shape={shape} and batch_shape={batch_shape}."
            )
        self.batch_shape = checked_shape((batch_size, *axes(shape)) if shape is not None
                                         else axes(batch_shape))  # fmt: skip
        self.dtype = None if dtype is None else config.standardize_dtype(dtype).name
        self.name = name or automatic_name("InputLayer")

    @property
    def shape(self) -> Shape:
        """(samples, ..., features), None for any number."""
        return self.batch_shape

    def get_config(self) -> dict[str, Any]:
        config_ = {"batch_shape": self.batch_shape, "dtype": self.dtype or config.floatx()}
        return config_ | {"sparse": False, "ragged": False, "name": self.name, "optional": False}


def Input(  # noqa: N802 - Keras's name
    shape: Any = None,
    batch_size: int | None = None,
    dtype: Any = None,
    sparse: Any = None,
    ragged: Any = None,
    batch_shape: Any = None,
    name: str | None = None,
    tensor: Any = None,
    optional: bool = False,
) -> InputLayer:
    """The input of a Sequential: see `InputLayer`."""
    return InputLayer(shape, batch_size, dtype, sparse, ragged, batch_shape, tensor, optional, name)


def axes(shape: Any) -> tuple[Any, ...]:
    """A shape as a tuple. Raises ValueError for anything but a tuple or list."""
    if not isinstance(shape, (tuple, list)):
        raise ValueError(
            f"A shape is a tuple, (time_steps, features) for sequences; received {shape!r}. Write "
            f"Input(shape=({shape!r}, 1)) for {shape!r} time steps of one feature."
        )
    return tuple(shape)


def checked_shape(shape: tuple[Any, ...]) -> Shape:
    """Raise ValueError unless every axis is a positive integer or None."""
    for axis in shape:
        if axis is not None and (isinstance(axis, bool) or int(axis) != axis or axis <= 0):
            raise ValueError(f"Every axis of a shape is a positive integer or None; got {shape}.")
    return tuple(None if axis is None else int(axis) for axis in shape)
