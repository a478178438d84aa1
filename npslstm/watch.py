"""Settings that programs have read cannot change behind their back.

A program is written once from what layers, losses and optimizers say of themselves, and then runs
without asking again. So whoever sets an attribute that was there before makes all programs that
were written from it obsolete; or the attribute is fixed, because weights or shapes depend on it.
"""

from __future__ import annotations

import functools
import inspect
from typing import Any, ClassVar

from . import seeding

PACKAGE = __name__.partition(".")[0]
PLAIN = (int, float, str, tuple)
OPEN = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


class Clock:
    """Counts changes in the whole process, so that nobody looks for one where there was none."""

    time = 0


class Watched:
    """An object whose attributes may be set at any time, and then act at once.

    version: another one after each change. unwatched: attributes that no program reads, besides
    those whose name begins with an underscore, and properties, which see to themselves.
    """

    version = 0
    unwatched: ClassVar[frozenset[str]] = frozenset()

    def __setattr__(self, name: str, value: Any) -> None:
        before = self.__dict__.get(name, self)
        if before is value or (isinstance(value, PLAIN) and same(before, value)):
            return
        if before is self or name[0] == "_" or name in self.unwatched:
            object.__setattr__(self, name, value)
            return
        object.__setattr__(self, name, as_made(self, name, value))
        changed(self)

    def __delattr__(self, name: str) -> None:
        object.__delattr__(self, name)
        changed(self)


def as_made(thing: Any, name: str, value: Any) -> Any:
    """A setting as the constructor would keep it, which raises ValueError for what it refuses.

    It is asked with this one argument, and those that it cannot do without. A user's own kind of
    layer is asked as the kind of this package that it is.
    """
    kind = next((k for k in type(thing).__mro__ if takes(k, name)), None)
    if kind is None or getattr(thing, "sublayers", None):  # a wrapper would need its layers
        return value
    arguments = {p: getattr(thing, p, None) for p in required(kind)} | {name: value}
    if "name" in parameters(kind) or named(kind):
        arguments.setdefault("name", getattr(thing, "name", None))
    with seeding.aside():
        return getattr(kind(**arguments), name, value)


def takes(kind: type, name: str) -> bool:
    """Whether the constructor of a class of this package has an argument of this name."""
    own = kind.__module__.partition(".")[0] == PACKAGE and "__init__" in vars(kind)
    return own and name in parameters(kind)


@functools.cache
def parameters(kind: type) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(kind).parameters)


def required(kind: type) -> list[str]:
    """The arguments that a constructor cannot do without."""
    return [
        name
        for name, parameter in parameters(kind).items()
        if parameter.default is parameter.empty and parameter.kind not in OPEN
    ]


def named(kind: type) -> bool:
    """Whether it hands on what it is not asked for, such as a name."""
    return any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in
               parameters(kind).values())


def same(before: Any, value: Any) -> bool:
    """Whether a setting would stay as it is."""
    return before is value or (type(before) is type(value) and bool(before == value))


def changed(thing: Watched) -> None:
    """Programs that were written from this are obsolete."""
    thing.__dict__["version"] = thing.version + 1
    Clock.time += 1


def versions(thing: Any) -> tuple[Any, ...]:
    """What tells whether an object, or one that is among its attributes, has changed."""
    inner = [v for v in vars(thing).values() if isinstance(v, Watched)]
    return id(thing), thing.version, *((id(v), v.version) for v in inner)
