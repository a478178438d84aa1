"""hypothesis draws graphs: merged branches, shared layers, residuals, decoders that begin with an
encoder's states, attention; one or two inputs, and outputs with a loss each.

As in `drawing`, whatever is drawn is valid. Where shapes do not go together, a Dense layer brings
them to one size before.
"""

from __future__ import annotations

import math
from typing import Any

from hypothesis import strategies as st

from .architectures import Architecture, Graph, Node, Part, layer
from .drawing import (
    MANY,
    Draw,
    Pairs,
    architectures,
    layer_on,
    loss_and_its_layers,
    lstm,
    one_of,
    optimizer,
)  # fmt: skip

Shape = tuple[int, ...]  # of one sample
MOST_STEPS = 4  # of growing, each a layer or a few
ELEMENTWISE = ["Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"]


def shape_after(part: Part, shape: Shape) -> Shape:
    """What a layer of one input makes of it."""
    options, name = part.options, part.name
    if name == "TimeDistributed":
        return (shape[0], *shape_after(options["layer"], shape[1:]))
    if name == "Bidirectional":
        *steps, units = shape_after(options["layer"], shape)
        return (*steps, units * (2 if options["merge_mode"] == "concat" else 1))
    if name == "LSTM":
        units = options["units"]
        return (shape[0], units) if options.get("return_sequences") else (units,)
    return {
        "Dense": lambda: (*shape[:-1], options["units"]),
        "Flatten": lambda: (math.prod(shape),),
        "RepeatVector": lambda: (options["n"], *shape),
        "Permute": lambda: shape[::-1],
        "Reshape": lambda: options["target_shape"],
    }.get(name, lambda: shape)()


class Growing:
    """A graph that is being drawn: `shapes` are those of its tensors, the inputs first."""

    def __init__(self, draw: Draw, pairs: Pairs, shapes: list[Shape], normal: bool) -> None:
        self.draw, self.pairs, self.normal = draw, pairs, normal
        self.shapes, self.nodes = list(shapes), list[Node]()

    # ---- pieces --------------------------------------------------------------------------------

    def put(self, part: Part | int, *sources: int, shape: Shape, **options: Any) -> int:
        """A call. Returns the number of the tensor that it makes, the first of several."""
        self.nodes.append(Node(part, sources, **options))
        self.shapes.append(shape)
        return len(self.shapes) - 1

    def apply(self, part: Part, source: int) -> int:
        return self.put(part, source, shape=shape_after(part, self.shapes[source]))

    def pick(self, *ranks: int) -> int | None:
        """A tensor of one of these ranks, without the samples; later ones more often."""
        found = [k for k, shape in enumerate(self.shapes) if len(shape) in ranks]
        return self.draw(one_of(*found[::-1], *found[-2:])) if found else None

    def of_size(self, source: int, features: int) -> int:
        """This tensor, through a Dense layer if it has other features."""
        if self.shapes[source][-1] == features:
            return source
        return self.apply(layer("Dense", units=features), source)

    # ---- steps ---------------------------------------------------------------------------------

    def grow(self) -> None:
        """By one of the steps; by a layer where there is nothing for it."""
        kinds = [self.on_top, self.merge, self.again, self.residual, self.states, self.attend,
                 self.reshape, self.concatenate]  # fmt: skip
        if not self.draw(st.sampled_from(kinds))():
            self.on_top()

    def on_top(self) -> bool:
        source = self.pick(1, 2)
        assert source is not None
        rank = 1 + len(self.shapes[source])
        self.apply(layer_on(self.draw, rank, self.pairs, self.normal), source)
        return True

    def merge(self) -> bool:
        a, b = self.pick(1, 2), self.pick(1, 2)
        assert a is not None and b is not None
        b = self.of_size(b, self.shapes[a][-1])
        one, other = sorted((self.shapes[a], self.shapes[b]), key=len)
        if len(one) == len(other) == 2 and one[0] != other[0]:
            return False
        self.put(layer(self.draw(one_of(*ELEMENTWISE))), a, b, shape=other)
        return True

    def concatenate(self) -> bool:
        a, b = self.pick(1, 2), self.pick(1, 2)
        assert a is not None and b is not None
        one, other = self.shapes[a], self.shapes[b]
        if len(one) != len(other):
            return False
        axis = -1 if one[:-1] == other[:-1] else 1
        if axis == 1:
            b = self.of_size(b, one[-1])
            shape: Shape = (one[0] + other[0], one[1])
        else:
            shape = (*one[:-1], one[-1] + other[-1])
        self.put(layer("Concatenate", axis=axis), a, b, shape=shape)
        return True

    def again(self) -> bool:
        """A layer with weights, on another tensor of as many features."""
        kinds = ("Dense", "LSTM", "Bidirectional", "BatchNormalization", "LayerNormalization")
        found = [
            (k, node.layer) for k, node in enumerate(self.nodes)
            if isinstance(node.layer, Part) and node.layer.name in kinds and not node.state
            and node.makes == 1
        ]  # fmt: skip
        if not found:
            return False
        first, part = self.draw(st.sampled_from(found))
        features = self.shapes[self.nodes[first].sources[0]][-1]
        source = self.pick(len(self.shapes[self.nodes[first].sources[0]]))
        assert source is not None
        source = self.of_size(source, features)
        self.put(first, source, shape=shape_after(part, self.shapes[source]))
        return True

    def residual(self) -> bool:
        source = self.pick(2)
        if source is None:
            return False
        part = lstm(self.draw, self.pairs, sequences=True)
        part.options["units"] = self.shapes[source][-1]
        y = self.apply(part, source)
        y = self.put(layer("Add"), source, y, shape=self.shapes[y])
        if self.draw(st.booleans()):
            self.apply(layer("LayerNormalization", epsilon=2.0**-4), y)
        return True

    def states(self) -> bool:
        """An encoder, and a decoder that begins with its states."""
        source, target = self.pick(2), self.pick(2)
        if source is None or target is None:
            return False
        sides = []
        for sequences in (self.draw(st.booleans()), True):
            part = lstm(self.draw, self.pairs, sequences)
            part.options.pop("stateful", None)  # a state of its own is nothing to it
            sides.append(part)
        encoder, decoder = sides
        encoder.options["return_state"] = True
        units = decoder.options["units"] = encoder.options["units"]
        shape = shape_after(encoder, self.shapes[source])
        y = self.put(encoder, source, shape=shape, makes=3)
        self.shapes += [(units,), (units,)]
        shape = shape_after(decoder, self.shapes[target])
        self.put(decoder, target, shape=shape, state=(y + 1, y + 2))
        return True

    def attend(self) -> bool:
        query, value = self.pick(2), self.pick(2)
        if query is None or value is None:
            return False
        value = self.of_size(value, self.shapes[query][-1])
        keys = []
        if self.draw(one_of(False, False, True)):
            keys = [self.apply(layer("Dense", units=self.shapes[query][-1]), value)]
        name = self.draw(one_of("Attention", "AdditiveAttention"))
        part = layer(name, use_scale=self.draw(st.booleans()))
        self.put(part, query, value, *keys, shape=self.shapes[query])
        return True

    def reshape(self) -> bool:
        source = self.pick(1, 2)
        assert source is not None
        shape = self.shapes[source]
        kinds = [layer("LayerNormalization", epsilon=2.0**-4)]
        if len(shape) == 2:
            kinds += [layer("Permute", dims=(2, 1)), layer("Reshape", target_shape=shape[::-1])]
        else:
            kinds += [layer("Reshape", target_shape=(*shape, 1))]
        self.apply(self.draw(st.sampled_from(kinds)), source)
        return True


@st.composite
def graphs(draw: Draw, pairs: Pairs = MANY) -> Graph:
    """Graphs on one or two inputs, with one or two outputs, in both precisions."""
    dtype, weighted = draw(one_of("float32", "float64")), draw(st.booleans())
    batch, features, steps = (draw(st.integers(1, most)) for most in (4, 4, 5))
    series = (steps, features)
    second = draw(one_of((), (series,), ((features,),), ((draw(st.integers(1, 4)), features),)))
    graph = Growing(draw, pairs, [series, *second], normal=batch < 3)
    inputs = len(graph.shapes)
    for k in range(inputs):
        if len(graph.shapes[k]) == 2 and draw(one_of(False, False, True)):
            graph.apply(layer("Masking"), k)
    for _ in range(draw(st.integers(1, MOST_STEPS))):
        graph.grow()
    ends = [len(graph.shapes) - 1]
    if draw(st.booleans()):
        graph.on_top()
        ends.append(len(graph.shapes) - 1)
    losses, outputs = [], []
    for end in ends:
        loss, last = loss_and_its_layers(draw, 1 + len(graph.shapes[end]))
        for part in last:
            end = graph.apply(part, end)
        losses.append(loss)
        outputs.append(end)
    factors = tuple(draw(one_of(1.0, 0.5, 2.0)) for _ in losses)
    return Graph(
        tuple(graph.shapes[:inputs]), tuple(graph.nodes), tuple(outputs), tuple(losses), factors,
        batch, optimizer(draw), weighted, dtype,
    )  # fmt: skip


def models(pairs: Pairs = MANY) -> st.SearchStrategy[Architecture | Graph]:
    """Stacks and graphs, as many of each."""
    return st.one_of(architectures(pairs), graphs(pairs))
