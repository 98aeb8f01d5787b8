"""References: whether what they mean may be meant, as far as it can be seen from here."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from reference_server.fhir.fhirpath.nodes import Items, Node, root_of
from reference_server.fhir.r4.model import BASE, types
from reference_server.fhir.validation.addresses import is_absolute
from reference_server.fhir.validation.form import Scope
from reference_server.fhir.validation.issues import Severity
from reference_server.fhir.validation.rules import TypeRule

Tell = Callable[..., None]
# Of a transaction: a reference by what is searched for.
_SEARCH = re.compile(r"[A-Z][A-Za-z]+\?")
Fits = Callable[[Node, str, Scope], bool]
_REST = re.compile(
    r"(?:(?P<base>https?://[^?#]*)/)?(?P<type>[A-Z][A-Za-z]+)/(?P<id>[A-Za-z0-9.\-]{1,64})"
    r"(?:/_history/(?P<version>[A-Za-z0-9.\-]{1,64}))?(?:#.*)?"
)


def said_type(value: Mapping[str, Any]) -> str | None:
    """Return the type of resource that a reference says it leads to; None where it says none."""
    reference, declared = value.get("reference"), value.get("type")
    told = _REST.fullmatch(reference) if isinstance(reference, str) else None
    name = told["type"] if told is not None else declared
    return name if isinstance(name, str) and types().is_resource(name) else None


def _is_address(reference: str) -> bool:
    """Tell whether a reference has a form that R4 gives it: within, absolute, type and id."""
    return (
        reference.startswith("#")
        or is_absolute(reference)
        or _REST.fullmatch(reference) is not None
        or _SEARCH.match(reference) is not None
    )


@dataclass(slots=True, kw_only=True)
class Around:
    """What lies around a resource: the resources of its Bundle by full URL, itself, its Bundle."""

    by_url: Mapping[str, Any] = field(default_factory=dict)
    whole: Any = None

    def find(self, reference: str) -> Any:  # noqa: ANN401  JSON
        """Return the resource that a reference means, None where it is not here."""
        plain = reference.partition("#")[0].partition("/_history/")[0]
        return self.by_url.get(plain)


def around(whole: Any) -> Around:  # noqa: ANN401  JSON
    """Return what lies around the resources of a Bundle; nothing around anything else."""
    found: dict[str, Any] = {}
    entries = whole.get("entry", ()) if isinstance(whole, dict) else ()
    for entry in entries if isinstance(entries, list) else ():
        held = entry.get("resource") if isinstance(entry, dict) else None
        if not isinstance(held, dict):
            continue
        name, key, url = held.get("resourceType"), held.get("id"), entry.get("fullUrl")
        if isinstance(url, str):
            found.setdefault(url, held)
        if name and key:
            found.setdefault(f"{name}/{key}", held)
    return Around(by_url=found, whole=whole)


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """Owns what lies around, and whom to tell."""

    around: Around
    tell: Tell

    def check(  # noqa: PLR0917  where one stands: named each time it would hide the walk
        self, node: Node, rule: TypeRule | None, path: str, fits: Fits, scope: Scope
    ) -> None:
        """Tell a reference to what must not be referred to; what is contained is in the scope."""
        if rule is None or not isinstance(node.value, dict):
            return
        reference, declared = node.value.get("reference"), node.value.get("type")
        if isinstance(reference, str) and not _is_address(reference):
            self.tell("reference-format", f"{path}.reference", name=reference[:200])
            return
        target = self._target(reference, scope.root) if isinstance(reference, str) else None
        name = None
        if target is not None:
            name = target.type.name
            if rule.targets:
                self._fits(target, rule, path, fits, scope)
        else:
            self._lost(str(reference), rule, path)
            told = _REST.fullmatch(reference) if isinstance(reference, str) else None
            if told is not None and told["base"] is None and not types().is_resource(told["type"]):
                self.tell("reference-target", path, code="structure", name=told["type"],
                          expected=", ".join(rule.targets)[:300] or "Resource")  # fmt: skip
            name = told["type"] if told is not None and types().is_resource(told["type"]) else None
            if rule.targets and (name or isinstance(declared, str)):
                self._type(name or str(declared), rule, path)
        if name is not None and isinstance(declared, str) and ":" not in declared:
            own = types().get(declared) if types().is_resource(declared) else None
            if own is None or not types().get(name).is_a(declared):
                self.tell("reference-type", path, code="structure", name=declared[:64],
                          expected=name)  # fmt: skip

    def _lost(self, reference: str, rule: TypeRule, path: str) -> None:
        """Tell a reference that leads nowhere and must lead to something that is here."""
        if reference.startswith("#") and reference != "#":
            self.tell("reference-not-contained", path, code="not-found", name=reference[:200])
            return
        lost = reference.startswith(("urn:uuid:", "urn:oid:")) and self.around.whole is not None
        if lost and self.around.by_url:
            # Only what a document begins with must lead somewhere: see `bundles`.
            self.tell("bundle-reference-none", path, severity=Severity.WARNING, code="not-found",
                      name=reference[:200], found=0)  # fmt: skip
        elif rule.aggregation and "referenced" not in rule.aggregation and "/" in reference:
            self.tell("reference-not-here", path, code="not-found", name=reference[:200],
                      expected=", ".join(rule.aggregation))  # fmt: skip

    def _target(self, reference: str, root: Items) -> Node | None:
        """Return the resource that a reference means, in its holder or in the Bundle."""
        if reference.startswith("#"):
            holder = root[0].value if root and isinstance(root[0], Node) else {}
            held = holder.get("contained") if isinstance(holder, dict) else None
            found = (
                (each for each in held if isinstance(each, dict)) if isinstance(held, list) else ()
            )
            target = next((each for each in found if each.get("id") == reference[1:]), None)
        else:
            target = self.around.find(reference)
        if isinstance(target, dict) and types().is_resource(str(target.get("resourceType"))):
            return root_of(target, types())
        return None

    def _fits(  # noqa: PLR0917  as check
        self, target: Node, rule: TypeRule, path: str, fits: Fits, scope: Scope
    ) -> None:
        if not any(fits(target, url, scope) for url in rule.targets):
            self.tell("reference-target", path, code="structure", name=target.type.name,
                      expected=", ".join(rule.targets)[:300])  # fmt: skip

    def _type(self, name: str, rule: TypeRule, path: str) -> None:
        """Tell a type that no target can be; profiles of a target are judged by their type."""
        allowed = {url.removeprefix(BASE) for url in rule.targets if url.startswith(BASE)}
        known = {each for each in allowed if each in types()}
        if len(known) < len(rule.targets) or "Resource" in known or ":" in name:
            return
        if not types().is_resource(name) or not any(types().get(name).is_a(each) for each in known):
            self.tell("reference-target", path, code="structure", name=name,
                      expected=", ".join(sorted(known))[:300])  # fmt: skip
