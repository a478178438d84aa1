"""Regularization: what weights or outputs add to the loss.

(1)  penalty = scale * (l1 * sum |w| + l2 * sum w^2)        settings: l1, l2, scale
"""

from __future__ import annotations

from ..primitives import like
from .losses import sign


def forward(w, settings, penalty):
    """penalty[0] += (1)"""
    total = 0.0
    for j in range(w.size):
        total += settings[0] * abs(w[j]) + settings[1] * w[j] * w[j]
    penalty[0] += settings[2] * total


def backward(w, settings, dw):
    """The mirror of `forward`: dw += its gradient."""
    l1 = like(w[0], settings[0] * settings[2])
    l2 = like(w[0], settings[1] * settings[2])
    for j in range(w.size):
        dw[j] += l1 * sign(w[j]) + like(w[j], 2) * l2 * w[j]
