"""What `compile` was given: optimizer, losses and metrics, and what they turn out to mean."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

from .. import losses, optimizers
from ..forms import each, quoted
from ..metrics import Metric
from ..seqlock import LOCKED
from ..watch import Watched, versions
from .compile_arguments import by_output, factors_of, losses_of, metrics_of
from .objective import Objective
from .results import mean

NOTHING_TO_DECIDE = nullcontext()
Report = tuple[str, int, Callable[[float, float], float]]  # name, row of the totals, their meaning


class Meaning(NamedTuple):
    """What the names of metrics turned out to mean: the metrics, what they are called, and what is
    reported of them."""

    metrics: list[Metric]
    names: list[str]
    reports: list[Report]


class Compiled:
    """The arguments of `compile`, with an Objective for each output of the model.

    outputs: the names of the model's outputs. Raises ValueError for losses, weights and metrics of
    outputs that do not exist.
    """

    def __init__(
        self, optimizer: Any, loss: Any, metrics: Any = None, weighted_metrics: Any = None,
        loss_weights: Any = None, outputs: Sequence[str] = ("",),
    ) -> None:  # fmt: skip
        self.optimizer = optimizers.get(optimizer, "optimizer")
        self.outputs = list(outputs)
        self.loss_argument = loss
        self.loss_weights = loss_weights
        self.metric_arguments = metrics
        self.weighted_arguments = weighted_metrics
        self.objectives = [
            Objective(name if len(outputs) > 1 else "", *arguments)
            for name, *arguments in zip(
                outputs,
                losses_of(loss, outputs),
                factors_of(loss_weights, outputs),
                metrics_of(metrics, outputs, "metrics"),
                metrics_of(weighted_metrics, outputs, "weighted_metrics"),
                strict=True,
            )
        ]
        asked = [one for one in self.objectives if one.loss_argument is not None]
        self.trains = bool(asked)
        # the outputs whose losses are reported one by one: those of several
        self.tracked = asked if len(asked) > 1 else []
        self.meaning: Meaning | None = None
        self.renew_lock()

    def renew_lock(self) -> None:
        """One thread at a time finds out what names mean."""
        self.lock = threading.RLock()
        LOCKED.add(self)

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in vars(self).items() if k not in ("lock", "meaning")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.meaning = None
        self.renew_lock()

    # ---- what names turn out to mean -----------------------------------------------------------

    @property
    def loss(self) -> losses.Loss | None:
        """The loss of the first output; None while that is not known."""
        return self.objectives[0].loss

    @property
    def metrics(self) -> list[Metric] | None:
        """All metrics, those that take no sample weights first; None while they are not known."""
        found = self.decided
        return found.metrics if found else None

    @property
    def decided(self) -> Meaning | None:
        """What all names mean, once that is known of all."""
        found = self.meaning
        if found is not None and (
            not found.metrics or found.names == [metric.name for metric in found.metrics]
        ):
            return found
        every = self.objectives
        if not all([one.idle or one.metrics is not None for one in every]):
            return None
        metrics = [m for one in every for m in one.plain]
        metrics += [m for one in every for m in one.weighted]
        self.meaning = Meaning(metrics, [metric.name for metric in metrics], self.reports(metrics))
        return self.meaning

    def undecided(self) -> AbstractContextManager[None]:
        """What names turn out to mean inside is forgotten again if a check there fails: data that
        are refused must not decide what 'crossentropy' or 'accuracy' is."""
        return NOTHING_TO_DECIDE if self.decided is not None else Undecided(self)

    def state(self) -> tuple[Any, ...]:
        """What tells whether programs that were written from these objects are obsolete."""
        objects = [self.optimizer, *(one.loss for one in self.objectives), *(self.metrics or ())]
        return tuple(versions(thing) for thing in objects if isinstance(thing, Watched))

    # ---- targets -------------------------------------------------------------------------------

    def require_loss(self) -> None:
        """Raise ValueError if there is nothing to train for."""
        if not self.trains:
            raise ValueError(
                "There is no loss to train with: write for example model.compile(loss='mse')."
            )

    def targets_of(self, y: Any) -> list[Any]:
        """The targets for each output, None where none are needed. Raises ValueError if some are
        missing, or if there is nothing to train for."""
        self.require_loss()
        if len(self.objectives) == 1:
            return each(y, self.outputs, "y", "outputs")
        needed = [one.name for one in self.objectives if not one.idle]
        if isinstance(y, dict):
            unknown = [name for name in y if name not in {one.name for one in self.objectives}]
            if unknown:
                raise ValueError(
                    f"y has targets for {quoted(unknown)}; the outputs are "
                    f"{quoted([one.name for one in self.objectives])}."
                )
        elif isinstance(y, (list, tuple)) and len(y) == len(self.objectives) != len(needed):
            y = [a for a, one in zip(y, self.objectives, strict=True) if not one.idle]
        found = dict(zip(needed, each(y, needed, "y", "outputs"), strict=True))
        return [found.get(one.name) for one in self.objectives]

    def weights_of(self, sample_weight: Any) -> list[Any]:
        """sample_weight for each output: one array serves them all."""
        names = self.outputs
        if isinstance(sample_weight, dict):
            return by_output(sample_weight, names, "sample_weight")
        if len(names) == 1 or isinstance(sample_weight, (list, tuple)):
            return each(sample_weight, names, "sample_weight", "outputs")
        return [sample_weight] * len(names)

    # ---- results -------------------------------------------------------------------------------

    def reported(self) -> list[Report]:
        """What is reported, in the order in which `evaluate` returns it, which is Keras's."""
        found = self.decided
        return found.reports if found else self.reports([])

    def reports(self, metrics: list[Metric]) -> list[Report]:
        found: dict[str, Report] = {"loss": ("loss", 0, mean)}
        for row, (label, metric) in enumerate(zip(self.labels(), metrics, strict=False), 1):
            found[label] = label, row, metric.value
        own = [f"{one.name}_loss" for one in self.tracked]
        for row, label in enumerate(own, len(metrics) + 1):  # hides a metric of that name
            found[label] = label, row, mean
        if not own:
            return list(found.values())
        plain = [metric.name for metric in metrics if metric.name in found]
        first = dict.fromkeys(["loss", *plain, *own])
        return [found[name] for name in [*first, *sorted(found.keys() - first.keys())]]

    def directions(self) -> dict[str, str | None]:
        """Which way is better, 'up' or 'down', by the names of results."""
        found: dict[str, str | None] = {f"{one.name}_loss": "down" for one in self.tracked}
        metrics = self.metrics or []
        pairs = zip(self.labels(), metrics, strict=True)
        return found | {label: metric.direction for label, metric in pairs}

    @property
    def rows(self) -> int:
        """How many sums are kept: of the loss, the metrics, and the losses of several outputs."""
        return 1 + len(self.metrics or ()) + len(self.tracked)

    def labels(self) -> list[str]:
        """What each of the metrics is called in the results."""
        names: dict[str, None] = {}
        for one in self.objectives:
            for metric in one.plain:
                take(names, one.prefix + metric.name)
        for one in self.objectives:
            for metric in one.weighted:
                name = one.prefix + metric.name
                take(names, f"{one.prefix}weighted_{metric.name}" if name in names else name)
        return list(names)


def take(names: dict[str, None], name: str) -> None:
    """Add a name, with a number if it is there already."""
    free, number = name, 1
    while free in names:
        free, number = f"{name}_{number}", number + 1
    names[free] = None


class Undecided:
    """See `Compiled.undecided`."""

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled

    def __enter__(self) -> None:
        self.compiled.lock.acquire()
        self.before = [(one.loss, one.metrics) for one in self.compiled.objectives]

    def __exit__(self, kind: Any, *error: Any) -> None:
        if kind is not None:
            for one, (loss, metrics) in zip(self.compiled.objectives, self.before, strict=True):
                one.loss, one.metrics = loss, metrics
            self.compiled.meaning = None
        self.compiled.lock.release()
