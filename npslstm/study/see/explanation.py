"""explain(trace, sample, step, unit): the equations of a cell with a step's numbers put in.

Each z is taken apart into what every input, every unit of the step before, and the bias add to it.
The parts are computed in float64 from the layer's weights, so they add up to the traced z but for
the rounding of the engine's own sum: in float32 within 1e-6 of the sum of the parts' sizes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ... import activations
from ...arguments import entries, is_whole, plain, shown
from ...bundles import Cell, Equation
from ..names import title as title_of
from .layer_trace import LayerTrace
from .traces import Trace, require_trace

CHANGED = 1e-5  # a number further than this from its equation was changed by an experimenter


class Part(NamedTuple):
    """One term of a z: `amount` = value * weight; the bias is a weight whose value is 1."""

    name: str
    value: float
    weight: float

    @property
    def amount(self) -> float:
        return self.value * self.weight + 0.0  # a zero without a sign


@dataclass(frozen=True)
class Gate:
    """One gate, or the candidate, of a unit: its z, that squashed, and the value that acted.

    parts: the terms of z, the largest first. `acted` differs from `computed` only under an
    intervention. squash: the activation's name.
    """

    letter: str
    parts: tuple[Part, ...]
    z: float
    computed: float
    acted: float
    squash: str

    @property
    def total(self) -> float:
        """What the parts add up to: z, but for float32's rounding."""
        return float(sum(part.amount for part in self.parts))


@dataclass(frozen=True)
class Explanation:
    """A unit at a step of a sample. Print it, or look at it in a notebook.

    gates: by letter, 'i', 'f', 'g', 'o' of an LSTM. c_prev: the cell state before; c, a, h: after.
    top: how many terms of each z are shown by name.
    """

    layer: str
    sample: int
    step: int
    unit: int
    gates: dict[str, Gate]
    c_prev: float
    c: float
    a: float
    h: float
    squash: str
    top: int
    cell: Cell
    own: dict[str, float]  # weights of the cell's own, by name

    @property
    def order(self) -> list[str]:
        """The gates as the equations have them: what it forgets, what it lets in, ..."""
        told = [equation.name for equation in self.cell.equations if equation.name in self.gates]
        return told or list(self.gates)

    @property
    def title(self) -> str:
        return f"Layer '{self.layer}', sample {self.sample}, step {self.step}, unit {self.unit}"

    def equations(self) -> list[str]:
        """All but (1), a line each, with the numbers."""
        told = self.cell.equations or [
            *(Equation("", letter, f"squash(z_{letter})") for letter in self.gates),
            *(Equation("", name, "") for name in "cah"),
        ]
        return [self.line(equation) for equation in told]

    def line(self, equation: Equation) -> str:
        """One equation: in letters, in numbers, and what it gives."""
        name, numbers = equation.name, self.numbers()
        begins = f"{equation.number} {name} = ".lstrip()
        if name in self.gates:
            gate = self.gates[name]
            text = f"{gate.squash}(z_{name}) = {gate.squash}({gate.z:.4f}) = {gate.computed:.4f}"
            return begins + text + changed(gate.computed, gate.acted)
        text = equation.text.replace("squash", self.squash)
        if equation.function is None:
            return begins + (f"{text} = " if text else "") + f"{numbers[name]:.4f}"
        computed = float(equation.function(*(numbers[n] for n in equation.of.split())))
        put_in = re.sub(r"[a-z]\w*", lambda found: signed(numbers[found[0]]), text)
        return begins + f"{text} = {put_in} = {computed:.4f}{changed(computed, numbers[name])}"

    def numbers(self) -> dict[str, float]:
        """The gates as they acted, and the states, by name."""
        gates = {letter: gate.acted for letter, gate in self.gates.items()}
        states = {"c_prev": self.c_prev, "c": self.c, "a": self.a, "h": self.h}
        return gates | states | self.own

    def __str__(self) -> str:
        blocks = [self.title, "(1) z = x W + h_prev U + b"]
        for letter in self.order:
            gate = self.gates[letter]
            lines = [f"{title_of(letter)}: z_{letter} = {gate.z:.4f}"]
            lines += [f"  {amount:+9.4f}  {text}" for text, amount in self.shown(gate)]
            blocks.append("\n".join(lines))
        return "\n\n".join([*blocks, "\n".join(self.equations())])

    def shown(self, gate: Gate) -> list[tuple[str, float]]:
        """The largest terms of a z as text and amount, and the rest in one."""
        named = [(f"{part.name} = {part.value:.4f}, times {part.weight:.4f}"
                  if part.name != "bias" else "bias", part.amount)
                 for part in gate.parts[: self.top]]  # fmt: skip
        rest = gate.parts[self.top :]
        if rest:
            named.append((f"{len(rest)} more", float(sum(part.amount for part in rest))))
        return named

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from .explanation_html import page

        gates = [self.gates[letter] for letter in self.order]
        blocks = [(gate.letter, gate.z, self.shown(gate)) for gate in gates]
        return page(self.title, blocks, self.equations())


def explain(
    trace: Trace, sample: int, step: int, unit: int, layer: int | str | None = None,
    features: Sequence[str] | None = None, top: int = 8,
) -> Explanation:  # fmt: skip
    """Why a unit's gates stood as they did at a step of a sample.

    layer: position or name, the first by default. features: names for the inputs. top: how many
    terms of each z to name. Raises ValueError for what the trace does not hold, for a masked step,
    and for traces that keep only some units or leave out the step before.
    """
    if not is_whole(plain(top)) or top < 0:
        raise ValueError(f"top is how many terms to name, 0 or more; received {shown(top)}.")
    one = require_trace(trace)[layer]
    n, t, u = one.sample(sample), one.step(step), one.unit(unit)
    if not one.mask[n, t]:
        raise ValueError(
            f"Step {step} of sample {sample} is masked: layer '{one.name}' passed over it and "
            "carried its state on, so there are no gates to explain."
        )
    h_prev, c_prev = state_before(one, n, step)
    names = [f"x[{k}]" for k in range(one.x.shape[2])]
    if features is not None:
        given = entries(features, "features", "explain", "names of the inputs")
        names = [name if isinstance(name, str) else shown(name) for name in given]
    if len(names) != one.x.shape[2]:
        raise ValueError(f"features names {len(names)} inputs; layer '{one.name}' has "
                         f"{one.x.shape[2]}.")  # fmt: skip
    names += [f"h_prev[{k}]" for k in range(one.all_units)] + ["bias"]
    values = np.concatenate([one.x[n, t], h_prev, [1]]).astype(float)
    states = {"c_prev": c_prev[u], "c": one.c[n, t, u], "a": one.a[n, t, u], "h": one.h[n, t, u]}
    gates = {}
    for row, letter in enumerate(one.cell.gates):
        column = row * one.all_units + unit
        W, U, b, own_weights = one.weights
        weights = np.concatenate([W[:, column], U[:, column], b[column : column + 1]]).astype(float)
        parts = [Part(*part) for part in zip(names, values, weights, strict=True)]
        for gate, quantity, own in one.cell.terms:
            if gate == letter:
                weight = own_weights[one.cell.own.index(own) * one.all_units + unit]
                parts.append(Part(f"{quantity}[{unit}]", float(states[quantity]), float(weight)))
        parts.sort(key=lambda part: -abs(part.amount))
        z, acted = one.z[n, t, row, u], one.gates[n, t, row, u]
        candidate = letter in one.cell.candidates
        squash = one.activation if candidate else one.recurrent_activation
        computed = float(activations.get(squash)(np.atleast_1d(z))[0])
        gates[letter] = Gate(letter, tuple(parts), float(z), computed, float(acted), squash)
    c_before, c, a, h = map(float, states.values())
    p = dict(zip(one.cell.own, one.weights.p[unit :: one.all_units].tolist(), strict=True))
    return Explanation(
        one.name, sample, step, unit, gates, c_before, c, a, h, one.activation, top, one.cell, p
    )


def state_before(one: LayerTrace, n: int, step: int) -> tuple[np.ndarray, np.ndarray]:
    """h and c of all units before a step. Raises ValueError if the trace does not hold them."""
    if len(one.units) < one.all_units:
        raise ValueError(
            f"The trace of layer '{one.name}' keeps {len(one.units)} of {one.all_units} units; "
            "each unit hears all of them. Trace without units= to explain one."
        )
    if step == 0:
        return one.before.h[n], one.before.c[n]
    if step - 1 not in one.steps:
        raise ValueError(
            f"The trace of layer '{one.name}' leaves out step {step - 1}, from which step {step} "
            "goes on. Trace both to explain it."
        )
    t = one.step(step - 1)
    return one.h[n, t], one.c[n, t]


def changed(computed: float, acted: float) -> str:
    """A remark if an intervention put another number in the place of the computed one."""
    return "" if abs(computed - acted) <= CHANGED * max(1, abs(acted)) else (
        f", changed to {acted:.4f}"
    )  # fmt: skip


def signed(number: float) -> str:
    """A number in brackets if it is negative."""
    return f"{number:.4f}" if number >= 0 else f"({number:.4f})"
