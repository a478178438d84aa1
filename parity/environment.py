"""Sets up Keras for a comparison; call `prepare` before it is imported."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator


def prepare() -> None:
    """The tensorflow backend on one thread, silent, with the plain kernels of its CPU build.

    The arrays are tiny: threads would only wait for each other.
    """
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
    with standard_error_closed():  # TensorFlow says how it was built before it can be told not to
        import tensorflow as tf
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


@contextlib.contextmanager
def standard_error_closed() -> Iterator[None]:
    """What C++ code writes to standard error inside is lost; exceptions are not."""
    kept = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
