"""What a cell works with: bundles of arrays, of functions and of names.

H units; 4H stands for H numbers of each gate, also where a cell has fewer or more of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .changes import Change

NONE = np.zeros(0)


class State(NamedTuple):
    """What an LSTM remembers between two steps; also its gradient. Of a batch (B, H) each."""

    h: np.ndarray  # (H,)
    c: np.ndarray  # (H,)


class Weights(NamedTuple):
    """The weights of an LSTM layer; also their gradients."""

    W: np.ndarray  # (F, 4H)  Keras: kernel
    U: np.ndarray  # (H, 4H)  Keras: recurrent_kernel
    b: np.ndarray  # (4H,)    Keras: bias
    p: np.ndarray = NONE  # the cell's own weights, if it has any: blocks of (H,) side by side


class Rows(NamedTuple):
    """One step of one sample, as a cell reads and writes it (4H: H for each of its gates)."""

    z: np.ndarray  # (4H,)     in: x W + h_prev U + b
    gates: np.ndarray  # (4H,) out: i, f, g, o
    c_prev: np.ndarray  # (H,) in
    c: np.ndarray  # (H,)      out
    a: np.ndarray  # (H,)      out
    h: np.ndarray  # (H,)      out
    p: np.ndarray = NONE  # in: the cell's own weights, if it has any


class Errors(NamedTuple):
    """dL/d(...) at that step."""

    h: np.ndarray  # (H,)  in: dL/dh; may be overwritten
    c: np.ndarray  # (H,)  in: dL/dc from the step after; out: dL/dc_prev
    z: np.ndarray  # (4H,) out: dL/dz
    work: np.ndarray  # (H,) working space
    p: np.ndarray = NONE  # in and out: dL/dp, which this step adds to


class Squash(NamedTuple):
    """The sigmoid and the tanh of the equations, or what a layer has in their places, for rows.

    gate(z, y) and candidate(z, y) write y; two_gates is `gate` for two that lie side by side.
    d_gate(equation, p, q, z, y, dz) writes dL/dz where dL/dy = equation(p, q): both are computed
    in one loop. It reads z only if the derivative needs it.
    """

    gate: Callable[..., None]
    two_gates: Callable[..., None]
    candidate: Callable[..., None]
    d_gate: Callable[..., None]
    d_candidate: Callable[..., None]


class Equation(NamedTuple):
    """An equation in words and numbers: `name` = `text`, computed by `function` of the quantities
    that `of` names. Where the text is squash(...), the layer's activation computes it."""

    number: str
    name: str
    text: str
    function: Callable[..., float] | None = None
    of: str = ""


class Cell(NamedTuple):
    """A cell as a value: what happens at a step, and what its parts are called.

    gates: a letter for each block of z, in their order; those in `candidates` are squashed by the
    layer's activation, the others by its recurrent_activation. own: a name for each block of p.
    For `study.explain`: `equations` in their order; `terms` (gate, quantity, own weight), what the
    cell adds to a z, such as ("i", "c_prev", "p_i").
    """

    name: str
    forward: Callable[..., None]
    backward: Callable[..., None]
    gates: str = "ifgo"
    candidates: str = "g"
    own: tuple[str, ...] = ()
    equations: tuple[Equation, ...] = ()
    terms: tuple[tuple[str, str, str], ...] = ()


# ---- blocks of a row ----------------------------------------------------------------------------


def split(row):
    """A row of four blocks of H numbers, block by block."""
    H = row.size // 4
    return row[:H], row[H : 2 * H], row[2 * H : 3 * H], row[3 * H :]


def halves(row):
    """A row of four blocks in two: the first two side by side, and the last two."""
    H = row.size // 2
    return row[:H], row[H:]


def thirds(row):
    """The blocks of a row of 3H numbers, as other cells have them."""
    H = row.size // 3
    return row[:H], row[H : 2 * H], row[2 * H :]


def split_change(change):
    """The changes of four blocks, one by one."""
    keep_i, keep_f, keep_g, keep_o = split(change.keep)
    put_i, put_f, put_g, put_o = split(change.put)
    return (
        Change(keep_i, put_i), Change(keep_f, put_f), Change(keep_g, put_g), Change(keep_o, put_o)
    )  # fmt: skip
