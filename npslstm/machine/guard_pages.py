"""Memory for arrays that ends, or begins, at a page that nobody may touch, as compiled functions.

All arrays lie in one region of addresses, each on pages of its own beside a guard page. No address
is ever given out twice: what is freed cannot be touched any more, however late. NumPy calls
these functions while it holds Python's lock, so they need no other. `guard` installs them.
"""

from __future__ import annotations

import mmap
from typing import Any

import numpy as np
from numba import cfunc, types
from numba.extending import register_jitable

from . import guard_layout as layout
from .driver import array_at

COMPILED: dict[str, Any] = {"_nrt": False, "error_model": "numpy"}
PROTECTED = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x10 | 0x4000  # MAP_FIXED, MAP_NORESERVE
UNINITIALIZED = 0xFF  # NaN in every float type, -1 in integers


def library(name, *arguments):
    """A function of the C library, of integers and addresses."""
    return types.ExternalFunction(name, types.intp(*arguments))


c_malloc, c_calloc = library("malloc", types.intp), library("calloc", types.intp, types.intp)
c_realloc, c_free = library("realloc", types.intp, types.intp), library("free", types.intp)
copy = library("memcpy", types.intp, types.intp, types.intp)
fill = library("memset", types.intp, types.intp, types.intp)
change_protection = library("mprotect", types.intp, types.intp, types.intp)
advise = library("madvise", types.intp, types.intp, types.intp)
map_memory = library("mmap", *[types.intp] * 6)
abort = library("abort")


@register_jitable(**COMPILED)
def protect(start, length):
    """Take back the memory of some pages, and let nobody touch them again."""
    map_memory(start, length, 0, PROTECTED, -1, 0)


@register_jitable(**COMPILED)
def arrays_in_block(state, address):
    """The numbers of arrays in each block of addresses, and the block of an address."""
    counts = array_at(state[layout.COUNTS], (layout.BLOCKS,), np.int64)
    return counts, (address - state[layout.START]) // layout.BLOCK


@register_jitable(**COMPILED)
def sizes_by_page(state, address):
    """The size of the array that begins on each page, or 0; and the page of an address."""
    sizes = array_at(state[layout.SIZES], (layout.PAGES,), np.int64)
    return sizes, (address - state[layout.START]) // layout.PAGE


@register_jitable(**COMPILED)
def retire(state, start, stop):
    """Protect whole blocks, in which no array is left: the system forgets what it kept about their
    pages, and so do we."""
    protect(start, stop - start)
    page, pages = (start - state[layout.START]) // layout.PAGE, (stop - start) // layout.PAGE
    advise(state[layout.SIZES] + 8 * page, 8 * pages, mmap.MADV_DONTNEED)


@register_jitable(**COMPILED)
def allocate(state, size):
    """The address of `size` bytes of zeros beside a guard page; 0 if there can be no more."""
    room = (size + layout.PAGE - 1) & -layout.PAGE
    start, length = state[layout.CURSOR], room + layout.PAGE
    left = -start & (layout.BLOCK - 1)  # of the block that the cursor is in
    if length > left:  # an array begins with a block if it does not fit into this one
        counts, block = arrays_in_block(state, start)
        if left and not counts[block]:
            retire(state, start + left - layout.BLOCK, start + left)
        start += left
    stop = start + length
    if length > layout.BLOCK:  # and then has its blocks to itself
        stop = (stop + layout.BLOCK - 1) & -layout.BLOCK
    first = start + state[layout.FRONT]
    full = size <= 0 or stop > state[layout.END] or state[layout.LIVE] >= state[layout.LIMIT]
    if full or change_protection(first, room, layout.READ_AND_WRITE):
        state[layout.PLAIN] += 1
        return 0
    state[layout.CURSOR] = stop
    state[layout.LIVE] += 1
    counts, block = arrays_in_block(state, start)
    counts[block] += 1
    address = first if state[layout.FRONT] else first + room - size
    sizes, page = sizes_by_page(state, address)
    sizes[page] = size
    return address


@register_jitable(**COMPILED)
def release(state, address):
    """Take back the memory of the array at an address, and that of its whole block once nothing in
    it is used."""
    sizes, page = sizes_by_page(state, address)
    size = sizes[page]
    if not size:
        abort()  # released before, or not an address that was given out
    sizes[page] = 0
    state[layout.LIVE] -= 1
    start = state[layout.START] + page * layout.PAGE - state[layout.FRONT]
    stop = start + ((size + layout.PAGE - 1) & -layout.PAGE) + layout.PAGE
    counts, block = arrays_in_block(state, start)
    counts[block] -= 1
    block_start, block_stop = start & -layout.BLOCK, (stop + layout.BLOCK - 1) & -layout.BLOCK
    if counts[block] or block_stop > state[layout.CURSOR]:
        protect(start, stop - start)
    else:
        retire(state, block_start, block_stop)


@register_jitable(**COMPILED)
def is_guarded(state, address):
    return state[layout.START] <= address < state[layout.END]


@cfunc("intp(intp, intp)", **COMPILED)
def malloc(table, size):
    state = array_at(table, (layout.NUMBERS,), np.int64)
    address = allocate(state, size)
    if not address:
        return c_malloc(size)
    fill(address, UNINITIALIZED, size)
    return address


@cfunc("intp(intp, intp, intp)", **COMPILED)
def calloc(table, number, itemsize):
    state = array_at(table, (layout.NUMBERS,), np.int64)
    return allocate(state, max(number * itemsize, 1)) or c_calloc(number, itemsize)


@cfunc("intp(intp, intp, intp)", **COMPILED)
def realloc(table, address, size):
    state = array_at(table, (layout.NUMBERS,), np.int64)
    if not is_guarded(state, address):
        return c_realloc(address, size)
    other = allocate(state, size) or c_malloc(size)
    if other:
        sizes, page = sizes_by_page(state, address)
        copy(other, address, min(size, sizes[page]))
        release(state, address)
    return other


@cfunc("void(intp, intp, intp)", **COMPILED)
def free(table, address, size):
    state = array_at(table, (layout.NUMBERS,), np.int64)
    if is_guarded(state, address):
        release(state, address)
    else:
        c_free(address)
