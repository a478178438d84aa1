"""Two settings of LLVM that suit short loops; most loops here run over a handful of units.

By default LLVM computes every address that a kernel could need before its first loop begins, which
for a scan of four units is more work than its arithmetic; and what is left of a loop after its last
eight numbers it takes one by one. An LLVM that does not know a setting passes over it.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from typing import Any

SETTINGS = ("-disable-lsr", "-epilogue-vectorization-minimum-VF=8")


@functools.cache
def tune() -> None:
    """Make the settings, for all that this process compiles from now on."""
    import llvmlite.binding as llvm

    for setting in SETTINGS:
        llvm.set_option("npslstm", setting)


@contextlib.contextmanager
def parts_lightly() -> Iterator[None]:
    """Have Numba optimise what a kernel calls no more than lightly (level 1).

    It optimises every function by itself, and again as a part of each one that calls it, half a
    dozen times for a product deep down in a scan. `objects` optimises the whole kernel once, fully.
    """
    from numba.core import config
    from numba.core.registry import cpu_target

    cpu_target.target_context.codegen()  # which reads the level too, is made with the usual one
    settings: Any = config
    level = settings.OPT
    settings.OPT = type(level)(1)
    try:
        yield
    finally:
        settings.OPT = level
