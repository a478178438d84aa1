"""Paths of files: the right ending, whether they exist, and writing them whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ..files import writing


def checked(path: Any, *endings: str, what: str) -> Path:
    """The path. Raises ValueError unless its name ends as it should, TypeError if it is none."""
    if not isinstance(path, (str, bytes, os.PathLike)):
        raise TypeError(
            f"The name of a file of {what} is a string or a path; received {path!r} of type "
            f"{type(path).__name__}."
        )
    path = Path(os.fsdecode(path))
    if "\0" in str(path):
        raise ValueError(f"The name of a file cannot hold the character 0; received {str(path)!r}.")
    if not path.name.endswith(endings):
        example = path.name.partition(".")[0] + endings[0]
        raise ValueError(
            f"The name of a file of {what} ends in {' or '.join(endings)}; received '{path}'. "
            f"Write for example '{example}'."
        )
    return path


def existing(path: Path, error: type[Exception]) -> Path:
    """The path. Raises `error` if there is no such file."""
    if not path.is_file():
        raise error(f"There is no file '{path}' (looked for {path.absolute()}).")
    return path


def write(path: Path, content: bytes, overwrite: bool) -> None:
    """Put a file there in one step: an older one stays until the new one is complete."""
    writing.write(path, content, overwrite)
