"""TerminateOnNaN: stop as soon as the loss is no longer a finite number."""

from __future__ import annotations

import math

from npslstm.arguments import flag
from npslstm.training.callbacks import Callback, Logs


class TerminateOnNaN(Callback):
    """Stops `fit` after the first batch whose loss is NaN or infinite.

    raise_error: raise RuntimeError at once instead of ending the training in good order.

    Looking after every batch, as Keras does, keeps `fit` from running whole epochs compiled. Set
    `needs_batches = False` on the object to look after every epoch instead: the loss of an epoch is
    the mean of its batches, so a NaN is never missed, only noticed at the end of its epoch.
    """

    def __init__(self, raise_error: bool = False) -> None:
        self.raise_error = flag(raise_error, "raise_error", "TerminateOnNaN")

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self._check(f"Batch {batch}", logs)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if not self.model.stop_training:
            self._check(f"Epoch {epoch + 1}", logs)

    def _check(self, moment: str, logs: Logs | None) -> None:
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(loss):
            return
        if self.raise_error:
            raise RuntimeError(
                f"{moment}: the loss is {loss}. Training diverged, or the data hold NaN or inf; "
                "try a smaller learning rate, clipnorm=1.0 in the optimizer, or scaled data."
            )
        print(f"{moment}: Invalid loss, terminating training", flush=True)
        self.model.stop_training = True
