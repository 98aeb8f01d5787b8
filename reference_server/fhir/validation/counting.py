"""How often an element or a slice is there: as often as its rule allows, and whether at all.

Source: http://hl7.org/fhir/R4/elementdefinition-definitions.html (min, max, mustSupport). R4 does
not say what supporting an element means: that it is not there is a remark, where it is asked for.
"""

from collections.abc import Callable

from reference_server.fhir.fhirpath.nodes import Node, children
from reference_server.fhir.r4.model import types
from reference_server.fhir.validation.issues import Severity
from reference_server.fhir.validation.rules import Profile, Rule

Tell = Callable[..., None]


def look_at_count(  # noqa: PLR0917  what an issue is told with
    found: int, rule: Rule, where: str, path: str, profile: Profile, tell: Tell
) -> None:
    """Tell an element or a slice that is there too seldom or too often."""
    if found < rule.min:
        tell("too-few", path, code="required", profile=profile.url, name=where,
             limit=rule.min, found=found)  # fmt: skip
    if rule.max is not None and found > rule.max:
        tell("too-many", path, profile=profile.url, name=where, limit=rule.max, found=found)


def look_at_support(  # noqa: PLR0917  as above
    node: Node, rules: Rule, path: str, profile: Profile, tell: Tell
) -> None:
    """Tell what a profile marks as must-support below an element and is not there."""
    for child in rules.children.values():
        info = node.type.elements.get(child.name)
        if child.must_support and info is not None and not children(node, info, types()):
            tell_absent(child, f"{path}.{child.name}", path, profile, tell)


def tell_absent(rule: Rule, where: str, path: str, profile: Profile, tell: Tell) -> None:  # noqa: PLR0917  as above
    """Tell that an element or a slice that is to be supported is not there."""
    if rule.must_support:
        tell("must-support-absent", path, severity=Severity.INFORMATION, code="informational",
             profile=profile.url, name=where)  # fmt: skip
