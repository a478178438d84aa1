"""History: the results of every epoch, as `fit` returns them."""

from __future__ import annotations

from typing import Any

import numpy as np

from npslstm.training.callbacks import Callback, Logs


class History(Callback):
    """Keeps the logs of every epoch.

    history: dict, name -> list with one Python float per epoch ("loss", "val_loss", ...).
    epoch: list of the epochs' numbers, counted from 0.
    params: dict with "verbose", "epochs" and "steps".
    """

    needs_batches = False

    def __init__(self) -> None:
        self.epoch: list[int] = []
        self.history: dict[str, list[Any]] = {}

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.epoch = []
        self.model.history = self

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(_plain(value))

    def extend(self, epoch: int, results: dict[str, list[float]]) -> None:
        """Take in several epochs at once, the first of them numbered `epoch`."""
        self.epoch.extend(range(epoch, epoch + len(results["loss"])))
        for name, values in results.items():
            self.history.setdefault(name, []).extend(values)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
