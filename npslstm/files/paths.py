"""Paths of files: what they may be called, the right ending, whether they exist."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ..arguments import shown


def plain_path(value: Any, name: str, kind: str, example: str) -> Path:
    """The path of a file or a folder, given as a text, as bytes, or as an object that stands for a
    path. Raises TypeError for anything else, ValueError for what no file can be called."""
    try:
        found = os.fsdecode(value) if isinstance(value, (str, bytes, os.PathLike)) else None
    except Exception:  # whatever an object of the user's own raises
        found = None
    if found is None:
        raise TypeError(
            f"{kind}: {name} is a string or a path; received {shown(value)} of type "
            f"{type(value).__name__}. Write for example {name}={example!r}."
        )
    if not found or "\0" in found or not encodes(found):
        raise ValueError(
            f"{kind}: {name} cannot be empty, nor hold the character 0 or halves of characters; "
            f"received {shown(value)}. Write for example {name}={example!r}."
        )
    return Path(found)


def encodes(text: str) -> bool:
    """Whether a text is one of characters, and not of halves of them."""
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return False
    return True


def checked(value: Any, *endings: str, what: str, name: str = "filepath") -> Path:
    """`plain_path`, with ValueError unless the name ends as that of a file of `what` should."""
    path = plain_path(value, name, f"A file of {what}", f"name{endings[0]}")
    if not path.name.endswith(endings):
        example = path.name.partition(".")[0] + endings[0]
        raise ValueError(
            f"{name}: the name of a file of {what} ends in {' or '.join(endings)}; received "
            f"'{path}'. Write for example '{example}'."
        )
    return path


def existing(path: Path, error: type[Exception], name: str = "filepath") -> Path:
    """The path. Raises `error` if there is no such file."""
    if not path.is_file():
        raise error(f"{name}: there is no file '{path}' (looked for {path.absolute()}).")
    return path

