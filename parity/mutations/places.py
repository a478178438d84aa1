"""Places in a function, for the rules that change something there.

A place is told by what is called, which operator is used, or what kind of statement it is; by the
names of attributes, functions and modules in it; and by its number among those that are alike, in
the order of the text. It is never told by local variables or by the layout: renaming them and
formatting leave it where it is, and so does moving, while those that are alike keep their order.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import NamedTuple


class NoSuchPlace(LookupError):
    """A function has no such place, or more or fewer of them than a rule says."""


class Place(NamedTuple):
    """The nodes that `candidates` finds, those alone that mention all of `naming`: there are `of`
    of them, and the place is the `nth`. description: what it is called in messages."""

    description: str
    candidates: Callable[[ast.AST], Iterator[ast.AST]]
    naming: tuple[str, ...]
    nth: int
    of: int

    def found_in(self, scope: ast.AST) -> ast.AST:
        """The node. Raises NoSuchPlace."""
        wanted = set(self.naming)
        found = [node for node in self.candidates(scope) if wanted <= set(names_in(node))]
        if len(found) != self.of:
            naming = f" naming {', '.join(self.naming)}" if self.naming else ""
            raise NoSuchPlace(
                f"it should have {self.of} of these and has {len(found)}: {self.description}"
                + naming
            )
        found.sort(key=lambda node: (node.lineno, node.col_offset))  # the outer of two goes first
        return found[self.nth - 1]


def names_in(node: ast.AST) -> Iterator[str]:
    """The names of variables, functions, modules and attributes that it mentions."""
    for one in ast.walk(node):
        match one:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                yield name


# ---- parts ------------------------------------------------------------------------------------


def parts_of(node: ast.AST) -> list[ast.expr]:
    """The expressions that it is made of: arguments, operands, entries, target and value."""
    match node:
        case ast.Call(args=args, keywords=keywords):
            return [*args, *(keyword.value for keyword in keywords)]
        case ast.BinOp(left=left, right=right):
            return [left, right]
        case ast.BoolOp(values=parts) | ast.Tuple(elts=parts) | ast.List(elts=parts):
            return parts
        case ast.Compare(left=left, comparators=others):
            return [left, *others]
        case ast.UnaryOp(operand=part) | ast.Attribute(value=part) | ast.Lambda(body=part):
            return [part]
        case ast.Subscript(value=value, slice=ast.Tuple() | ast.Slice() as indices):
            return [value, *parts_of(indices)]
        case ast.Subscript(value=value, slice=index):
            return [value, index]
        case ast.Slice(lower=lower, upper=upper):
            return [bound for bound in (lower, upper) if bound is not None]
        case ast.IfExp(body=body, test=test, orelse=orelse):
            return [body, test, orelse]
        case ast.ListComp(elt=entry, generators=[only]):
            return [entry, only.iter]
        case ast.Assign(targets=[target], value=value):
            return [target, value]
        case ast.AugAssign(target=target, value=value):
            return [target, value]
    return []


def part_of(node: ast.AST, number: int) -> ast.expr:
    parts = parts_of(node)
    if number >= len(parts):
        raise NoSuchPlace(f"{ast.unparse(node)} has no part {number}")
    return parts[number]


def part(number: int, place: Place) -> Place:
    """A part of a place, from 0 on: an argument of a call, an operand, an entry."""
    return Place(
        f"part {number} of {place.description}",
        lambda scope: iter([part_of(place.found_in(scope), number)]), (), 1, 1,
    )  # fmt: skip


# ---- places -----------------------------------------------------------------------------------

OPERATORS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.And: "and", ast.Or: "or",
    ast.Not: "not", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip


def call(callee: str, *naming: str, nth: int = 1, of: int = 1) -> Place:
    """A call of a function or method of that name. Parts: its arguments."""

    def candidates(scope: ast.AST) -> Iterator[ast.AST]:
        for node in ast.walk(scope):
            match node:
                case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name == callee:
                    yield node

    return Place(f"a call of {callee}", candidates, naming, nth, of)


def operation(symbol: str, *naming: str, nth: int = 1, of: int = 1) -> Place:
    """What an operator makes, as in a + b, a and b, a < b, not a. Parts: the operands."""

    def candidates(scope: ast.AST) -> Iterator[ast.AST]:
        for node in ast.walk(scope):
            match node:
                case (
                    ast.BinOp(op=op) | ast.BoolOp(op=op) | ast.UnaryOp(op=op)
                    | ast.Compare(ops=[op])
                ) if OPERATORS.get(type(op)) == symbol:  # fmt: skip
                    yield node

    return Place(f"the operator {symbol}", candidates, naming, nth, of)


def assignment(symbol: str, *naming: str, nth: int = 1, of: int = 1) -> Place:
    """A statement with = or +=, for example. Parts: the target and the value."""

    def candidates(scope: ast.AST) -> Iterator[ast.AST]:
        for node in ast.walk(scope):
            match node:
                case ast.Assign() if symbol == "=":
                    yield node
                case ast.AugAssign(op=op) if f"{OPERATORS.get(type(op))}=" == symbol:
                    yield node

    return Place(f"an assignment with {symbol}", candidates, naming, nth, of)


def within(kinds: tuple[type[ast.AST], ...], field: str) -> Callable[[ast.AST], Iterator[ast.AST]]:
    """What nodes of some kinds have in a field."""

    def candidates(scope: ast.AST) -> Iterator[ast.AST]:
        for node in ast.walk(scope):
            if isinstance(node, kinds) and getattr(node, field) is not None:
                yield getattr(node, field)

    return candidates


def condition(*naming: str, nth: int = 1, of: int = 1) -> Place:
    """What an `if` or `while` statement asks for."""
    return Place("a condition", within((ast.If, ast.While), "test"), naming, nth, of)


def iterated(*naming: str, nth: int = 1, of: int = 1) -> Place:
    """What a loop or a comprehension runs over."""
    return Place("a loop", within((ast.For, ast.comprehension), "iter"), naming, nth, of)


def returned(*naming: str, nth: int = 1, of: int = 1) -> Place:
    """What is returned. Parts: the entries of a tuple."""
    return Place("a return", within((ast.Return,), "value"), naming, nth, of)


def choice(*naming: str, nth: int = 1, of: int = 1) -> Place:
    """An expression a if b else c. Parts: a, b and c."""

    def candidates(scope: ast.AST) -> Iterator[ast.AST]:
        return (node for node in ast.walk(scope) if isinstance(node, ast.IfExp))

    return Place("a choice with if and else", candidates, naming, nth, of)


def constant(value: object, nth: int = 1, of: int = 1) -> Place:
    """A number or a text."""

    def candidates(scope: ast.AST) -> Iterator[ast.AST]:
        for node in ast.walk(scope):
            if isinstance(node, ast.Constant) and repr(node.value) == repr(value):  # 1 is not True
                yield node

    return Place(f"the constant {value!r}", candidates, (), nth, of)


def default(parameter: str) -> Place:
    """The default of the function's parameter of that name, by which its callers give it."""

    def candidates(scope: ast.AST) -> Iterator[ast.AST]:
        arguments = scope.args if isinstance(scope, ast.FunctionDef) else ast.arguments()
        positional = [*arguments.posonlyargs, *arguments.args][::-1]
        pairs = [*zip(positional, arguments.defaults[::-1], strict=False),
                 *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]  # fmt: skip
        yield from (value for one, value in pairs if one.arg == parameter and value is not None)

    return Place(f"a default of {parameter}", candidates, (), 1, 1)
