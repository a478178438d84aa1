"""SciPy's BLAS for compiled code: C = A B + C with any operand transposed, without a temporary.

Numba's own `np.dot` cannot add into its result. The two routines are called by names that `objects`
makes known to the linker, so that compiled kernels that use them can be kept on disk.
"""

from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

ROUTINES = {types.float32: "sgemm", types.float64: "dgemm"}


@intrinsic
def gemm(context, transpose_a, transpose_b, m, n, k, a, lda, b, ldb, c, ldc):
    """Fortran's xGEMM with alpha = beta = 1: C (m, n) += op(A) (m, k) op(B) (k, n), column-major.

    `a`, `b`, `c` are arrays (only their first element's address is used), the rest are integers;
    transpose_a and transpose_b are ord("N") or ord("T").
    """
    routine = ROUTINES[c.dtype]
    signature = types.void(transpose_a, transpose_b, m, n, k, a, lda, b, ldb, c, ldc)

    def generate(context, builder, signature, values):
        number = ir.FloatType() if routine == "sgemm" else ir.DoubleType()

        def by_reference(value):
            return builder.bitcast(cgutils.alloca_once_value(builder, value), pointer)

        def integer(value):
            return by_reference(builder.trunc(value, ir.IntType(32)))

        def letter(value):
            return by_reference(builder.trunc(value, ir.IntType(8)))

        def data(position):
            array = context.make_array(signature.args[position])(context, builder, values[position])
            return builder.bitcast(array.data, pointer)

        pointer = cgutils.voidptr_t
        one = by_reference(ir.Constant(number, 1.0))
        ta, tb, m, n, k, _, lda, _, ldb, _, ldc = values
        kind = ir.FunctionType(ir.VoidType(), [pointer] * 13)
        function = cgutils.get_or_insert_function(builder.module, kind, f"npslstm_{routine}")
        builder.call(function, [
            letter(ta), letter(tb), integer(m), integer(n), integer(k), one,
            data(5), integer(lda), data(7), integer(ldb), one, data(9), integer(ldc),
        ])  # fmt: skip
        return context.get_dummy_value()

    return signature, generate
