"""Callbacks that change the optimizer's learning rate: LearningRateScheduler and ReduceLROnPlateau.

Both add "learning_rate" to the logs of every epoch, hence to the history, as Keras 3 does.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from npslstm.arguments import shown, takes
from npslstm.training.arguments import number_for, received, talking
from npslstm.training.callbacks import Callback, Logs
from npslstm.training.monitor import Monitor


class LearningRateScheduler(Callback):
    """Sets the learning rate before every epoch.

    schedule: function of (epoch, learning_rate), or of (epoch) alone, that returns a float;
    epochs count from 0. verbose: 1 prints a line for every epoch.
    Raises ValueError if `schedule` is no function, or returns something other than a float.
    """

    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        if not callable(schedule) or not (takes(schedule, 0, 0.001) or takes(schedule, 0)):
            raise ValueError(
                "LearningRateScheduler: schedule is a function of (epoch, learning_rate), or of "
                f"(epoch); {received(schedule)}. Write for example "
                "LearningRateScheduler(lambda epoch, rate: rate * 0.9)."
            )
        self.schedule = schedule
        self.verbose = talking(self, verbose)

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Set the epoch's learning rate. Raises ValueError where the schedule gives no float."""
        optimizer = self.model.optimizer
        if _takes_two(self.schedule):
            rate = self.schedule(epoch, current_rate(optimizer))
        else:
            rate = self.schedule(epoch)
        if not isinstance(rate, (float, np.floating)):
            raise ValueError(
                f"LearningRateScheduler: for epoch {epoch} the schedule returned {shown(rate)} of "
                f"type {type(rate).__name__}; it must return a float, such as 0.01 or float(...)."
            )
        optimizer.learning_rate = rate
        if self.verbose > 0:
            print(
                f"\nEpoch {epoch + 1}: LearningRateScheduler setting learning rate to {rate}.",
                flush=True,
            )

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Add the learning rate to the epoch's results."""
        if logs is not None:
            logs["learning_rate"] = current_rate(self.model.optimizer)


class ReduceLROnPlateau(Monitor):
    """Multiplies the learning rate by `factor` after `patience` epochs without improvement.

    monitor, mode, min_delta: what to watch and when it counts as better (see Monitor).
    cooldown: epochs to wait after a reduction before counting again.
    min_lr: the learning rate is not reduced below this.
    verbose: 1 prints a line at every reduction.
    Raises ValueError for what is no number, and if factor >= 1, which would not reduce anything.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(monitor, mode, min_delta)
        if number_for(self, factor, "factor", 0.1) >= 1.0:
            raise ValueError(
                f"ReduceLROnPlateau(factor={factor}) would not reduce the learning rate; "
                "use a factor below 1, such as 0.1."
            )
        if kwargs:
            warnings.warn(
                f"ReduceLROnPlateau does not know {', '.join(kwargs)} and goes on without.",
                stacklevel=2,
            )
        self.factor = factor
        self.patience = number_for(self, patience, "patience", 10)
        self.verbose = talking(self, verbose)
        self.cooldown = number_for(self, cooldown, "cooldown", 5)
        self.min_lr = number_for(self, min_lr, "min_lr", 1e-5)
        self._reset()

    def _reset(self) -> None:
        self.best = None
        self.wait = 0
        self.cooldown_counter = 0

    def in_cooldown(self) -> bool:
        return self.cooldown_counter > 0

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._reset()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Reduce the learning rate if the epochs without improvement are enough."""
        logs = {} if logs is None else logs
        logs["learning_rate"] = current_rate(self.model.optimizer)
        value = self.value(logs, consequence="it leaves the learning rate alone")
        if value is None:
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self.improves(value, self.best):
            self.best = value
            self.wait = 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(epoch)

    def _reduce(self, epoch: int) -> None:
        old = current_rate(self.model.optimizer)
        if old <= np.float32(self.min_lr):
            return
        new = max(old * self.factor, self.min_lr)
        self.model.optimizer.learning_rate = new
        self.cooldown_counter = self.cooldown
        self.wait = 0
        if self.verbose > 0:
            print(
                f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to {new}.",
                flush=True,
            )


def current_rate(optimizer: Any) -> float:
    """The learning rate as Keras reports it: a float32 value in a Python float."""
    return float(np.float32(optimizer.learning_rate))


def _takes_two(schedule: Callable[..., float]) -> bool:
    try:
        inspect.signature(schedule).bind(0, 0.001)
    except (TypeError, ValueError):  # ValueError: it does not say what it takes
        return False
    return True
