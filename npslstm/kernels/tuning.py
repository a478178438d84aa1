"""How LLVM is set for kernels: two settings that suit short loops, and parts that stay text.

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
WRAPPER = "_ZN7cpython"  # how the name of what Python calls begins
SHORT = 20  # blocks of instructions: one loop, or two


@functools.cache
def tune() -> None:
    """Make the settings, for all that this process compiles from now on."""
    import llvmlite.binding as llvm

    for setting in SETTINGS:
        llvm.set_option("npslstm", setting)


@contextlib.contextmanager
def parts_as_text() -> Iterator[None]:
    """Have Numba translate a kernel and what it calls into LLVM's text, and no more.

    By itself it optimises every function and makes machine code of it, which nobody runs; and all
    that again in each function that calls it, half a dozen times for what is deep down in a scan.
    `objects` optimises the whole kernel, once. Only short functions are optimised here too, and
    lightly: a loop is vectorised better before it is one of many.
    """
    from numba.core import config
    from numba.core.registry import cpu_target

    context: Any = cpu_target.target_context
    settings: Any = config
    codegen, level = context.codegen(), settings.OPT
    context._internal_codegen, settings.OPT = text_codegen(), type(level)(1)
    try:
        yield
    finally:
        context._internal_codegen, settings.OPT = codegen, level


@functools.cache
def text_codegen() -> Any:
    """Numba's own, which optimises as above and makes no machine code; but for functions that
    Python may call too, as a user's compiled function within an activation."""
    from numba.core.codegen import JITCodeLibrary, JITCPUCodegen

    class Library(JITCodeLibrary):
        def _optimize_final_module(self):
            blocks = sum(1 for f in self._final_module.functions for _ in f.blocks)
            if blocks < SHORT or called_by_python(self._final_module):
                super()._optimize_final_module()

        def _finalize_specific(self):
            if called_by_python(self._final_module):
                self._codegen._engine.add_module(self._final_module)
                super()._finalize_specific()

    class Codegen(JITCPUCodegen):
        _library_class = Library

        def _add_module(self, module):
            pass

        def set_env(self, env_name, env):
            if self._engine.get_global_value_address(env_name):
                super().set_env(env_name, env)

    return Codegen("npslstm")


def called_by_python(module: Any) -> bool:
    return any(f.name.startswith(WRAPPER) for f in module.functions)
