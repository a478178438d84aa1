"""Reference cases: small computations in the calls that Keras and npslstm share.

A case is a function case(nn, rng) of a package and random numbers. With Keras it gives the
reference that `parity.freeze` keeps, with npslstm the answer that `tests/test_golden.py` compares;
nothing here imports Keras. It returns {key: array}; a key begins with the name of its tolerance,
as in 'lstm output: last'. Each file but two is a subject; `cases` holds what they share, `golden`
the frozen answers.
"""

from . import (  # noqa: F401 - each file of a subject enters its cases
    attention,
    golden,
    gradients,
    graphs,
    layers,
    losses,
    lstm,
    masks,
    merging,
    metrics,
    optimizers,
    outputs,
    randomness,
    stateful,
    training,
    utils,
)
from .cases import CASES, run, tolerance_of

__all__ = ["CASES", "golden", "run", "tolerance_of"]
