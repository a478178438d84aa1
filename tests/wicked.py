"""A pool of values that nobody should give as an argument, and some that are merely odd.

Each is a function that makes the value anew, since generators are used up and lists can change.
"""

import datetime
import decimal
import fractions
import io
import itertools
import math
import tempfile
import types

import numpy as np
import pandas as pd


class Raises:
    """An object whose special methods raise an error of their own."""


def raising(*names):
    def special(self, *arguments):
        raise RuntimeError("the object's own error")

    return type("Raising", (Raises,), dict.fromkeys(names, special))()


class Endless:
    def __getitem__(self, index):
        return 0.0


class Itself:
    """Three entries, each of which is the object again."""

    def __len__(self):
        return 3

    def __getitem__(self, index):
        return self


class Long(Endless):
    def __len__(self):
        return 2**62


class Forever:
    def __iter__(self):
        return itertools.count()


class Answers:
    """`__array__` answers with something that is no array of numbers."""

    def __init__(self, answer):
        self.answer = answer

    def __array__(self, dtype=None, copy=None):
        return self.answer


class Nothing:
    pass


def in_circles():
    found = [1.0]
    found.append(found)
    return found


def doubling():
    found = [0.0]
    for _ in range(30):
        found = [found, found]
    return found


def structured():
    return np.zeros(3, [("a", "f4"), ("b", "i4")])


def memory_map():
    with tempfile.TemporaryFile() as file:
        return np.memmap(file, "f4", "w+", shape=(2, 5, 2))


def read_only():
    found = np.ones((2, 5, 2), "f4")
    found.flags.writeable = False
    return found


def boolean_frame():
    return pd.DataFrame({"a": [True, False], "b": ["x", None]})


ARRAYS = {
    f"array of {name}": (lambda dtype=dtype: np.ones((2, 5, 2)).astype(dtype))
    for name, dtype in {
        "object": object, "str": str, "bytes": "S3", "complex": complex, "bool": bool,
        "float16": "f2", "longdouble": np.longdouble, "big-endian": ">f4", "int8": "i1",
        "uint64": "u8", "datetime": "M8[s]", "timedelta": "m8[s]",
    }.items()
}  # fmt: skip
SHAPES = {
    f"zeros {shape}": (lambda shape=shape: np.zeros(shape, "f4"))
    for shape in [
        (), (0,), (1,), (3,), (2, 0), (2, 3), (0, 5, 2), (2, 0, 2), (2, 5, 0), (2, 5, 2), (2, 5, 3),
        (2, 5, 2, 1), (2, 3, 2, 2, 1), (1, 2, 1, 2, 1, 2),
    ]
}  # fmt: skip
NUMBERS = {
    repr(number): (lambda number=number: number)
    for number in [
        None, True, False, 0, 1, -1, 2, 5, -(10**30), 10**9, 10**30, 2**31, 2**63, 10**400,
        0.0, -0.0, 0.5, -0.5, 1.5, 5.0, 1e308, -1e308, 1e-320, math.nan, math.inf, -math.inf,
        np.int64(3), np.int8(-3), np.uint8(200), np.float32(0.5), np.float64(np.nan),
        np.bool_(True), 1j, np.complex64(1), fractions.Fraction(1, 2), fractions.Fraction(5, 1),
        decimal.Decimal("0.5"), decimal.Decimal("NaN"), datetime.date(2020, 1, 1),
        datetime.timedelta(1), np.datetime64("2020-01-01"), "", "a", "5", "tanh", "nan", "{0}", "/",
        "a" * 10_000, "\x00", "\N{PILE OF POO}", "\ud800", b"", b"abc", Ellipsis, NotImplemented,
    ]
}  # fmt: skip
OBJECTS = {
    "10**5000": lambda: 10**5000,
    "no list": list,
    "no tuple": lambda: (),
    "no dict": dict,
    "[None]": lambda: [None],
    "[1, 2, 3]": lambda: [1, 2, 3],
    "(5, 2)": lambda: (5, 2),
    "(None, 5, 2)": lambda: (None, 5, 2),
    "(2.5, 2)": lambda: (2.5, 2),
    "(nan, 2)": lambda: (math.nan, 2),
    "(inf,)": lambda: (math.inf,),
    "(10**9, 10**9)": lambda: (10**9, 10**9),
    "('a', 2)": lambda: ("a", 2),
    "ragged": lambda: [[1.0], [1.0, 2.0]],
    "lists": lambda: [[[0.0, 1.0]] * 5] * 2,
    "[[]]": lambda: [[]],
    "texts": lambda: ["a", "b"],
    "mixed": lambda: [1, "a", None],
    "in circles": in_circles,
    "2**30 entries": doubling,
    "{'a': 1}": lambda: {"a": 1},
    "{0: 1.0}": lambda: {0: 1.0},
    "config of nothing": lambda: {"class_name": "nothing", "config": {}},
    "config of a list": lambda: {"class_name": [], "config": 3},
    "config of Zeros": lambda: {"class_name": "Zeros", "config": {"nonsense": 3}},
    "config of L2": lambda: {"class_name": "L2", "config": [1]},
    "{1, 2}": lambda: {1, 2},
    "frozenset": lambda: frozenset([1]),
    "range(3)": lambda: range(3),
    "range(10**12)": lambda: range(10**12),
    "slice": lambda: slice(None),
    "generator": lambda: (float(n) for n in range(3)),
    "endless iterator": itertools.count,
    "iter": lambda: iter([1.0]),
    "zip": lambda: zip([1], [2], strict=True),
    "dict view": lambda: {"a": 1}.values(),
    "lambda": lambda: lambda *arguments, **options: None,
    "lambda of none": lambda: lambda: 0,
    "function of a text": lambda: lambda *arguments, **options: "a",
    "class int": lambda: int,
    "class dict": lambda: dict,
    "class object": lambda: object,
    "class of ours": lambda: Nothing,
    "an object": Nothing,
    "module": lambda: math,
    "builtin": lambda: len,
    "type": lambda: type,
    "exception": lambda: ValueError("x"),
    "namespace": lambda: types.SimpleNamespace(layers=3, name=None),
    "file": lambda: io.StringIO("text"),
    "endless getitem": Endless,
    "itself": Itself,
    "very long": Long,
    "endless iter": Forever,
    "array answers None": lambda: Answers(None),
    "array answers text": lambda: Answers(np.array(["a"])),
    "array answers": lambda: Answers(np.ones((2, 5, 2))),
    "len raises": lambda: raising("__len__", "__getitem__"),
    "getitem raises": lambda: type("Three", (Itself,), {"__getitem__": lambda s, i: 1 / 0})(),
    "array raises": lambda: raising("__array__"),
    "bool raises": lambda: raising("__bool__"),
    "eq raises": lambda: raising("__eq__"),
    "iter raises": lambda: raising("__iter__"),
    "index raises": lambda: raising("__index__", "__int__", "__float__"),
    "hash raises": lambda: raising("__hash__"),
    "repr raises": lambda: raising("__repr__", "__str__"),
    "all raise": lambda: raising(
        "__len__", "__getitem__", "__bool__", "__eq__", "__iter__", "__index__", "__float__",
        "__hash__", "__repr__", "__lt__", "__fspath__", "__contains__",
    ),
    "structured array": structured,
    "record array": lambda: structured().view(np.recarray),
    "masked array": lambda: np.ma.masked_invalid(np.full((2, 5, 2), np.nan)),
    "array of NaN": lambda: np.full((2, 5, 2), np.nan, "f4"),
    "array of inf": lambda: np.full((2, 5, 2), np.inf, "f4"),
    "array of 1e308": lambda: np.full((2, 5, 2), 1e308),
    "strided": lambda: np.zeros((4, 10, 4), "f4")[::2, ::-2, ::2],
    "broadcast": lambda: np.broadcast_to(np.float32(1), (2, 5, 2)),
    "read-only": read_only,
    "memory map": memory_map,
    "matrix": lambda: np.zeros((2, 5, 2), "f4").transpose(2, 1, 0),
    "array of ints": lambda: np.array([1, 0, 1]),
    "array of negatives": lambda: np.array([[-1], [5]]),
    "DataFrame": lambda: pd.DataFrame({"a": [1.0, 2.0], "b": [3, 4]}),
    "DataFrame of objects": boolean_frame,
    "Series": lambda: pd.Series([1.0, 2.0, 3.0]),
    "Series of texts": lambda: pd.Series(["a", "b"]),
    "categorical": lambda: pd.Categorical(["a", "b"]),
    "index": lambda: pd.date_range("2020", periods=3),
}  # fmt: skip
WICKED = NUMBERS | OBJECTS | ARRAYS | SHAPES
