"""The rules of `parity.mutations` find what they are to break, whatever variables are called."""

import ast

import pytest

from parity import mutants
from parity.mutations import MUTATIONS, Ruled, StaleMutation
from parity.mutations.mutation import definitions
from parity.mutations.places import (
    assignment,
    call,
    choice,
    condition,
    constant,
    default,
    iterated,
    operation,
    part,
    returned,
)
from parity.mutations.rules import (
    becomes,
    in_turn,
    left_out,
    overwrites,
    renamed,
    returns,
    swap_parameters,
)

ONE = '''
import math

def size(values, weights, root=True):
    """Euclidean, with weights."""
    total = 0.0
    if len(weights) == 0:
        weights = [1] * len(values)
    for k in range(len(values)):
        total += values[k] * values[k] * weights[k]
    return math.sqrt(total) if root else total  # the square, if that is wanted


NUMBERS = size([1.0, 2.0, 3.0], [4.0, 3.0, 2.0]), size([5.0, 1.0], [], root=False)
'''
ANOTHER = '''
import math

NUMBERS = ()
def size(
        xs, ws,
        root = True,
):
  sum_of_squares = 0.0
  if (len(ws)
      == 0): ws = [1] * len(xs)
  "Euclidean."
  for number in range(
      len(xs)
  ): sum_of_squares += ((xs[number] * xs[number]) * ws[number])
  return (math.sqrt(sum_of_squares) if root
          else sum_of_squares)


NUMBERS = size([1.0, 2.0, 3.0], [4.0, 3.0, 2.0]), size([5.0, 1.0], [], root=False)
'''
OF_SIZE = {
    "left_out": left_out(assignment("+=")),
    "overwrites": overwrites(assignment("+=")),
    "returns": returns("len({1})"),
    "swap_parameters": swap_parameters(0, 1),
    "renamed": renamed("sqrt", "exp", call("sqrt")),
    "renamed anywhere": renamed("sqrt", "exp"),
    "an operand": becomes(operation("*", nth=2, of=3), "{0}"),
    "an inner operand": becomes(operation("*", nth=3, of=3), "{0} + {1}"),
    "a comparison": becomes(operation("=="), "{0} != 2"),
    "a condition": becomes(condition(), "True"),
    "a choice": becomes(choice(), "{0} + {2} if not {1} else {0[0]}"),
    "an argument": becomes(part(0, call("range")), "{it} - 1"),
    "another place": becomes(part(0, call("sqrt")), part(0, call("range"))),
    "a constant": becomes(constant(0.0), "-3.0"),
    "a loop": becomes(iterated(), "[*{it}][1:]"),
    "what is returned": becomes(returned("sqrt"), "-{it}"),
    "a default": becomes(default("root"), "False"),
    "a parameter": becomes(call("sqrt"), "{callee}({0} + len({parameters[0]}))"),
    "more": becomes(assignment("+="), "{it}; {0} += 1"),
    "in_turn": in_turn(
        overwrites(assignment("+=")), becomes(assignment("=", nth=3, of=3), "{0} = {1} - 7")
    ),
}


def broken(text, function, rule, folder):
    """The text of a file with a function of it broken."""
    path = folder / "size.py"
    path.write_text(text)
    Ruled("mine", path.name, function, rule, "").apply(folder)
    return path.read_text()


def numbers(text):
    names = {}
    exec(text, names)
    return names["NUMBERS"]


@pytest.mark.parametrize("rule", OF_SIZE)
def test_rules_depend_on_neither_names_nor_layout(rule, tmp_path):
    found = [numbers(broken(text, "size", OF_SIZE[rule], tmp_path)) for text in (ONE, ANOTHER)]
    assert found[0] == found[1] != numbers(ONE) == numbers(ANOTHER)


class Renaming(ast.NodeTransformer):
    """Renames what a function calls its own, but for `self` and for what callers name, too."""

    def __init__(self, function):
        given = {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
        made = {node.id for node in ast.walk(function)
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}  # fmt: skip
        optional = {node.arg for node in function.args.args[::-1][: len(function.args.defaults)]}
        self.own = (given | made) - optional - {"self"}

    def visit_Name(self, node):
        node.id += "_anew" if node.id in self.own else ""
        return node

    def visit_arg(self, node):
        node.arg += "_anew" if node.arg in self.own else ""
        return self.generic_visit(node)


RULED = [
    pytest.param(mutation, function, id=f"{mutation.name}-{function}")
    for mutation in MUTATIONS.values() if isinstance(mutation, Ruled)
    for function in mutation.function.split() if not function.isupper()
]  # fmt: skip


@pytest.mark.parametrize(("mutation", "function"), RULED)
def test_rules_hold_when_variables_are_renamed(mutation, function):
    """To break a function and rename its variables is the same as the other way round."""
    text = (mutants.PACKAGE / mutation.file).read_text()
    (first,), (second,) = (definitions(ast.parse(text).body, function) for _ in range(2))
    renaming = Renaming(first)
    one, other = renaming.visit(mutation.rule(first)), mutation.rule(renaming.visit(second))
    assert ast.unparse(one) == ast.unparse(other)


AROUND = '''
def f(x):  # one
    return x


@cached
@kept(x * 2)
def g(x):
    # two
    return 3


class C:
    def f(self):
        """Says
        so."""
        return 1 * 2  # three
'''


def test_a_rule_changes_one_function_alone(tmp_path):
    """Its decorators belong to it. Elsewhere comments and line numbers stay."""
    half = becomes(operation("*"), "{1}")
    of_g = AROUND.replace("x * 2", "2").replace("    # two\n    return 3", "    return 3\n")
    assert broken(AROUND, "g", half, tmp_path) == of_g
    assert broken(AROUND, "C.f", half, tmp_path) == AROUND.replace("1 * 2  # three", "2")


@pytest.mark.parametrize(("function", "rule", "reason"), [
    ("length", returns("1"), "should be defined once and is so 0 times"),
    ("size", left_out(call("log")), "should have 1 of these and has 0: a call of log"),
    ("size", left_out(call("sqrt", "k", "e")), "has 0: a call of sqrt naming k, e"),
    ("size", left_out(call("len")), "should have 1 of these and has 3: a call of len"),
    ("size", left_out(call("sqrt")), "sqrt(total) should be a statement of its own"),
    ("size", becomes(call("sqrt"), "{1}"), "sqrt(total) has too few parts for {1}"),
    ("size", becomes(call("sqrt"), "{0[1]}"), "total has no part 1"),
    ("size", becomes(part(1, call("sqrt")), "2"), "sqrt(total) has no part 1"),
    ("size", renamed("log", "exp"), "should mention log once, and does so 0 times"),
    ("size", renamed("len", "sum"), "should mention len once, and does so 3 times"),
    ("size", swap_parameters(0, 3), "has 3 parameters"),
    ("size", becomes(operation("=="), "{0} == {1}"), "changes nothing"),
])  # fmt: skip
def test_a_rule_whose_place_is_gone_is_an_error(function, rule, reason, tmp_path):
    with pytest.raises(StaleMutation) as caught:
        broken(ONE, function, rule, tmp_path)
    message = str(caught.value)
    assert message.startswith(f"Mutation 'mine' changes {function} in npslstm/size.py by a rule: ")
    assert reason in message and "write the mutation anew, in parity/mutations" in message
