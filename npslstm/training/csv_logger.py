"""CSVLogger: one line of a CSV file per epoch."""

from __future__ import annotations

import csv
import os
from typing import Any, TextIO

from npslstm.arguments import flag
from npslstm.files.paths import plain_path
from npslstm.training.arguments import received
from npslstm.training.callbacks import Callback, Logs


class CSVLogger(Callback):
    """Writes the logs of every epoch to a file that pandas.read_csv reads.

    filename: the file, written in UTF-8. separator: the character between the values.
    append: continue an existing file instead of replacing it.
    Columns are "epoch" and the names of the first epoch's logs in alphabetical order. If none of
    those comes from a validation, a "val_" column for each follows, for validations that come later
    (validation_freq=). What an epoch lacks is written as NA. Every line is in the file as soon as
    its epoch ends. Raises ValueError for other separators, TypeError for a filename that is none.
    """

    def __init__(
        self, filename: str | os.PathLike[str], separator: str = ",", append: bool = False
    ) -> None:
        self.filename = os.fspath(plain_path(filename, "filename", "CSVLogger", "log.csv"))
        if not is_separator(separator):
            raise ValueError(
                f"separator is one character that stands between the values, such as ',' or ';'; "
                f"{received(separator)}."
            )
        self.sep = separator
        self.append = flag(append, "append", "CSVLogger")
        self._file: TextIO | None = None
        self._writer: Any = None

    def __getstate__(self) -> dict[str, Any]:
        """A copy does not write into the file that is open."""
        return super().__getstate__() | {"_file": None, "_writer": None}

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._close()
        cut = self.append and is_cut(self.filename)
        self._file = open(  # noqa: SIM115 - until on_train_end
            self.filename, "a" if self.append else "w", newline="", encoding="utf-8"
        )
        if cut:
            self._file.write("\r\n")

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Write the epoch's line, and above the first one the names."""
        logs = logs or {}
        if self._file is None:
            return
        if self._writer is None:
            names = sorted(logs)
            if not any(name.startswith("val_") for name in names):
                names += [f"val_{name}" for name in names]
            self._writer = csv.DictWriter(
                self._file, ["epoch", *names], "NA", extrasaction="ignore", delimiter=self.sep
            )
            if self._file.tell() == 0:
                self._writer.writeheader()
        self._writer.writerow({"epoch": epoch, **logs})
        self._file.flush()

    def on_train_end(self, logs: Logs | None = None) -> None:
        self._close()

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file = None
        self._writer = None


def is_separator(value: Any) -> bool:
    """Whether this is a character, and none that ends a line or begins a quotation."""
    if not isinstance(value, str) or len(value) != 1 or value in '\r\n"\0':
        return False
    return not "\ud800" <= value <= "\udfff"  # half a character, which no file can hold


def is_cut(name: str) -> bool:
    """Whether a file ends within a line: what wrote it was stopped."""
    if not os.path.isfile(name) or os.path.getsize(name) == 0:
        return False
    with open(name, "rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read() not in b"\r\n"
