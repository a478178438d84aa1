"""Files of models and weights, in Keras's own formats, so that either side reads both.

`.keras` holds a whole model, `.weights.h5` its weights alone.
"""

from .archive import load_model, save_model
from .weights import load_weights, save_weights

__all__ = ["load_model", "load_weights", "save_model", "save_weights"]
