"""Mistakes in graphs: signals and weights that are shared, order, states, several outputs."""

from .mutation import Mutation

PROGRAM, GRAPH, MODEL, LSTM = "program.py", "graph.py", "model.py", "layers/lstm.py"
SCANNING, BOTH, RECURRENT = "layers/scanning.py", "layers/bidirectional.py", "layers/recurrent.py"
STEP, COMPILED, LOSS = "training/step.py", "training/compiled.py", "losses/base.py"

FIRST = ("graphs", "outputs")  # subjects to ask first

MUTATIONS = [
    # ---- several readers of one signal ----------------------------------------------------------
    Mutation(
        "gradient_of_a_reader_lost", PROGRAM,
        "for way in ways[:0:-1]:", "for way in ways[:1:-1]:",
        "the error of a signal's second reader is lost",
    ),
    Mutation(
        "gradient_of_a_reader_twice", PROGRAM,
        "for way in ways[:0:-1]:", "for way in (ways[-1], *ways[:0:-1]):",
        "the error of a signal's last reader counts twice",
    ),
    Mutation(
        "last_reader_overwrites", PROGRAM,
        "self.backward(data_movement.add, way.gradient_rows, x.gradient_rows)",
        "self.backward(data_movement.copy, way.gradient_rows, x.gradient_rows)",
        "of a signal's readers the last one's error counts alone",
    ),
    Mutation(
        "readers_see_no_mask", PROGRAM,
        "way = Signal(x.value, self.zeros(*x.shape), x.mask)",
        "way = Signal(x.value, self.zeros(*x.shape))",
        "a signal that is read twice has lost its mask",
    ),
    Mutation(
        "readers_see_no_logits", PROGRAM,
        "way.squashed_by, way.logits = x.squashed_by, x.logits", "pass",
        "the loss of a softmax that others read is taken from its outputs",
    ),
    Mutation(
        "logits_hear_of_the_loss_alone", LOSS,
        "program.backward(data_movement.add, own, source.gradient_rows)",
        "program.backward(data_movement.copy, own, source.gradient_rows)",
        "what else reads a softmax sends no error back",
    ),
    Mutation(
        "unread_error_kept", PROGRAM,
        "if not readers and x.gradient.size:", "if not readers and x.gradient.size < 0:",
        "what nobody reads keeps the error of the step before",
    ),
    # ---- layers that are called twice -----------------------------------------------------------
    Mutation(
        "second_call_teaches_nothing", PROGRAM,
        "self.backward_operations.insert(0, adding)", "pass",
        "the first call of a layer alone counts in the gradients of its weights",
    ),
    Mutation(
        "second_call_overwrites", PROGRAM,
        "adding = Operation(data_movement.add,", "adding = Operation(data_movement.copy,",
        "one call of a layer alone counts in the gradients of its weights",
    ),
    Mutation(
        "calls_write_into_one_place", PROGRAM,
        "if id(variable) not in self.written:", "if self.written is not None:",
        "the gradient of a later call is overwritten by that of an earlier one",
    ),
    Mutation(
        "penalised_at_each_call", "layers/base.py",
        "if variable.regularizer is None or id(variable) in program.penalized:",
        "if variable.regularizer is None:",
        "a layer that is called twice is penalised twice",
    ),
    # ---- order ----------------------------------------------------------------------------------
    Mutation(
        "calls_of_one_depth_reversed", GRAPH,
        "for key in sorted(depths, key=lambda key: -depths[key]):",
        "for key in sorted([*depths][::-1], key=lambda key: -depths[key]):",
        "calls that need not wait for each other run in another order",
    ),
    Mutation(
        "weights_as_met", GRAPH,
        "key=lambda one: (-depth_of_layer[one], seen[one])", "key=lambda one: seen[one]",
        "layers are in the order in which they are met from the outputs on",
    ),
    Mutation(
        "layers_of_one_depth_reversed", GRAPH,
        "key=lambda one: (-depth_of_layer[one], seen[one])",
        "key=lambda one: (-depth_of_layer[one], -seen[one])",
        "layers as far from the outputs as each other are in another order",
    ),
    Mutation(
        "depth_of_the_last_call", GRAPH,
        "depth_of_layer[one] = max(depth_of_layer.get(one, 0), depths[key])",
        "depth_of_layer[one] = depths[key]",
        "a layer that is called twice is as far as its last call",
    ),
    Mutation(
        "calls_apart", GRAPH,
        "depth = max(depths.setdefault(id(call), 0), of_layers.get(id(call.layer), 0))",
        "depth = depths.setdefault(id(call), 0)",
        "what stands before a layer ignores how far its other calls are",
    ),
    Mutation(
        "masks_have_no_place", GRAPH,
        "if given_masks:", "if given_masks is None:",
        "masks do not count in the order of layers",
    ),
    Mutation(
        "outputs_reversed", MODEL,
        "ways[number].pop(0) for number in graph.outputs)",
        "ways[number].pop(0) for number in graph.outputs[::-1])",
        "the outputs of a model change places",
    ),
    Mutation(
        "inputs_in_the_order_of_a_dict", "forms.py",
        "return [given[name] for name in names]", "return list(given.values())",
        "dicts of data are taken as they were written",
    ),
    # ---- states ---------------------------------------------------------------------------------
    Mutation(
        "states_change_places", LSTM,
        "State(*(s.value for s in initial))", "State(*(s.value for s in initial[::-1]))",
        "an LSTM begins with c for h and h for c",
    ),
    Mutation(
        "no_error_to_the_first_state", SCANNING,
        "program.backward(data_movement.copy, error, state.gradient)  # runs last",
        "program.backward(data_movement.clear, state.gradient)",
        "what made the state to begin with learns nothing",
    ),
    Mutation(
        "errors_to_the_first_state_swapped", SCANNING,
        "zip(initial, d_state, strict=False)", "zip(initial, d_state[::-1], strict=False)",
        "the errors of the first h and c change places",
    ),
    Mutation(
        "error_stops_before_the_first_state", LSTM,
        "int(carried_in is not None), int(bool(initial)),", "int(carried_in is not None), 0,",
        "no error comes back along h through the first step",
    ),
    Mutation(
        "no_error_from_the_last_state", SCANNING,
        "program.backward(data_movement.copy, end.gradient, error)",
        "program.backward(data_movement.clear, error)",
        "what reads the states that an LSTM returns sends no error back",
    ),
    Mutation(
        "errors_from_the_last_state_swapped", SCANNING,
        "itertools.zip_longest(d_state, ends)", "itertools.zip_longest(d_state, ends[::-1])",
        "the errors of the last h and c change places",
    ),
    Mutation(
        "mask_used_beside_a_state", MODEL,
        "ignored = len(xs) > 1 and not layer.several and bool(mask.size)", "ignored = False",
        "a layer that is given a state passes masked steps over",
    ),
    Mutation(
        "mask_lost_beside_a_state", MODEL,
        "signals[0].mask = mask", "pass",
        "those behind a layer that is given a state know no mask",
    ),
    Mutation(
        "directions_begin_swapped", BOTH,
        "starts = initial[:2], initial[2:]", "starts = initial[2:], initial[:2]",
        "each direction begins with the state of the other one",
    ),
    Mutation(
        "directions_end_swapped", BOTH,
        "states += ends", "states = [*ends, *states]",
        "the last state of backward comes before that of forward",
    ),
    # ---- several outputs ------------------------------------------------------------------------
    Mutation(
        "loss_weights_not_in_the_gradient", STEP,
        "aim.target, aim.weights, factor)", "aim.target, aim.weights, 1.0)",
        "loss_weights change the loss that is shown, and nothing else",
    ),
    Mutation(
        "loss_weights_not_in_the_sum", STEP,
        "np.array([factor]), total)", "np.array([1.0]), total)",
        "loss_weights do not count in the loss that is shown",
    ),
    Mutation(
        "sum_of_losses_goes_on", STEP,
        "self.program.forward(data_movement.clear, total)", "pass",
        "the loss of a batch counts in those of all later ones",
    ),
    Mutation(
        "losses_change_places", STEP,
        "parts = []\n        for objective, aim in zip(objectives, aims, strict=True):",
        "parts = []\n        turned = objectives if any(o.loss is None for o in objectives) else "
        "objectives[::-1]\n        for objective, aim in zip(turned, aims, strict=True):",
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
    Mutation(
        "penalty_of_each_output", STEP,
        "metric_kernels.track_loss, part, no_penalty,",
        "metric_kernels.track_loss, part, self.program.penalty,",
        "the loss that is shown for one output has the penalties in it",
    ),
    Mutation(
        "losses_of_outputs_by_samples", STEP,
        "part, no_penalty, 1,", "part, no_penalty, self.size,",
        "a small last batch counts less in the loss of one output",
    ),
    Mutation(
        "metrics_change_places", "training/compile_arguments.py",
        "return [as_list(one) for one in by_output(metrics, outputs, what)]",
        "return [as_list(one) for one in by_output(metrics, outputs, what)][::-1]",
        "each output is measured with the metrics of another one",
    ),
    Mutation(
        "watched_output_keeps_its_error", STEP,
        "if aim.y.gradient.size:  # nothing", "if aim.y.gradient.size < 0:  # nothing",
        "an output without a loss keeps the error of the step before",
    ),
]  # fmt: skip
