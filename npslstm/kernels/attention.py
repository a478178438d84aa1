"""Attention: each query takes the mean of all values, weighed by how well their keys fit to it.

    (1)  s_ij = score(q_i, k_j)        for query i and key j of the same sample
    (2)  w_i  = softmax(s_i)           over the keys that the mask lets through
    (3)  y_i  = sum_j w_ij v_j

Scores: scaled dot products, Luong et al. 2015, https://arxiv.org/abs/1508.04025, section 3.1, or
additive ones, sum_d scale_d tanh(q_id + k_jd), Bahdanau et al. 2015,
https://arxiv.org/abs/1409.0473, section A.1.2.

Axes, time first: q (Tq, B, D), k (Tv, B, D), v (Tv, B, E), y (Tq, B, E), w (B, Tq, Tv).
"""

from __future__ import annotations

from ..cell import d_tanh, tanh
from ..primitives import exp, like

HIDDEN = 1e9  # what is taken off a score that the mask hides, as in Keras


# ---- (1) ----------------------------------------------------------------------------------------


def dot_scores(q, k, scale, w):
    """s_ij = scale * q_i . k_j, for scale (1,), written into w."""
    for n in range(w.shape[0]):
        for i in range(w.shape[1]):
            for j in range(w.shape[2]):
                total = like(w[n, i, j], 0)
                for d in range(q.shape[2]):
                    total += q[i, n, d] * k[j, n, d]
                w[n, i, j] = scale[0] * total


def d_dot_scores(ds, q, k, scale, dq, dk, d_scale):
    """The mirror. dq, dk or d_scale may have size 0: then they are not computed."""
    if dq.size:
        dq[...] = 0
    if dk.size:
        dk[...] = 0
    d_scale[...] = 0
    for n in range(ds.shape[0]):
        for i in range(ds.shape[1]):
            for j in range(ds.shape[2]):
                error = ds[n, i, j] * scale[0]
                total = like(error, 0)
                for d in range(q.shape[2]):
                    total += q[i, n, d] * k[j, n, d]
                    if dq.size:
                        dq[i, n, d] += error * k[j, n, d]
                    if dk.size:
                        dk[j, n, d] += error * q[i, n, d]
                if d_scale.size:
                    d_scale[0] += ds[n, i, j] * total


def additive_scores(q, k, scale, w):
    """s_ij = sum_d scale_d tanh(q_id + k_jd), for scale (D,), written into w."""
    for n in range(w.shape[0]):
        for i in range(w.shape[1]):
            for j in range(w.shape[2]):
                total = like(w[n, i, j], 0)
                for d in range(q.shape[2]):
                    total += scale[d] * tanh(q[i, n, d] + k[j, n, d])
                w[n, i, j] = total


def d_additive_scores(ds, q, k, scale, dq, dk, d_scale):
    """The mirror. dq, dk or d_scale may have size 0: then they are not computed."""
    if dq.size:
        dq[...] = 0
    if dk.size:
        dk[...] = 0
    d_scale[...] = 0
    for n in range(ds.shape[0]):
        for i in range(ds.shape[1]):
            for j in range(ds.shape[2]):
                for d in range(q.shape[2]):
                    a = tanh(q[i, n, d] + k[j, n, d])
                    error = ds[n, i, j] * scale[d] * d_tanh(a)
                    if dq.size:
                        dq[i, n, d] += error
                    if dk.size:
                        dk[j, n, d] += error
                    if d_scale.size:
                        d_scale[d] += ds[n, i, j] * a


# ---- (2) ----------------------------------------------------------------------------------------


def hide(w, mask, causal):
    """Take HIDDEN off the scores of keys that mask (Tv, B) hides, or that come after the query."""
    for n in range(w.shape[0]):
        for i in range(w.shape[1]):
            for j in range(w.shape[2]):
                if (mask.size and not mask[j, n]) or (causal and j > i):
                    w[n, i, j] -= like(w[n, i, j], HIDDEN)


def weigh(w):
    """w = softmax of each row of scores, in their place."""
    for n in range(w.shape[0]):
        for i in range(w.shape[1]):
            row = w[n, i]
            highest = row[0]
            for j in range(1, row.size):
                highest = row[j] if row[j] > highest else highest
            total = like(highest, 0)
            for j in range(row.size):
                row[j] = exp(row[j] - highest)
                total += row[j]
            for j in range(row.size):
                row[j] /= total


def d_weigh(w, dw):
    """The mirror: ds_ij = w_ij (dw_ij - sum_k w_ik dw_ik), in dw's place."""
    for n in range(w.shape[0]):
        for i in range(w.shape[1]):
            dot = like(w[n, i, 0], 0)
            for j in range(w.shape[2]):
                dot += w[n, i, j] * dw[n, i, j]
            for j in range(w.shape[2]):
                dw[n, i, j] = w[n, i, j] * (dw[n, i, j] - dot)


# ---- (3) ----------------------------------------------------------------------------------------


def apply(w, v, mask, y):
    """y_i = sum_j w_ij v_j; 0 for queries that mask (Tq, B) leaves out."""
    y[...] = 0
    for n in range(w.shape[0]):
        for i in range(w.shape[1]):
            if mask.size and not mask[i, n]:
                continue
            for j in range(w.shape[2]):
                for e in range(v.shape[2]):
                    y[i, n, e] += w[n, i, j] * v[j, n, e]


def d_apply(dy, w, v, mask, dw, dv):
    """The mirror; dv may have size 0."""
    dw[...] = 0
    if dv.size:
        dv[...] = 0
    for n in range(w.shape[0]):
        for i in range(w.shape[1]):
            if mask.size and not mask[i, n]:
                continue
            for j in range(w.shape[2]):
                for e in range(v.shape[2]):
                    dw[n, i, j] += dy[i, n, e] * v[j, n, e]
                    if dv.size:
                        dv[j, n, e] += dy[i, n, e] * w[n, i, j]
