"""What an experimenter does to a scan: each gate or state q becomes keep * q + put.

T time steps, B batch, H units, as in `scan`, which calls `change` where there is something to do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .primitives import each3


def always():
    return True


def never():
    return False


class Change(NamedTuple):
    """What becomes of one kind of number; (0, 0, 0) for nothing."""

    keep: np.ndarray  # (T, B, 4H) or (T, B, H)
    put: np.ndarray


class Changes(NamedTuple):
    """What becomes of gates, c and h. `gates` (T, B, 4H) takes the gates as they are changed.

    `there` says whether there are any: a function, so that a scan without is compiled without.
    """

    of_gates: Change
    of_c: Change
    of_h: Change
    gates: np.ndarray
    there: Callable[[], bool] = always


def no_changes(dtype: np.dtype) -> Changes:
    """The scan left to itself."""
    none = np.zeros((0, 0, 0), dtype)
    return Changes(Change(none, none), Change(none, none), Change(none, none), none, never)


def change(out, q, how, t, n):
    """out = keep * q + put, for the numbers q of sample n at step t."""
    each3(keep_and_put, out, how.keep[t, n], q, how.put[t, n])


def keep_and_put(keep, q, put):
    return keep * q + put
