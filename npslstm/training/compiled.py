"""What `compile` was given: loss, metrics and optimizer, and what they turn out to mean."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from .. import losses, optimizers, targets
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

    @contextmanager
    def undecided(self) -> Iterator[None]:
        """What names turn out to mean inside is forgotten again if a check there fails: data that
        are refused must not decide what 'crossentropy' or 'accuracy' is."""
        before = self.loss, self.metrics
        try:
            yield
        except BaseException:
            self.loss, self.metrics = before
            raise

    def resolve_metrics(
        self, output_shape: tuple[Any, ...], target_shape: tuple[int, ...], y: np.ndarray
    ) -> None:
        """Find out what the metrics' names mean, the first time; check targets y, as the user gave
        them, every time, for kernels do not. Raises ValueError for an unknown name, and for targets
        that the loss or a metric cannot compare with outputs of this shape."""
        if self.metrics is None:
            self.metrics = self.named_metrics(output_shape, target_shape)
        for sparse in {judge.sparse for judge in (self.loss, *self.metrics) if judge is not None}:
            aligned = targets.align(y, output_shape, sparse)
            if sparse:
                targets.check_labels(aligned, output_shape[-1])

    def named_metrics(
        self, output_shape: tuple[Any, ...], target_shape: tuple[int, ...]
    ) -> list[Metric]:
        """The metrics, each with a name of its own."""
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
        return found

    @property
    def sparse(self) -> bool:
        """Whether targets are labels, which the loss or a metric takes for positions."""
        assert self.loss is not None
        return self.loss.sparse or any(metric.sparse for metric in self.metrics or ())

    def is_weighted(self, position: int) -> bool:
        return position >= len(self.metric_arguments)

    # ---- the numbers ---------------------------------------------------------------------------

    def reset(self) -> None:
        """Begin averaging again."""
        self.loss_totals[:] = 0
        for metric in self.metrics or ():
            metric.reset_state()

    def running_means(self) -> list[np.ndarray]:
        """The arrays that loss and metrics are added up in."""
        return [self.loss_totals, *(metric.totals for metric in self.metrics or ())]

    def results(self) -> dict[str, float]:
        """Loss and metrics so far, the loss first."""
        total, count = self.loss_totals
        found = {"loss": float(total / count) if count else 0.0}
        for metric in self.metrics or ():
            found[metric.name] = metric.result()
        return found


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
