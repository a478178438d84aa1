"""What a masked LSTM shows to the next layer, and how masks weigh in losses.

    (1)  used step:    y[t] = h[t+1]
    (2)  masked step:  y[t] = y[t-1], the last output that was used; before the first used step, 0.
                       With zero_output, y[t] = 0 at every masked step.

The hidden state h does not follow (2): a masked step leaves it as it was, also when it came from
outside. mask (T, B), h (T+1, B, H), y (T, B, H).
"""

from __future__ import annotations

from ..primitives import copy


def forward(h, mask, zero_output, y):
    """Write the outputs y."""
    for t in range(mask.shape[0]):
        for n in range(mask.shape[1]):
            if mask[t, n]:
                copy(y[t, n], h[t + 1, n])  # (1)
            elif zero_output or t == 0:
                y[t, n, :] = 0  # (2)
            else:
                copy(y[t, n], y[t - 1, n])  # (2)


def backward(dy, mask, zero_output, held, dh_out):
    """The mirror of `forward`: write dh_out (T, B, H). held (B, H) gathers the errors of (2)."""
    held[...] = 0
    for t in range(mask.shape[0] - 1, -1, -1):
        for n in range(mask.shape[1]):
            if not zero_output or mask[t, n]:
                for j in range(held.shape[1]):
                    held[n, j] += dy[t, n, j]
            if mask[t, n]:
                copy(dh_out[t, n], held[n])  # (1)
                held[n, :] = 0
            else:
                dh_out[t, n, :] = 0  # (2)


def weigh(mask, sample_weights, weights):
    """weights (T, B) = sample weight * mask * number of steps / number of used steps.

    So the mean over all steps becomes the mean over the used ones. No used step: all 0.
    """
    used = 0
    for t in range(mask.shape[0]):
        for n in range(mask.shape[1]):
            used += mask[t, n]
    for t in range(mask.shape[0]):
        for n in range(mask.shape[1]):
            weights[t, n] = mask[t, n] * (mask.size / used) if used else 0
            if sample_weights.size:
                weights[t, n] *= sample_weights[t, n]


def find(x, value, mask, y):
    """mask (T, B) = whether any feature of x (T, B, F) differs from value[0]; y = x * mask."""
    for t in range(x.shape[0]):
        for n in range(x.shape[1]):
            mask[t, n] = False
            for j in range(x.shape[2]):
                if x[t, n, j] != value[0]:
                    mask[t, n] = True
    hide(x, mask, y)


def hide(x, mask, y):
    """y = x at used steps, 0 at masked ones; also the mirror of `find`, from dy to dx."""
    for t in range(x.shape[0]):
        for n in range(x.shape[1]):
            if mask[t, n]:
                copy(y[t, n], x[t, n])
            else:
                y[t, n, :] = 0
