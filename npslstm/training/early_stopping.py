"""EarlyStopping: end training when a watched number no longer improves.

Prechelt, "Early Stopping - But When?" (Neural Networks: Tricks of the Trade, 1998), section 2;
the details are those of Keras 3 (https://keras.io/api/callbacks/early_stopping/).
"""

from __future__ import annotations

from typing import Any

from npslstm.arguments import flag
from npslstm.training.arguments import number_for, talking
from npslstm.training.callbacks import Logs
from npslstm.training.monitor import Monitor


class EarlyStopping(Monitor):
    """Stops `fit` after `patience` epochs in a row without an improvement.

    monitor, min_delta, mode: what to watch and when it counts as better (see Monitor).
    patience: epochs without improvement that are tolerated.
    verbose: 1 prints a line when training stops and when weights are restored.
    baseline: an epoch resets the patience only if it beats this number as well.
    restore_best_weights: at the end of training, go back to the weights of the best epoch.
    start_from_epoch: ignore the epochs before this one (counted from 0).
    Raises ValueError for what is no number.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__(monitor, mode, min_delta)
        self.patience = number_for(self, patience, "patience", 5)
        self.verbose = talking(self, verbose)
        self.baseline = None if baseline is None else number_for(self, baseline, "baseline", 0.5)
        self.restore_best_weights = flag(
            restore_best_weights, "restore_best_weights", "EarlyStopping"
        )
        self.start_from_epoch = number_for(self, start_from_epoch, "start_from_epoch", 10)
        self._reset()

    def _reset(self) -> None:
        self.wait = 0
        self.stopped_epoch = 0
        self.best = None
        self.best_epoch = 0
        self.best_weights: list[Any] | None = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._reset()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        value = self.value(logs or {}, consequence="it cannot stop the training")
        if value is None or epoch < self.start_from_epoch:
            return
        self.wait += 1
        if self.improves(value, self.best):
            self._remember(epoch, value)
            if self.baseline is None or self.improves(value, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def _remember(self, epoch: int, value: float) -> None:
        self.best = value
        self.best_epoch = epoch
        if self.restore_best_weights:
            self.best_weights = self.model.get_weights()

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self.stopped_epoch > 0 and self.verbose > 0:
            print(f"Epoch {self.stopped_epoch + 1}: early stopping", flush=True)
        if self.best_weights is None:
            return
        if self.verbose > 0:
            print(
                f"Restoring model weights from the end of the best epoch: {self.best_epoch + 1}.",
                flush=True,
            )
        self.model.set_weights(self.best_weights)
