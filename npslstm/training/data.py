"""The arrays of fit, evaluate and predict, checked against a model before anything is changed."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from .. import targets
from ..arguments import naming
from ..arrays import as_data, require_entries
from .arguments import batch_size_of, weights_by_label

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
    return Data(fitting(model, x)[0])


def fitting(model: Any, x: Any) -> tuple[np.ndarray, tuple[int, ...]]:
    """x as the model takes it, and the shape of the outputs without their samples."""
    array = as_data(x, model.dtype, "x")
    require_entries(array, "x")
    with naming("x"):
        array = model.fit_rank(array)
        shape = model.shape_after((model.state_batch_size or len(array), *array.shape[1:]))
    return array, shape[1:]


def labelled(
    model: Any, x: Any, y: Any, sample_weight: Any = None, class_weight: Any = None
) -> Data:
    """x, targets and weights as the model and its loss take them. Raises ValueError if not."""
    with model.compiled.undecided():
        data = with_targets(model, x, y, sample_weight)
        return data if class_weight is None else weighted_by_class(data, class_weight)


def with_targets(model: Any, x: Any, y: Any, sample_weight: Any) -> Data:
    """`labelled` without weights of classes."""
    array, shape = fitting(model, x)
    given = as_data(y, model.dtype, "y")
    if len(given) != len(array):
        raise ValueError(
            f"x has {len(array)} samples and y has {len(given)}: give one target for each sample."
        )
    output_shape = (len(array), *shape)
    loss = model.compiled.loss_for(output_shape, given)
    target = targets.align(given, output_shape, loss.sparse, "y")
    weights = None
    if sample_weight is not None:
        weights = targets.align_weights(sample_weight, target.shape, model.dtype)
    model.compiled.resolve_metrics(output_shape, given.shape, given)
    return Data(array, target, weights)


def validation_of(model: Any, data: Data, validation_data: Any) -> Data:
    """What validation_data=(x, y) or (x, y, sample_weight) holds, for a model that trains on
    `data`. Raises ValueError if it does not fit."""
    if not isinstance(validation_data, (tuple, list)) or len(validation_data) not in (2, 3):
        raise ValueError("validation_data is a tuple (x, y) or (x, y, sample_weight).")
    try:
        held_out = labelled(model, *validation_data)
    except ValueError as error:
        raise ValueError(f"In validation_data: {error}") from None
    shapes = held_out.x.shape[1:], data.x.shape[1:]
    if model.batch_shape is None and shapes[0] != shapes[1]:  # x will settle what the model takes
        raise ValueError(
            f"In validation_data: each sample of x has shape {shapes[0]}, those to train on have "
            f"{shapes[1]}. For sequences of several lengths begin the model with "
            "Input((None, features))."
        )
    return held_out


def weighted_by_class(data: Data, class_weight: Any) -> Data:
    """`data` with the weight of each row's class. Classes that are not named weigh 1; as in Keras
    targets are rounded to labels. Raises ValueError unless these are numbers by label."""
    if data.weights is not None:
        raise ValueError("Give either sample_weight or class_weight, not both.")
    target, dtype = data.y, data.x.dtype
    assert target is not None
    by_label = weights_by_label(class_weight, dtype)
    labels = target.argmax(axis=-1) if target.shape[-1] > 1 else np.round(target[..., 0])
    weights = np.ones(labels.shape, dtype)
    for label, weight in by_label.items():
        weights[labels == label] = weight
    return data._replace(weights=weights)


def split(data: Data, share: float) -> tuple[Data, Data]:
    """The first samples for training, the last `share` of them for validation."""
    at = math.floor(data.samples * (1.0 - share))
    if at == 0 or at == data.samples:
        raise ValueError(
            f"validation_split={share} of {data.samples} samples leaves {at} to train and "
            f"{data.samples - at} to validate; both need at least one."
        )
    return data.part(0, at), data.part(at, data.samples)


def batches(
    model: Any, samples: int, batch_size: Any, what: str, steps: int | None = None,
    fixed: int | None = None,
) -> int:  # fmt: skip
    """The batch size to use. Raises ValueError if a stateful model cannot work with it.

    Without a batch size, `steps` batches hold all samples. fixed: the size that a stateful model
    will have been built with, if it is not yet known.
    """
    fixed = model.state_batch_size or fixed
    size = batch_size_of(batch_size) or fixed
    if size is None:
        size = DEFAULT_BATCH_SIZE if steps is None else -(-samples // steps)
    size = min(size, samples)
    if fixed is None and model.stateful:
        fixed = size
    if fixed is not None and (size != fixed or samples % fixed):
        said = f"batch_size={size}" + (
            f", which leaves a last batch of {samples % size}" if samples % size else ""
        )
        raise ValueError(
            f"This model is stateful and keeps a state for each of {fixed} samples, so every batch "
            f"must have {fixed}; {what} has {samples} samples and {said}. Write "
            f"batch_size={fixed} and give a multiple of {fixed} samples; to use another batch "
            "size, build a second model with it and call second.set_weights(model.get_weights())."
        )
    return size
