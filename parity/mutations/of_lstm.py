"""Mistakes in the LSTM: equations, time, masks, states."""

from .mutation import Mutation, Ruled
from .places import assignment, call, choice, condition, operation, part, returned
from .rules import becomes, in_turn, left_out, overwrites, renamed, returns, swap_parameters

CELL, SCAN, LAYER = "cell.py", "scan.py", "layers/lstm.py"
RECURRENT, STATE, MASKING = "layers/recurrent.py", "layers/state.py", "kernels/masking.py"

FIRST = ("gradients", "lstm", "stateful", "masks")  # subjects to ask first

MUTATIONS = [
    # ---- the equations --------------------------------------------------------------------------
    Ruled(
        "gate_order", "bundles.py", "split", becomes(returned(), "{0}, {2}, {1}, {3}"),
        "the candidate's block stands before the forget gate's: i g f o",
    ),
    Ruled(
        "gate_order_onnx", "bundles.py", "split", becomes(returned(), "{0}, {2}, {3}, {1}"),
        "the gates stand in ONNX's order i o f g",
    ),
    Ruled(
        "input_for_forget", CELL, "next_c", swap_parameters(0, 1),
        "input and forget gate have changed places",
    ),
    Ruled(
        "no_output_gate", CELL, "next_h", returns("{1}"),
        "the output gate does nothing",
    ),
    Ruled(
        "candidate_activation", CELL, "forward",
        renamed("candidate", "gate", call("candidate", nth=1, of=2)),
        "the candidate goes through the gates' sigmoid",
    ),
    Ruled(
        "output_not_squashed", CELL, "forward",
        becomes(call("candidate", nth=2, of=2), "{1}[:] = {0}"),
        "h = o * c, without tanh",
    ),
    Ruled(
        "d_tanh", CELL, "d_tanh", becomes(operation("*"), "{0}"),
        "the derivative of tanh lacks the square",
    ),
    Ruled(
        "d_sigmoid", CELL, "d_sigmoid", returns("like({0}, 1) - {0} * {0}"),
        "the derivative of the sigmoid is that of tanh",
    ),
    Ruled(
        "no_forgetting_backward", CELL, "d_c_prev", returns("{0}"),
        "errors go back along c as if the forget gate were open",
    ),
    Ruled(
        "blame_of_the_forget_gate", CELL, "backward", renamed("c_prev", "c", call("d_gate", "d_f")),
        "dL/df is taken from c instead of c_prev",
    ),
    Ruled(
        "state_carried_in_not_seen", LAYER, "LSTM.connect", becomes(part(5, call("Scan")), "0"),
        "the first step multiplies no U with the state that was carried in",
    ),
    # ---- through time ---------------------------------------------------------------------------
    Ruled(
        "error_through_c_lost", CELL, "backward", becomes(call("each2", "add"), "{1}[:] = {3}"),
        "no error comes back along c from later steps",
    ),
    Ruled(
        "error_through_h_lost", SCAN, "backward_through_time",
        becomes(call("h_product"), "{0}[...] = 0"),
        "no error comes back along h from later steps",
    ),
    Ruled(
        "recurrent_gradient_one_step_off", SCAN, "weight_gradients",
        becomes(part(1, call("h")), "{0}[{1} + 1 : {2} + 1]"),
        "dU multiplies dz with h of the same step instead of the one before",
    ),
    Ruled(
        "bias_gradient_of_one_step", SCAN, "weight_gradients",
        becomes(part(1, call("add_column_sums", nth=2, of=2)), "{0}[0]"),
        "the bias's gradient adds up the first step again and again",
    ),
    Ruled(
        "dx_lost", SCAN, "backward_through_time", left_out(call("x_product")),
        "an LSTM below another learns nothing",
    ),
    Ruled(
        "go_backwards_ignored", LAYER, "LSTM.connect", becomes(condition("go_backwards"), "False"),
        "the sequence is read from its beginning",
    ),
    Ruled(
        "go_backwards_gradient", RECURRENT, "turned_round",
        renamed("reverse", "copy", call("backward")),
        "errors of a sequence read backwards are not turned round again",
    ),
    Ruled(
        "go_backwards_mask", RECURRENT, "turned_round",
        renamed("reverse", "copy", call("forward", "mask")),
        "the mask is not turned round with the sequence",
    ),
    Ruled(
        "no_bias_gradient", RECURRENT, "weights_of",
        becomes(call("gradient_of", "bias"), "np.zeros_like({0}.value)"),
        "the LSTM's bias is never trained",
    ),
    Ruled(
        "forget_bias", LAYER, "LSTM.initial_bias", renamed("ones", "zeros"),
        "unit_forget_bias is ignored",
    ),
    Ruled(
        "forget_bias_of_another_gate", LAYER, "LSTM.initial_bias",
        becomes(part(0, call("concatenate")), "[{1}, {0}, {2}]"),
        "unit_forget_bias opens the input gate",
    ),
    # ---- masks ----------------------------------------------------------------------------------
    Ruled(
        "mask_ignored", SCAN, "forward backward_through_time", becomes(operation("and"), "False"),
        "masked steps are used, forward and backward",
    ),
    Ruled(
        "masked_h_lost", SCAN, "forward", becomes(call("copy", "h"), "{0}[:] = 0"),
        "a masked step carries c on but forgets h",
    ),
    Ruled(
        "masked_c_lost", SCAN, "forward", becomes(call("copy", "c"), "{0}[:] = 0"),
        "a masked step carries h on but forgets c",
    ),
    Ruled(
        "masked_output", MASKING, "forward", becomes(call("copy", nth=2, of=2), "{0}[:] = 0"),
        "a masked step shows 0 instead of the last output",
    ),
    Ruled(
        "masked_output_is_h", MASKING, "forward",
        becomes(call("copy", nth=2, of=2), call("copy", nth=1, of=2)),
        "masked steps before the first used one show the state carried in",
    ),
    Ruled(
        "zero_output_ignored", MASKING, "forward", becomes(operation("or"), "{1}"),
        "zero_output_for_mask is ignored",
    ),
    Ruled(
        "errors_of_masked_steps_lost", MASKING, "backward", overwrites(assignment("+=")),
        "the errors of repeated outputs do not add up",
    ),
    Ruled(
        "mask_asks_for_all_features", MASKING, "find",
        in_turn(
            becomes(assignment("=", nth=1, of=2), "{0} = True"),
            becomes(operation("!="), "{0} == {1}"),
            becomes(assignment("=", nth=2, of=2), "{0} = False"),
        ),
        "one feature that equals mask_value masks the step",
    ),
    Ruled(
        "one_sample_decides_for_all", SCAN, "used", becomes(call("range"), "range({0}, {0} + 1)"),
        "a step that the first sample does not use is computed for none",
    ),
    Ruled(
        "second_used_step_sees_no_state", SCAN, "forward", becomes(operation(">"), "{0} > {1} + 1"),
        "h_prev U is left out at the second used step too",
    ),
    Ruled(
        "error_stops_a_step_early", SCAN, "backward_through_time",
        becomes(operation(">"), "{0} > {1} + 1"),
        "no error comes back to the first used step",
    ),
    Ruled(
        "recurrent_gradient_lacks_a_step", SCAN, "weight_gradients",
        becomes(operation("+"), "{0} + 2"),
        "dU lacks the second used step",
    ),
    # ---- states ---------------------------------------------------------------------------------
    Ruled(
        "state_lost_between_batches", LAYER, "LSTM.connect",
        becomes(choice("carried"), "{0} if {1} else None"),
        "a stateful layer begins every batch at zero",
    ),
    Ruled(
        "initial_state_ignored", LAYER, "LSTM.connect", becomes(choice("carried"), "{2}"),
        "initial_state does nothing",
    ),
    Ruled(
        "h_not_carried", LAYER, "LSTM.connect",
        becomes(call("forward", "h", nth=1, of=2), "{callee}(data_movement.clear, {2})"),
        "the state is carried through c only",
    ),
    Ruled(
        "c_not_carried", LAYER, "LSTM.connect",
        becomes(call("forward", "c", nth=1, of=2), "{callee}(data_movement.clear, {2})"),
        "the state is carried through h only",
    ),
    Ruled(
        "states_of_another_layer_kept", LAYER, "LSTM.connect",
        renamed("c", "h", part(1, call("forward", "c", "carried"))),
        "h is remembered in the place of c",
    ),
    Mutation(
        "errors_from_the_batch_before", "layers/scanning.py",
        "program.backward(data_movement.clear, error)",
        "if error is d_state.h:\n                program.backward(data_movement.clear, error)",
        "the last batch's error in c flows into the next one",
    ),
    Ruled(
        "c_not_reset", STATE, "StateKeeper.reset_state", left_out(assignment("=", "c")),
        "reset_state forgets h alone",
    ),
    Ruled(
        "reset_touches_weights", STATE, "StateKeeper.reset_state",
        becomes(assignment("=", "c"), "{it}; self.kernel.value[...] *= 0.99"),
        "reset_state changes the weights",
    ),
]  # fmt: skip
