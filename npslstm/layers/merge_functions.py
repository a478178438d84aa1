"""Merging in one word: add([a, b]) is Add()([a, b])."""

from __future__ import annotations

from typing import Any

from .concatenate import Concatenate
from .dot import Dot
from .merging import Add, Average, Maximum, Minimum, Multiply, Subtract


def add(inputs: Any, **options: Any) -> Any:
    """The sum of all inputs; see `Add`."""
    return Add(**options)(inputs)


def subtract(inputs: Any, **options: Any) -> Any:
    """The first of two inputs without the second; see `Subtract`."""
    return Subtract(**options)(inputs)


def multiply(inputs: Any, **options: Any) -> Any:
    """The product of all inputs; see `Multiply`."""
    return Multiply(**options)(inputs)


def average(inputs: Any, **options: Any) -> Any:
    """The mean of all inputs; see `Average`."""
    return Average(**options)(inputs)


def maximum(inputs: Any, **options: Any) -> Any:
    """The largest of all inputs; see `Maximum`."""
    return Maximum(**options)(inputs)


def minimum(inputs: Any, **options: Any) -> Any:
    """The smallest of all inputs; see `Minimum`."""
    return Minimum(**options)(inputs)


def concatenate(inputs: Any, axis: int = -1, **options: Any) -> Any:
    """The inputs side by side; see `Concatenate`."""
    return Concatenate(axis=axis, **options)(inputs)


def dot(inputs: Any, axes: Any = -1, **options: Any) -> Any:
    """The products of two inputs, summed over an axis; see `Dot`."""
    return Dot(axes=axes, **options)(inputs)
