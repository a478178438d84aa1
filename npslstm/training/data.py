"""The arrays of fit, evaluate and predict, checked against a model before anything is changed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from .. import targets
from ..arrays import as_data

DEFAULT_BATCH_SIZE = 32


class Data(NamedTuple):
    """Samples first in all of them. y (N, K) or (N, T, K), and weights (N,) or (N, T), or None."""

    x: np.ndarray
    y: np.ndarray | None = None
    weights: np.ndarray | None = None

    def part(self, start: int, stop: int) -> Data:
        """The samples from `start` to before `stop`."""
        y, weights = (None if a is None else a[start:stop] for a in (self.y, self.weights))
        return Data(self.x[start:stop], y, weights)

    @property
    def samples(self) -> int:
        return len(self.x)


def inputs(model: Any, x: Any) -> Data:
    """x as the model takes it. Raises ValueError if it does not fit, or is empty."""
    return fitting(model, x)[0]


def fitting(model: Any, x: Any) -> tuple[Data, tuple[int, ...]]:
    """`inputs`, and the shape of the outputs without their first axis, the samples."""
    array = model.fit_rank(as_data(x, model.dtype, "x"))
    if len(array) == 0:
        raise ValueError(f"x has no samples: its shape is {array.shape}.")
    if 0 in array.shape:
        raise ValueError(
            f"x has no {'time steps' if array.ndim == 3 and not array.shape[1] else 'features'}: "
            f"its shape is {array.shape}."
        )
    shape = model.shape_after((model.state_batch_size or len(array), *array.shape[1:]))
    return Data(array), shape[1:]


def labelled(
    model: Any, x: Any, y: Any, sample_weight: Any = None, class_weight: Any = None
) -> Data:
    """x, targets and weights as the model and its loss take them. Raises ValueError if not."""
    (array, *_), shape = fitting(model, x)
    given = as_data(y, model.dtype, "y")
    if len(given) != len(array):
        raise ValueError(
            f"x has {len(array)} samples and y has {len(given)}: give one target for each sample."
        )
    output_shape = (len(array), *shape)
    loss = model.compiled.loss_for(output_shape, given)
    target = targets.align(given, output_shape, loss.sparse)
    if loss.sparse:
        targets.check_labels(target, output_shape[-1])
    if sample_weight is not None and class_weight is not None:
        raise ValueError("Give either sample_weight or class_weight, not both.")
    weights = None
    if class_weight is not None:
        weights = weights_of_classes(class_weight, target, model.dtype)
    elif sample_weight is not None:
        weights = targets.align_weights(sample_weight, target.shape, model.dtype)
    model.compiled.resolve_metrics(output_shape, given.shape, given)
    return Data(array, np.ascontiguousarray(target), weights)


def weights_of_classes(class_weight: Any, target: np.ndarray, dtype: Any) -> np.ndarray:
    """The weight of each row's class; classes that are not named weigh 1."""
    if not isinstance(class_weight, Mapping):
        raise ValueError(f"class_weight is a dict {{label: weight}}; received {class_weight!r}.")
    labels = target.argmax(axis=-1) if target.shape[-1] > 1 else target[..., 0]
    weights = np.ones(labels.shape, dtype)
    for label, weight in class_weight.items():
        weights[labels == label] = weight
    return weights


def split(data: Data, share: float) -> tuple[Data, Data]:
    """The first samples for training, the last `share` of them for validation."""
    if not 0 < share < 1:
        raise ValueError(f"validation_split is a share between 0 and 1; received {share!r}.")
    at = math.floor(data.samples * (1.0 - share))
    if at == 0 or at == data.samples:
        raise ValueError(
            f"validation_split={share} of {data.samples} samples leaves {at} to train and "
            f"{data.samples - at} to validate; both need at least one."
        )
    return data.part(0, at), data.part(at, data.samples)


def passes(epochs: Any) -> int:
    """The number of epochs as an int. Raises ValueError unless it is a whole number from 0 on."""
    if isinstance(epochs, bool) or not isinstance(epochs, (int, np.integer)) or epochs < 0:
        raise ValueError(
            f"epochs is how many times fit uses all samples, a whole number; received {epochs!r}. "
            "Write for example epochs=100."
        )
    return int(epochs)


def is_count(number: Any) -> bool:
    """Whether this is a whole number, from 0 on."""
    try:
        return not isinstance(number, bool) and int(number) == number >= 0
    except (TypeError, ValueError, OverflowError):
        return False


def batches(model: Any, samples: int, batch_size: int | None, what: str) -> int:
    """The batch size to use. Raises ValueError if a stateful model cannot work with it."""
    fixed = model.state_batch_size
    if batch_size is not None and not is_count(batch_size):
        raise ValueError(f"batch_size must be a positive integer; received {batch_size!r}.")
    batch_size = batch_size or fixed or DEFAULT_BATCH_SIZE
    batch_size = min(int(batch_size), samples)
    if fixed is None and model.stateful:
        fixed = batch_size
    if fixed is not None and (batch_size != fixed or samples % fixed):
        size = f"batch_size={batch_size}" + (
            f", which leaves a last batch of {samples % batch_size}" if samples % batch_size else ""
        )
        raise ValueError(
            f"This model is stateful and keeps a state for each of {fixed} samples, so every batch "
            f"must have {fixed}; {what} has {samples} samples and {size}. Write "
            f"batch_size={fixed} and give a multiple of {fixed} samples; to use another batch "
            "size, build a second model with it and call second.set_weights(model.get_weights())."
        )
    return batch_size
