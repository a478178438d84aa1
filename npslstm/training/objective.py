"""What one output of a model is trained for: its loss, the weight of that loss, and metrics."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import losses, targets
from ..losses.function import FunctionLoss, OfRows
from ..metrics import Metric, by_shapes, resolve


class Objective:
    """The arguments of `compile` that concern one output. Names of losses and metrics are resolved
    at the first batch, because some of them depend on its shapes.

    name: of the output, '' if it is the only one. loss_argument: None for an output that nothing is
    asked of. factor: what the loss counts for in the sum of all losses, None for 1.
    """

    def __init__(
        self, name: str, loss: Any, factor: float | None, metrics: list[Any], weighted: list[Any]
    ) -> None:
        self.name = name
        self.prefix = f"{name}_" if name else ""  # of the names of its metrics
        self.target = f"y, for output '{name}'" if name else "y"  # in messages
        self.idle = loss is None and not (metrics or weighted)  # it needs no targets
        self.loss_argument = loss
        self.factor = factor
        self.metric_arguments = metrics
        self.weighted_arguments = weighted
        self.loss: losses.Loss | None = None
        self.metrics: list[Metric] | None = None
        self.sparse = self.aligns = False

    def loss_for(self, output_shape: tuple[Any, ...], y: Any) -> losses.Loss | None:
        """The loss, None for an output that is only watched. Raises ValueError if its name is
        unknown."""
        if self.loss is None and self.loss_argument is not None:
            argument = self.loss_argument
            if isinstance(argument, str) and argument in ("crossentropy", "ce"):
                argument = by_shapes("Crossentropy", output_shape, y.shape).loss  # type: ignore[attr-defined]
            self.loss = losses.get(argument, "loss")
        return self.loss

    def aligned(
        self, target: np.ndarray, output_shape: tuple[Any, ...], loss: losses.Loss | None
    ) -> np.ndarray:
        """Targets as the loss takes them, or the first metric of an output without one. Raises
        ValueError if they do not fit the outputs."""
        if isinstance(loss, OfRows):
            found = loss.align(target, output_shape, self.target)
            if isinstance(loss, FunctionLoss):
                loss.follow(found.shape, output_shape)
            return found
        if loss is None:
            self.resolve_metrics(output_shape, target.shape, target)
        return targets.align(
            target, output_shape, self.sparse if loss is None else loss.sparse, self.target
        )

    def resolve_metrics(
        self, output_shape: tuple[Any, ...], target_shape: tuple[int, ...], y: Any
    ) -> None:
        """Find out what the metrics' names mean, the first time; check targets y, as the user gave
        them and as the loss takes them, every time. Raises ValueError for an unknown name, for
        labels out of range, and for targets that a metric cannot compare with such outputs."""
        if self.metrics is None:
            found = [
                resolve(one, output_shape, target_shape, argument)
                for argument, given in (
                    ("metrics", self.metric_arguments),
                    ("weighted_metrics", self.weighted_arguments),
                )
                for one in given
            ]
            # labels are positions for the loss or a metric
            self.sparse = sparse(self.loss) or any(metric.sparse for metric in found)
            # where metrics may take other targets than the loss
            self.aligns = sparse(self.loss) or isinstance(self.loss, OfRows)
            self.metrics = found
        if self.sparse:
            aligned = targets.align(y, output_shape, True, self.target)
            targets.check_labels(aligned, output_shape[-1], self.target)
        if self.aligns:
            for metric in self.metrics:
                metric.align(y, output_shape, self.target)

    @property
    def plain(self) -> list[Metric]:
        """The metrics that do not take sample weights into account."""
        return (self.metrics or [])[: len(self.metric_arguments)]

    @property
    def weighted(self) -> list[Metric]:
        """Those that do."""
        return (self.metrics or [])[len(self.metric_arguments) :]


def sparse(loss: losses.Loss | None) -> bool:
    """Whether a loss, if there is one, takes integer labels."""
    return loss is not None and loss.sparse
