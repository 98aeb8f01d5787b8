"""BioPrescCodes: the analyses that can be prescribed, as the agency's file has them; judges none.

The real national code list is not public. The one beside this module is synthetic, in the shape
that is: `Code`, `Name`, `Specimen`, and optional `CNSActs`, `Conditions`, `TargetSites`.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import msgspec

MOTIVATION = "MOTIVATION"
"""The condition that demands a medical motivation (`ServiceRequest.reasonCode`)."""


class CnsAct(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="pascal"):
    """An act of the CNS laboratory nomenclature that the analysis is billed as."""

    code: str
    label: str = ""
    section: str = ""
    sous_section: str = ""


class CodedChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="pascal"):
    """A condition or target site; free text goes along where `add_original_text`."""

    code: str
    name: str
    code_system: str
    add_original_text: bool


class BioPrescCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="pascal"):
    """One analysis that can be prescribed."""

    code: str
    name: str
    specimen: str
    cns_acts: tuple[CnsAct, ...] = msgspec.field(default=(), name="CNSActs")
    conditions: tuple[CodedChoice, ...] = ()
    target_sites: tuple[CodedChoice, ...] = ()

    @property
    def needs_motivation(self) -> bool:
        """Whether the CNS demands a medical motivation for it."""
        return any(condition.code == MOTIVATION for condition in self.conditions)


class CodeList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file: its version and its analyses."""

    version: str = msgspec.field(name="Version")
    codes: tuple[BioPrescCode, ...] = msgspec.field(name="BioPrescCodes")


@cache
def synthetic_list() -> CodeList:
    """Return the synthetic list, read once."""
    file = files("reference_server.national") / "bio_presc_codes.json"
    return msgspec.json.decode(file.read_bytes(), type=CodeList)


@cache
def bio_presc_codes() -> Mapping[str, BioPrescCode]:
    """Return the synthetic list by code, read once."""
    return {entry.code: entry for entry in synthetic_list().codes}
