"""What npslstm says of nonsense: calls with wicked arguments, each judged by `wording`.

A call succeeds, or it is refused with a ValueError or TypeError that is raised by this package,
names the argument and says what to write; it takes neither seconds nor gigabytes, and leaves the
model as it was.

The tests draw calls. `python -m tests.test_words [part of a case's name]` makes all of those with
one wicked argument, which takes minutes, best with NUMBA_DISABLE_JIT=1.
"""

import contextlib
import inspect
import io
import random
import resource
import sys
import tempfile

from npslstm import arguments
from npslstm.machine.compiler import INTERPRETED
from tests import callables_graphs  # noqa: F401 - adds to CASES
from tests.callables import CASES
from tests.wicked import WICKED
from tests.wording import judged

CALLS = 2000 if INTERPRETED else 5000
SEED = 15
MEMORY = 2**28  # bytes that the machine is said to have: what would take more is refused
GROWTH = 2**29  # bytes that the process may grow by in all these calls

ONE_OF_TWO = ("get_layer",)  # cases that need one argument or the other


def drawn(calls):
    """Cases with the names of the wicked arguments and of their values, mostly one of them."""
    draw = random.Random(SEED)
    names = list(CASES)
    shares = [CASES[name].share for name in names]
    known = {name: CASES[name].arguments() for name in names}
    for name in draw.choices(names, shares, k=calls):
        several = min(draw.choices([1, 2, 3], [8, 1, 1])[0], len(known[name]))
        chosen = draw.sample(known[name], several)
        yield name, {argument: draw.choice(list(WICKED)) for argument in chosen}


def verdict_on(name, chosen):
    """What is wrong with how one call went, the values given by their names in WICKED."""
    case = CASES[name]
    given = {argument: WICKED[value]() for argument, value in chosen.items()}
    said = judged(case, case.good_arguments() | given, list(chosen))
    call = ", ".join(f"{argument}={value[:40]}" for argument, value in chosen.items())
    return said and f"{name}({call}): {said}"


def used_memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def test_wicked_arguments_are_refused_in_words(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(arguments, "memory", lambda: MEMORY)
    before = used_memory()
    wrong = [said for name, chosen in drawn(CALLS) if (said := verdict_on(name, chosen))]
    assert not wrong, "\n".join([f"{len(wrong)} of {CALLS}:", *wrong[:40]])
    assert used_memory() - before < GROWTH


def test_the_calls_are_right_but_for_the_wicked_arguments(tmp_path, monkeypatch, capfd):
    """Each case works with what the table calls good, or it would show nothing."""
    monkeypatch.chdir(tmp_path)
    said = {}
    for name, case in CASES.items():
        given = case.good_arguments()
        if set(required(case)) <= set(given) and name not in ONE_OF_TWO:
            said[name] = judged(case, given, case.arguments())
    assert {name: text for name, text in said.items() if text} == {}
    assert len(said) > 120


def required(case):
    """The arguments that have no default."""
    parameters = inspect.signature(case.make()).parameters.values()
    plain = [p for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
    return [p.name for p in plain if p.default is p.empty]


def every_call(part=""):
    """Each argument of each case with each wicked value, for names with this part in them."""
    for name, case in CASES.items():
        for argument in case.arguments() if part in name else ():
            for value in WICKED:
                yield name, {argument: value}


def main(part=""):
    arguments.memory = lambda: MEMORY
    calls = wrong = 0
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for name, chosen in every_call(part):
            with contextlib.redirect_stdout(io.StringIO()):
                said = verdict_on(name, chosen)
            calls, wrong = calls + 1, wrong + bool(said)
            if said:
                print(said.encode("ascii", "backslashreplace").decode(), flush=True)
    print(f"{wrong} of {calls} calls are wrong.")
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
