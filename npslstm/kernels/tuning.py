"""Two settings of LLVM that suit short loops; most loops here run over a handful of units.

By default LLVM computes every address that a kernel could need before its first loop begins, which
for a scan of four units is more work than its arithmetic; and what is left of a loop after its last
eight numbers it takes one by one. An LLVM that does not know a setting passes over it.
"""

from __future__ import annotations

import functools

SETTINGS = ("-disable-lsr", "-epilogue-vectorization-minimum-VF=8")


@functools.cache
def tune() -> None:
    """Make the settings, for all that this process compiles from now on."""
    import llvmlite.binding as llvm

    for setting in SETTINGS:
        llvm.set_option("npslstm", setting)
