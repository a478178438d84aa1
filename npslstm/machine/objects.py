"""Compiled kernels as object files: made from LLVM's text, and loaded without Numba.

A process whose kernels are all on disk never imports Numba, which takes longer than most trainings.
LLVM ends the process on an object file that is damaged: `load` takes what was made here, or what
`cache` has found to be as it was written.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import importlib.machinery
import importlib.util
import pathlib
import sys
from typing import Any

import llvmlite.binding as llvm

BLAS_ROUTINES = ("sgemm", "dgemm")


def object_file(text: str, name: str, label: str) -> bytes:
    """An object file of LLVM's text: the function `name`, and what that needs. It is found under
    its label.

    Raises ValueError if it needs what a process without Numba does not have.
    """
    module = llvm.parse_assembly(text)
    module.get_function(name).name = symbol(label)  # Numba numbers functions anew in each process
    for value in (*module.functions, *module.global_variables):
        if not value.is_declaration and value.name != symbol(label):
            value.linkage = "internal"  # other kernels have functions of the same names
    for passes, made in (no_errors(), inlined(), fast(), no_errors()):
        passes.run(module, made)
    missing = [f.name for f in module.functions if f.is_declaration and not known(f.name)]
    if missing:
        raise ValueError(
            f"The kernel {label} would call {', '.join(missing)}, which only Numba knows. A kernel "
            "writes into the arrays it is given: it makes no arrays, and raises no errors of its "
            "own."
        )
    return target_machine().emit_object(module)


def symbol(label: str) -> str:
    """The name of a kernel's function in its object file."""
    return f"npslstm_{hashlib.sha256(label.encode()).hexdigest()[:32]}"


def builder(level: int) -> Any:
    """LLVM's passes at a level of optimisation."""
    options = llvm.create_pipeline_tuning_options(speed_level=level)
    options.loop_vectorization, options.slp_vectorization = level > 1, False
    return llvm.create_pass_builder(target_machine(), options)


def no_errors() -> tuple[Any, Any]:
    """Sees that no function reports an error, and drops what would follow."""
    passes = llvm.create_new_module_pass_manager()
    passes.add_ipsccp_pass()
    passes.add_simplify_cfg_pass()
    passes.add_global_dead_code_eliminate_pass()
    return passes, builder(0)


def inlined() -> tuple[Any, Any]:
    """One function of all that is to be inlined, its loops in the form that vectorises best."""
    made = builder(0)
    passes = made.getModulePassManager()
    passes.add_loop_rotate_pass()
    passes.add_instruction_combine_pass()
    passes.add_jump_threading_pass()
    return passes, made


def fast() -> tuple[Any, Any]:
    """All that LLVM can do for speed."""
    made = builder(3)
    return made.getModulePassManager(), made


def known(name: str) -> bool:
    """Whether a process without Numba finds a function."""
    own = name in GIL or name.removeprefix("npslstm_") in BLAS_ROUTINES
    return own or name.startswith("llvm.") or hasattr(ctypes.pythonapi, name)


def load(code: bytes, label: str) -> int:
    """The address of the function that an object file was made for."""
    engine().add_object_file(llvm.ObjectFileRef.from_data(code))
    engine().finalize_object()
    return engine().get_function_address(symbol(label))


def processor() -> str:
    """What object files are made for."""
    return f"{llvm.get_process_triple()} {llvm.get_host_cpu_name()} {features()}"


def features() -> str:
    return llvm.get_host_cpu_features().flatten()


@functools.cache
def target_machine() -> Any:
    target = llvm.Target.from_triple(llvm.get_process_triple())
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features(), opt=3, codemodel="jitdefault", jit=True
    )


@functools.cache
def engine() -> Any:
    """LLVM's linker, which knows BLAS and what Python does with an error."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    for routine in BLAS_ROUTINES:
        llvm.add_symbol(f"npslstm_{routine}", blas_address(routine))
    for name, function in GIL.items():
        llvm.add_symbol(name, ctypes.cast(function, ctypes.c_void_p).value)
    return llvm.create_mcjit_compiler(llvm.parse_assembly(""), target_machine())


def blas_address(routine: str) -> int:
    """Where SciPy's BLAS has a routine."""
    capsule = blas_module().__pyx_capi__[routine]
    name = ctypes.pythonapi.PyCapsule_GetName
    name.restype, name.argtypes = ctypes.c_char_p, [ctypes.py_object]
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    return pointer(capsule, name(capsule))


@functools.cache
def blas_module() -> Any:
    """SciPy's BLAS as C calls it, without the package that it is in: to import all of that takes
    eight times as long (0.18 s), and 19 MB."""
    name = "scipy.linalg.cython_blas"
    scipy = importlib.util.find_spec("scipy")
    if name not in sys.modules and scipy is not None and scipy.origin is not None:
        folder = pathlib.Path(scipy.origin).with_name("linalg")
        spec = importlib.machinery.PathFinder.find_spec(name, [str(folder)])
        if spec is not None and spec.loader is not None:
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            return module
    return importlib.import_module(name)


# Numba's code for an exception that leaves a kernel asks for these two; kernels raise none.
GIL = dict.fromkeys(
    ("numba_gil_ensure", "numba_gil_release"),
    ctypes.CFUNCTYPE(None, ctypes.c_void_p)(lambda state: None),
)
