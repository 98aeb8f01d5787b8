"""Which slice an item belongs to: by value, pattern, existence, type or profile along a path."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from reference_server.fhir.fhirpath import FhirPathError
from reference_server.fhir.fhirpath.context import Context, Environment
from reference_server.fhir.fhirpath.evaluation import run_in
from reference_server.fhir.fhirpath.nodes import Items, Node, children
from reference_server.fhir.r4.model import BASE, TypeInfo, types
from reference_server.fhir.validation.codes import codings_of
from reference_server.fhir.validation.matching import fits_fixed, fits_pattern
from reference_server.fhir.validation.references import said_type
from reference_server.fhir.validation.rules import NOTHING, Profile, Rule, Slicing

_PLAIN: Final = re.compile(r"[a-z][A-Za-z0-9]*(?:\.[a-z][A-Za-z0-9]*)*")
_DEFAULT: Final = "@default"
Located = list[tuple[int, Node]]
"""Items with their positions in the element."""


class Looking(Protocol):
    """What telling slices apart asks of the walk."""

    environment: Environment

    def tell(self, rule: str, expression: str, **params: Any) -> None: ...  # noqa: ANN401  as Walker.tell

    def profile_of(self, url: str) -> Profile | None: ...

    def trial(self) -> "Looking": ...

    def fits(self, node: Node, url: str, path: str, scope: Any) -> bool: ...  # noqa: ANN401  a Scope

    @property
    def bindings(self) -> Any: ...  # noqa: ANN401  Bindings


@dataclass(slots=True, kw_only=True)
class Slices:
    """Owns one sliced element: its rule and what is needed to look into its items."""

    rule: Rule
    profile: Profile
    walker: Looking
    scope: Any
    unclear: set[int] = field(default_factory=set)
    """Positions of items that fit several slices: counted in the first, judged by none."""

    inherited: Slicing | None = None
    """How slices are told apart by the element, where a slice of it is sliced again."""

    @property
    def slicing(self) -> Slicing | None:
        return self.rule.slicing or self.inherited

    def sort(self, items: Located, path: str) -> Iterator[tuple[Rule, Located]]:
        """Yield each slice with its items and their positions; tell items that fit nowhere."""
        slicing = self.slicing
        found: dict[str, Located] = {each.slice_name or "": [] for each in self.rule.slices}
        names = [name for name in found if name != _DEFAULT]
        last = -1
        unsliced = False
        for at, item in items:
            fitting = self._slices_of(item)
            name = fitting[0] if fitting else None
            if len(fitting) > 1:
                shown = ", ".join(fitting)[:200]
                self.walker.tell("slicing-many", f"{path}.{self.rule.name}[{at}]",
                                 profile=self.profile.url, name=shown)  # fmt: skip
                self.unclear.add(at)
            if name is None:
                unsliced = True
                if _DEFAULT in found:
                    found[_DEFAULT].append((at, item))
                elif slicing is not None and slicing.rules == "closed":
                    self.walker.tell("slicing-closed", f"{path}.{self.rule.name}[{at}]",
                                     profile=self.profile.url, name=self.rule.name)  # fmt: skip
                continue
            if slicing is not None and (
                (slicing.ordered and names.index(name) < last)
                or (slicing.rules == "openAtEnd" and unsliced)
            ):
                self.walker.tell("slicing-order", f"{path}.{self.rule.name}[{at}]",
                                 profile=self.profile.url, name=name)  # fmt: skip
            last = max(last, names.index(name))
            found[name].append((at, item))
        for each in self.rule.slices:
            yield each, found[each.slice_name or ""]

    def _slices_of(self, item: Node) -> list[str]:
        """Return the slices that an item belongs to: one or none, unless the profile is wrong."""
        return [
            each.slice_name or ""
            for each in self.rule.slices
            if each.slice_name != _DEFAULT and self._is_in(item, each)
        ]

    def _is_in(self, item: Node, slice_rule: Rule) -> bool:
        slicing = self.slicing
        discriminators = () if slicing is None else slicing.discriminators
        if not discriminators:
            # Without a discriminator the types tell a choice's slices apart, nothing else does.
            return any(item.type.is_a(t.code) for t in slice_rule.types)
        return all(self._holds(item, slice_rule, kind, way) for kind, way in discriminators)

    def _holds(self, item: Node, slice_rule: Rule, kind: str, way: str) -> bool:
        reached = self._at(item, way)
        if kind == "type":
            return self._is_of_type(item, reached, slice_rule, way)
        if kind == "profile":
            return self._has_profile(reached, slice_rule, way)
        known = _address_of(slice_rule) if way == "url" else None
        if known is not None:
            # The address of an extension is its definition's, which need not be at hand.
            return isinstance(item.value, dict) and item.value.get("url") in known
        wanted = self._wanted(slice_rule, way)
        if wanted is None:
            return False
        if kind == "exists":
            return (
                (wanted.max == 0) is (not reached) if wanted.max == 0 or wanted.min > 0 else False
            )
        return any(self._fits(each, wanted) for each in reached if isinstance(each, Node))

    def _at(self, item: Node, way: str) -> Items:
        if way in {"$this", ""}:
            return [item]
        if _PLAIN.fullmatch(way):
            return _below(item, way.split("."))
        context = Context(
            [item], root=[item], resource=self.scope.resource,
            environment=self.walker.environment, types=types(),
        )  # fmt: skip
        try:
            return run_in(context, way.removeprefix("$this."))
        except FhirPathError:
            return []

    def _fits(self, item: Node, wanted: Rule) -> bool:
        """Tell whether an item has what the slice fixes at the discriminator's place."""
        said = False
        if wanted.fixed is not NOTHING:
            said = True
            if not fits_fixed(item.value, wanted.fixed):
                return False
        if wanted.pattern is not NOTHING:
            said = True
            if not fits_pattern(item.value, wanted.pattern):
                return False
        if not said and wanted.binding is not None:
            return self._in_value_set(item, wanted.binding.value_set)
        below = [child for child in wanted.children.values() if child.fixes]
        for child in below:
            said = True
            held = self._at(item, child.name)
            if not any(self._fits(each, child) for each in held if isinstance(each, Node)):
                return False
        return said

    def _in_value_set(self, item: Node, value_set: str) -> bool:
        codes = self.walker.bindings.codes
        value = item.value
        if isinstance(value, str):
            return codes.is_member(value_set, None, value) is True
        return any(
            codes.is_member(value_set, system, code) is True for system, code in codings_of(value)
        )

    def _wanted(self, slice_rule: Rule, way: str) -> Rule | None:
        """Return the rule that a way leads to from a slice, looked for once."""
        if way not in slice_rule.reached:
            slice_rule.reached[way] = self._rule_at(slice_rule, self.profile, way)
        return slice_rule.reached[way]

    def _rule_at(self, rule: Rule, profile: Profile, way: str) -> Rule | None:
        """Return the rule that a path leads to from a slice, through profiles of types."""
        if way in {"$this", ""}:
            return rule
        step, _, rest = way.removeprefix("$this.").partition(".")
        if step.startswith("extension("):
            url = step[len("extension(") :].strip("')\"")
            return self._extension_rule(rule, profile, url, rest)
        if step.startswith(("resolve(", "ofType(")):
            return self._through_type(rule, rest)
        child = rule.children.get(step)
        if child is not None:
            # What tells slices apart may be said of a slice on the way: `code.coding:SBP.code`.
            ways = [self._rule_at(each, profile, rest) for each in (child, *child.slices)]
            telling = (each for each in ways if each is not None and each.fixes)
            return next(telling, ways[0])
        for each in rule.types:
            for url in each.profiles:
                found = self.walker.profile_of(url)
                reached = None if found is None else self._rule_at(found.root, found, way)
                if reached is not None:
                    return reached
        return None

    def _through_type(self, rule: Rule, rest: str) -> Rule | None:
        for each in rule.types:
            for url in (*each.targets, *each.profiles):
                found = self.walker.profile_of(url)
                if found is not None:
                    return self._rule_at(found.root, found, rest)
        return rule if not rest else None

    def _extension_rule(self, rule: Rule, profile: Profile, url: str, rest: str) -> Rule | None:
        sliced = rule.children.get("extension")
        for each in () if sliced is None else sliced.slices:
            if any(url in t.profiles for t in each.types):
                return self._rule_at(each, profile, rest)
        return None

    def _is_of_type(self, item: Node, reached: Items, slice_rule: Rule, way: str) -> bool:
        held = way.removesuffix("resolve()").rstrip(".")
        wanted = self._wanted(slice_rule, held)
        codes = self._codes(wanted or slice_rule, way)
        found = [each.type for each in reached if isinstance(each, Node)]
        if way.endswith("resolve()") and not found:
            found = list(self._said(held, item))
        return any(each.is_a(code) for each in found for code in codes)

    def _said(self, way: str, item: Node) -> Iterator[TypeInfo]:
        """Yield the types that references say their targets have, which are not here."""
        for each in self._at(item, way):
            value = each.value if isinstance(each, Node) else None
            name = said_type(value) if isinstance(value, dict) else None
            if name is not None:
                yield types().get(name)

    def _codes(self, rule: Rule, way: str) -> tuple[str, ...]:
        if way.endswith("resolve()"):
            targets = (url for each in rule.types for url in each.targets)
            profiles = (self.walker.profile_of(url) for url in targets)
            return tuple(each.type for each in profiles if each is not None)
        if rule.path.count(".") == 0:
            return (rule.path,)
        return tuple(each.code for each in rule.types)

    def _has_profile(self, reached: Items, slice_rule: Rule, way: str) -> bool:
        rule = self._wanted(slice_rule, way.removesuffix("resolve()").rstrip(".")) or slice_rule
        urls = [url for t in rule.types for url in (t.targets or t.profiles)]
        nodes = [each for each in reached if isinstance(each, Node)]
        return any(self._fits_profile(each, url) for each in nodes for url in urls)

    def _fits_profile(self, item: Node, url: str) -> bool:
        if url == BASE + item.type.name:
            return True
        scope = self.scope.of(item) if item.type.resource else self.scope
        return self.walker.trial().fits(item, url, item.type.name, scope)


def _below(item: Node, names: list[str]) -> Items:
    """Return what names lead to; quicker than FHIRPath, which says the same of such a path."""
    nodes: Items = [item]
    for name in names:
        found: Items = []
        for each in nodes:
            info = each.type.elements.get(name) if isinstance(each, Node) else None
            if info is not None and isinstance(each, Node):
                found += children(each, info, types())
        nodes = found
    return nodes


def _address_of(rule: Rule) -> tuple[str, ...] | None:
    """Return the addresses of the extensions that a slice is for; None where it names none."""
    told = [url for each in rule.types if each.code == "Extension" for url in each.profiles]
    return tuple(url.partition("|")[0] for url in told) or None
