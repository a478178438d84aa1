"""Made-up findings of the comparison with Keras, for the tests of its reports."""

import math

from parity.findings import Curve, Findings, Row
from parity.tolerances import FLOAT32, FLOAT64

KERAS = [2.0, 1.0, 0.5]
OURS = [2.0, 1.0 + 8 * FLOAT32, 0.5]
OURS64 = [2.0, 1.0 + 8 * FLOAT64, 0.5]


def row(subject, quantity, measured, allowed=8.0, epsilon=FLOAT32, where="lstm/kernel"):
    tolerance = "lstm output" if epsilon == FLOAT32 else "lstm output, float64"
    return Row(subject, quantity, tolerance, where, 12345, measured, allowed, epsilon)


def sample():
    """Names that a format could take for its own, one row that differs, and an infinite one."""
    rows = [
        row("[bold]mnist", "gradients", 91.44, 40.0, where="lstm <1>/kernel, batch 2"),
        row("[bold]mnist", "outputs", 3.52),
        row("[bold]mnist", "training", 0.0),
        row("[bold]mnist", "training, float64", 0.04, 16.0, FLOAT64),
        row("airline|window", "state", math.inf, 24.0, where="lstm/h: NaN & a number"),
        row("airline|window", "outputs", 1.25),
    ]
    curves = [
        Curve("[bold]mnist", "loss <mse>", OURS, KERAS, OURS64, KERAS),
        Curve("airline|window", "accuracy", [0.5, math.nan], [0.5, 1.0]),
    ]
    ran_on = {"keras": "3.15.1", "command": "python -m parity --only '<mnist>'"}
    return Findings(ran_on, rows, curves, ["Keras on <jax> is no reference.", "a | b"])
