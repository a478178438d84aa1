"""Input: the shape of what a model will be given."""

from __future__ import annotations

from typing import Any

from ..arguments import flag, label, shown, whole_number
from ..config import floatx, standardize_dtype
from ..naming import automatic_name
from ..tensors import Call, Tensor
from .checks import Shape, checked_shape


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
        for option, value in {"sparse": sparse, "ragged": ragged, "optional": optional}.items():
            if value is not None and flag(value, option, "Input"):
                raise ValueError(f"Input takes dense arrays: {option}=True does not exist here.")
        if input_tensor is not None:
            raise ValueError(
                "Input takes arrays at each call: leave tensor= (input_tensor=) out, and write "
                "shape=(time_steps, features)."
            )
        if (shape is None) == (batch_shape is None):
            raise ValueError(
                "Input needs either shape=(time_steps, features), or batch_shape=(samples, "
                f"time_steps, features); received shape={shown(shape)} and "
                f"batch_shape={shown(batch_shape)}."
            )
        if batch_size is not None:
            batch_size = whole_number(batch_size, "batch_size", "Input")
        if shape is not None:
            self.batch_shape = (batch_size, *checked_shape(shape, "shape"))
        else:
            self.batch_shape = checked_shape(batch_shape, "batch_shape")
        self.dtype = None if dtype is None else standardize_dtype(dtype).name
        self.name = label(name, "Input") or automatic_name("InputLayer")
        self.calls: list[Call] = []
        self.trainable = True

    built = True
    # What programs ask of all layers of a model:
    sublayers: tuple[()] = ()
    weights: tuple[()] = ()
    trainable_weights = non_trainable_weights = weights
    variables = trainable_variables = non_trainable_variables = weights

    @property
    def names(self) -> list[str]:
        return [self.name]

    def get_weights(self) -> list[Any]:
        """None: it has no weights."""
        return []

    def count_params(self) -> int:
        return 0

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"calls": []}

    def tensor(self, dtype: str | None = None) -> Tensor:
        """The Tensor that stands for the input; of its own dtype, that given, or the configured
        one."""
        if not self.calls:
            Call(self, (), [self.batch_shape], self.dtype or dtype or floatx())
        return self.calls[0].outputs[0]

    @property
    def output(self) -> Tensor:
        """The Tensor that stands for the input."""
        return self.tensor()

    @property
    def shape(self) -> Shape:
        """(samples, ..., features), None for any number."""
        return self.batch_shape

    input_shape = output_shape = shape

    def get_config(self) -> dict[str, Any]:
        config_ = {"batch_shape": self.batch_shape, "dtype": self.dtype or floatx()}
        return config_ | {"sparse": False, "ragged": False, "name": self.name, "optional": False}


def Input(
    shape: Any = None,
    batch_size: int | None = None,
    dtype: Any = None,
    sparse: Any = None,
    ragged: Any = None,
    batch_shape: Any = None,
    name: str | None = None,
    tensor: Any = None,
    optional: bool = False,
) -> Tensor:
    """The input of a model, as a Tensor to call layers on; see `InputLayer`."""
    layer = InputLayer(
        shape, batch_size, dtype, sparse, ragged, batch_shape, tensor, optional, name
    )
    return layer.tensor()

