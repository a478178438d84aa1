"""One way to break npslstm, as data."""

from __future__ import annotations

import pathlib
from typing import NamedTuple


class StaleMutation(ValueError):
    """The text that a mutation replaces is not there, or more often than it says."""


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
