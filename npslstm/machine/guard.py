"""Check of addresses: with NPSLSTM_CHECK=1 every NumPy array of the process ends at a page that
nobody may touch, with NPSLSTM_CHECK=2 it begins behind one, and freed arrays cannot be touched.

Compiled code checks no bounds. With the switch, a kernel that reads or writes one number too far,
or an array that is gone, ends the process with SIGSEGV and the traceback of every thread, instead
of computing with somebody else's numbers. Nothing here is imported without the switch.

NumPy's own allocator is replaced (its table of functions, in place: a handler that is merely set
holds for one thread only), https://numpy.org/neps/nep-0049-data-allocation-strategies.html
"""

from __future__ import annotations

import atexit
import ctypes
import faulthandler
import mmap
import pathlib
import sys
from typing import Any

from numpy._core import multiarray

from .guard_layout import (
    BLOCK,
    BLOCKS,
    COUNTS,
    CURSOR,
    END,
    FRONT,
    LIMIT,
    NUMBERS,
    OTHERS,
    PAGE,
    PAGES,
    PLAIN,
    READ_AND_WRITE,
    SIZES,
    SPACE,
    START,
)

FUNCTIONS = ("malloc", "calloc", "realloc", "free")
DEFAULT_HANDLER = 306  # in NumPy's table of functions, numpy/__multiarray_api.h


class Handler(ctypes.Structure):
    """NumPy's PyDataMem_Handler."""

    _fields_ = [
        ("name", ctypes.c_char * 127),
        ("version", ctypes.c_uint8),
        ("context", ctypes.c_void_p),
        *((name, ctypes.c_void_p) for name in FUNCTIONS),
    ]


def install(switch: str) -> None:
    """Guard every array from now on: its end with "1", its beginning with "2".

    Raises ValueError for another value of the switch, and where this cannot be.
    """
    from . import guard_arguments
    from .compiler import INTERPRETED

    if switch not in ("1", "2"):
        raise ValueError(
            f"NPSLSTM_CHECK={switch!r} is not known. Write NPSLSTM_CHECK=1 to guard the ends of "
            "arrays, NPSLSTM_CHECK=2 to guard their beginnings."
        )
    if INTERPRETED or not sys.platform.startswith("linux"):
        raise ValueError(
            "NPSLSTM_CHECK checks what compiled kernels read and write, on Linux. Leave it out "
            + ("with NUMBA_DISABLE_JIT=1." if INTERPRETED else "here.")
        )
    faulthandler.enable()
    state = reserve()
    state[FRONT] = PAGE if switch == "2" else 0
    functions = {name: compiled(name) for name in FUNCTIONS}
    handler = default_handler()
    handler.context = ctypes.addressof(state)
    for name, address in functions.items():
        setattr(handler, name, address)
    atexit.register(report)
    guard_arguments.install()


def reserve() -> Any:
    """Take the addresses, which costs no memory before they are used; the allocator's state. Arrays
    are freed until the very end of the process, so that Python must own nothing of this."""
    state = (ctypes.c_int64 * NUMBERS).from_address(addresses(PAGE, READ_AND_WRITE))
    state[START] = (addresses(SPACE + BLOCK) + BLOCK - 1) & -BLOCK
    state[CURSOR], state[END] = state[START], state[START] + SPACE
    tables = addresses(8 * (BLOCKS + PAGES), READ_AND_WRITE)
    state[COUNTS], state[SIZES] = tables, tables + 8 * BLOCKS
    pieces = int(pathlib.Path("/proc/sys/vm/max_map_count").read_text())
    state[LIMIT] = max(pieces - OTHERS, 0) // 2  # an array's pages and its guard are two pieces
    return state


def addresses(length: int, protection: int = 0) -> int:
    function = ctypes.CDLL(None, use_errno=True).mmap
    function.restype = ctypes.c_void_p
    function.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
    kind = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000  # MAP_NORESERVE
    address = function(None, length, protection, kind, -1, 0)
    if address == ctypes.c_void_p(-1).value:
        raise OSError(ctypes.get_errno(), f"NPSLSTM_CHECK needs {length} bytes of addresses")
    return address


def compiled(name: str) -> int:
    """Address of a function of `guard_pages`."""
    from .compiler import loaded
    from .objects import engine

    def text() -> tuple[str, str]:
        from . import guard_pages

        function = getattr(guard_pages, name)
        return function.inspect_llvm(), function.native_name

    address = loaded(f"guard_{PAGE}_{name}", text)
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(engine()))  # which must outlive the last array
    return address


def default_handler() -> Handler:
    """What NumPy allocates arrays with, where it keeps it."""
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    table = pointer(multiarray._ARRAY_API, None)
    place = ctypes.POINTER(ctypes.c_void_p).from_address(table + 8 * DEFAULT_HANDLER)
    capsule = ctypes.cast(place, ctypes.POINTER(ctypes.py_object))[0]
    return Handler.from_address(pointer(capsule, b"mem_handler"))


def current() -> Any:
    """The allocator's state."""
    context = default_handler().context
    return (ctypes.c_int64 * NUMBERS).from_address(context) if context else None


def report() -> None:
    """Say so if some arrays had no guard."""
    state = current()
    if state[PLAIN]:
        print(
            f"npslstm: {state[PLAIN]} arrays had no guard page, because at most {state[LIMIT]} can "
            "have one at a time (sysctl vm.max_map_count).", file=sys.stderr,
        )  # fmt: skip
