"""Functions in a forked process."""

import os
import signal
import time

import pytest

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system starts processes anew")


def child_says(function):
    """Whether function() is true in a forked process; 'hangs' if that takes more than a minute."""
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if function() else 1)
        finally:
            os._exit(2)
    end = time.monotonic() + 60
    while (done := os.waitpid(child, os.WNOHANG)) == (0, 0) and time.monotonic() < end:
        time.sleep(0.005)
    if done == (0, 0):
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return "hangs"
    return done == (child, 0)
