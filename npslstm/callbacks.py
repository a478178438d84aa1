"""The callbacks of `fit`, `evaluate` and `predict`, under the names Keras gives them."""

from npslstm.training.callbacks import Callback, CallbackList
from npslstm.training.csv_logger import CSVLogger
from npslstm.training.early_stopping import EarlyStopping
from npslstm.training.history import History
from npslstm.training.lambda_callback import LambdaCallback
from npslstm.training.learning_rate import LearningRateScheduler, ReduceLROnPlateau
from npslstm.training.terminate_on_nan import TerminateOnNaN

__all__ = [
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ReduceLROnPlateau",
    "TerminateOnNaN",
]
