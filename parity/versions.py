"""What a comparison ran on."""

from __future__ import annotations

import importlib.metadata
import platform
import shlex
import sys


def ran_on() -> dict[str, str]:
    """Versions of all that computes, the backend of Keras, the machine and the command."""
    import keras

    import npslstm

    packages = ("numpy", "numba", "scipy", keras.backend.backend())
    return {
        "npslstm": npslstm.__version__,
        "keras": keras.__version__,
        "backend": keras.backend.backend(),
        **{name: importlib.metadata.version(name) for name in packages},
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "command": command(),
    }


def command() -> str:
    return " ".join(["python -m parity", *map(shlex.quote, sys.argv[1:])])
