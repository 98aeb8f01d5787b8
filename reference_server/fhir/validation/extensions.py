"""Extensions: known or not, where they may stand, and whether they modify; the walk calls this.

Source: http://hl7.org/fhir/R4/extensibility.html, defining-extensions.html#context.
"""

import re
from typing import Any, Final, Protocol

from reference_server.fhir.fhirpath import FhirPathError
from reference_server.fhir.fhirpath.context import Context, Environment
from reference_server.fhir.fhirpath.evaluation import run_in
from reference_server.fhir.fhirpath.nodes import Node, children
from reference_server.fhir.r4.model import BASE, types
from reference_server.fhir.validation.form import Scope, holds_one
from reference_server.fhir.validation.issues import Severity
from reference_server.fhir.validation.rules import Profile, Rule

_HL7: Final = "http://hl7.org/fhir/"
# R4's own files put it on `type`, where its definition says `type.code`.
_FHIR_TYPE: Final = "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type"
_INDEX: Final = re.compile(r"\[[0-9]+\]|\.ofType\([A-Za-z0-9]+\)")
_ANYWHERE: Final = frozenset({"Element", "CanonicalResource", "MetadataResource"})


class Walk(Protocol):
    """What looking at an extension asks of the walk."""

    environment: Environment
    unknown_extensions: Severity

    def tell(self, rule: str, expression: str, **params: Any) -> None: ...  # noqa: ANN401  as Walker.tell

    def profile_of(self, url: str) -> Profile | None: ...

    def fit(self, node: Node, url: str, path: str, scope: Scope) -> None: ...

    def element(  # noqa: PLR0917  as Walker.element
        self, node: Node, rule: Rule, path: str, scope: Scope, profile: Profile
    ) -> None: ...


def look_at_extension(  # noqa: PLR0917  where one stands: named each time it would hide the walk
    walk: Walk, item: Node, path: str, scope: Scope, holder: Node, rule: Rule
) -> None:
    """Look at an extension by its definition, and at where it stands; one not known is told."""
    value = item.value if isinstance(item.value, dict) else {}
    if not holds_one(value):
        walk.tell("invariant", path, code="invariant", key="ext-1",
                  said="extension.exists() != value.exists()")  # fmt: skip
    url = value.get("url")
    if not isinstance(url, str):
        return
    above = holder.value if isinstance(holder.value, dict) else {}
    if holder.type.name == "Extension" and not url.startswith(("http", "urn")):
        _look_at_part(walk, url, above.get("url"), path)
        return
    modifies = path.rpartition(".")[2].startswith("modifierExtension")
    profile = walk.profile_of(url)
    if profile is None:
        # HL7 publishes extensions apart from R4: what is not at hand may well be one of them.
        lenient = url.startswith(_HL7) and not modifies
        severity = Severity.WARNING if lenient else walk.unknown_extensions
        walk.tell("extension-unknown", path, severity=severity if not modifies else Severity.ERROR,
                  code="structure", name=url[:300], not_checked=True)  # fmt: skip
        return
    if profile.type == "Extension":
        if profile.root.modifier is not modifies:
            walk.tell("extension-modifier" if modifies else "extension-not-modifier", path,
                      name=url[:300])  # fmt: skip
        if not _may_stand(walk, profile, path, scope, holder, rule):
            shown = ", ".join(expression for _, expression in profile.context)
            walk.tell("extension-context", path, name=url[:300], expected=shown[:300])
    walk.fit(item, url, path, scope)


def look_beside_primitive(  # noqa: PLR0917  as above
    walk: Walk, node: Node, path: str, scope: Scope, rule: Rule
) -> None:
    """Look at what stands beside a primitive: an id, and extensions."""
    for key in node.extra:
        if key not in node.type.keys:
            walk.tell("element-unknown", path, name=key[:64])
    element = walk.profile_of(f"{BASE}Extension")
    if element is None:
        return
    for at, item in enumerate(children(node, node.type.elements["extension"], types())):
        where = f"{path}.extension[{at}]"
        walk.element(item, element.root, where, scope, element)
        look_at_extension(walk, item, where, scope, node, rule)


def _look_at_part(walk: Walk, url: str, outer: Any, path: str) -> None:  # noqa: ANN401  JSON
    """Tell a part that its extension does not define; profiles name their parts by slices."""
    profile = walk.profile_of(outer) if isinstance(outer, str) else None
    parts = None if profile is None else profile.root.children.get("extension")
    if parts is None or not parts.slices or profile is None:
        return
    known = set()
    for each in parts.slices:
        told = each.children.get("url")
        known |= {each.slice_name, None if told is None else told.fixed}
        if any(kind.profiles for kind in each.types):
            return
    if url not in known:
        walk.tell("extension-part", path, name=url[:300], expected=profile.url)


def _may_stand(  # noqa: PLR0917  as above
    walk: Walk, profile: Profile, path: str, scope: Scope, holder: Node, rule: Rule
) -> bool:
    """Tell whether an extension may stand on an element, by its contexts of use."""
    contexts = profile.context
    return (
        not contexts
        or profile.url == _FHIR_TYPE
        or any(
            _is_context(walk, kind, expression, path, scope, holder, rule)
            for kind, expression in contexts
        )
    )


def _is_context(  # noqa: PLR0911, PLR0917  one return for each kind of context; as above
    walk: Walk, kind: str, expression: str, path: str, scope: Scope, holder: Node, rule: Rule
) -> bool:
    if kind == "extension":
        if holder.type.name != "Extension":
            # On the value of an extension: it belongs to that extension, which is not seen here.
            return path.count("xtension[") > 1
        return isinstance(holder.value, dict) and holder.value.get("url") == expression
    if kind == "fhirpath":
        return _is_meant(walk, expression, scope, holder)
    if kind != "element" or "#" in expression or "/" in expression:
        return True
    wanted = expression.replace("[x]", "")
    first, _, rest = wanted.partition(".")
    if first in _ANYWHERE or first not in types():
        return True
    if not rest:
        return holder.type.is_a(first)
    if rule.path.replace("[x]", "") == wanted or holder.type.name == wanted:
        return True
    walked = _INDEX.sub("", path).rpartition(".")[0]
    resource = scope.resource[0] if scope.resource else None
    inside = isinstance(resource, Node) and resource.type.is_a(first)
    return inside and walked.endswith(f".{rest}")


def _is_meant(walk: Walk, expression: str, scope: Scope, holder: Node) -> bool:
    """Tell whether a FHIRPath context means the element; what cannot be told passes."""
    context = Context(
        list(scope.resource), root=scope.resource, resource=scope.resource,
        environment=walk.environment, types=types(),
    )  # fmt: skip
    try:
        found = run_in(context, expression)
    except FhirPathError:
        return True
    return found == [True] or any(
        isinstance(each, Node)
        and (each.value is holder.value or (each.extra is not None and each.extra is holder.extra))
        for each in found
    )
