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
LIGHTLY = 1  # a level of optimisation
SHORT = 20  # blocks of instructions: one loop, or two
WRAPPERS = ("_ZN7cpython", "__ufunc__", "__gufunc__")  # how names of what Python calls begin


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
    `objects` optimises the whole kernel, once. Only what is short, with all that it calls, is
    optimised here too, and lightly: a loop is vectorised better before it is one of many.
    """
    from numba.core.compiler_lock import global_compiler_lock
    from numba.core.registry import cpu_target

    context: Any = cpu_target.target_context
    with global_compiler_lock:  # other threads compile with the usual one
        usual = context.codegen()
        context._internal_codegen = text_codegen()
        try:
            yield
        finally:
            context._internal_codegen = usual


@functools.cache
def text_codegen() -> Any:
    """Numba's code generator, but one that leaves functions as text. Only of what Python may call
    as well, as a user's own compiled function inside a kernel, it makes machine code as usual."""
    from numba.core import config
    from numba.core.codegen import JITCodeLibrary, JITCPUCodegen

    class Library(JITCodeLibrary):
        def _optimize_final_module(self):
            usual = is_for_python(self._final_module)
            if usual or blocks(self._final_module) < SHORT:
                self._codegen.level = config.OPT if usual else LIGHTLY
                super()._optimize_final_module()
                self._codegen.level = LIGHTLY

        def _finalize_specific(self):
            if is_for_python(self._final_module):
                self._codegen._engine.add_module(self._final_module)
                super()._finalize_specific()

    class Codegen(JITCPUCodegen):
        _library_class = Library
        level = LIGHTLY

        def _pass_builder(self, **options):
            return super()._pass_builder(**{"opt": self.level} | options)

        def _add_module(self, module):
            pass

        def set_env(self, env_name, env):
            if self._engine.get_global_value_address(env_name):
                super().set_env(env_name, env)

    return Codegen("npslstm")


def blocks(module: Any) -> int:
    return sum(1 for function in module.functions for _ in function.blocks)


def is_for_python(module: Any) -> bool:
    """Whether Python may call one of its functions. One without functions is what Numba keeps of a
    function from its cache."""
    names = [function.name for function in module.functions]
    return not names or any(name.startswith(WRAPPERS) for name in names)
