"""The arrays of fit, evaluate and predict, checked against a model before anything is changed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .. import targets
from ..arguments import naming
from ..arrays import as_data, require_entries
from ..forms import each
from ..protocols import AnyModel
from .arguments import batch_size_of, weights_by_label
from .objective import Objective

DEFAULT_BATCH_SIZE = 32
Arrays = tuple[np.ndarray, ...]


class Data(NamedTuple):
    """An array for each input of a model; for each output targets (N, K) or (N, T, K) and weights
    (N,) or (N, T), or None where there are none. Samples come first in all of them."""

    xs: Arrays
    ys: tuple[np.ndarray | None, ...] = ()
    weights: tuple[np.ndarray | None, ...] = ()

    @property
    def x(self) -> np.ndarray:
        """The array for the first input."""
        return self.xs[0]

    @property
    def y(self) -> np.ndarray | None:
        """The targets of the first output."""
        return self.ys[0] if self.ys else None

    @property
    def samples(self) -> int:
        return len(self.xs[0])

    @property
    def arrays(self) -> list[np.ndarray]:
        """All of them, without those that are not there."""
        return [array for array in (*self.xs, *self.ys, *self.weights) if array is not None]

    def part(self, start: int, stop: int) -> Data:
        """The samples from `start` to before `stop`."""
        every = (tuple([a if a is None else a[start:stop] for a in kind]) for kind in self)
        return Data(*every)  # type: ignore[arg-type]


# ---- inputs -------------------------------------------------------------------------------------


def inputs(model: AnyModel, x: Any) -> Data:
    """x as the model takes it. Raises ValueError if it does not fit, or is empty."""
    return Data(fitting(model, x)[0])


def fitting(model: AnyModel, x: Any) -> tuple[Arrays, list[tuple[int, ...]]]:
    """x as the model takes it, and the shapes of the outputs without their samples."""
    if type(x) is np.ndarray and not model.several:  # the usual case, and fit is called often
        array = as_data(x, model.dtype, "x")
        require_entries(array, "x")
        with naming("x"):
            array = model.fit_rank(array)
            samples = model.state_batch_size or len(array)
            shapes = model.shapes_after(((samples, *array.shape[1:]),))
        return (array,), [shape[1:] for shape in shapes]
    names = model.input_names
    arrays: list[np.ndarray] = []
    for name, given in zip(names, each(x, names, "x", "inputs"), strict=True):
        what = "x" if len(names) == 1 else f"x, for input '{name}'"
        array = as_data(given, model.dtype, what)
        require_entries(array, what)
        with naming(what):
            arrays.append(model.fit_rank(array, len(arrays)))
    require_as_many(arrays, names)
    with naming("x"):
        return tuple(arrays), shapes_of(model, arrays)


def shapes_of(model: AnyModel, xs: Sequence[np.ndarray]) -> list[tuple[int, ...]]:
    """The shapes of the outputs without their samples. Raises ValueError if xs do not fit."""
    samples = model.state_batch_size or len(xs[0])
    return [shape[1:] for shape in model.shapes_after([(samples, *x.shape[1:]) for x in xs])]


def require_as_many(arrays: Sequence[np.ndarray], names: Sequence[str]) -> None:
    """Raise ValueError unless all inputs have the same number of samples."""
    for name, array in zip(names, arrays, strict=True):
        if len(array) != len(arrays[0]):
            raise ValueError(
                f"x: input '{names[0]}' has {len(arrays[0])} samples and input '{name}' has "
                f"{len(array)}; sample by sample they belong together, so give as many of each."
            )


# ---- targets ------------------------------------------------------------------------------------


def labelled(
    model: AnyModel, x: Any, y: Any, sample_weight: Any = None, class_weight: Any = None
) -> Data:
    """x, targets and weights as the model and its losses take them. Raises ValueError if not."""
    with model.compiled.undecided():
        data = with_targets(model, x, y, sample_weight)
        return data if class_weight is None else weighted_by_class(data, class_weight)


def with_targets(model: AnyModel, x: Any, y: Any, sample_weight: Any) -> Data:
    """`labelled` without weights of classes."""
    xs, shapes = fitting(model, x)
    compiled, samples = model.compiled, len(xs[0])
    if type(y) is np.ndarray and sample_weight is None and len(compiled.objectives) == 1:
        compiled.require_loss()  # the usual case, and fit is called often
        (shape,), (objective,) = shapes, compiled.objectives
        target, weight = of_output(objective, (samples, *shape), y, None, model.dtype)
        return Data(xs, (target,), (weight,))
    given = compiled.targets_of(y), compiled.weights_of(sample_weight)
    found = [
        of_output(objective, (samples, *shape), target, weight, model.dtype)
        for objective, shape, target, weight in zip(
            compiled.objectives, shapes, *given, strict=True
        )
    ]
    return Data(xs, tuple([y for y, _ in found]), tuple([weight for _, weight in found]))


def of_output(
    objective: Objective, output_shape: tuple[int, ...], target: Any, weight: Any, dtype: Any
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Targets and weights of one output as its loss takes them; None where none are needed."""
    if target is None and objective.idle:
        return None, None
    array = as_data(target, dtype, objective.target)
    if len(array) != output_shape[0]:
        raise ValueError(
            f"x has {output_shape[0]} samples and {objective.target} has {len(array)}: give one "
            "target for each sample."
        )
    loss = objective.loss_for(output_shape, array)
    aligned = objective.aligned(array, output_shape, loss)
    if weight is not None:
        what = "sample_weight" + (f", for output '{objective.name}'" if objective.name else "")
        weight = targets.align_weights(weight, aligned.shape, dtype, what)
    objective.resolve_metrics(output_shape, array.shape, array)
    return aligned, weight


def validation_of(model: AnyModel, data: Data, validation_data: Any) -> Data:
    """What validation_data=(x, y) or (x, y, sample_weight) holds, for a model that trains on
    `data`. Raises ValueError if it does not fit."""
    if not isinstance(validation_data, (tuple, list)) or len(validation_data) not in (2, 3):
        raise ValueError("validation_data is a tuple (x, y) or (x, y, sample_weight).")
    try:
        held_out = labelled(model, *validation_data)
    except ValueError as error:
        raise ValueError(f"In validation_data: {error}") from None
    shapes = held_out.x.shape[1:], data.x.shape[1:]
    if not model.built and shapes[0] != shapes[1]:  # x will settle what the model takes
        raise ValueError(
            f"In validation_data: each sample of x has shape {shapes[0]}, those to train on have "
            f"{shapes[1]}. For sequences of several lengths begin the model with "
            "Input((None, features))."
        )
    return held_out


def weighted_by_class(data: Data, class_weight: Any) -> Data:
    """`data` with the weight of each row's class. Classes that are not named weigh 1; as in Keras
    targets are rounded to labels. Raises ValueError unless these are numbers by label."""
    if len(data.ys) > 1:
        raise ValueError(
            f"class_weight is for models of one output; this one has {len(data.ys)}. Give "
            "sample_weight, a list with an array for each output."
        )
    if data.weights[0] is not None:
        raise ValueError("Give either sample_weight or class_weight, not both.")
    target, dtype = data.ys[0], data.x.dtype
    assert target is not None
    by_label = weights_by_label(class_weight, dtype)
    labels = target.argmax(axis=-1) if target.shape[-1] > 1 else np.round(target[..., 0])
    weights = np.ones(labels.shape, dtype)
    for label, weight in by_label.items():
        weights[labels == label] = weight
    return data._replace(weights=(weights,))


# ---- samples ------------------------------------------------------------------------------------


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
    model: AnyModel, samples: int, batch_size: Any, what: str, steps: int | None = None,
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
