"""Rules that break a function: where in it, and what to do there.

A rule takes the definition of a function, or the assignment of a constant, as a syntax tree, and
returns the broken one; the tree that it was given may be changed. It raises NoSuchPlace where it
finds nothing to change, or more than it says.

What comes in place of something is written as a text with fields: {it} is what stood there, {0},
{1}, ... are its parts (see `places.parts_of`), {1[0]} a part of a part, {callee} is what a call
calls, and {parameters[0]} the function's first parameter. So a rule need not know what variables
are called.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable
from typing import Any

from .places import NoSuchPlace, Place, part_of, parts_of

Rule = Callable[[ast.stmt], ast.stmt]


class Source:
    """A node, as it is filled into a text: in parentheses where they can matter."""

    def __init__(self, node: ast.AST) -> None:
        self.node = node

    def __getitem__(self, number: int) -> Source:
        return Source(part_of(self.node, number))

    def __format__(self, how: str) -> str:
        if isinstance(self.node, ast.arg):  # without its annotation
            return self.node.arg
        text = ast.unparse(self.node)
        bare = isinstance(self.node, ast.stmt | ast.Name | ast.Starred)
        return text if bare else f"({text})"


class Replacing(ast.NodeTransformer):
    """Puts statements in the place of a node; of an expression, unless it is a statement of its
    own, another expression."""

    def __init__(self, old: ast.AST, new: list[ast.stmt]) -> None:
        self.old = old
        self.new = new

    def visit(self, node: ast.AST) -> Any:
        if node is self.old and isinstance(node, ast.expr):
            first, *more = self.new
            if more or not isinstance(first, ast.Expr):
                raise NoSuchPlace(f"{ast.unparse(node)} should be a statement of its own")
            return first.value
        if node is self.old or (isinstance(node, ast.Expr) and node.value is self.old):
            return self.new
        return self.generic_visit(node)


def parameters_of(scope: ast.stmt) -> list[ast.arg]:
    return scope.args.args if isinstance(scope, ast.FunctionDef) else []


def parsed(text: str) -> list[ast.stmt]:
    return ast.parse(textwrap.dedent(text)).body


def anew(scope: ast.stmt) -> ast.stmt:
    """The same definition, with the places of its text counted anew."""
    (only,) = parsed(ast.unparse(scope))
    return only


# ---- rules ------------------------------------------------------------------------------------


def becomes(place: Place, new: str | Place) -> Rule:
    """What stands at a place becomes a text, or the same as at another place."""

    def broken(scope: ast.stmt) -> ast.stmt:
        old = place.found_in(scope)
        if isinstance(new, Place):
            text = ast.unparse(new.found_in(scope))
        else:
            fields = {"it": Source(old), "parameters": [*map(Source, parameters_of(scope))]}
            if isinstance(old, ast.Call):
                fields["callee"] = Source(old.func)
            try:
                text = new.format(*map(Source, parts_of(old)), **fields)
            except (IndexError, KeyError):
                raise NoSuchPlace(f"{ast.unparse(old)} has too few parts for {new}") from None
        return anew(Replacing(old, parsed(text)).visit(scope))

    return broken


def left_out(place: Place) -> Rule:
    """A statement does nothing."""
    return becomes(place, "pass")


def overwrites(place: Place) -> Rule:
    """An assignment such as += replaces what was there, and adds nothing to it."""
    return becomes(place, "{0} = {1}")


def renamed(old: str, new: str, place: Place | None = None) -> Rule:
    """A function, module or attribute that is named once, at a place or anywhere, is another."""

    def broken(scope: ast.stmt) -> ast.stmt:
        found = []
        for node in ast.walk(scope if place is None else place.found_in(scope)):
            for field in {"id", "attr"} & {*node._fields}:
                if getattr(node, field) == old:
                    found.append((node, field))
        if len(found) != 1:
            raise NoSuchPlace(f"it should mention {old} once, and does so {len(found)} times")
        setattr(*found[0], new)
        return anew(scope)

    return broken


def returns(new: str) -> Rule:
    """The function does nothing but return; {0} is its first parameter."""

    def broken(scope: ast.stmt) -> ast.stmt:
        assert isinstance(scope, ast.FunctionDef)
        scope.body = parsed("return " + new.format(*map(Source, parameters_of(scope))))
        return anew(scope)

    return broken


def swap_parameters(first: int, second: int) -> Rule:
    """Two parameters change places."""

    def broken(scope: ast.stmt) -> ast.stmt:
        own = parameters_of(scope)
        if max(first, second) >= len(own):
            raise NoSuchPlace(f"it has {len(own)} parameters")
        own[first], own[second] = own[second], own[first]
        return anew(scope)

    return broken


def in_turn(*rules: Rule) -> Rule:
    """One rule after the other."""

    def broken(scope: ast.stmt) -> ast.stmt:
        for rule in rules:
            scope = rule(scope)
        return scope

    return broken
