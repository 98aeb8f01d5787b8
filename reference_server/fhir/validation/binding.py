"""Codes and the value sets they are bound to: told wrong only where that is certain."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from reference_server.fhir.fhirpath.nodes import Node
from reference_server.fhir.validation.codes import Codes
from reference_server.fhir.validation.issues import Severity
from reference_server.fhir.validation.rules import Binding

Tell = Callable[..., None]
_STRONG: Final = frozenset({"required", "extensible"})
_PURPOSES: Final = {"required": "required", "maximum": "required", "extensible": "extensible"}
# HL7's own validator takes this binding for extensible, as later versions of FHIR correct it: the
# list has no unit of flow, which oxygen saturation's components need.
_VITAL_UNITS: Final = "http://hl7.org/fhir/ValueSet/ucum-vitals-common"
# R4's own definitions name FHIRPath's types so, which its list of types does not have.
_SYSTEM_TYPES: Final = "http://hl7.org/fhirpath/System."
_TEXTS: Final = frozenset({"code", "string", "uri", "url", "canonical", "id", "oid", "uuid"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Bindings:
    """Owns what is known of codes."""

    codes: Codes
    vouched: set[tuple[str | None, str]] = field(default_factory=set)
    """Codes that a value set of the walk holds: their systems need not be at hand."""

    def fresh(self) -> "Bindings":
        """Return what knows the same of codes, for another walk."""
        return Bindings(codes=self.codes)

    def check(  # noqa: PLR0917  what an issue is told with
        self, node: Node, binding: Binding, path: str, tell: Tell, profile: str
    ) -> None:
        """Tell where a coded value is not in the value set it is bound to."""
        if binding.strength in _STRONG:
            loose = binding.value_set.partition("|")[0] == _VITAL_UNITS
            strength = "extensible" if loose else binding.strength
            self._check(node, binding.value_set, strength, path, tell, profile)
        for purpose, value_set in binding.additional:
            if purpose in _PURPOSES:
                self._check(node, value_set, _PURPOSES[purpose], path, tell, profile)
        if binding.max_value_set is not None and binding.strength != "required":
            self._check(node, binding.max_value_set, "required", path, tell, profile)

    def _check(  # noqa: PLR0917  what an issue is told with
        self, node: Node, value_set: str, strength: str, path: str, tell: Tell, profile: str
    ) -> None:
        coded = tuple(each for each in _coded(node) if not each[1].startswith(_SYSTEM_TYPES))
        required = strength == "required"
        if not coded:
            only_text = isinstance(node.value, dict) and "text" in node.value
            if required and node.type.name == "CodeableConcept" and only_text:
                tell("binding-required", path, code="code-invalid", profile=profile,
                     name=value_set, value="-")  # fmt: skip
            return
        answers = [self.codes.is_member(value_set, system, code) for system, code in coded]
        if True in answers:
            self.vouched.add(coded[answers.index(True)])
            return
        shown = ", ".join(f"{system}#{code}" if system else code for system, code in coded)[:200]
        if None in answers:
            tell("binding-not-checked", path, severity=Severity.WARNING if required
                 else Severity.INFORMATION, code="not-supported", profile=profile,
                 name=value_set, value=shown, not_checked=True)  # fmt: skip
        elif required:
            tell("binding-required", path, code="code-invalid", profile=profile,
                 name=value_set, value=shown)  # fmt: skip
        else:
            tell("binding-extensible", path, severity=Severity.WARNING, code="code-invalid",
                 profile=profile, name=value_set, value=shown)  # fmt: skip

    def check_system(self, node: Node, path: str, tell: Tell) -> None:
        """Tell where a code does not belong to the system it names."""
        for system, code in _coded(node):
            if system is None:
                continue
            found = self.codes.is_code(system, code)
            if found is False:
                tell("code-unknown", f"{path}.code", code="code-invalid", name=system, value=code)
            elif found is None and not system.startswith("http://unitsofmeasure.org"):
                tell("code-not-checked", path, severity=Severity.INFORMATION,
                     code="not-supported", name=system, value=code, not_checked=True)  # fmt: skip


def _coded(node: Node) -> Iterator[tuple[str | None, str]]:
    value: Any = node.value
    if isinstance(value, str) and node.type.name in _TEXTS:
        yield None, value
    elif isinstance(value, dict):
        held = value.get("coding") if node.type.name == "CodeableConcept" else [value]
        for coding in held if isinstance(held, list) else ():
            if isinstance(coding, dict) and isinstance(coding.get("code"), str):
                system = coding.get("system")
                yield (system if isinstance(system, str) else ""), coding["code"]
