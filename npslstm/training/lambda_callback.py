"""LambdaCallback: hooks given as plain functions."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import Any

from npslstm.arguments import shown, takes
from npslstm.training.callbacks import HOOKS, Callback

Hook = Callable[..., Any] | None


class LambdaCallback(Callback):
    """A callback made of functions, e.g. `LambdaCallback(on_epoch_end=lambda epoch, logs: ...)`.

    Functions for an epoch take (epoch, logs), those for a batch (batch, logs), all others (logs).
    Every hook of Callback may be given by its name.
    Raises TypeError if a hook is not callable; warns about a name that is not a hook.
    """

    def __init__(
        self,
        on_epoch_begin: Hook = None,
        on_epoch_end: Hook = None,
        on_train_begin: Hook = None,
        on_train_end: Hook = None,
        on_train_batch_begin: Hook = None,
        on_train_batch_end: Hook = None,
        **kwargs: Any,
    ) -> None:
        given = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
            **kwargs,
        }
        for name, function in given.items():
            if name not in HOOKS:
                warnings.warn(
                    f"LambdaCallback has no hook {name!r}, so it is never called. "
                    f"The hooks are: {', '.join(HOOKS)}.",
                    stacklevel=2,
                )
            elif function is not None and not callable(function):
                raise TypeError(
                    f"LambdaCallback({name}=...) takes a function, but received {shown(function)} "
                    f"of type {type(function).__name__}. Write {name}=lambda ...: ..."
                )
            elif function is not None and not takes(function, *arguments_of(name)):
                wanted = ", ".join(arguments_of(name))
                raise TypeError(
                    f"LambdaCallback({name}=...) takes a function of ({wanted}); received "
                    f"{shown(function)}. Write {name}=lambda {wanted}: ..."
                )
            if function is not None:
                setattr(self, name, function)


def arguments_of(hook: str) -> list[str]:
    """The names of what a hook is called with."""
    return list(inspect.signature(getattr(Callback, hook)).parameters)[1:]
