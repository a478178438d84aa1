"""python -m parity.references [case ...]: npslstm beside the frozen references, case by case.

Prints one line of JSON: which npslstm that was, how many answers agree, and the first that does
not, if any. `parity.mutants` asks this of each broken copy.

python -m parity.references --serve: the same of one copy of npslstm after the other. Each line of
standard input is a JSON list, the folder that holds npslstm/ and cases as above; each is answered
by a fork of this process, which has NumPy and the references in memory and nothing of npslstm.
"""

import importlib
import json
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

from .cases import CASES
from .golden import compare, read

LONGEST = 300  # seconds for one question, which takes 1, or 20 with kernels to compile


def answer(references: dict[str, Any], cases: Sequence[str]) -> dict[str, Any]:
    """What the npslstm that Python finds first says to the cases, or to all."""
    try:
        nn = importlib.import_module("npslstm")
        interpreted = importlib.import_module("npslstm.machine.compiler").INTERPRETED
    except Exception as error:
        return {"failed": f"{type(error).__name__}: {error}"}
    agreed, differing = 0, None
    for name in cases or CASES:
        for compared in compare(name, nn, references[name]):
            if not compared.agrees:
                differing = compared._asdict()
                break
            agreed += 1
        if differing:
            break
    of = {"package": nn.__file__, "interpreted": interpreted}
    return of | {"agreed": agreed, "differing": differing}


def serve(references: dict[str, Any]) -> None:
    for line in sys.stdin:
        folder, cases = json.loads(line)
        child = os.fork()
        if child == 0:
            signal.alarm(LONGEST)  # a broken copy may never come to an end
            os.chdir(folder)
            sys.path.insert(0, folder)
            print(json.dumps(answer(references, cases)), flush=True)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status:
            code = os.waitstatus_to_exitcode(status)
            print(json.dumps({"failed": f"exit code {code}"}), flush=True)


def main() -> int:
    references = read()
    if sys.argv[1:] == ["--serve"]:
        serve(references)
        return 0
    signal.alarm(LONGEST)
    answered = answer(references, sys.argv[1:])
    print(json.dumps(answered))
    return int(answered.get("differing") is not None or "failed" in answered)


sys.exit(main())
