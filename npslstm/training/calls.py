"""Calls of fit, evaluate and predict, and calls within them.

A callback may use the model whose call it is called by: evaluate, predict or fit it once more,
train on a batch, save it, change its weights. What belongs to the call under way is then as it was
when the callback returns, or raises: whether to stop, the running means of its epoch, its history,
and what its callbacks know of it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from ..protocols import AnyModel
from .callbacks import CallbackList

STOPS = {"train": "stop_training", "test": "stop_evaluating", "predict": "stop_predicting"}
NAMES = {"train": "fit", "test": "evaluate", "predict": "predict"}


class UnderWay(threading.local):
    """The calls that a thread is in, the innermost last."""

    def __init__(self) -> None:
        self.calls: list[Call] = []


under_way = UnderWay()


class Call:
    """A call under way: `with Call(...) as call`.

    purpose: 'train', 'test' or 'predict'.
    params: what set_params tells the callbacks; None for the validation within fit, which changes
    nothing of that.
    """

    def __init__(
        self, model: AnyModel, purpose: str, listeners: CallbackList,
        params: dict[str, Any] | None = None,
    ) -> None:  # fmt: skip
        self.model = model
        self.purpose = purpose
        self.listeners = listeners
        self.params = params
        self.made_for = (model.compiled, model.layers) if listeners.given else None
        self.undo: list[Callable[[], None]] = []

    def __enter__(self) -> Call:
        model, flag = self.model, STOPS[self.purpose]
        if under_way.calls:
            self.remember()
        if self.params is not None:
            self.listeners.set_model(model)
            self.listeners.set_params(self.params)
        setattr(model, flag, False)
        under_way.calls.append(self)
        return self

    def __exit__(self, *exception: Any) -> None:
        under_way.calls.pop()
        for action in self.undo:
            action()

    def remember(self) -> None:
        """Note what the calls that this one is within will need again."""
        if any(c.model is self.model and c.purpose == self.purpose for c in under_way.calls):
            names = [STOPS[self.purpose], *(["history"] if self.purpose == "train" else [])]
            before = {name: getattr(self.model, name) for name in names}
            self.undo.append(lambda: vars(self.model).update(before))
        if self.params is not None:
            of_outer = {id(callback) for call in under_way.calls for callback in call.listeners}
            self.undo += [restoring(c) for c in self.listeners if id(c) in of_outer]

    @property
    def stopped(self) -> bool:
        """Whether a callback, or another thread, has asked this call to stop."""
        return bool(getattr(self.model, STOPS[self.purpose]))

    def check(self) -> None:
        """Before a batch: raise if a callback has changed what this call was made for."""
        if self.made_for is None:  # there is no callback
            return
        model, name = self.model, NAMES[self.purpose]
        if model.compiled is not self.made_for[0]:
            raise TypeError(
                f"A callback called compile while {name} was running, which cannot go on with "
                "another optimizer, loss and metrics. Call compile before or after; to change the "
                "learning rate write model.optimizer.learning_rate = 0.01."
            )
        if model.layers != self.made_for[1]:
            raise ValueError(
                f"A callback added or removed layers while {name} was running. Change the layers "
                "before or after."
            )


def restoring(callback: Any) -> Callable[[], None]:
    """An action that tells a callback again which model it belongs to, and the call's params."""
    model, params = getattr(callback, "model", None), getattr(callback, "params", None)

    def restore() -> None:
        if model is not None:
            callback.set_model(model)
        if params is not None:
            callback.set_params(params)

    return restore
