"""Settings in a file: whether each is of the kind that its class's constructor says.

The kinds are read from the constructors' annotations; what has a kind of its own (an initializer,
a seed, a shape) is judged by the constructor itself.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from .. import constraints, initializers, layers, losses, metrics, optimizers, regularizers

FAMILIES = {
    "keras.layers": layers, "keras.initializers": initializers, "keras.constraints": constraints,
    "keras.regularizers": regularizers, "keras.optimizers": optimizers, "keras.losses": losses,
    "keras.metrics": metrics,
}  # fmt: skip


def is_switch(value: Any) -> bool:
    return isinstance(value, (bool, int)) and value in (0, 1)


def is_integer(value: Any) -> bool:
    return is_number(value) and value == int(value)


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_text(value: Any) -> bool:
    return isinstance(value, str)


KINDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "bool": (is_switch, "true or false"), "int": (is_integer, "an integer"),
    "float": (is_number, "a number"), "str": (is_text, "a string"),
}  # fmt: skip


def check_description(value: Any) -> None:
    """Check the settings of all objects that are described somewhere in `value`.

    Raises ValueError naming class, setting and what it should be.
    """
    if isinstance(value, list):
        for one in value:
            check_description(one)
    if not isinstance(value, dict):
        return
    name, config = value.get("class_name"), value.get("config")
    if isinstance(name, str) and isinstance(config, dict):
        for kind in classes(value.get("module"), name):
            check_settings(kind, config)
    for one in value.values():
        check_description(one)


def classes(module: Any, name: str) -> list[type]:
    """The classes that a description may mean: one, or all of that name if it names no module."""
    families = [FAMILIES.get(module)] if isinstance(module, str) else FAMILIES.values()
    found = [getattr(one, name, None) for one in families if one is not None]
    return [one for one in found if isinstance(one, type)]


def check_settings(kind: type, config: dict[str, Any]) -> None:
    """Raise ValueError unless the settings of one class are of the kinds that it takes."""
    for key, (is_right, words, optional) in expected(kind).items():
        if key not in config or (optional and config[key] is None):
            continue
        if not is_right(config[key]):
            raise ValueError(f"{kind.__name__} takes for {key} {words}; here is {config[key]!r}.")


@functools.cache
def expected(kind: type) -> dict[str, tuple[Callable[[Any], bool], str, bool]]:
    """For each setting of a plain kind: the check, its words, and whether it may be left open."""
    found = {}
    for one in reversed(kind.__mro__):
        for name, parameter in inspect.signature(one.__init__).parameters.items():  # type: ignore[misc]
            plain, _, rest = str(parameter.annotation).partition(" | ")
            if plain in KINDS and rest in ("", "None"):
                found[name] = (*KINDS[plain], bool(rest))
    return found
