"""A profile's snapshot as a tree of rules, each of which is looked at once; validates nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from reference_server.fhir.r4.store import Resource

BEST_PRACTICE: Final = "http://hl7.org/fhir/StructureDefinition/elementdefinition-bestpractice"
ADDITIONAL_BINDINGS: Final = frozenset(
    {
        "http://hl7.org/fhir/tools/StructureDefinition/additional-binding",
        "http://hl7.org/fhir/5.0/StructureDefinition/extension-ElementDefinition.binding.additional",
    }
)
MAX_VALUE_SET: Final = "http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet"
# The walker looks itself whether elements are empty, extensions hold one thing, contained
# resources are referred to: these stand on nearly every element.
BUILT_IN: Final = frozenset({"ele-1", "ext-1", "dom-3", "ref-1"})
# Where R4's expression says something else than its own words ("more than one enableWhen"), or
# than its own definitions do: operations name resource types where they mean references.
CORRECTED: Final = {
    "targetProfile.exists() implies (type = 'Reference' or type = 'canonical')": (
        "targetProfile.exists() implies (type = 'Reference' or type = 'canonical' or "
        "type.memberOf('http://hl7.org/fhir/ValueSet/resource-types'))"
    ),
    # Empty, not true, of an entry without fullUrl and of a period: later versions ask first.
    "fullUrl.contains('/_history/').not()": (
        "fullUrl.exists() implies fullUrl.contains('/_history/').not()"
    ),
    "($this as dateTime).toString().length() >= 8": (
        "($this is dateTime).not() or ($this as dateTime).toString().length() >= 8"
    ),
    "enableWhen.count() > 2 implies enableBehavior.exists()": (
        "enableWhen.count() > 1 implies enableBehavior.exists()"
    ),
}
NOTHING: Final = object()
"""Stands for no fixed value: None would be a value."""


class ProfileBrokenError(ValueError):
    """A profile's snapshot does not hold together: which profile, and where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invariant:
    """One constraint: its key, its expression, whether it is an error, where it comes from."""

    key: str
    expression: str
    error: bool
    best_practice: bool

    @property
    def same(self) -> tuple[str, str]:
        """What makes it the same invariant wherever a snapshot repeats it."""
        return self.key, self.expression


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeRule:
    """A type that an element may have, the profiles of its value and those of its target."""

    code: str
    profiles: tuple[str, ...]
    targets: tuple[str, ...]
    aggregation: tuple[str, ...] = ()
    """Where what is referred to may be: contained, referenced, bundled; anywhere where empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """How strongly an element's codes are bound to a value set."""

    strength: str
    value_set: str
    max_value_set: str | None
    additional: tuple[tuple[str, str], ...] = ()
    """Purpose and value set of the additional bindings that hold everywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slicing:
    """How the items of an element are told apart: (type, path) pairs, and what else may stand."""

    discriminators: tuple[tuple[str, str], ...]
    rules: str
    ordered: bool


@dataclass(slots=True, kw_only=True, eq=False)
class Rule:
    """What a snapshot says of one element, or of one slice of it."""

    id: str
    path: str
    name: str
    slice_name: str | None
    min: int
    max: int | None
    types: tuple[TypeRule, ...]
    fixed: Any
    pattern: Any
    binding: Binding | None
    invariants: tuple[Invariant, ...]
    slicing: Slicing | None
    content: str | None
    max_length: int | None
    least: Any
    greatest: Any
    modifier: bool
    must_support: bool
    children: dict[str, "Rule"] = field(default_factory=dict)
    slices: list["Rule"] = field(default_factory=list)
    together: dict[str, tuple[Invariant, ...]] = field(default_factory=dict)
    """The invariants of the element and of its type, by the type's name; filled by the walk."""
    plans: dict[tuple[str, ...], Any] = field(default_factory=dict)
    """Which rules are looked at below the element, by its type and keys; filled by the walk."""
    needed: bool = False
    """Whether something is wrong where the element is not there."""
    plain: bool = False
    """Whether it says nothing of a single value: none fixed, no pattern, no limit."""
    bare: bool = False
    """Whether it and all below it say only what the types of R4 say already."""
    fixes: bool = False
    """Whether it, or something below it that must be there, says what a value must be."""
    allowed: dict[str, TypeRule | None] = field(default_factory=dict)
    """Which of its types an item of a type has, by that type's name; filled by the walk."""
    idle: bool = False
    """Whether, but for how often it is there, it says nothing of an element and of what is below.

    Of a reference it says where that may lead.
    """
    reached: dict[str, "Rule | None"] = field(default_factory=dict)
    """Which rule the ways of discriminators lead to from here; filled by the walk."""

    @property
    def required(self) -> tuple["Rule", ...]:
        """The children that must be there."""
        return tuple(child for child in self.children.values() if child.min > 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A structure definition as rules: its canonical, the type it is about, its root rule."""

    url: str
    type: str
    derivation: str
    base: str
    root: Rule
    context: tuple[tuple[str, str], ...]
    by_id: dict[str, Rule]


def read_profile(definition: Resource) -> Profile:
    """Return the rules of a snapshot; raises ProfileBrokenError."""
    url = definition.get("url", "")
    elements = definition.get("snapshot", {}).get("element", [])
    if not elements:
        raise ProfileBrokenError(f"{url}: no snapshot")
    by_id: dict[str, Rule] = {}
    for element in elements:
        rule = _rule(element)
        by_id[rule.id] = rule
        if len(by_id) > 1:
            _place(rule, by_id, url)
    for rule in reversed(by_id.values()):
        rule.needed = rule.min > 0 or any(each.needed for each in rule.slices)
        rule.fixes = (
            rule.fixed is not NOTHING
            or rule.pattern is not NOTHING
            or (rule.min > 0 and any(each.fixes for each in rule.children.values()))
        )
        rule.plain = rule.max_length is None and all(
            each is NOTHING for each in (rule.fixed, rule.pattern, rule.least, rule.greatest)
        )
    for rule in by_id.values():
        rule.idle = (
            rule.plain
            and rule.binding is None
            and not (rule.invariants or rule.children or rule.slices)
            and rule.content is None
            and all(each.code != "Reference" for each in rule.types)
        )
    return Profile(
        url=url,
        type=definition.get("type", ""),
        derivation=definition.get("derivation", "specialization"),
        base=definition.get("baseDefinition", ""),
        root=next(iter(by_id.values())),
        context=tuple(
            (each.get("type", ""), each.get("expression", ""))
            for each in definition.get("context", ())
        ),
        by_id=by_id,
    )


def _place(rule: Rule, by_id: dict[str, Rule], url: str) -> None:
    """Hang a rule where it belongs: below its parent, or among the slices of its element."""
    if rule.slice_name is not None:
        sliced = by_id.get(rule.id.removesuffix(f":{rule.slice_name}"))
        outer, slash, _ = rule.slice_name.rpartition("/")
        if slash and sliced is not None:
            sliced = by_id.get(f"{sliced.id}:{outer}", sliced)
        if sliced is None:
            raise ProfileBrokenError(f"{url}: {rule.id} slices nothing")
        sliced.slices.append(rule)
        return
    parent = by_id.get(rule.id.rpartition(".")[0])
    if parent is None:
        raise ProfileBrokenError(f"{url}: {rule.id} has no parent")
    parent.children[rule.name] = rule


def _rule(element: dict[str, Any]) -> Rule:
    path = element["path"]
    own = element.get("id", path)
    last = own.rpartition(".")[2]
    slice_name = last.partition(":")[2] or None
    most = element.get("max", "*")
    return Rule(
        id=own,
        path=path,
        name=path.rpartition(".")[2].removesuffix("[x]"),
        slice_name=slice_name,
        min=element.get("min", 0),
        max=None if most == "*" else int(most),
        types=tuple(_types(element)),
        fixed=starting(element, "fixed"),
        pattern=starting(element, "pattern"),
        binding=_binding(element.get("binding")),
        invariants=tuple(_invariants(element)),
        slicing=_slicing(element.get("slicing")),
        content=element.get("contentReference", "").rpartition("#")[2] or None,
        max_length=element.get("maxLength"),
        least=starting(element, "minValue"),
        greatest=starting(element, "maxValue"),
        modifier=element.get("isModifier", False),
        must_support=element.get("mustSupport", False),
    )


def _types(element: dict[str, Any]) -> Iterator[TypeRule]:
    for each in element.get("type", ()):
        yield TypeRule(
            code=each.get("code", ""),
            profiles=tuple(each.get("profile", ())),
            targets=tuple(each.get("targetProfile", ())),
            aggregation=tuple(each.get("aggregation", ())),
        )


def starting(element: dict[str, Any], word: str) -> Any:  # noqa: ANN401  JSON
    """Return the value of `fixedString`, `patternCoding` and so on; NOTHING where none is."""
    for key, value in element.items():
        if key.startswith(word) and key[len(word) : len(word) + 1].isupper():
            return value
    return NOTHING


def _binding(told: dict[str, Any] | None) -> Binding | None:
    if not told or "valueSet" not in told:
        return None
    most = (each for each in told.get("extension", ()) if each.get("url") == MAX_VALUE_SET)
    found: dict[str, Any] = next(most, {})
    return Binding(
        strength=told.get("strength", "example"),
        value_set=told["valueSet"],
        max_value_set=found.get("valueCanonical") or found.get("valueUri"),
        additional=tuple(_additional(told)),
    )


def _additional(told: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for each in told.get("extension", ()):
        if each.get("url") not in ADDITIONAL_BINDINGS:
            continue
        parts = {part.get("url"): starting(part, "value") for part in each.get("extension", ())}
        purpose, value_set = parts.get("purpose"), parts.get("valueSet")
        # One with a usage holds in some contexts only, which nobody can tell from here.
        if isinstance(purpose, str) and isinstance(value_set, str) and "usage" not in parts:
            yield purpose, value_set


def _invariants(element: dict[str, Any]) -> Iterator[Invariant]:
    for each in element.get("constraint", ()):
        if each.get("expression") and each["key"] not in BUILT_IN:
            practice = any(e.get("url") == BEST_PRACTICE for e in each.get("extension", ()))
            yield Invariant(
                key=each["key"],
                expression=CORRECTED.get(each["expression"], each["expression"]),
                error=each.get("severity") == "error",
                best_practice=practice,
            )


def _slicing(told: dict[str, Any] | None) -> Slicing | None:
    if told is None:
        return None
    return Slicing(
        discriminators=tuple((d["type"], d["path"]) for d in told.get("discriminator", ())),
        rules=told.get("rules", "open"),
        ordered=told.get("ordered", False),
    )
