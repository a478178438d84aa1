"""What `compile` was given: loss, metrics and optimizer, and what they turn out to mean."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import losses, optimizers
from ..metrics import Metric, by_shapes, resolve


class Compiled:
    """The arguments of `compile`. Names of losses and metrics are resolved at the first batch,
    because some of them depend on its shapes.
    """

    def __init__(self, optimizer: Any, loss: Any, metrics: Any, weighted_metrics: Any) -> None:
        self.optimizer = optimizers.get(optimizer)
        self.loss_argument = loss
        self.metric_arguments = flat_list(metrics, "metrics")
        self.weighted_arguments = flat_list(weighted_metrics, "weighted_metrics")
        self.loss: losses.Loss | None = None
        self.metrics: list[Metric] | None = None
        self.batch_loss = np.zeros(1)
        self.loss_totals = np.zeros(2)

    def loss_for(self, output_shape: tuple[Any, ...], y: np.ndarray) -> losses.Loss:
        """The loss. Raises ValueError if there is none or its name is unknown."""
        if self.loss is None:
            if self.loss_argument is None:
                raise ValueError(
                    "There is no loss to train with: write for example model.compile(loss='mse')."
                )
            argument = self.loss_argument
            if isinstance(argument, (list, tuple)) and len(argument) == 1:
                argument = argument[0]
            if argument in ("crossentropy", "ce"):
                argument = by_shapes("Crossentropy", output_shape, y.shape).loss  # type: ignore[attr-defined]
            self.loss = losses.get(argument)
        assert self.loss is not None
        return self.loss

    def resolve_metrics(
        self, output_shape: tuple[Any, ...], target_shape: tuple[int, ...], y: np.ndarray
    ) -> None:
        """Find out what the metrics' names mean. Raises ValueError for an unknown name."""
        if self.metrics is not None:
            return
        arguments = [*self.metric_arguments, *self.weighted_arguments]
        found = [resolve(a, output_shape, target_shape) for a in arguments]
        plain = len(self.metric_arguments)
        names: set[str] = set()
        for position, metric in enumerate(found):
            name, number = metric.name, 1
            if position >= plain and name in names:
                name = f"weighted_{name}"
            while name in names:
                name, number = f"{metric.name}_{number}", number + 1
            metric.name = name
            names.add(name)
        for metric in found:
            targets_fit(metric, output_shape, y)
        self.metrics = found

    def is_weighted(self, position: int) -> bool:
        return position >= len(self.metric_arguments)

    # ---- the numbers ---------------------------------------------------------------------------

    def reset(self) -> None:
        """Begin averaging again."""
        self.loss_totals[:] = 0
        for metric in self.metrics or ():
            metric.reset_state()

    def results(self) -> dict[str, float]:
        """Loss and metrics so far, the loss first."""
        total, count = self.loss_totals
        found = {"loss": float(total / count) if count else 0.0}
        for metric in self.metrics or ():
            found[metric.name] = metric.result()
        return found


def targets_fit(metric: Any, output_shape: tuple[Any, ...], y: np.ndarray) -> None:
    """Raise ValueError unless targets of this shape can be compared by the metric."""
    from ..targets import align, check_labels

    aligned = align(y, output_shape, metric.sparse)
    if metric.sparse:
        check_labels(aligned, output_shape[-1])


def flat_list(given: Any, what: str) -> list[Any]:
    """A list of metrics; Keras also takes the lists of its several outputs, here there is one."""
    if given is None:
        return []
    if not isinstance(given, (list, tuple)):
        raise ValueError(
            f"{what} is a list, for example {what}=['accuracy']; received {given!r} of type "
            f"{type(given).__name__}."
        )
    inner = [g if isinstance(g, (list, tuple)) else [g] for g in given]
    return [metric for group in inner for metric in group]
