"""Mistakes in losses, penalties and optimizers."""

from .mutation import Ruled
from .places import assignment, call, choice, condition, constant, operation, part, returned
from .rules import becomes, in_turn, left_out, returns

LOSSES, LOSS, PENALTIES = "kernels/losses.py", "losses/base.py", "kernels/penalties.py"
OPTIMIZERS, OPTIMIZER = "kernels/optimizers.py", "optimizers/base.py"

FIRST = ("optimizers", "losses", "gradients")  # subjects to ask first

MUTATIONS = [
    # ---- losses ---------------------------------------------------------------------------------
    Ruled(
        "loss_summed", LOSSES, "reduce", left_out(assignment("/=")),
        "the loss is the sum over the batch",
    ),
    Ruled(
        "loss_by_sum_of_weights", LOSSES, "reduce",
        becomes(assignment("/="), "{0} /= {parameters[1]}.sum() if {parameters[1]}.size else {1}"),
        "the loss is divided by the sum of the weights, as in Keras 2",
    ),
    Ruled(
        "gradient_summed", LOSSES, "backward", left_out(assignment("/=")),
        "the gradient is that of the sum over the batch",
    ),
    Ruled(
        "weights_ignored", LOSSES, "reduce", becomes(choice(), "{2}"),
        "sample weights do not count in the loss",
    ),
    Ruled(
        "weights_ignored_in_gradient", LOSSES, "backward", becomes(choice(), "{2}"),
        "sample weights do not count in the gradient",
    ),
    Ruled(
        "mse_halved", LOSSES, "d_mean_squared_error", becomes(constant(2), "1"),
        "the gradient of the squared error lacks its 2",
    ),
    Ruled(
        "mae_at_zero", LOSSES, "sign",
        returns("where({0} < like({0}, 0), -like({0}, 1), like({0}, 1))"),
        "an error of 0 pulls in one direction",
    ),
    Ruled(
        "crossentropy_epsilon", LOSSES, "EPSILON", becomes(constant(1e-7), "1e-8"),
        "probabilities come closer to 0 and 1 than in Keras",
    ),
    Ruled(
        "softmax_minus_target", LOSSES, "d_categorical_crossentropy_before_softmax",
        becomes(operation("-"), "{0}"),
        "behind a softmax no output is drawn to its target",
    ),
    Ruled(
        "softmax_minus_label", LOSSES, "d_sparse_categorical_crossentropy_before_softmax",
        becomes(call("place"), "0"),
        "behind a softmax the first class is taught, whatever the label",
    ),
    Ruled(
        "sigmoid_minus_target", LOSSES, "d_binary_crossentropy_before_sigmoid",
        becomes(operation("/"), "{0}"),
        "behind a sigmoid the gradient of a row is not averaged over its outputs",
    ),
    Ruled(
        "probabilities_not_normalised", LOSSES, "categorical_crossentropy",
        becomes(call("total"), "1"),
        "categorical crossentropy takes outputs that do not add up to 1 as they are",
    ),
    Ruled(
        "normalised_before_the_limits", LOSSES, "sparse_categorical_crossentropy",
        becomes(call("limited", nth=1, of=2), "{0}"),
        "sparse crossentropy adds up the outputs before they are kept from 0 and 1",
    ),
    Ruled(
        "error_of_saturated_probabilities", LOSSES, "within", returns("like({0}, 1)"),
        "outputs beyond the limits still learn",
    ),
    Ruled(
        "logits_forgotten", LOSS, "Loss.reads",
        becomes(returned("logits"), "{parameters[1]}, False"),
        "after a softmax the loss is taken from the probabilities",
    ),
    Ruled(
        "mask_not_balanced", "kernels/masking.py", "weigh", becomes(choice(), "{0[0]}"),
        "a masked loss is divided by all steps instead of the used ones",
    ),
    Ruled(
        "label_smoothing", "losses/crossentropy.py", "CategoricalCrossentropy.smoothing",
        becomes(operation("/"), "{0} / 2"),
        "categorical targets are smoothed as if there were two classes",
    ),
    # ---- penalties ------------------------------------------------------------------------------
    Ruled(
        "penalty_gradient_halved", PENALTIES, "backward",
        becomes(call("like", nth=3, of=3), "like({0}, 1)"),
        "the gradient of w^2 lacks its 2",
    ),
    Ruled(
        "penalty_not_in_the_loss", "kernels/metrics.py", "track_loss",
        becomes(operation("+"), "{0}"),
        "the loss that is shown leaves penalties out",
    ),
    Ruled(
        "penalty_of_outputs", "layers/base.py", "Layer.penalize_activity", becomes(choice(), "1"),
        "a penalty on outputs is not divided by the number of samples",
    ),
    # ---- optimizers -----------------------------------------------------------------------------
    Ruled(
        "nesterov_ignored", OPTIMIZERS, "sgd_momentum", becomes(condition(), "False"),
        "Nesterov's momentum is plain momentum",
    ),
    Ruled(
        "momentum_damped", OPTIMIZERS, "sgd_momentum",
        becomes(operation("-", nth=1, of=2), "{0} - (like({0[0]}, 1) - {0[0]}) * {1}"),
        "the gradient enters the momentum with 1 - momentum",
    ),
    Ruled(
        "rmsprop_epsilon", OPTIMIZERS, "rmsprop",
        in_turn(
            left_out(assignment("+=")),
            becomes(call("sqrt"), "({it} + like({0}, {parameters[6]}[2]))"),
        ),
        "RMSprop adds epsilon to the root, as in Keras 2",
    ),
    Ruled(
        "rmsprop_not_centered", OPTIMIZERS, "rmsprop", left_out(assignment("-=", nth=1, of=2)),
        "centered RMSprop does not take off the mean",
    ),
    Ruled(
        "adam_epsilon", OPTIMIZERS, "adam",
        becomes(operation("+", nth=3, of=3), "np.sqrt({0[0]} + {1})"),
        "Adam adds epsilon under the root",
    ),
    Ruled(
        "adam_epsilon_hat", OPTIMIZERS, "adam",
        becomes(
            call("like", nth=2, of=4),
            "like({0}, {1} * np.sqrt(1 - {1[0]}[1] ** float({parameters[5]}[0] + 1)))",
        ),
        "Adam's epsilon is added to the corrected root: the paper's algorithm 1",
    ),
    Ruled(
        "adam_counts_one_more", OPTIMIZERS, "adam", becomes(operation("+", nth=1, of=3), "{0} + 2"),
        "Adam's correction counts one step too many",
    ),
    Ruled(
        "adam_not_corrected", OPTIMIZERS, "adam",
        becomes(part(1, call("like", nth=1, of=4)), "{parameters[6]}[0]"),
        "Adam's means are not corrected for their start at zero",
    ),
    Ruled(
        "amsgrad_forgets", OPTIMIZERS, "adam", becomes(call("max"), "{1}"),
        "amsgrad is Adam",
    ),
    Ruled(
        "iterations_not_counted", OPTIMIZER, "Optimizer.operations",
        left_out(call("append", "advance")),
        "optimizer steps are not counted",
    ),
    Ruled(
        "clipped_after_the_step", OPTIMIZER, "Optimizer.operations",
        becomes(call("append", "step"), "{callee[0]}.insert(0, {0})"),
        "gradients are clipped when they have been used",
    ),
    Ruled(
        "clipnorm_of_all", OPTIMIZER, "Optimizer.clipping",
        becomes(returned(nth=3, of=4), "[Operation({0[0]}, {parameters[1]}.gradients, {0[2]})]"),
        "clipnorm limits the norm of all gradients together",
    ),
    Ruled(
        "global_clipnorm_of_each", OPTIMIZER, "Optimizer.clipping",
        becomes(
            returned("global_clipnorm"),
            "[Operation({0[0]}, one.gradient.reshape(-1), {0[2]})"
            " for one in {parameters[1]}.trainable]",
        ),
        "global_clipnorm limits the norm of each gradient",
    ),
    Ruled(
        "clipvalue_of_one_side", OPTIMIZERS, "clip_values", left_out(assignment("=", nth=3, of=3)),
        "clipvalue lets large negative gradients through",
    ),
]  # fmt: skip
