"""Callback, whose hooks `fit`, `evaluate` and `predict` call along the way, and CallbackList.

The hooks, their arguments and their order are those of Keras 3
(https://keras.io/api/callbacks/base_callback/).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..arguments import shown

Logs = dict[str, Any]  # name -> value, e.g. {"loss": 0.25, "val_loss": 0.31}


class Callback:
    """Something to do at certain moments of `fit`, `evaluate` or `predict`.

    Subclass it and override the hooks you need.

    `logs` is a dict of running results ("loss", metric names, and "val_" + name at the end of an
    epoch); it is empty where there is nothing to report yet. `self.model` is the model at work and
    `self.params` a dict with "verbose", "epochs" and "steps". Epochs and batches count from 0.
    """

    # Whether the batch hooks have to be called. None: if one of them is overridden.
    # When no callback looks inside an epoch, the whole epoch runs compiled, which is much faster.
    needs_batches: bool | None = None

    params: dict[str, Any] | None = None
    model: Any = None

    def set_params(self, params: dict[str, Any]) -> None:
        self.params = params

    def set_model(self, model: Any) -> None:
        self.model = model

    def __getstate__(self) -> dict[str, Any]:
        """A copy belongs to no model until a call is given it."""
        return {name: value for name, value in vars(self).items() if name != "model"}

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Called once, before the first epoch."""

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Called once, after the last epoch; `logs` are those of that epoch."""

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Called before the first batch of an epoch."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Called after an epoch and its validation; what is added to `logs` enters the history."""

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Called before a batch of `fit`."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Called after a batch of `fit`; `logs` are the means over the epoch so far."""
        self.on_batch_end(batch, logs)

    def on_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """The older name of `on_train_batch_begin`."""

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """The older name of `on_train_batch_end`."""

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Called before `evaluate`, and before the validation of an epoch."""

    def on_test_end(self, logs: Logs | None = None) -> None:
        """Called after `evaluate`, and after the validation of an epoch."""

    def on_test_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Called before a batch of `evaluate` or of the validation."""

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Called after a batch of `evaluate` or of the validation."""

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        """Called before `predict`."""

    def on_predict_end(self, logs: Logs | None = None) -> None:
        """Called after `predict`."""

    def on_predict_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Called before a batch of `predict`."""

    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Called after a batch of `predict`."""


HOOKS = tuple(name for name in vars(Callback) if name.startswith("on_"))
CALLED = ("set_params", "set_model", *HOOKS)  # what a callback must have


class CallbackList:
    """Several callbacks called as one, in the order given.

    callbacks: one Callback, or a list of them (lists inside it are opened), or None.
    All callbacks of one moment receive the same `logs` dict, so what one of them adds
    (a "learning_rate", say) is seen by those after it and by the caller.
    """

    def __init__(
        self, callbacks: Any = None, model: Any = None, params: dict[str, Any] | None = None
    ) -> None:
        if params is not None and not isinstance(params, dict):
            raise TypeError(
                f"CallbackList: params is a dict, such as {{'epochs': 10}}; received "
                f"{shown(params)} of type {type(params).__name__}."
            )
        self.callbacks: list[Any] = [] if callbacks is None else list(_flatten(callbacks))
        self.given = bool(self.callbacks)  # whether there is one of the user's, who may do anything
        if model is not None:
            self.set_model(model)
        if params:
            self.set_params(params)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.callbacks)

    @property
    def wants_train_batches(self) -> bool:
        """True if a callback has to be called around every batch of `fit`."""
        return self._wants(
            "on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end"
        )

    @property
    def wants_test_batches(self) -> bool:
        """True if a callback has to be called around every batch of `evaluate` or validation."""
        return self._wants("on_test_batch_begin", "on_test_batch_end")

    @property
    def wants_predict_batches(self) -> bool:
        """True if a callback has to be called around every batch of `predict`."""
        return self._wants("on_predict_batch_begin", "on_predict_batch_end")

    def _wants(self, *hooks: str) -> bool:
        return any(_needs_batches(callback, hooks) for callback in self.callbacks)

    def set_params(self, params: dict[str, Any]) -> None:
        for callback in self.callbacks:
            callback.set_params(params)

    def set_model(self, model: Any) -> None:
        for callback in self.callbacks:
            callback.set_model(model)

    def _call(self, hook: str, *position: int, logs: Logs | None) -> None:
        if logs is None:
            logs = {}
        for callback in self.callbacks:
            getattr(callback, hook)(*position, logs)

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._call("on_train_begin", logs=logs)

    def on_train_end(self, logs: Logs | None = None) -> None:
        self._call("on_train_end", logs=logs)

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._call("on_epoch_begin", epoch, logs=logs)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self._call("on_epoch_end", epoch, logs=logs)

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        self._call("on_train_batch_begin", batch, logs=logs)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self._call("on_train_batch_end", batch, logs=logs)

    def on_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        self._call("on_batch_begin", batch, logs=logs)

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self._call("on_batch_end", batch, logs=logs)

    def on_test_begin(self, logs: Logs | None = None) -> None:
        self._call("on_test_begin", logs=logs)

    def on_test_end(self, logs: Logs | None = None) -> None:
        self._call("on_test_end", logs=logs)

    def on_test_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        self._call("on_test_batch_begin", batch, logs=logs)

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self._call("on_test_batch_end", batch, logs=logs)

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        self._call("on_predict_begin", logs=logs)

    def on_predict_end(self, logs: Logs | None = None) -> None:
        self._call("on_predict_end", logs=logs)

    def on_predict_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        self._call("on_predict_batch_begin", batch, logs=logs)

    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self._call("on_predict_batch_end", batch, logs=logs)


def _flatten(callbacks: Any, within: tuple[int, ...] = ()) -> Iterable[Any]:
    """The callbacks in lists within lists. Raises TypeError for what is none."""
    if callbacks is None:
        return
    if isinstance(callbacks, (list, tuple, CallbackList)):
        if id(callbacks) in within:
            raise TypeError("callbacks= received a list that holds itself. Write callbacks=[...].")
        for entry in callbacks:
            yield from _flatten(entry, (*within, id(callbacks)))
        return
    if isinstance(callbacks, type):
        raise TypeError(
            f"callbacks= received the class {callbacks.__name__}; "
            f"create it first: callbacks=[{callbacks.__name__}(...)]."
        )
    if not hasattr(callbacks, "on_epoch_end"):
        raise TypeError(
            f"callbacks= takes Callback objects, but received {shown(callbacks)} of type "
            f"{type(callbacks).__name__}. To call a function, wrap it: "
            "LambdaCallback(on_epoch_end=lambda epoch, logs: ...)."
        )
    missing = [name for name in CALLED if not callable(getattr(callbacks, name, None))]
    if missing:
        raise TypeError(
            f"A {type(callbacks).__name__} in callbacks= has no {missing[0]} that can be called. "
            f"Write class {type(callbacks).__name__}(npslstm.callbacks.Callback): that has every "
            "hook, and yours replace some of them."
        )
    yield callbacks


def _needs_batches(callback: Any, hooks: tuple[str, ...]) -> bool:
    declared = getattr(callback, "needs_batches", None)
    if declared is not None:
        return declared
    return any(_overrides(callback, hook) for hook in hooks)


def _overrides(callback: Any, hook: str) -> bool:
    """Whether `callback` has its own `hook`, from a subclass or set on the object itself."""
    function = getattr(getattr(callback, hook), "__func__", None)
    return function is not getattr(Callback, hook)
