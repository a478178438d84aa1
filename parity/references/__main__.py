"""python -m parity.references [case ...]: npslstm beside the frozen references, case by case.

Prints one line of JSON: which npslstm that was, how many answers agree, and the first that does
not, if any. `parity.mutants` asks this of each broken copy.
"""

import json
import sys

import npslstm
from npslstm.kernels.compiler import INTERPRETED

from .cases import CASES
from .golden import compare, read

references = read()
agreed, differing = 0, None
for name in sys.argv[1:] or CASES:
    for compared in compare(name, npslstm, references[name]):
        if not compared.agrees:
            differing = compared._asdict()
            break
        agreed += 1
    if differing:
        break
answer = {"package": npslstm.__file__, "interpreted": INTERPRETED, "agreed": agreed}
print(json.dumps(answer | {"differing": differing}))
sys.exit(differing is not None)
