"""Mistakes in layers of several inputs, in attention, and in layers that normalise or reshape."""

from .mutation import Mutation, Ruled
from .places import assignment, call, condition, constant, iterated, operation, part
from .rules import becomes, left_out, overwrites, renamed, returns, swap_parameters

COMBINING, MERGING, SIGNALS = "kernels/combining.py", "layers/merging.py", "layers/signals.py"
CONCATENATE, DOT, ATTENDING = "layers/concatenate.py", "layers/dot.py", "layers/attention.py"
ATTENTION, NORMAL = "kernels/attention.py", "kernels/layer_normalization.py"

FIRST = ("merging", "attention", "graphs")  # subjects to ask first

MUTATIONS = [
    # ---- element by element ---------------------------------------------------------------------
    Ruled(
        "subtract_the_other_way", COMBINING, "difference", swap_parameters(0, 1),
        "Subtract takes the first input from the second",
    ),
    Ruled(
        "subtract_sends_one_error", COMBINING, "d_subtract",
        becomes(call("each"), "copy({1}, {2})"),
        "the error of what is subtracted has the wrong sign",
    ),
    Ruled(
        "product_of_its_own_factor", COMBINING, "d_product",
        becomes(part(3, call("each2", nth=1, of=2)), part(3, call("each2", nth=2, of=2))),
        "the mirror of Multiply multiplies by its own factor",
    ),
    Ruled(
        "average_of_two", MERGING, "Average.finished", becomes(operation("/"), "1 / 2"),
        "Average halves the sum, whatever the number of inputs",
    ),
    Ruled(
        "average_not_divided_backwards", MERGING, "Average.finished",
        becomes(part(2, call("backward")), "np.ones(1)"),
        "each input of Average gets the whole error",
    ),
    Ruled(
        "maximum_teaches_the_second", COMBINING, "d_maximum", becomes(operation(">="), "{0} > {1}"),
        "of equal inputs of Maximum the second one gets the error",
    ),
    Ruled(
        "minimum_teaches_the_second", COMBINING, "d_minimum", becomes(operation("<="), "{0} < {1}"),
        "of equal inputs of Minimum the second one gets the error",
    ),
    Ruled(
        "spread_error_of_the_last", COMBINING, "d_spread", overwrites(assignment("+=")),
        "the errors of an input that serves at many places do not add up",
    ),
    # ---- masks ----------------------------------------------------------------------------------
    Ruled(
        "masked_where_any_is", COMBINING, "either", becomes(operation("or"), "{0} and {1}"),
        "a merged step is masked where one input is",
    ),
    Mutation(
        "mask_of_some_inputs", SIGNALS,
        "if not all(mask.size for mask in masks):\n        return NO_MASK",
        "masks = [mask for mask in masks if mask.size]\n    if not masks:\n        return NO_MASK",
        "inputs without a mask do not unmask what is merged",
    ),
    Ruled(
        "masked_factors_count", MERGING, "Multiply.combined",
        becomes(part(1, call("combined")), "{parameters[2]}"),
        "Multiply takes masked steps as they are",
    ),
    Ruled(
        "product_of_masked_steps", MERGING, "Multiply.finished", returns("{2}"),
        "where all inputs are masked, their product is not 0",
    ),
    Ruled(
        "masked_steps_compete", MERGING, "Extreme.combined",
        becomes(call("chosen", nth=1, of=2), "{2}"),
        "Maximum may choose a masked step",
    ),
    Ruled(
        "masked_steps_of_the_first_compete", MERGING, "Extreme.combined",
        becomes(call("chosen", nth=2, of=2), "{2}"),
        "Maximum may choose a masked step of its first input",
    ),
    Ruled(
        "error_of_what_is_chosen_instead", COMBINING, "d_choose",
        becomes(call("copy", nth=2, of=2), "{0}[:] = 0"),
        "what stands in for a masked step learns nothing",
    ),
    # ---- side by side ---------------------------------------------------------------------------
    Ruled(
        "concatenate_reversed", CONCATENATE, "Concatenate.connect",
        becomes(iterated(nth=2, of=2), "{it}[::-1]"),
        "Concatenate begins with its last input",
    ),
    Ruled(
        "concatenate_axis_ignored", CONCATENATE, "Concatenate.connect",
        becomes(condition("axis"), "False"),
        "Concatenate puts features side by side, whatever the axis",
    ),
    Ruled(
        "concatenate_sends_the_first_error", CONCATENATE, "Concatenate.connect",
        becomes(part(2, call("backward")), "0"),
        "each input of Concatenate gets the error of the first columns",
    ),
    Ruled(
        "concatenate_masked_as_the_first", CONCATENATE, "Concatenate.connect",
        becomes(call("mask_of_either"), "{1}[0].mask"),
        "features side by side have the mask of the first input",
    ),
    Ruled(
        "concatenate_shows_masked_steps", CONCATENATE, "Concatenate.one_after_the_other",
        left_out(call("forward", "mask")),
        "steps one after the other have lost their masks",
    ),
    # ---- products -------------------------------------------------------------------------------
    Ruled(
        "normalize_ignored", DOT, "Dot.connect", becomes(condition("normalize"), "False"),
        "Dot takes rows of any length",
    ),
    Ruled(
        "normalize_stretches_errors", COMBINING, "d_to_length_one", becomes(operation("-"), "{0}"),
        "the length of a row of Dot is taken for a constant",
    ),
    Ruled(
        "dot_of_one_side", COMBINING, "d_batch_product", overwrites(assignment("+=", nth=2, of=2)),
        "the errors of the second input of Dot do not add up",
    ),
    Ruled(
        "rearranged_twice", SIGNALS, "rearranged", renamed("argsort", "array"),
        "errors of axes in another order are not brought back",
    ),
    # ---- attention ------------------------------------------------------------------------------
    Ruled(
        "attention_scaled_by_size", ATTENTION, "dot_scores",
        becomes(operation("*", nth=2, of=2), "{it} / {parameters[0]}.shape[2] ** 0.5"),
        "scores are divided by the root of their size, as in transformers",
    ),
    Ruled(
        "attention_not_scaled_backwards", ATTENTION, "d_dot_scores",
        becomes(operation("*", nth=1, of=5), "{0}"),
        "the errors of scores are not scaled",
    ),
    Ruled(
        "additive_scale_ignored", ATTENTION, "additive_scores", becomes(operation("*"), "{1}"),
        "AdditiveAttention adds its features up without weights",
    ),
    Ruled(
        "additive_scale_of_one_score", ATTENTION, "d_additive_scores",
        overwrites(assignment("+=", nth=3, of=3)),
        "the scale of AdditiveAttention learns from the last score alone",
    ),
    Ruled(
        "attention_softmax_axis", ATTENTION, "weigh",
        becomes(assignment("=", nth=1, of=5), "{0} = {1[0]}[{1[1]}, :, {1[2]}]"),
        "the weights of a value add up to 1 over the queries",
    ),
    Ruled(
        "attention_softmax_mirror", ATTENTION, "d_weigh", becomes(operation("-"), "{0}"),
        "the mirror of attention's softmax lacks what the weights have in common",
    ),
    Ruled(
        "attention_ignores_the_values_mask", ATTENDING, "Attention.connect",
        becomes(condition("mask"), "False"),
        "masked values get weight",
    ),
    Mutation(
        "attention_mask_by_query", ATTENTION,
        "not mask[j, n]) or", "not mask[i, n]) or",
        "the mask of values hides all of them from a query",
    ),
    Ruled(
        "attention_hides_less", ATTENTION, "HIDDEN", becomes(constant(1e9), "1e4"),
        "where all values are masked their scores still count",
    ),
    Ruled(
        "attention_ignores_the_queries_mask", ATTENTION, "apply d_apply",
        becomes(operation("and"), "False"),
        "masked queries get a mean of values instead of zeros",
    ),
    Ruled(
        "attention_errors_of_masked_queries", ATTENTION, "d_apply",
        becomes(operation("and"), "False"),
        "values learn from masked queries",
    ),
    Ruled(
        "attention_forgets_the_mask", ATTENDING, "Attention.connect",
        becomes(call("signal"), "{callee}({0}, {1}, {2})"),
        "what attention makes of masked queries is not masked",
    ),
    Ruled(
        "value_learns_as_key_alone", ATTENDING, "Attention.connect",
        left_out(assignment("=", "fork")),
        "of an array that is value and key one error overwrites the other",
    ),
    # ---- one input ------------------------------------------------------------------------------
    Ruled(
        "row_epsilon_outside_the_root", NORMAL, "forward",
        becomes(call("inverse_root"), "like({0}, 1) / (np.sqrt({0[0]}) + {0[1]})"),
        "epsilon is added to the deviation of a row",
    ),
    Ruled(
        "row_variance_unbiased", NORMAL, "forward",
        becomes(operation("/"), "{0} / ({1} - like({1}, 1))"),
        "a row is normalised with C - 1",
    ),
    Ruled(
        "no_error_through_the_mean_of_a_row", NORMAL, "backward",
        becomes(operation("-", nth=2, of=2), "{0}"),
        "the mean of a row is taken for a constant",
    ),
    Ruled(
        "no_error_through_the_variance_of_a_row", NORMAL, "backward",
        becomes(operation("-", nth=1, of=2), "{0}"),
        "the variance of a row is taken for a constant",
    ),
    Ruled(
        "normalised_rows_lose_the_mask", "layers/layer_normalization.py",
        "LayerNormalization.connect", becomes(call("signal"), "{callee}({0})"),
        "behind LayerNormalization no step is masked",
    ),
    Ruled(
        "gamma_of_the_last_row", NORMAL, "backward", overwrites(assignment("+=", nth=1, of=4)),
        "gamma learns from the last row alone",
    ),
    Ruled(
        "reshape_time_first", "layers/reshape.py", "Reshape.connect",
        becomes(call("forward"), "{callee}(data_movement.copy, {1}.reshape({2}.shape), {2})"),
        "Reshape mixes the samples up",
    ),
]  # fmt: skip
