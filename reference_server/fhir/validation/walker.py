"""Walks a resource beside the rules of its types and profiles, and gathers issues.

One pass by the types of R4 sees form, values, counts, codes and invariants; then one for each
profile that is claimed or asked for.
"""

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from reference_server.fhir.fhirpath import Environment
from reference_server.fhir.fhirpath.nodes import Items, Node, children
from reference_server.fhir.r4.model import BASE, types
from reference_server.fhir.validation import values
from reference_server.fhir.validation.binding import Bindings
from reference_server.fhir.validation.counting import (
    look_at_count,
    look_at_support,
    tell_absent,
)
from reference_server.fhir.validation.displays import wrong_display
from reference_server.fhir.validation.extensions import look_at_extension, look_beside_primitive
from reference_server.fhir.validation.extra import Extra
from reference_server.fhir.validation.extras import LOOKED_AT
from reference_server.fhir.validation.form import (
    Scope,
    claims,
    look_at_contained,
    look_at_form,
    look_at_id,
    look_at_reference,
)
from reference_server.fhir.validation.gathered import MOST_ISSUES, Gathered, TooManyIssuesError
from reference_server.fhir.validation.invariants import context_of, holds, invariants_of, weight
from reference_server.fhir.validation.issues import Issue, Severity
from reference_server.fhir.validation.references import Around, References
from reference_server.fhir.validation.rules import Invariant, Profile, Rule, Slicing
from reference_server.fhir.validation.slicing import Located, Slices
from reference_server.fhir.validation.steps import (
    allowed_type,
    is_choice,
    language_of,
    place_of,
    planned,
)
from reference_server.fhir.validation.trials import Trials, told_anyway
from reference_server.fhir.validation.vital_signs import demanded

DEEPEST: Final = 64
SAID: Final = 400
"""How much of an expression a message repeats."""

FindProfile = Callable[[str], Profile | None]
Extras = Callable[[Node], Iterable[Extra]]


@dataclass(slots=True, kw_only=True)
class Walker:
    """Owns one validation: what surrounds the resource, and the issues found so far."""

    profile_of: FindProfile
    bindings: Bindings
    environment: Environment
    around: Around
    extras: Extras
    unknown_extensions: Severity = Severity.ERROR
    wrong_displays: Severity = Severity.ERROR
    must_support: bool = False
    """Whether what a profile marks as must-support and is not there is told."""
    gathered: Gathered = field(default_factory=Gathered)
    trials: Trials = field(default_factory=Trials)
    """What was found when it was tried whether resources fit profiles."""
    _references: References = field(init=False)
    seen: dict[int | str, set[tuple[str, str]]] = field(default_factory=dict)
    _checked: set[tuple[int, str]] = field(default_factory=set)
    _ids: dict[tuple[int, str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._references = References(around=self.around, tell=self.tell)

    def tell(
        self,
        rule: str,
        expression: str,
        *,
        severity: Severity = Severity.ERROR,
        code: str = "structure",
        profile: str = "",
        not_checked: bool = False,
        **params: str | int,
    ) -> None:
        """Keep an issue; the same rule at the same place is told once."""
        issue = Issue(
            rule=rule,
            severity=severity,
            code=code,
            expression=expression,
            params=params,
            profile=profile,
            not_checked=not_checked,
        )
        self.keep(issue)

    def keep(self, issue: Issue) -> None:
        """Keep an issue; raises TooManyIssuesError."""
        self.gathered.keep(issue)

    def resource(self, node: Node, path: str, container: Items, profiles: tuple[str, ...]) -> None:
        """Look at a resource: by its type, then by each profile it claims or must fit."""
        if not isinstance(node.value, dict):
            self.tell("json-object", path, name=node.type.name)
            return
        name = node.value.get("resourceType")
        if not isinstance(name, str):
            self.tell("resource-type-missing", path, severity=Severity.FATAL, code="required")
            return
        if not types().is_resource(name):
            self.tell("resource-type-unknown", path, severity=Severity.FATAL, name=name[:64])
            return
        if node.type.name != name:
            node = Node(node.value, types().get(name))
        scope = Scope(resource=[node], root=container or [node])
        base = self.profile_of(BASE + name)
        if base is None:
            return
        self.element(node, base.root, path, scope, base)
        look_at_contained(node, path, self.tell)
        claimed = claims(node)
        for url in dict.fromkeys((*profiles, *claimed, *demanded(node.value))):
            self.fit(node, url, path, scope, claimed=url in claimed)

    def fit(self, node: Node, url: str, path: str, scope: Scope, *, claimed: bool = False) -> None:
        """Look at an element by a profile."""
        key = (id(node.value), url)
        if url == BASE + node.type.name or key in self._checked:
            return
        if key in self.trials.clean and not self.must_support:
            self._checked.add(key)
            return
        profile = self.profile_of(url)
        if profile is None:
            if node.type.name != "Extension":  # which tells by itself that it is not known
                self._tell_unknown(url, path, Severity.WARNING if claimed else Severity.ERROR)
            return
        self._checked.add(key)
        if not node.type.is_a(profile.type):
            self.tell("profile-of-another-type", path, name=url, expected=profile.type)
            return
        self.element(node, profile.root, path, scope, profile)

    def _tell_unknown(self, url: str, path: str, severity: Severity) -> None:
        self.tell("profile-unknown", path, severity=severity, code="not-found", name=url,
                  not_checked=True)  # fmt: skip

    def element(  # noqa: PLR0917  where one stands: named each time it would hide the walk
        self, node: Node, rule: Rule, path: str, scope: Scope, profile: Profile
    ) -> None:
        """Look at one element by one rule, and at what is below it."""
        own = profile.derivation != "constraint"
        if own:
            fault = values.fault(node)
            if fault is not None:
                issue = Issue(
                    rule=fault.rule,
                    severity=Severity.ERROR,
                    code=fault.code,
                    expression=path,
                    params=fault.params,
                )
                self.keep(issue)
                if fault.ends:
                    return
            if node.type.name in LOOKED_AT:
                for extra in self.extras(node):
                    self.keep(extra.at(path))
        if not (node.type.primitive and rule.plain and rule.binding is None):
            self._values(node, rule, path, scope, profile)
        if isinstance(node.value, dict):
            self._children(node, rule, path, scope, profile)
        elif isinstance(node.extra, dict) and own:
            look_beside_primitive(self, node, path, scope, rule)
        invariants = invariants_of(node, rule, self.profile_of) if own else rule.invariants
        if invariants:
            self._invariants(node, invariants, path, scope, profile)

    def _values(  # noqa: PLR0917  where one stands: named each time it would hide the walk
        self, node: Node, rule: Rule, path: str, scope: Scope, profile: Profile
    ) -> None:
        if not rule.plain:
            for fault, told in values.faults(node, rule, self.environment):
                self.keep(Issue(rule=fault, severity=Severity.ERROR, code="value",
                                expression=path, params=told, profile=profile.url))  # fmt: skip
        if rule.binding is not None:
            self.bindings.check(node, rule.binding, path, self.tell, profile.url)
        if node.type.primitive:
            return
        if node.type.name in {"Coding", "Quantity"} and profile.derivation != "constraint":
            self.bindings.check_system(node, path, self.tell)
            if isinstance(node.value, dict):
                for extra in wrong_display(node.value, self.bindings.codes, language_of(scope)):
                    self.keep(replace(extra, severity=self.wrong_displays).at(path))
        if node.type.name == "Reference":
            type_rule = next((t for t in rule.types if t.code == node.type.name), None)
            self._references.check(node, type_rule, path, self._fits_target, scope)
            if profile.derivation != "constraint":
                look_at_reference(node, path, scope, self.tell)

    def _fits_target(self, target: Node, url: str, scope: Scope) -> bool:
        """Tell whether a resource that is referred to fits a profile."""
        profile = self.profile_of(url)
        if profile is None:
            return True
        if not target.type.is_a(profile.type):
            return False
        if profile.derivation != "constraint":
            return True
        if url in claims(target):
            return True
        key = (id(target.value), url)
        found = self.trials.answer(key)
        if found is None:
            trial = self.trial()
            base = self.profile_of(BASE + target.type.name)
            trial.seen[id(target.value)] = told_anyway(base, profile)
            with self.trials.begun(key):
                fits = trial.fits(target, url, target.type.name, scope.of(target))
                self.trials.end(key, fits=fits, clean=not trial.gathered.issues)
            return fits
        return found

    def trial(self) -> "Walker":
        """Return a walker that looks without telling anybody."""
        return Walker(
            profile_of=self.profile_of,
            bindings=self.bindings,
            environment=self.environment,
            around=self.around,
            extras=self.extras,
            unknown_extensions=self.unknown_extensions,
            wrong_displays=self.wrong_displays,
            trials=self.trials,
        )

    def fits(self, node: Node, url: str, path: str, scope: Scope) -> bool:
        """Tell whether an element fits a profile; what is found is this walker's alone."""
        with contextlib.suppress(TooManyIssuesError):
            self.fit(node, url, path, scope)
        return not self.gathered.errors

    def _children(  # noqa: PLR0917  as element
        self, node: Node, rule: Rule, path: str, scope: Scope, profile: Profile
    ) -> None:
        own = profile.derivation != "constraint"
        rules, owner = self._rules_below(node, rule, profile)
        if own:
            look_at_form(node, path, self.tell)
            look_at_id(node, path, scope, self._ids, self.tell)
        if not rules.children:
            return
        if self.must_support and not own:
            look_at_support(node, rules, path, owner, self.tell)
        for child, info in planned(node, rules):
            items = children(node, info, types())
            if len(items) < child.min or (child.max is not None and len(items) > child.max):
                look_at_count(len(items), child, f"{path}.{child.name}", path, owner, self.tell)
            for at, item in enumerate(items):
                where = place_of(path, child, item, at, choice=info.choice, repeats=info.repeats)
                self._item(item, child, where, scope, owner)
                if own and item.type.name == "Extension":
                    look_at_extension(self, item, where, scope, node, rule)
            if child.slicing is not None or child.slices:
                located = list(enumerate(items))
                self._slices(located, child, path, scope, owner, repeats=info.repeats)

    def _rules_below(self, node: Node, rule: Rule, profile: Profile) -> tuple[Rule, Profile]:
        """Return the rules of an element's children: its own, else those of its type."""
        if rule.children:
            return rule, profile
        if rule.content is not None:
            return profile.by_id.get(rule.content, rule), profile
        if profile.derivation == "constraint":
            return rule, profile
        found = self.profile_of(BASE + node.type.name.partition(".")[0])
        return (rule, profile) if found is None else (found.root, found)

    def _item(  # noqa: PLR0917  where one stands: named each time it would hide the walk
        self, item: Node, rule: Rule, path: str, scope: Scope, profile: Profile
    ) -> None:
        if path.count(".") > DEEPEST:
            self.tell("too-deep", path, limit=DEEPEST)
            return
        own = profile.derivation != "constraint"
        type_rule = allowed_type(item, rule)
        if type_rule is None and rule.types:
            # The type of its value is a fact of the extension, as HL7's validator tells it.
            where = path.rpartition(".value.")[0] if rule.path == "Extension.value[x]" else path
            self.tell("type-not-allowed", where, profile=profile.url, name=item.type.name)
            return
        profiles = () if type_rule is None else type_rule.profiles
        if item.type.resource:
            if own:
                self.resource(item, path, scope.inner(path), profiles)
            else:
                if profiles:
                    self._any_profile(item, profiles, path, scope.of(item))
                self.element(item, rule, path, scope, profile)
            return
        if own or not rule.idle:
            self.element(item, rule, path, scope, profile)
        if profiles and not (own and item.type.name == "Extension"):
            self._any_profile(item, profiles, path, scope)

    def _any_profile(self, item: Node, profiles: tuple[str, ...], path: str, scope: Scope) -> None:
        """Look at an element that must fit one of several profiles."""
        closest = profiles[0]
        if len(profiles) > 1:
            fewest = MOST_ISSUES + 1
            unknown = [url for url in profiles if self.profile_of(url) is None]
            for url in profiles:
                trial = self.trial()
                if trial.fits(item, url, path, scope):
                    return
                if trial.gathered.errors < fewest:
                    closest, fewest = url, trial.gathered.errors
            if unknown:
                # It fits none of those at hand, but may well fit the one that is not.
                self._tell_unknown(unknown[0], path, Severity.WARNING)
                return
        self.fit(item, closest, path, scope)

    def _slices(  # noqa: PLR0917  as element
        self,
        items: Located,
        rule: Rule,
        path: str,
        scope: Scope,
        profile: Profile,
        *,
        repeats: bool,
        inherited: Slicing | None = None,
    ) -> None:
        slices = Slices(rule=rule, profile=profile, walker=self, scope=scope, inherited=inherited)
        for slice_rule, found in slices.sort(items, path):
            where = f"{path}.{rule.name}:{slice_rule.slice_name}"
            look_at_count(len(found), slice_rule, where, path, profile, self.tell)
            if self.must_support and not found:
                tell_absent(slice_rule, where, path, profile, self.tell)
            for at, item in found:
                if at in slices.unclear:
                    continue
                spot = place_of(path, rule, item, at, choice=is_choice(rule), repeats=repeats)
                self._item(item, slice_rule, spot, scope, profile)
            if slice_rule.slices:
                self._slices(found, slice_rule, path, scope, profile, repeats=repeats,
                             inherited=slices.slicing)  # fmt: skip

    def _invariants(  # noqa: PLR0917  as element
        self,
        node: Node,
        invariants: tuple[Invariant, ...],
        path: str,
        scope: Scope,
        profile: Profile,
    ) -> None:
        # A primitive has no identity of its own: its place stands for it.
        spot = id(node.value) if isinstance(node.value, dict) else path
        seen = self.seen.setdefault(spot, set())
        context = None
        for invariant in invariants:
            # A profile's snapshot repeats the invariants of its base: each is asked once.
            if invariant.same in seen:
                continue
            seen.add(invariant.same)
            if context is None:
                context = context_of(node, scope, self.environment)
            held, why = holds(invariant, context)
            if held is False:
                self.tell("invariant", path, severity=weight(invariant), code="invariant",
                          profile=profile.url, key=invariant.key,
                          said=invariant.expression[:SAID])  # fmt: skip
            elif held is None:
                self.tell("invariant-not-checked", path, severity=Severity.WARNING,
                          code="not-supported", key=invariant.key, reason=why,
                          not_checked=True)  # fmt: skip
