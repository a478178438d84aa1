"""Names and configurations: how a string such as 'glorot_uniform' becomes an object, and back.

Each family (initializers, regularizers, activations, ...) keeps one `Registry` of what it knows.
The dicts that `serialize` writes have the shape of Keras's own, so that either side reads both.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import BuiltinFunctionType, FunctionType
from typing import Any

import numpy as np

from .arguments import shown, takes

_PACKAGE = __name__.partition(".")[0]
# Modules of this package whose classes Keras shows under another name than its own.
_KERAS_MODULES = {
    "seeding": "keras.random", "sequential": "keras", "model": "keras.src.models.functional",
}  # fmt: skip
_KERAS_NAMES = {"Model": "Functional"}


def snake_case(name: str) -> str:
    """'GlorotUniform' -> 'glorot_uniform', 'L1L2' -> 'l1l2', by the rule that Keras follows."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def names_of(*objects: Callable) -> dict[str, Callable]:
    """Every class or function under its own name and under that name in snake_case."""
    both = {obj.__name__: obj for obj in objects}
    return both | {snake_case(name): obj for name, obj in both.items()}


@dataclass(frozen=True)
class Registry:
    """What one family of objects knows by name.

    `kind` is the word for error messages ("initializer"), `names` maps every accepted spelling to a
    class or function, and `base` is a class whose instances are accepted though not callable. A
    function must take the arguments `called_with`, after a * by their names; None takes any.
    """

    kind: str
    names: Mapping[str, Callable]
    base: type | tuple[type, ...] = ()
    called_with: str | None = None

    def get(self, identifier: Any, argument: str = "identifier") -> Any:
        """The object meant by a name, a config dict, a class, an instance or a callable.

        A name or a class makes a new instance each time; an instance, a function and None come back
        as they are. Raises ValueError for anything else, naming the `argument` that it stood for.
        """
        if identifier is None:
            return None
        if isinstance(identifier, (str, dict)):
            return self.deserialize(identifier, argument=argument)
        found = identifier
        if isinstance(identifier, type):
            try:
                found = identifier()
            except Exception as error:
                raise ValueError(
                    f"{argument}: the class {identifier.__name__} could not be used as "
                    f"{self.kind}, since {identifier.__name__}() failed: {error}. Write an object."
                ) from error
        if isinstance(found, self.base) or (callable(found) and self._can_be_called(found)):
            return found
        raise ValueError(
            f"{argument}: cannot read {shown(identifier)} (of type {type(identifier).__name__}) as "
            f"{self.kind}. Write a name, an object or {self._function}. {_known_names(self.names)}"
        )

    @property
    def _function(self) -> str:
        return f"a function of ({self.called_with})" if self.called_with else "a function"

    def _can_be_called(self, function: Callable) -> bool:
        """Whether a function takes what it will be given; True where it does not say."""
        if self.called_with is None:
            return True
        in_order, _, by_name = self.called_with.partition(", *")
        names = [name for name in by_name.split(", ") if name]
        return takes(function, *in_order.split(", "), **dict.fromkeys(names))

    def deserialize(
        self, config: str | dict[str, Any], custom_objects: Mapping[str, Callable] | None = None,
        argument: str = "config",
    ) -> Any:  # fmt: skip
        """The object described by a name or by {"class_name": ..., "config": {...}}.

        `custom_objects` maps further names to classes or functions. Raises ValueError for a name
        that is not known and for a dict without "class_name".
        """
        if isinstance(config, str):
            config = {"class_name": config}
        if not isinstance(config, Mapping) or "class_name" not in config:
            keys = f"the keys {list(config)}" if isinstance(config, Mapping) else shown(config)
            raise ValueError(
                f"{argument}: a config that describes {self.kind} has the keys 'class_name' and "
                f"'config'; received {keys}."
            )
        name, arguments = config["class_name"], config.get("config") or {}
        if isinstance(name, str) and name == "function":
            name, arguments = arguments, {}
        found = self._find(name, {**self.names, **(custom_objects or {})}, argument)
        if not isinstance(found, type):
            return found
        try:
            return (found.from_config(arguments) if hasattr(found, "from_config")
                    else found(**arguments))  # fmt: skip
        except Exception as error:
            raise ValueError(
                f"{argument}: {found.__name__} cannot be made from the config {shown(arguments)}: "
                f"{error}"
            ) from error

    def _find(self, name: Any, names: Mapping[str, Callable], argument: str) -> Callable:
        if isinstance(name, str) and name in names:
            return names[name]
        # Compared in lower case, so that 'GLOROT_UNIFORM' and 'Glorot Uniform' find their name.
        lowered = {known.lower(): known for known in names}
        close = get_close_matches(name[:100].lower(), lowered, n=1) if isinstance(name, str) else []
        hint = f"Did you mean {lowered[close[0]]!r}? " if close else ""
        raise ValueError(
            f"{shown(name)} is not {self.kind}. {hint}{_known_names(names)} Write one of them for "
            f"{argument}."
        )


def _known_names(names: Mapping[str, Callable]) -> str:
    """One spelling per object is enough to read: the first in lower case, if it has any."""
    spelling: dict[Callable, str] = {}
    for name in sorted(names, key=str.islower, reverse=True):
        spelling.setdefault(names[name], name)
    return f"Known names: {', '.join(sorted(spelling.values()))}."


def serialize(obj: Any) -> Any:
    """A JSON-ready description of `obj`: {"module", "class_name", "config", "registered_name"}.

    None, numbers, strings, lists and dicts describe themselves. Raises TypeError for an object that
    has no `get_config`.
    """
    if obj is None or isinstance(obj, (bool, int, float, str)):
        return obj
    if isinstance(obj, (list, tuple)):
        return [serialize(item) for item in obj]
    if isinstance(obj, dict):
        return {key: serialize(value) for key, value in obj.items()}
    if isinstance(obj, (np.generic, np.ndarray)):
        return _serialize_array(obj)
    if isinstance(obj, (FunctionType, BuiltinFunctionType)):
        return _description("builtins", "function", obj.__name__, "function")
    if not hasattr(obj, "get_config"):
        raise TypeError(
            f"Cannot describe {shown(obj)} (of type {type(obj).__name__}) in a config: "
            "its class needs a method get_config() that returns the constructor's arguments."
        )
    cls, config = type(obj), serialize(obj.get_config())
    package, _, module = cls.__module__.partition(".")
    if package == _PACKAGE:
        room = module.partition(".")[0]
        name = _KERAS_NAMES.get(cls.__name__, cls.__name__)
        return _description(_KERAS_MODULES.get(room, f"keras.{room}"), name, config, None)
    custom_module = None if cls.__module__ == "__main__" else cls.__module__
    return _description(custom_module, cls.__name__, config, cls.__name__)


def _serialize_array(array: np.generic | np.ndarray) -> Any:
    if array.ndim == 0:
        return array.item()
    config = {"value": array.tolist(), "dtype": array.dtype.name}
    return {"class_name": "__numpy__", "config": config}


def _description(
    module: str | None, class_name: str, config: Any, registered_name: str | None
) -> dict[str, Any]:
    return {
        "module": module,
        "class_name": class_name,
        "config": config,
        "registered_name": registered_name,
    }


def unknown_arguments(callee: Callable[..., Any], given: Mapping[str, Any]) -> str:
    """What to say of arguments that a class or a function does not have, with the one meant."""
    kinds = getattr(callee, "__mro__", ())[:-1]  # without object
    constructors = [kind.__init__ for kind in kinds if "__init__" in vars(kind)]
    parameters = [inspect.signature(one).parameters for one in constructors or [callee]]
    every = [one for found in parameters for one in found.values()]
    known = dict.fromkeys(p.name for p in every if p.name != "self" and p.kind != p.VAR_KEYWORD)
    close = get_close_matches(next(iter(given)), known, n=1)
    hint = f"Did you mean {close[0]!r}?" if close else f"It takes {', '.join(known)}."
    return f"{callee.__name__} has no argument {', '.join(map(repr, given))}. {hint}"
