"""Mistakes in graphs: signals and weights that are shared, order, states, several outputs."""

from .mutation import Mutation, Ruled
from .places import assignment, call, condition, iterated, operation, part, returned
from .rules import becomes, left_out, renamed

PROGRAM, GRAPH, MODEL, LSTM = "program.py", "graph.py", "model.py", "layers/lstm.py"
SCANNING, BOTH, RECURRENT = "layers/scanning.py", "layers/bidirectional.py", "layers/recurrent.py"
STEP, COMPILED, LOSS = "training/step.py", "training/compiled.py", "losses/base.py"

FIRST = ("graphs", "outputs")  # subjects to ask first

MUTATIONS = [
    # ---- several readers of one signal ----------------------------------------------------------
    Ruled(
        "gradient_of_a_reader_lost", PROGRAM, "Program.fork",
        becomes(iterated(nth=2, of=2), "{it}[:-1]"),
        "the error of a signal's second reader is lost",
    ),
    Ruled(
        "gradient_of_a_reader_twice", PROGRAM, "Program.fork",
        becomes(iterated(nth=2, of=2), "({it}[0], *{it})"),
        "the error of a signal's last reader counts twice",
    ),
    Ruled(
        "last_reader_overwrites", PROGRAM, "Program.fork", renamed("add", "copy"),
        "of a signal's readers the last one's error counts alone",
    ),
    Ruled(
        "readers_see_no_mask", PROGRAM, "Program.fork",
        becomes(call("Signal"), "{callee}({0}, {1})"),
        "a signal that is read twice has lost its mask",
    ),
    Ruled(
        "readers_see_no_logits", PROGRAM, "Program.fork", left_out(assignment("=", "squashed_by")),
        "the loss of a softmax that others read is taken from its outputs",
    ),
    Ruled(
        "logits_hear_of_the_loss_alone", LOSS, "Loss.write_backward", renamed("add", "copy"),
        "what else reads a softmax sends no error back",
    ),
    Ruled(
        "unread_error_kept", PROGRAM, "Program.fork", becomes(condition(nth=1, of=2), "False"),
        "what nobody reads keeps the error of the step before",
    ),
    # ---- layers that are called twice -----------------------------------------------------------
    Ruled(
        "second_call_teaches_nothing", PROGRAM, "Program.gradient_of", left_out(call("insert")),
        "the first call of a layer alone counts in the gradients of its weights",
    ),
    Ruled(
        "second_call_overwrites", PROGRAM, "Program.gradient_of",
        renamed("add", "copy", call("Operation")),
        "one call of a layer alone counts in the gradients of its weights",
    ),
    Ruled(
        "calls_write_into_one_place", PROGRAM, "Program.gradient_of",
        becomes(condition("written"), "True"),
        "the gradient of a later call is overwritten by that of an earlier one",
    ),
    Ruled(
        "penalised_at_each_call", "layers/base.py", "Layer.write", becomes(operation("or"), "{0}"),
        "a layer that is called twice is penalised twice",
    ),
    # ---- order ----------------------------------------------------------------------------------
    Ruled(
        "calls_of_one_depth_reversed", GRAPH, "plan",
        becomes(part(0, call("sorted", nth=1, of=2)), "[*{it}][::-1]"),
        "calls that need not wait for each other run in another order",
    ),
    Ruled(
        "weights_as_met", GRAPH, "plan",
        becomes(part(0, part(1, call("sorted", nth=2, of=2))), "{1}"),
        "layers are in the order in which they are met from the outputs on",
    ),
    Ruled(
        "layers_of_one_depth_reversed", GRAPH, "plan",
        becomes(part(0, part(1, call("sorted", nth=2, of=2))), "({0}, -{1})"),
        "layers as far from the outputs as each other are in another order",
    ),
    Ruled(
        "depth_of_the_last_call", GRAPH, "plan", becomes(call("max"), "{1}"),
        "a layer that is called twice is as far as its last call",
    ),
    Ruled(
        "calls_apart", GRAPH, "depths_of", becomes(call("max", nth=1, of=2), "{0}"),
        "what stands before a layer ignores how far its other calls are",
    ),
    Ruled(
        "masks_have_no_place", GRAPH, "plan", becomes(call("masks_read"), "None"),
        "masks do not count in the order of layers",
    ),
    Ruled(
        "outputs_reversed", MODEL, "Model.write", becomes(iterated("outputs"), "{it}[::-1]"),
        "the outputs of a model change places",
    ),
    Ruled(
        "inputs_in_the_order_of_a_dict", "forms.py", "each",
        becomes(returned(nth=1, of=3), "list({parameters[0]}.values())"),
        "dicts of data are taken as they were written",
    ),
    # ---- states ---------------------------------------------------------------------------------
    Ruled(
        "states_change_places", LSTM, "LSTM.connect", becomes(iterated(), "{it}[::-1]"),
        "an LSTM begins with c for h and h for c",
    ),
    Ruled(
        "no_error_to_the_first_state", SCANNING, "write_backward",
        becomes(call("backward", "copy", nth=1, of=2), "{callee}(data_movement.clear, {2})"),
        "what made the state to begin with learns nothing",
    ),
    Ruled(
        "errors_to_the_first_state_swapped", SCANNING, "write_backward",
        becomes(part(1, call("zip", nth=1, of=1)), "{it}[::-1]"),
        "the errors of the first h and c change places",
    ),
    Ruled(
        "error_stops_before_the_first_state", LSTM, "LSTM.connect",
        becomes(part(6, call("Scan")), "0"),
        "no error comes back along h through the first step",
    ),
    Ruled(
        "no_error_from_the_last_state", SCANNING, "write_backward",
        becomes(call("backward", "copy", nth=2, of=2), "{callee}(data_movement.clear, {2})"),
        "what reads the states that an LSTM returns sends no error back",
    ),
    Ruled(
        "errors_from_the_last_state_swapped", SCANNING, "write_backward",
        becomes(part(1, call("zip_longest")), "{it}[::-1]"),
        "the errors of the last h and c change places",
    ),
    Ruled(
        "mask_used_beside_a_state", MODEL, "written", becomes(operation("and", "several"), "False"),
        "a layer that is given a state passes masked steps over",
    ),
    Ruled(
        "mask_lost_beside_a_state", MODEL, "written", becomes(condition(nth=2, of=2), "False"),
        "those behind a layer that is given a state know no mask",
    ),
    Ruled(
        "directions_begin_swapped", BOTH, "Bidirectional.connect",
        becomes(part(2, call("zip")), "{it}[::-1]"),
        "each direction begins with the state of the other one",
    ),
    Ruled(
        "directions_end_swapped", BOTH, "Bidirectional.connect",
        becomes(assignment("+="), "{0} = [*{1}, *{0}]"),
        "the last state of backward comes before that of forward",
    ),
    # ---- several outputs ------------------------------------------------------------------------
    Ruled(
        "loss_weights_not_in_the_gradient", STEP, "Step.write_results",
        becomes(part(4, call("write", "loss")), "1.0"),
        "loss_weights change the loss that is shown, and nothing else",
    ),
    Ruled(
        "loss_weights_not_in_the_sum", STEP, "Step.sum_of",
        becomes(part(2, call("forward", "add_loss")), "np.array([1.0])"),
        "loss_weights do not count in the loss that is shown",
    ),
    Ruled(
        "sum_of_losses_goes_on", STEP, "Step.sum_of", left_out(call("forward", "clear")),
        "the loss of a batch counts in those of all later ones",
    ),
    Ruled(
        "losses_change_places", STEP, "Step.write_results",
        becomes(
            part(0, call("zip", nth=3, of=3)),
            "{it} if any(one.loss is None for one in {it}) else {it}[::-1]",
        ),
        "each output is trained with the loss of another one",
    ),
    Mutation(
        "losses_of_outputs_weighed", STEP,
        "if len(parts) > 1:\n                #",
        "if len(parts) > 1:\n                part, plain = np.zeros(1), part\n"
        "                self.program.forward(data_movement.clear, part)\n"
        "                self.program.forward(\n"
        "                    metric_kernels.add_loss, plain, np.array([factor]), part)\n"
        "                #",
        "loss_weights count in the loss that is shown for one output",
    ),
    Ruled(
        "penalty_of_each_output", STEP, "Step.sum_of",
        becomes(part(2, call("forward", "track_loss")), "self.program.penalty"),
        "the loss that is shown for one output has the penalties in it",
    ),
    Ruled(
        "losses_of_outputs_by_samples", STEP, "Step.sum_of",
        becomes(part(3, call("forward", "track_loss")), "self.size"),
        "a small last batch counts less in the loss of one output",
    ),
    Ruled(
        "metrics_change_places", "training/compile_arguments.py", "metrics_of",
        becomes(returned("by_output"), "{it}[::-1]"),
        "each output is measured with the metrics of another one",
    ),
    Ruled(
        "watched_output_keeps_its_error", STEP, "Step.write_results",
        becomes(condition("gradient"), "False"),
        "an output without a loss keeps the error of the step before",
    ),
]  # fmt: skip
