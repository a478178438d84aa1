"""The functions of Keras's `backend` module that programs call on any backend; those to write
losses with are `npslstm.ops`, by the names that they had there."""

from .config import backend, epsilon, floatx, set_epsilon, set_floatx
from .naming import clear_session
from .ops import (
    abs,
    cast,
    clip,
    equal,
    exp,
    expand_dims,
    greater,
    greater_equal,
    less,
    less_equal,
    log,
    maximum,
    mean,
    minimum,
    not_equal,
    ones_like,
    reshape,
    shape,
    sigmoid,
    sign,
    sqrt,
    square,
    squeeze,
    sum,
    tanh,
    zeros_like,
)
from .ops import power as pow
from .ops import where as switch

__all__ = [
    "abs", "backend", "cast", "clear_session", "clip", "epsilon", "equal", "exp", "expand_dims",
    "floatx", "greater", "greater_equal", "less", "less_equal", "log", "maximum", "mean", "minimum",
    "not_equal", "ones_like", "pow", "reshape", "set_epsilon", "set_floatx", "shape", "sigmoid",
    "sign", "sqrt", "square", "squeeze", "sum", "switch", "tanh", "zeros_like",
]  # fmt: skip
