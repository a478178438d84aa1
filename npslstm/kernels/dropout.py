"""Dropout: multiply by a mask whose kept entries are 1 / (1 - rate), its dropped ones 0.

The masks are drawn before the step, by a NumPy generator (see `program`). Srivastava et al. 2014,
https://jmlr.org/papers/v15/srivastava14a.html, section 10 for the scaling at training time.
"""

from __future__ import annotations


def forward(x, drop, y):
    """y = x * drop, all (N, C); with fewer rows, drop serves x block after block, as over time."""
    for n in range(x.shape[0]):
        row, kept, out = x[n], drop[n % drop.shape[0]], y[n]
        for j in range(row.size):
            out[j] = row[j] * kept[j]


def backward(dy, drop, dx):
    """The mirror of `forward`: dx = dy * drop."""
    forward(dy, drop, dx)
