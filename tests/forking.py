"""Functions in a forked process."""

import faulthandler
import os
import signal
import time
import traceback

import pytest

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system starts processes anew")


def child_says(function):
    """True if function() is true in a forked process, else what happened there; 'hangs' if it takes
    more than a minute. What it was doing then, or raised, is on standard error."""
    child = os.fork()
    if child == 0:
        faulthandler.dump_traceback_later(50, exit=False)
        try:
            os._exit(0 if function() else 1)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(2)
    end = time.monotonic() + 60
    while (done := os.waitpid(child, os.WNOHANG)) == (0, 0) and time.monotonic() < end:
        time.sleep(0.005)
    if done == (0, 0):
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return "hangs"
    return done == (child, 0) or f"ended with status {os.waitstatus_to_exitcode(done[1])}"
