"""The quick ways of the engine give what FHIRPath's own words give, step by step and in lists."""

import sys
from collections.abc import Iterator
from types import FrameType

import pytest

from reference_server.fhir.fhirpath import Environment, FhirPathError, evaluate, tree
from reference_server.fhir.fhirpath.compiler import compile_node
from reference_server.fhir.fhirpath.context import Context
from reference_server.fhir.fhirpath.conversion import criterion, truth
from reference_server.fhir.fhirpath.evaluation import truth_in
from reference_server.fhir.fhirpath.nodes import Items, Node, children, every_child, root_of
from reference_server.fhir.fhirpath.parser import parse
from reference_server.fhir.r4.model import facts, types
from reference_server.specification import Settings, read
from reference_server.specification.model import Resource

ENVIRONMENT = Environment(strict=False, member_of=lambda _item, _url: True)
SOURCE = "the-source"


def fresh(items: Items) -> Items:
    """The same elements, of which nothing was looked at before."""
    return [
        Node(item.value, item.type, item.extra) if type(item) is Node else item for item in items
    ]


def stepped(node: tree.Node, context: Context) -> Items:  # noqa: PLR0911  one return for each kind of node
    """An expression as it is written, one step after another, with a collection of each."""
    match node:
        case tree.Binary(operator="and" | "or" | "implies" as operator):
            left = truth(stepped(node.left, context), operator)
            if left is not {"and": False, "or": True, "implies": False}[operator]:
                right = truth(stepped(node.right, context), operator)
                return three_valued(operator, left, right)
            return [operator != "and"]
        case tree.Function(name="exists" | "empty", arguments=()):
            return [bool(source_of(node, context)) is (node.name == "exists")]
        case tree.Function(name="not", arguments=()):
            found = truth(source_of(node, context), "not()")
            return [] if found is None else [not found]
        case tree.Function(name="where" | "all", arguments=(test,)):
            items = source_of(node, context)
            held = [criterion(with_this(test, [each], context), "criterion") for each in items]
            if node.name == "all":
                return [all(each is True for each in held)]
            return [item for item, one in zip(items, held, strict=True) if one]
        case tree.Function(source=source) if source is not None:
            context.defined = {**(context.defined or {}), SOURCE: stepped(source, context)}
            inner = tree.Constant(SOURCE, node.at)
            return compile_node(tree.Function(inner, node.name, node.arguments, node.at))(context)
        case tree.Member(source=source, name=name) if source is not None:
            found_below: Items = []
            for item in fresh(stepped(source, context)):
                assert isinstance(item, Node)
                info = item.type.elements.get(name)
                found_below += [] if info is None else children(item, info, types())
            return found_below
    return fresh(compile_node(node)(context))


def three_valued(operator: str, left: bool | None, right: bool | None) -> Items:  # noqa: FBT001  the values themselves
    decides = operator != "and"
    if right is decides or (operator == "implies" and left is False):
        return [decides]
    return [] if left is None or right is None else [not decides]


def source_of(node: tree.Function, context: Context) -> Items:
    return context.this if node.source is None else stepped(node.source, context)


def with_this(node: tree.Node, this: Items, context: Context) -> Items:
    before, context.this = context.this, this
    try:
        return stepped(node, context)
    finally:
        context.this = before


def elements(node: Node) -> Iterator[Node]:
    yield node
    for each in every_child(node, types()):
        yield from elements(each)


def reduced(root: Node) -> Iterator[Node]:
    """Each element, and the same without one of its parts: what is not there is nothing, not no."""
    for node in elements(root):
        yield node
        for left in node.value if isinstance(node.value, dict) else ():
            kept = {key: value for key, value in node.value.items() if key != left}
            yield Node(kept, node.type, node.extra)


def constraints(definition: Resource) -> Iterator[tuple[str, str, str]]:
    """Path of the element, key and expression of each invariant of a definition."""
    held = definition.get("snapshot") or definition.get("differential") or {}
    for element in held.get("element", ()):
        for each in element.get("constraint", ()):
            if each.get("expression"):
                yield element["path"], each["key"], each["expression"]


def context_on(node: Node, root: Node) -> Context:
    return Context([node], root=[node], resource=[root], environment=ENVIRONMENT, types=types())


def answer(context: Context, expression: str, *, quick: bool) -> object:
    try:
        if quick:
            return truth_in(context, expression, "")
        return truth(stepped(parse(expression), context), "")
    except FhirPathError as error:
        return type(error)


def test_every_invariant_says_the_same_of_every_element_of_every_example() -> None:
    national = read(Settings())
    of_type: dict[str, set[tuple[str, str]]] = {}
    definitions = (facts().read(entry) for entry in facts().entries("StructureDefinition"))
    for definition in (*definitions, *national.resources):
        for path, key, expression in constraints(definition):
            of_type.setdefault(path, set()).add((key, expression))
    asked = 0
    seen: set[tuple[str, str]] = set()
    for example in national.examples:
        root = root_of(example.resource, types())
        looked_at = elements(root) if example.breaks is not None else reduced(root)
        for element in looked_at:
            for key, expression in of_type.get(element.type.name, ()):
                if (key, repr(element.value)) in seen:
                    continue
                seen.add((key, repr(element.value)))
                alone = Node(element.value, element.type, element.extra)
                quick = answer(context_on(element, root), expression, quick=True)
                plain = answer(context_on(alone, root), expression, quick=False)
                assert quick == plain, (example.id, element.type.name, key, expression)
                asked += 1
    assert asked > 1000


YES, NO, NOTHING = "true", "false", "{}"


@pytest.mark.parametrize(
    ("left", "right", "both", "either", "implied", "same"),
    [
        (YES, YES, True, True, True, True),
        (YES, NO, False, True, False, False),
        (YES, NOTHING, None, True, None, None),
        (NO, YES, False, True, True, False),
        (NO, NO, False, False, True, True),
        (NO, NOTHING, False, None, True, None),
        (NOTHING, YES, None, True, True, None),
        (NOTHING, NO, False, None, None, None),
        (NOTHING, NOTHING, None, None, None, None),
    ],
)
def test_logic_knows_yes_no_and_nothing(  # noqa: PLR0917  a row of the table
    left: str,
    right: str,
    both: bool | None,  # noqa: FBT001  a value of the table
    either: bool | None,  # noqa: FBT001  as above
    implied: bool | None,  # noqa: FBT001  as above
    same: bool | None,  # noqa: FBT001  as above
) -> None:
    """FHIRPath N1 §6.5 and §6.1, the tables of and, or, implies, = and !=."""
    table = {"and": both, "or": either, "implies": implied, "=": same,
             "!=": None if same is None else not same}  # fmt: skip
    for operator, wanted in table.items():
        expression = f"{left} {operator} {right}"
        assert evaluate(None, expression) == (() if wanted is None else (wanted,)), expression
        denied = evaluate(None, f"({expression}).not()")
        assert denied == (() if wanted is None else (not wanted,)), expression


ODD = {
    "resourceType": "Patient",
    "_birthDate": {"id": "b", "extension": [{"url": "http://e/1", "valueCode": "x"}]},
    "extension": [
        {"url": "http://e/2", "extension": [{"url": "http://e/3", "_valueUri": {"id": "u"}}]},
        {"url": "http://e/4", "valueReference": {"reference": "#p", "display": "d"}},
    ],
    "birthDate": "1984-03-17",
    "name": [{"id": "n", "_given": [None, {"id": "g"}], "given": ["A", "B"], "family": "W"}],
    "contained": [
        {"resourceType": "Basic", "id": "p", "code": {"coding": [{"id": "c", "code": "d"}]}},
        {"resourceType": "Unknown", "id": "q"},
        7,
    ],
    "gender": {"id": "no element"},
}


def test_a_name_below_everything_is_found_as_among_all_descendants() -> None:
    resources = [*(example.resource for example in read(Settings()).examples), ODD]
    found = 0
    for resource in resources:
        below = evaluate(resource, "descendants()", environment=ENVIRONMENT)
        names = {key.removeprefix("_") for each in below if isinstance(each, dict) for key in each}
        for name in sorted(names - {"resourceType", "div"} | {"value", "id", "extension"}):
            quick = evaluate(resource, f"descendants().{name}", environment=ENVIRONMENT)
            way = f"descendants().select($this.`{name}`)"
            assert quick == evaluate(resource, way, environment=ENVIRONMENT), (resource, name)
            found += len(quick)
    assert found > 1000


def compilings(expression: str) -> int:
    """How often a part of an expression is compiled, all in all."""
    parts = 0

    def count(frame: FrameType, event: str, _argument: object) -> None:
        nonlocal parts
        parts += event == "call" and frame.f_code is compile_node.__code__

    node = parse(expression)
    sys.setprofile(count)
    try:
        compile_node(node)
    finally:
        sys.setprofile(None)
    return parts


@pytest.mark.parametrize(
    "nested", ["where({}.exists())", "exists({}.empty())", "all({} = true)", "({} = name)"]
)
def test_each_part_of_an_expression_is_compiled_once_however_deep_it_nests(nested: str) -> None:
    few = many = "name"
    for _ in range(5):
        few = nested.format(few)
    for _ in range(15):
        many = nested.format(many)
    assert compilings(many) <= 4 * compilings(few)
