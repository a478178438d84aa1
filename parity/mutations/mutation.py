"""One way to break npslstm, as data: a text that is replaced, or a rule on the syntax tree."""

from __future__ import annotations

import ast
import pathlib
from typing import NamedTuple

from .places import NoSuchPlace
from .rules import Rule


class StaleMutation(ValueError):
    """What a mutation changes is not there, or more often than it says."""


class Mutation(NamedTuple):
    """In `file` of npslstm/ the text `old`, which occurs `count` times, becomes `new`.

    why: what is wrong then, in one line. Whoever changes the file keeps the mutation up to date:
    a text that no longer matches is an error, never a mutant that is left out.
    """

    name: str
    file: str
    old: str
    new: str
    why: str
    count: int = 1

    def apply(self, package: pathlib.Path) -> None:
        """Break the copy of npslstm/ in the folder `package`. Raises StaleMutation."""
        path = package / self.file
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        found = text.count(self.old)
        if found != self.count:
            raise StaleMutation(
                f"Mutation '{self.name}' replaces a text of npslstm/{self.file} that should occur "
                f"{self.count} times there and occurs {found} times:\n{self.old}\n"
                "The file has changed: write the mutation anew, in parity/mutations."
            )
        path.write_text(text.replace(self.old, self.new), encoding="utf-8")


class Ruled(NamedTuple):
    """In `file` of npslstm/ a function becomes what a rule makes of it; `why` as in Mutation.

    function: its name, as in "Class.method", or that of a constant; several with spaces between.
    """

    name: str
    file: str
    function: str
    rule: Rule
    why: str

    def apply(self, package: pathlib.Path) -> None:
        """Break the copy of npslstm/ in the folder `package`. Raises StaleMutation."""
        path = package / self.file
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        for function in self.function.split():
            text = self.broken(text, function)
        path.write_text(text, encoding="utf-8")

    def broken(self, text: str, function: str) -> str:
        """The text of the file with one of the functions broken, and all else as it was."""
        found = definitions(ast.parse(text).body, function)
        if len(found) != 1:
            raise self.stale(function, f"it should be defined once and is so {len(found)} times")
        try:
            broken = self.rule(found[0])
        except NoSuchPlace as error:
            raise self.stale(function, str(error)) from error
        (old,) = definitions(ast.parse(text).body, function)  # rules change what they are given
        if ast.unparse(broken) == ast.unparse(old):
            raise self.stale(function, "the rule changes nothing")
        first = min(node.lineno for node in (old, *getattr(old, "decorator_list", ())))
        lines = text.splitlines()
        new = indented(broken, old.col_offset // 4).splitlines()
        new += [""] * (old.end_lineno - first + 1 - len(new))  # what follows keeps its line numbers
        lines[first - 1 : old.end_lineno] = new
        return "\n".join(lines) + "\n"

    def stale(self, function: str, reason: str) -> StaleMutation:
        return StaleMutation(
            f"Mutation '{self.name}' changes {function} in npslstm/{self.file} by a rule: {reason}."
            "\nThe file has changed: write the mutation anew, in parity/mutations."
        )


def definitions(body: list[ast.stmt], name: str) -> list[ast.stmt]:
    """The functions of a qualified name in a module or class, and the assignments to it."""
    outer, _, rest = name.partition(".")
    found: list[ast.stmt] = []
    for node in body:
        match node:
            case ast.ClassDef(name=known) if known == outer and rest:
                found += definitions(node.body, rest)
            case ast.FunctionDef(name=known) if known == name:
                found.append(node)
            case ast.Assign(targets=[ast.Name(id=known)]) if known == name:
                found.append(node)
    return found


def indented(node: ast.stmt, depth: int) -> str:
    """Its text as it stands in so many blocks; lines within a string are not indented once more."""
    for _ in range(depth):
        node = ast.If(ast.Constant(True), [node], [])
    return ast.unparse(node).split("\n", depth)[depth].removeprefix("\n")
