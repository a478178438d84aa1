"""Metrics: what is watched beside the loss. Names, arguments and defaults are Keras's.

A metric is the mean of one number a row over an epoch. Used by itself, a metric gathers rows with
`update_state(y_true, y_pred)`; `result()` is the mean so far. The formulas stand in
`kernels/metrics` and `kernels/losses`.
"""

from __future__ import annotations

from typing import Any

from .. import losses
from ..arguments import shown
from ..identifiers import Registry, serialize, snake_case
from .accuracies import BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy
from .base import Metric
from .errors import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    MeanAbsoluteError,
    MeanSquaredError,
    RootMeanSquaredError,
    SparseCategoricalCrossentropy,
)
from .function import MeanMetricWrapper

KINDS = (MeanSquaredError, MeanAbsoluteError, RootMeanSquaredError, BinaryCrossentropy,
         CategoricalCrossentropy, SparseCategoricalCrossentropy, BinaryAccuracy,
         CategoricalAccuracy, SparseCategoricalAccuracy)  # fmt: skip
SHORT = {short: globals()[kind.__name__] for short, kind in losses.SHORT.items()}
NAMES = {snake_case(k.__name__): k for k in KINDS} | {k.__name__: k for k in KINDS} | SHORT
OF_LOSSES = list(losses.FUNCTIONS)  # functions that are known by their names
AUTOMATIC = {"accuracy": "Accuracy", "acc": "Accuracy",
             "crossentropy": "Crossentropy", "ce": "Crossentropy"}  # fmt: skip
registry = Registry("a metric", NAMES | {"accuracy": lambda: "accuracy"}, Metric)


def get(identifier: Any, argument: str = "identifier") -> Any:
    """The metric of a name, or itself. Raises ValueError for an unknown name."""
    return registry.get(identifier, argument)


def deserialize(config: Any) -> Any:
    """The mirror of `serialize`."""
    return get(config)


def resolve(
    identifier: Any, output_shape: tuple[Any, ...], target_shape: tuple[int, ...],
    argument: str = "metrics",
) -> Metric:  # fmt: skip
    """The metric meant by a compile argument, given the shapes of one batch, as Keras decides.

    'accuracy' is binary for one output unit, sparse if targets have an axis less than the output or
    a last axis of 1, categorical otherwise, whatever the loss. A name in the logs is the one given.
    argument: what a refusal calls it.
    """
    if isinstance(identifier, Metric):
        return identifier
    if callable(identifier) and not isinstance(identifier, type) and identifier not in OF_LOSSES:
        return MeanMetricWrapper(identifier)
    if isinstance(identifier, str) and identifier in AUTOMATIC:
        metric = by_shapes(AUTOMATIC[identifier], output_shape, target_shape)
    else:
        if callable(identifier) and identifier in OF_LOSSES:
            identifier = identifier.__name__
        metric = get(identifier, argument)
    if not isinstance(metric, Metric):
        raise ValueError(
            f"{argument}: {shown(identifier)} cannot be used as a metric: give a name "
            f"({', '.join(sorted(NAMES))}) or an object of npslstm.metrics."
        )
    if isinstance(identifier, str):
        metric.name = identifier
    return metric


def by_shapes(kind: str, output_shape: tuple[Any, ...], target_shape: tuple[int, ...]) -> Metric:
    if output_shape[-1] == 1:
        return globals()[f"Binary{kind}"]()
    if len(target_shape) < len(output_shape) or target_shape[-1] == 1:
        return globals()[f"SparseCategorical{kind}"]()
    return globals()[f"Categorical{kind}"]()


__all__ = [
    "BinaryAccuracy", "BinaryCrossentropy", "CategoricalAccuracy", "CategoricalCrossentropy",
    "MeanAbsoluteError", "MeanMetricWrapper", "MeanSquaredError", "Metric", "RootMeanSquaredError",
    "SparseCategoricalAccuracy", "SparseCategoricalCrossentropy", "deserialize", "get", "serialize",
]  # fmt: skip
