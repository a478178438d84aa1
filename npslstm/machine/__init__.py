"""How plain functions of arrays become machine code and run: nothing in here is about LSTMs.

`compiler` translates a function for given arguments, `lowering` says how its array operations are
carried out, `objects` and `cache` keep what comes of it, `operations` and `driver` run it, and
`threads` shares it. Who studies LSTMs may skip the folder.
"""

import os

# A debug switch: whether what kernels touch is checked, see `guard`.
CHECKED = os.environ.get("NPSLSTM_CHECK") or "0"

if CHECKED != "0":
    from .guard import install

    install(CHECKED)
