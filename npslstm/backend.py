"""The few functions of Keras's `backend` module that programs call on any backend."""

from .config import backend, epsilon, floatx, set_epsilon, set_floatx
from .naming import clear_session

__all__ = ["backend", "clear_session", "epsilon", "floatx", "set_epsilon", "set_floatx"]
