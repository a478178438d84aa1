"""HDF5 files that nobody vouches for: data sets are handed out checked, and unread.

Only what stands in the file itself is followed: groups and data sets by their names (hard links),
numbers in one piece or in chunks. Links to other places, numbers that lie in other files, and sizes
that the file cannot hold are refused. Attributes are not read.
Source: https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t11.html (file format).
"""

from __future__ import annotations

import io
import itertools
import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

from ..files.reading import Reading, is_outside, memory_limit

GROUP = 100_000  # entries of a group: no model has more layers, no optimizer more arrays
DEFLATE, SHUFFLE = 1, 2  # the filters that are undone here


@dataclass(frozen=True)
class Stored:
    """A data set that may be read: its shape and dtype fit to what the file holds."""

    path: str
    shape: tuple[int, ...]
    dtype: np.dtype
    data: Any  # h5py.Dataset
    file: BinaryIO

    @property
    def nbytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize

    def read(self) -> np.ndarray:
        """The numbers."""
        return self.data[()] if self.data.chunks is None else from_chunks(self)


class WeightsFile:
    """An open HDF5 file of `size` bytes, which may ask for `limit` bytes in all.

    Use it as a context manager. Raises ValueError for a file that is none, and, as `reading`
    translates them, for all that is not as it should be in the parts that are asked for.
    """

    def __init__(self, file: BinaryIO, size: int, reading: Reading, limit: int = 0) -> None:
        import h5py

        self.size, self.reading = size, reading
        self.left = limit or memory_limit(size)
        self.prefix = reading.part and f"{reading.part}, "
        self.file = file
        try:
            self.root = h5py.File(file, "r")
        except (OSError, RuntimeError) as error:
            if is_outside(error):
                raise
            raise ValueError(
                f"it is not an HDF5 file, or a damaged one, so it holds no weights ({error})."
            ) from error

    def __enter__(self) -> WeightsFile:
        return self

    def __exit__(self, *error: Any) -> None:
        self.root.close()

    def at(self, path: str) -> None:
        self.reading.at(self.prefix + path)

    def names(self, path: str) -> list[str] | None:
        """What is in a group; None if there is no such group."""
        import h5py

        self.at(path)
        found = self.root
        for name in path.split("/"):
            if not found.id.links.exists(name.encode()):
                return None
            found = member(found, name)
            if not isinstance(found, h5py.Group):
                raise ValueError("it is no group.")
        if len(found) > GROUP:
            raise ValueError(f"it has {len(found):,} entries; at most {GROUP:,} are read.")
        return list(found)

    def numbered(self, path: str) -> list[Stored]:
        """The data sets 0, 1, ... of a group; none if there is no such group."""
        names = self.names(path) or []
        if set(names) != set(map(str, range(len(names)))):
            listed = ", ".join(map(repr, sorted(names)[:8]))
            raise ValueError(f"its data sets are called 0, 1, 2, ...; here are {listed}.")
        return [self.data_set(path, str(number)) for number in range(len(names))]

    def data_set(self, path: str, name: str) -> Stored:
        import h5py

        self.at(f"{path}/{name}")
        data = member(self.root[path], name)
        if not isinstance(data, h5py.Dataset):
            raise ValueError("it is no data set.")
        check_place(data)
        found = Stored(f"{path}/{name}", data.shape, checked_dtype(data), data, self.file)
        check_chunks(found, self.size) if data.chunks else check_piece(found, self.size)
        self.left -= found.nbytes
        if self.left < 0:
            raise ValueError(
                f"with it the data sets announce more numbers than a file of {self.size:,} bytes "
                f"may hold: its shape is {found.shape}."
            )
        return found


# ---- what is refused --------------------------------------------------------------------------


def member(group: Any, name: str) -> Any:
    """An entry of a group. Raises ValueError if it is a link to another place."""
    import h5py

    if group.id.links.get_info(name.encode()).type != h5py.h5l.TYPE_HARD:
        raise ValueError(
            f"{name!r} is a soft or external link; only what stands at its own place is read."
        )
    return group[name]


def check_place(data: Any) -> None:
    """Raise ValueError if the numbers lie in other files, or if there are none."""
    import h5py

    properties = data.id.get_create_plist()
    layout = properties.get_layout()
    if layout == h5py.h5d.VIRTUAL:
        raise ValueError("it is a virtual data set, whose numbers lie in other files.")
    if layout == h5py.h5d.CONTIGUOUS and properties.get_external_count():
        raise ValueError("it has external storage: its numbers lie in another file.")
    if data.shape is None:
        raise ValueError("it is empty, without a shape.")


def checked_dtype(data: Any) -> np.dtype:
    """The dtype. Raises ValueError unless the data are ordinary numbers of up to 8 bytes."""
    import h5py

    kind = data.id.get_type()
    if kind.get_class() not in (h5py.h5t.FLOAT, h5py.h5t.INTEGER):
        raise ValueError(
            "it holds no numbers: strings, references, compound types and the like are not read."
        )
    dtype = data.dtype
    if dtype.kind not in "fiu" or dtype.itemsize > 8 or not kind.equal(h5py.h5t.py_create(dtype)):
        raise ValueError(f"its numbers are of an unusual kind, nearest to {dtype}.")
    return dtype


def check_piece(found: Stored, size: int) -> None:
    """Raise ValueError unless a data set in one piece lies in the file as a whole."""
    held = found.data.id.get_storage_size()
    start = found.data.id.get_offset() or 0
    if held != found.nbytes or start + held > size:
        raise ValueError(
            f"its shape {found.shape} and dtype {found.dtype} announce {found.nbytes:,} bytes; "
            f"the file holds {max(0, min(held, size - start)):,} of them."
        )


def check_chunks(found: Stored, size: int) -> None:
    """Raise ValueError unless all chunks can lie in the file, and unpack to what they should."""
    filters = filters_of(found)
    if filters not in ([], [DEFLATE], [SHUFFLE], [SHUFFLE, DEFLATE]):
        raise ValueError(
            f"it went through the HDF5 filters {filters}; only shuffle and deflate are undone."
        )
    held, each = found.data.id.get_storage_size(), chunk_bytes(found)
    bound = memory_limit(held)
    if held > size or each > max(found.nbytes, bound) or found.nbytes > bound:
        raise ValueError(
            f"its shape {found.shape} in chunks of {found.data.chunks} announces "
            f"{found.nbytes:,} bytes; the file holds {held:,}."
        )
    pieces = math.prod(len(starts) for starts in chunk_starts(found))
    if pieces > size or pieces != found.data.id.get_num_chunks():
        raise ValueError(f"of its {pieces:,} chunks some are missing.")


# ---- chunks -----------------------------------------------------------------------------------


def filters_of(found: Stored) -> list[int]:
    properties = found.data.id.get_create_plist()
    return [properties.get_filter(n)[0] for n in range(properties.get_nfilters())]


def chunk_bytes(found: Stored) -> int:
    return math.prod(found.data.chunks) * found.dtype.itemsize


def chunk_starts(found: Stored) -> list[range]:
    """For each axis, where chunks begin."""
    return [range(0, n, c) for n, c in zip(found.shape, found.data.chunks, strict=True)]


def from_chunks(found: Stored) -> np.ndarray:
    """The numbers of a data set in chunks, which HDF5 would unpack to whatever size they have."""
    array = np.empty(found.shape, found.dtype)
    filters = filters_of(found)
    for start, chunk in chunks_of(found, filters):
        rows = tuple([slice(s, s + c) for s, c in zip(start, found.data.chunks, strict=True)])
        part = array[rows]
        part[...] = chunk[tuple([slice(0, n) for n in part.shape])]
    return array


def chunks_of(found: Stored, filters: list[int]) -> Iterator[tuple[tuple[int, ...], np.ndarray]]:
    """Each chunk with where it begins. Raises ValueError if its size is not as announced."""
    size, item = chunk_bytes(found), found.dtype.itemsize
    for start in itertools.product(*chunk_starts(found)):
        place = found.data.id.get_chunk_info_by_coord(start)
        if place.byte_offset is None or place.filter_mask or place.size > 2 * size + 64:
            raise ValueError(f"its chunk at {start} is missing or damaged.")
        found.file.seek(place.byte_offset)
        content = found.file.read(place.size)
        if DEFLATE in filters:
            content = zlib.decompressobj().decompress(content, size + 1)
        if len(content) != size:
            raise ValueError(f"its chunk at {start} does not have the {size:,} bytes it should.")
        plain = np.frombuffer(content, np.uint8)
        if SHUFFLE in filters:  # the first bytes of all numbers, then the second, ...
            plain = plain.reshape(item, -1).T
        yield start, np.ascontiguousarray(plain).reshape(-1).view(found.dtype).reshape(
            found.data.chunks
        )


def open_bytes(content: bytes, reading: Reading, limit: int) -> WeightsFile:
    """The HDF5 file within another file, of which `limit` bytes may be asked."""
    return WeightsFile(io.BytesIO(content), len(content), reading, limit)
