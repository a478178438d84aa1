"""What `compile` was given: loss, metrics and optimizer, and what they turn out to mean."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from .. import losses, optimizers, targets
from ..gate import LOCKED
from ..metrics import Metric, by_shapes, resolve
from ..watch import Watched, versions
from .arguments import received

NOTHING_TO_DECIDE = nullcontext()


class Compiled:
    """The arguments of `compile`. Names of losses and metrics are resolved at the first batch,
    because some of them depend on its shapes.
    """

    def __init__(self, optimizer: Any, loss: Any, metrics: Any, weighted_metrics: Any) -> None:
        self.optimizer = optimizers.get(optimizer, "optimizer")
        self.loss_argument = loss
        self.metric_arguments = flat_list(metrics, "metrics")
        self.weighted_arguments = flat_list(weighted_metrics, "weighted_metrics")
        self.loss: losses.Loss | None = None
        self.metrics: list[Metric] | None = None
        self.renew_lock()

    def renew_lock(self) -> None:
        """One thread at a time finds out what names mean."""
        self.lock = threading.RLock()
        LOCKED.add(self)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.renew_lock()

    def loss_for(self, output_shape: tuple[Any, ...], y: Any) -> losses.Loss:
        """The loss. Raises ValueError if there is none or its name is unknown."""
        if self.loss is None:
            argument = self.loss_argument
            if isinstance(argument, (list, tuple)) and len(argument) == 1:
                argument = argument[0]
            if argument is None:
                raise ValueError(
                    "There is no loss to train with: write for example model.compile(loss='mse')."
                )
            if isinstance(argument, str) and argument in ("crossentropy", "ce"):
                argument = by_shapes("Crossentropy", output_shape, y.shape).loss  # type: ignore[attr-defined]
            self.loss = losses.get(argument, "loss")
        assert self.loss is not None
        return self.loss

    def undecided(self) -> AbstractContextManager[None]:
        """What names turn out to mean inside is forgotten again if a check there fails: data that
        are refused must not decide what 'crossentropy' or 'accuracy' is."""
        decided = self.loss is not None and self.metrics is not None
        return NOTHING_TO_DECIDE if decided else Undecided(self)

    def resolve_metrics(
        self, output_shape: tuple[Any, ...], target_shape: tuple[int, ...], y: Any
    ) -> None:
        """Find out what the metrics' names mean, the first time; check targets y, as the user gave
        them and as the loss takes them, every time. Raises ValueError for an unknown name, for
        labels out of range, and for targets that a metric cannot compare with such outputs."""
        if self.metrics is None:
            self.metrics = self.named_metrics(output_shape, target_shape)
        assert self.loss is not None
        if self.sparse:
            aligned = targets.align(y, output_shape, True, "y")
            targets.check_labels(aligned, output_shape[-1], "y")
        if self.loss.sparse and not all(metric.sparse for metric in self.metrics):
            targets.align(y, output_shape, False, "y")

    def named_metrics(
        self, output_shape: tuple[Any, ...], target_shape: tuple[int, ...]
    ) -> list[Metric]:
        """The metrics, each with a name of its own."""
        found = [
            resolve(one, output_shape, target_shape, argument)
            for argument, given in (
                ("metrics", self.metric_arguments), ("weighted_metrics", self.weighted_arguments)
            )
            for one in given
        ]  # fmt: skip
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

    def state(self) -> tuple[Any, ...]:
        """What tells whether programs that were written from these objects are obsolete."""
        objects = [self.optimizer, self.loss, *(self.metrics or ())]
        return tuple(versions(thing) for thing in objects if isinstance(thing, Watched))


class Undecided:
    """See `Compiled.undecided`."""

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled

    def __enter__(self) -> None:
        self.compiled.lock.acquire()
        self.before = self.compiled.loss, self.compiled.metrics

    def __exit__(self, kind: Any, *error: Any) -> None:
        if kind is not None:
            self.compiled.loss, self.compiled.metrics = self.before
        self.compiled.lock.release()


def flat_list(given: Any, what: str) -> list[Any]:
    """A list of metrics; Keras also takes the lists of its several outputs, here there is one."""
    if given is None:
        return []
    if not isinstance(given, (list, tuple)):
        raise ValueError(f"{what} is a list, for example {what}=['accuracy']; {received(given)}.")
    inner = [g if isinstance(g, (list, tuple)) else [g] for g in given]
    return [metric for group in inner for metric in group]
