"""JSON from a file: as deep and as large as such descriptions are, and without double meaning."""

from __future__ import annotations

import json
import math
import re
from typing import Any

DEPTH = 100  # brackets within brackets; a bidirectional LSTM's configuration has 11
FLOOR = 1 << 20  # bytes that any file may have of it
EXPANSION = 20  # and beyond that, how many for each byte of the file
DIGITS = 25  # of an integer; 2**64 has 20
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)


def size_limit(size: int) -> int:
    """How many bytes of JSON a file of `size` bytes may hold: a parsed byte costs up to 30."""
    return FLOOR + EXPANSION * size


def parse(content: bytes) -> dict[str, Any]:
    """The object that JSON describes.

    Raises ValueError for other JSON than an object, for brackets nested too deep, for a key that
    stands twice, and for numbers that are not finite or absurdly long.
    """
    text = content.decode("utf-8")
    check_depth(text)
    found = json.loads(
        text, object_pairs_hook=without_doubles, parse_int=integer, parse_float=number,
        parse_constant=number,
    )  # fmt: skip
    if not isinstance(found, dict):
        raise ValueError(f"it should hold an object {{...}}; it holds {type(found).__name__}.")
    return found


def check_depth(text: str) -> None:
    """Raise ValueError if brackets are nested too deep: the parser calls itself for each."""
    depth = 0
    for token in TOKEN.finditer(text):
        mark = token[0]
        depth += (mark in "[{") - (mark in "]}")
        if depth > DEPTH:
            raise ValueError(f"its brackets are nested more than {DEPTH} deep.")


def without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        double = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {double!r} stands twice in one object.")
    return found


def integer(text: str) -> int:
    if len(text) > DIGITS:
        raise ValueError(f"it has an integer of {len(text)} digits.")
    return int(text)


def number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"it has a number that is not finite: {shown(text)}.")
    return value


def shown(text: str) -> str:
    return text if len(text) <= DIGITS else f"{text[:DIGITS]}..."


def write(description: Any) -> str:
    """The JSON of a description. Raises ValueError, naming its place, for a number not finite."""
    where = place_of_nonfinite(description)
    if where is not None:
        raise ValueError(
            f"A file of a model holds finite numbers only; {where[0]} is {where[1]}. Set it to a "
            "finite number before saving."
        )
    text = json.dumps(description, allow_nan=False)
    try:
        check_depth(text)
    except ValueError as error:
        raise ValueError(
            f"The model has models within models too deep for a file: {error} Save its weights "
            "with save_weights, or have fewer levels."
        ) from None
    return text


def place_of_nonfinite(value: Any, where: str = "") -> tuple[str, float] | None:
    """The first number that is not finite, with the keys that lead to it."""
    if isinstance(value, float) and not math.isfinite(value):
        return where, value
    items: Any = ()
    if isinstance(value, dict):
        items = [(f"{where}.{key}" if where else str(key), one) for key, one in value.items()]
    elif isinstance(value, (list, tuple)):
        items = [(f"{where}[{number}]", one) for number, one in enumerate(value)]
    for place, one in items:
        found = place_of_nonfinite(one, place)
        if found is not None:
            return found
    return None
