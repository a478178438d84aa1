"""Compiled array functions, each forward beside its backward. `compiler` says how they compile."""

import os

# A debug switch: whether what kernels touch is checked, see `guard`.
CHECKED = os.environ.get("NPSLSTM_CHECK") or "0"

if CHECKED != "0":
    from .guard import install

    install(CHECKED)
