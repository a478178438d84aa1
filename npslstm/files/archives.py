"""ZIP archives, their table of contents checked before anything is unpacked.

Source: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, sections 4.3 and 4.4.
"""

from __future__ import annotations

import zipfile
import zlib
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from .reading import is_outside, memory_limit

MEMBERS = 1000  # more parts than any file has that is read here
DIRECTORY = 1 << 20  # bytes of the table of contents
ENCRYPTED = 1  # bit 0 of an entry's flags
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


class Archive:
    """The parts of a ZIP archive of `size` bytes.

    Raises ValueError if it is none, or if its table of contents cannot be that of an honest file:
    parts that bear one name, names that lead elsewhere, more bytes than it can hold.
    """

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.size = size
        self.left = memory_limit(size)
        bounded: Any = BoundedReads(file, DIRECTORY)
        try:
            self.zip = zipfile.ZipFile(bounded)
        except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
            if is_outside(error):
                raise
            raise ValueError(f"it is not a ZIP archive, or a damaged one ({error}).") from error
        bounded.limit = None
        self.parts: dict[str, zipfile.ZipInfo] = {}
        infos = self.zip.infolist()
        if len(infos) > MEMBERS:
            raise ValueError(f"it has {len(infos):,} parts; at most {MEMBERS:,} are read.")
        for info in infos:
            check_name(info.filename)
            if info.filename in self.parts:
                raise ValueError(f"it has two parts called {info.filename!r}.")
            self.parts[info.filename] = info

    def read(self, name: str, limit: int | None = None) -> bytes:
        """A part, its check sum verified. Raises ValueError if it has more than `limit` bytes, or
        more than a file of this size may unpack to, together with what was read before."""
        if name not in self.parts:
            raise ValueError(f"there is no such part; there are {', '.join(self.parts) or 'none'}.")
        info = self.parts[name]
        self.check(info, limit)
        self.left -= info.file_size
        try:
            with self.zip.open(info) as part:
                content = part.read(info.file_size + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise ValueError(f"it is damaged ({error}).") from error
        if len(content) != info.file_size:
            raise ValueError(f"it has {len(content):,} bytes and announces {info.file_size:,}.")
        return content

    def check(self, info: zipfile.ZipInfo, limit: int | None) -> None:
        """Raise ValueError unless a part can be what its entry says."""
        if info.flag_bits & ENCRYPTED:
            raise ValueError("it is encrypted.")
        if info.compress_type not in METHODS:
            raise ValueError(
                f"it is compressed by method {info.compress_type}; only stored and deflated parts "
                "are read."
            )
        if info.compress_size + info.header_offset > self.size:
            raise ValueError(
                f"it announces {info.compress_size:,} bytes, more than are left in the file."
            )
        stored = info.compress_type == zipfile.ZIP_STORED
        if stored and info.file_size != info.compress_size:
            raise ValueError("it announces two sizes although it is not compressed.")
        bound = self.left if limit is None else min(self.left, limit)
        if info.file_size > bound:
            raise ValueError(
                f"it announces {info.file_size:,} bytes; in a file of {self.size:,} bytes at most "
                f"{bound:,} are read."
            )


class BoundedReads:
    """An open file that refuses to read many bytes at once: a directory is read in one piece."""

    def __init__(self, file: BinaryIO, limit: int | None) -> None:
        self.file = file
        self.limit = limit
        self.seek, self.tell = file.seek, file.tell

    def seekable(self) -> bool:
        return True

    def read(self, count: int = -1) -> bytes:
        if self.limit is not None and count > self.limit:
            raise ValueError(f"its table of contents has {count:,} bytes.")
        return self.file.read(count)


def check_name(name: str) -> None:
    """Raise ValueError for a part that would lie outside a folder it is unpacked to."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
        raise ValueError(f"it has a part called {name!r}, which is no name within an archive.")
