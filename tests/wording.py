"""One call with wicked values, judged: it succeeds, or is refused in words of this package."""

import ast
import functools
import pathlib
import re
import signal
import warnings

import numpy as np

import npslstm
from npslstm.layers import Layer
from npslstm.machine.compiler import INTERPRETED
from npslstm.stack import Stack

PACKAGE = pathlib.Path(npslstm.__file__).parent
# A call takes a second or two at most, but a computer may be busy with other things, and the first
# call of its kind may wait until a kernel is compiled.
SECONDS = 20 if INTERPRETED else 120


class TookTooLong(BaseException):
    pass


def too_long(*signal):
    raise TookTooLong


def judged(case, arguments, wicked):
    """What is wrong with how the call went: an empty text if nothing is."""
    call = case.make()
    subjects = [one for one in [call, getattr(call, "__self__", None), *arguments.values()]
                if isinstance(one, (Stack, Layer))]  # fmt: skip
    before = [everything(one) for one in subjects]
    try:
        within_seconds(call, arguments, case.use)
    except case.errors as error:
        after = [everything(one) for one in subjects]
        return verdict(error, wicked) or ("" if before == after else "refused, but changed")
    except BaseException as error:
        return f"{type(error).__name__} at {place(error)}: {str(error)[:120]}"
    return ""


def within_seconds(call, arguments, use):
    epsilon, floatx = npslstm.config.epsilon(), npslstm.config.floatx()
    memory = npslstm.config.program_memory()
    previous = signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            use(call(**arguments))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
        npslstm.config.set_epsilon(epsilon)
        npslstm.config.set_floatx(floatx)
        npslstm.config.set_program_memory(memory)


def everything(subject):
    """Weights, states, layers and settings, as things that can be compared."""
    found = [w.tobytes() for w in subject.get_weights()]
    if isinstance(subject, Stack):
        compiled = subject.compiled
        settings = [compiled]
        if compiled is not None:
            settings += [compiled.optimizer, compiled.loss_argument]
        found += [len(subject.layers), subject.batch_shape, *map(id, settings)]
        found += [s.tobytes() for pair in subject.get_states() for s in pair]
    elif hasattr(subject, "get_states"):
        found += [s.tobytes() for s in subject.get_states()]
    return found


def verdict(error, wicked):
    """What is wrong with a refusal: who speaks, and whether it names one of the arguments."""
    message = str(error)
    if isinstance(error, OSError) and error.filename is not None:
        return ""  # the system's reason, with the path
    if not ours(error):
        return f"not our words, {type(error).__name__} at {place(error)}: {message[:120]}"
    if not any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", message) for name in wicked):
        return f"does not name {' or '.join(wicked)} at {place(error)}: {message[:200]}"
    return "" if len(message) > 30 else f"says too little: {message}"


def innermost(error):
    found = error.__traceback__
    while found is not None and found.tb_next is not None:
        found = found.tb_next
    return found


def place(error):
    found = innermost(error)
    if found is None:
        return "?"
    return f"{pathlib.Path(found.tb_frame.f_code.co_filename).name}:{found.tb_lineno}"


def ours(error):
    """Whether the innermost line is a `raise` in the package."""
    found = innermost(error)
    file = pathlib.Path(found.tb_frame.f_code.co_filename)
    return file.is_relative_to(PACKAGE) and found.tb_lineno in raising_lines(file)


@functools.cache
def raising_lines(file):
    return {line for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Raise)
            for line in range(node.lineno, node.end_lineno + 1)}  # fmt: skip
