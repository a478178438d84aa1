"""Expressions: what a function of arrays computes, followed with arrays that have no numbers yet.

`traced` calls a user's function of (y_true, y_pred) with two Expressions. Operators, NumPy's
functions and those of `npslstm.ops` make Expressions of Expressions. `losses.expression` writes the
result into a program, operation by operation, with its derivative by the tables of
`kernels.expression_functions`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .arguments import shown

MOST_AXES = 3
Shape = tuple[int, ...]
UFUNCS = {
    np.negative: "negative", np.absolute: "absolute", np.square: "square", np.sqrt: "sqrt",
    np.exp: "exp", np.expm1: "expm1", np.log: "log", np.log1p: "log1p", np.tanh: "tanh",
    np.sign: "sign", np.add: "add", np.subtract: "subtract", np.multiply: "multiply",
    np.divide: "divide", np.power: "power", np.maximum: "maximum", np.minimum: "minimum",
    np.greater: "greater", np.greater_equal: "greater_equal", np.less: "less",
    np.less_equal: "less_equal", np.equal: "equal", np.not_equal: "not_equal",
}  # fmt: skip


class NotFollowedError(TypeError):
    """A function does with Expressions what they cannot do."""


class Expression:
    """An array to come: made by `kind` from `inputs`, with settings. shape: samples first."""

    __array_priority__ = 1000  # so that array + expression asks here

    def __init__(
        self, kind: str, inputs: Sequence[Expression], shape: Shape, setting: Any = None
    ) -> None:
        if len(shape) > MOST_AXES:
            raise NotFollowedError(f"arrays of {len(shape)} axes arise; {MOST_AXES} are followed.")
        self.kind = kind
        self.inputs = tuple(inputs)
        self.shape = shape
        self.setting = setting

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    def __repr__(self) -> str:
        return f"<an array of shape {self.shape} in a function that is followed>"

    # ---- what Python and NumPy ask of an array -----------------------------------------------

    def __bool__(self) -> bool:
        raise NotFollowedError(
            "it decides by numbers that are not known yet; write ops.where(condition, a, b)."
        )

    def unknown(self, *others: Any, **options: Any) -> Any:
        raise NotFollowedError("it asks for numbers that are not known yet.")

    __float__ = __int__ = __index__ = __iter__ = __array__ = unknown

    def __len__(self) -> int:
        return self.shape[0]

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        name = UFUNCS.get(ufunc)
        if name is None or method != "__call__" or options:
            raise NotFollowedError(f"np.{ufunc.__name__} is not followed.")
        return one(name, *inputs) if len(inputs) == 1 else two(name, *inputs)

    def __array_function__(self, function: Any, types: Any, given: Any, options: Any) -> Any:
        known = FUNCTIONS.get(function)
        if known is None:
            raise NotFollowedError(f"np.{function.__name__} is not followed.")
        return known(*given, **options)

    def __getitem__(self, place: Any) -> Expression:
        return cut(self, place)

    def mean(self, axis: Any = None, keepdims: bool = False) -> Expression:
        return mean(self, axis, keepdims)

    def sum(self, axis: Any = None, keepdims: bool = False) -> Expression:
        return total(self, axis, keepdims)

    def reshape(self, *shape: Any) -> Expression:
        return reshape(self, shape[0] if len(shape) == 1 else shape)

    # ---- operators -----------------------------------------------------------------------------

    def __neg__(self) -> Expression:
        return one("negative", self)

    def __abs__(self) -> Expression:
        return one("absolute", self)

    def __add__(self, other: Any) -> Expression:
        return two("add", self, other)

    def __radd__(self, other: Any) -> Expression:
        return two("add", other, self)

    def __sub__(self, other: Any) -> Expression:
        return two("subtract", self, other)

    def __rsub__(self, other: Any) -> Expression:
        return two("subtract", other, self)

    def __mul__(self, other: Any) -> Expression:
        return two("multiply", self, other)

    def __rmul__(self, other: Any) -> Expression:
        return two("multiply", other, self)

    def __truediv__(self, other: Any) -> Expression:
        return two("divide", self, other)

    def __rtruediv__(self, other: Any) -> Expression:
        return two("divide", other, self)

    def __pow__(self, other: Any) -> Expression:
        return power(self, other)

    def __rpow__(self, other: Any) -> Expression:
        return power(other, self)

    def __gt__(self, other: Any) -> Expression:
        return two("greater", self, other)

    def __ge__(self, other: Any) -> Expression:
        return two("greater_equal", self, other)

    def __lt__(self, other: Any) -> Expression:
        return two("less", self, other)

    def __le__(self, other: Any) -> Expression:
        return two("less_equal", self, other)


# ---- making expressions ------------------------------------------------------------------------


def lifted(x: Any) -> Expression:
    """A number or an array as an Expression."""
    if isinstance(x, Expression):
        return x
    array = np.asarray(x)
    if array.dtype.kind not in "biuf":
        raise NotFollowedError(f"it computes with {shown(x)}, which holds no numbers.")
    return Expression("constant", (), array.shape, array)


def one(name: str, x: Any) -> Expression:
    x = lifted(x)
    return Expression("one", (x,), x.shape, name)


def two(name: str, a: Any, b: Any) -> Expression:
    a, b = lifted(a), lifted(b)
    return Expression("two", (a, b), common_shape(a, b), name)


def common_shape(*arrays: Expression) -> Shape:
    """The shape that arrays are spread to, as NumPy has it."""
    try:
        return np.broadcast_shapes(*(x.shape for x in arrays))
    except ValueError:
        shapes = " and ".join(str(x.shape) for x in arrays)
        raise NotFollowedError(f"arrays of shapes {shapes} do not go together.") from None


def power(a: Any, b: Any) -> Expression:
    if isinstance(b, (int, float)) and b == 2:
        return one("square", a)
    return two("power", a, b)


def where(condition: Any, a: Any, b: Any) -> Expression:
    parts = lifted(condition), lifted(a), lifted(b)
    return Expression("choose", parts, common_shape(*parts))


def clip(x: Any, low: Any, high: Any) -> Expression:
    """x within [low, high]; None for no limit."""
    x = x if low is None else two("maximum", x, low)
    return lifted(x if high is None else two("minimum", x, high))


def axes_of(x: Expression, axis: Any) -> list[int]:
    if axis is None:
        return list(range(x.ndim))
    axes = axis if isinstance(axis, (list, tuple)) else [axis]
    if not all(isinstance(one, int) and -x.ndim <= one < x.ndim for one in axes):
        raise NotFollowedError(f"axis={shown(axis)} of an array of shape {x.shape} is not there.")
    return sorted(one % x.ndim for one in axes)


def total(x: Any, axis: Any = None, keepdims: bool = False) -> Expression:
    """The sum over an axis, several, or all."""
    x = lifted(x)
    axes = axes_of(x, axis)
    kept = tuple(1 if k in axes else size for k, size in enumerate(x.shape))
    left = tuple(size for k, size in enumerate(x.shape) if k not in axes)
    for k in axes:
        x = Expression("sum", (x,), (*x.shape[:k], 1, *x.shape[k + 1 :]), k)
    return reshape(x, kept if keepdims else left)


def mean(x: Any, axis: Any = None, keepdims: bool = False) -> Expression:
    x = lifted(x)
    number = math.prod(x.shape[k] for k in axes_of(x, axis))
    return two("multiply", total(x, axis, keepdims), 1.0 / max(number, 1))


def reshape(x: Any, shape: Any) -> Expression:
    """x in another shape, in which one size may be -1."""
    x = lifted(x)
    sizes = [int(size) for size in (shape if isinstance(shape, (list, tuple)) else (shape,))]
    known = math.prod(size for size in sizes if size != -1)
    if -1 in sizes and known and x.size % known == 0:
        sizes[sizes.index(-1)] = x.size // known
    if math.prod(sizes) != x.size or min(sizes, default=1) < 0:
        raise NotFollowedError(f"an array of shape {x.shape} does not go into {shown(shape)}.")
    return Expression("reshape", (x,), tuple(sizes))


def cut(x: Expression, place: Any) -> Expression:
    """x[place], for integers, slices, None and an ellipsis."""
    places = list(place) if isinstance(place, tuple) else [place]
    if not all(p is None or p is ... or isinstance(p, (int, slice)) for p in places):
        raise NotFollowedError(f"[{shown(place)}] is not followed: integers and slices are.")
    if ... in places:
        at = places.index(...)
        missing = x.ndim - sum(p is not None and p is not ... for p in places)
        places[at : at + 1] = [slice(None)] * missing
    starts, sizes, shape, axis = [], [], [], 0
    for p in [*places, *[slice(None)] * (x.ndim - sum(p is not None for p in places))]:
        if p is None:
            shape.append(1)
            continue
        if axis >= x.ndim or (isinstance(p, int) and not -x.shape[axis] <= p < x.shape[axis]):
            raise NotFollowedError(f"[{shown(place)}] is not in an array of shape {x.shape}.")
        at = range(x.shape[axis])[p]
        found = range(at, at + 1) if isinstance(at, int) else at
        starts.append((found.start, found.step))
        sizes.append(len(found))
        shape += [] if isinstance(p, int) else [len(found)]
        axis += 1
    return reshape(Expression("cut", (x,), tuple(sizes), starts), tuple(shape))


def same(x: Any, *_: Any, **__: Any) -> Expression:
    """x as it is: what a change of dtype comes to, all being of one."""
    return lifted(x)


def expand_dims(x: Any, axis: int) -> Expression:
    x = lifted(x)
    shape = list(x.shape)
    shape.insert(axis % (x.ndim + 1), 1)
    return reshape(x, tuple(shape))


def squeeze(x: Any, axis: int | None = None) -> Expression:
    x = lifted(x)
    axes = axes_of(x, axis) if axis is not None else [k for k, n in enumerate(x.shape) if n == 1]
    return reshape(x, tuple(n for k, n in enumerate(x.shape) if k not in axes))


FUNCTIONS: dict[Any, Callable[..., Expression]] = {
    np.mean: mean, np.sum: total, np.where: where, np.clip: clip, np.reshape: reshape,
    np.expand_dims: expand_dims, np.squeeze: squeeze,
}  # fmt: skip

# ---- following a function ----------------------------------------------------------------------


def traced(function: Callable[..., Any], *shapes: Shape) -> tuple[Expression, list[Expression]]:
    """What a function computes of arrays of these shapes, and the leaves that stand for them.

    Raises NotFollowedError, or whatever the function raises.
    """
    leaves = [Expression("leaf", (), shape) for shape in shapes]
    found = function(*leaves)
    if not isinstance(found, Expression):
        found = lifted(found)
    if found.kind == "leaf":
        found = two("add", found, 0.0)
    return found, leaves


def in_order(root: Expression) -> list[Expression]:
    """All parts of an expression, each behind what it is made of."""
    done: dict[int, Expression] = {}
    waiting = [(root, iter(root.inputs))]
    while waiting:
        part, further = waiting[-1]
        before = next(further, None)
        if before is None:
            done[id(part)] = part
            waiting.pop()
        elif id(before) not in done:
            waiting.append((before, iter(before.inputs)))
    return list(done.values())
