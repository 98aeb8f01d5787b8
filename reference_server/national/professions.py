"""The health professions as certificates and the directory name them; pure facts.

`PS-001`, physician, is seen in the agency's own certificates. The other codes are this project's
reconstruction, in the order of the professions that Luxembourg's law regulates.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Profession:
    """One profession; `is_assumed` where its code is this project's own."""

    code: str
    fr: str
    en: str
    de: str
    is_assumed: bool = True


PHYSICIAN, DENTIST, PHARMACIST, MIDWIFE = "PS-001", "PS-002", "PS-003", "PS-004"
NURSE, PHYSIOTHERAPIST, BIOLOGIST, LABORATORY_TECHNICIAN = "PS-005", "PS-006", "PS-007", "PS-008"

_ALL = (
    Profession(code=PHYSICIAN, fr="Médecin", en="Physician", de="Arzt", is_assumed=False),
    Profession(code=DENTIST, fr="Médecin-dentiste", en="Dentist", de="Zahnarzt"),
    Profession(code=PHARMACIST, fr="Pharmacien", en="Pharmacist", de="Apotheker"),
    Profession(code=MIDWIFE, fr="Sage-femme", en="Midwife", de="Hebamme"),
    Profession(code=NURSE, fr="Infirmier", en="Nurse", de="Krankenpfleger"),
    Profession(
        code=PHYSIOTHERAPIST,
        fr="Masseur-kinésithérapeute",
        en="Physiotherapist",
        de="Physiotherapeut",
    ),
    Profession(code=BIOLOGIST, fr="Biologiste médical", en="Medical biologist", de="Laborfacharzt"),
    Profession(
        code=LABORATORY_TECHNICIAN,
        fr="Assistant technique médical de laboratoire",
        en="Laboratory technician",
        de="Medizinisch-technischer Laborassistent",
    ),
)
PROFESSIONS: Mapping[str, Profession] = MappingProxyType({each.code: each for each in _ALL})
PRESCRIBING = frozenset({PHYSICIAN, DENTIST, MIDWIFE})
"""Who may prescribe: physicians, dentists and midwives, each in the limits of their art."""
