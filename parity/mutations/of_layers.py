"""Mistakes in the layers beside the LSTM, in activations, and in what prepares data."""

from .mutation import Ruled
from .places import assignment, call, default, operation, part
from .rules import becomes, left_out, overwrites, returns

NORMAL, BATCH = "kernels/normalization.py", "layers/batch_normalization.py"
ACTIVATIONS = "kernels/activations.py"
DROPOUT, SEQUENCES = "layers/dropout.py", "utils/sequences.py"
DATA_MOVEMENT = "kernels/data_movement.py"

FIRST = ("gradients", "layers", "randomness", "utils")  # subjects to ask first

MUTATIONS = [
    # ---- batch normalization --------------------------------------------------------------------
    Ruled(
        "unbiased_variance", NORMAL, "statistics",
        becomes(assignment("/=", nth=2, of=2), "{0} /= {1} - like({1}, 1)"),
        "the batch is normalised with N - 1",
    ),
    Ruled(
        "unbiased_moving_variance", NORMAL, "forward",
        becomes(
            operation("+", nth=2, of=2),
            "{0} + {1} * like({1}, {parameters[0]}.shape[0] / ({parameters[0]}.shape[0] - 1))",
        ),
        "the moving variance is the unbiased one, as in Keras 2's fused kernel",
    ),
    Ruled(
        "momentum_reversed", NORMAL, "forward",
        becomes(operation("+", nth=1, of=2), "{0[0]} * {1[1]} + {1[0]} * {0[1]}"),
        "momentum weighs the batch instead of the past",
    ),
    Ruled(
        "moving_variance_not_moved", NORMAL, "forward", left_out(assignment("=", nth=4, of=4)),
        "the moving variance stays as it was",
    ),
    Ruled(
        "epsilon_outside_the_root", NORMAL, "inverse_root",
        returns("like({0}, 1) / (np.sqrt(abs({0} - like({0}, 1e-3))) + like({0}, 1e-3))"),
        "epsilon is added to the deviation",
    ),
    Ruled(
        "batch_statistics_in_inference", BATCH, "BatchNormalization.connect",
        becomes(operation("and", "training"), "{1}"),
        "evaluate and predict normalise with the batch, and move the moving statistics",
    ),
    Ruled(
        "frozen_statistics_move", BATCH, "BatchNormalization.connect",
        becomes(operation("and", "training"), "{0}"),
        "a frozen layer still uses the batch's statistics",
    ),
    Ruled(
        "no_error_through_the_mean", NORMAL, "backward",
        becomes(operation("+", nth=2, of=2), "{1}"),
        "the batch's mean is taken for a constant",
    ),
    Ruled(
        "no_error_through_the_variance", NORMAL, "backward",
        becomes(operation("+", nth=2, of=2), "{0}"),
        "the batch's variance is taken for a constant",
    ),
    Ruled(
        "normalisation_ignores_the_mask", BATCH, "BatchNormalization.connect",
        becomes(call("reshape", "mask"), "{it}[:0]"),
        "masked steps count in mean and variance",
    ),
    # ---- dropout --------------------------------------------------------------------------------
    Ruled(
        "dropout_not_scaled", DROPOUT, "draw_mask", becomes(part(1, call("multiply")), "1.0"),
        "kept values are not scaled up",
    ),
    Ruled(
        "dropout_keeps_what_it_should_drop", DROPOUT, "draw_mask",
        becomes(operation(">=", "random"), "{0} < {1}"),
        "a share `rate` is kept instead of dropped",
    ),
    Ruled(
        "dropout_in_use", DROPOUT, "Dropout.connect", becomes(operation("or", "training"), "{1}"),
        "evaluate and predict drop, too",
    ),
    Ruled(
        "dropout_gradient", DROPOUT, "Dropout.connect",
        becomes(part(2, call("backward")), "0 * {it} + 1"),
        "errors pass where the values were dropped",
    ),
    Ruled(
        "recurrent_dropout_in_use", "layers/recurrent.py", "dropped_out",
        becomes(operation("and", "recurrent_dropout"), "{1}"),
        "an LSTM drops h in evaluate and predict, too",
    ),
    # ---- shapes ---------------------------------------------------------------------------------
    Ruled(
        "flatten_time_first", "layers/signals.py", "flattened",
        becomes(call("forward"), "{callee}(data_movement.copy, {1}.reshape(-1), {2}.reshape(-1))"),
        "the samples are mixed up",
    ),
    Ruled(
        "repeat_vector_gradient", DATA_MOVEMENT, "sum_repeats", overwrites(assignment("+=")),
        "the errors of repeated steps do not add up",
    ),
    Ruled(
        "dense_bias_gradient", "kernels/dense.py", "backward",
        becomes(part(1, call("add_column_sums")), "{it}[:1]"),
        "a Dense layer's bias learns from the first row alone",
    ),
    # ---- activations ----------------------------------------------------------------------------
    Ruled(
        "softmax_axis", "layers/activation.py", "squash",
        becomes(call("forward"), "{callee}({0}, {1}.reshape(1, -1), {2}.reshape(1, -1), {3})"),
        "softmax runs over the whole batch instead of the last axis",
    ),
    Ruled(
        "softmax_gradient", ACTIVATIONS, "d_softmax",
        becomes(operation("*", nth=2, of=2), "{0} * (like({0}, 1) - {0}) * {1[0]}"),
        "the derivative of softmax is that of a sigmoid",
    ),
    Ruled(
        "hard_sigmoid_of_keras_2", ACTIVATIONS, "hard_sigmoid",
        returns("clipped({0} + like({0}, 2.5), 0, 5) / like({0}, 5)"),
        "hard_sigmoid has the slope 1/5 of Keras 2",
    ),
    Ruled(
        "relu_at_zero", ACTIVATIONS, "relu", becomes(operation(">"), "{0} >= {1}"),
        "relu passes an error at 0",
    ),
    # ---- preparation ----------------------------------------------------------------------------
    Ruled(
        "padding_behind", SEQUENCES, "pad_sequences", becomes(default("padding"), "'post'"),
        "short sequences are padded at their end by default",
    ),
    Ruled(
        "truncating_behind", SEQUENCES, "pad_sequences", becomes(default("truncating"), "'post'"),
        "long sequences lose their end by default",
    ),
    Ruled(
        "classes_counted", "utils/categorical.py", "to_categorical",
        becomes(operation("+"), "{0} + 2"),
        "one-hot rows have a class too many",
    ),
    # ---- both directions ------------------------------------------------------------------------
    Ruled(
        "way_back_not_turned_round", "layers/bidirectional.py", "Bidirectional.connect",
        becomes(call("turned_round"), "{1}"),
        "the backward outputs are merged in the order of reading",
    ),
    Ruled(
        "masked_steps_not_zero", "layers/bidirectional.py", "Bidirectional.__init__",
        left_out(assignment("=", "zero_output_for_mask")),
        "masked steps show the output before them",
    ),
    Ruled(
        "forward_in_both_halves", "kernels/merging.py", "concat",
        becomes(part(1, call("copy", nth=2, of=2)), part(1, call("copy", nth=1, of=2))),
        "concat shows the forward outputs twice",
    ),
    Ruled(
        "average_not_halved_backwards", "kernels/merging.py", "d_average",
        becomes(call("each", nth=2, of=2), "copy({1}, {2})"),
        "the backward layer's error is twice what it should be",
    ),
    Ruled(
        "product_of_wrong_factor", "kernels/combining.py", "d_product",
        becomes(part(3, call("each2", nth=2, of=2)), part(3, call("each2", nth=1, of=2))),
        "the mirror of a product multiplies by its own factor",
    ),
    Ruled(
        "one_way_sends_no_error_down", "layers/bidirectional.py", "Bidirectional.connect",
        becomes(call("fork"), "[{0}, Signal({0}.value, {callee[0]}.zeros(*{0}.shape), {0}.mask)]"),
        "the layer below hears of the forward direction alone",
    ),
]  # fmt: skip
