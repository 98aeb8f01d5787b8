"""Which messages the index takes, what it reads of them, and how it says no: data; does nothing.

The code asks these tables, and the implementation guide is made from them. Sources: IHE ITI TF-2
§3.8, §3.9, §3.10, §3.21, §3.30; HL7 v2.3.1 and v2.5 chapters 2, 3 and 5; HL7 table 0357.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

VERSIONS: Final = ("2.3.1", "2.5")
PROCESSING: Final = ("P", "T", "D")
REMEMBERED: Final = timedelta(days=90)
"""So long the same MSH-10 is known again."""


class Act(StrEnum):
    """What a message asks of the index."""

    REGISTER = "register"
    MERGE = "merge"
    LINK = "link"
    UNLINK = "unlink"
    RENAME = "change-number"
    CROSS_REFERENCE = "cross-reference"
    DEMOGRAPHICS = "demographics"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """An event that is taken: its structure in 2.5 and the segments that it must have, in order."""

    kind: str
    event: str
    structure: str
    act: Act
    segments: tuple[str, ...]
    transaction: str


def _adt(event: str, structure: str, act: Act, transaction: str, *segments: str) -> Trigger:
    return Trigger(
        kind="ADT",
        event=event,
        structure=structure,
        act=act,
        segments=("EVN", *segments),
        transaction=transaction,
    )


_TRIGGERS: Final = (
    _adt("A01", "ADT_A01", Act.REGISTER, "ITI-8", "PID", "PV1"),
    _adt("A04", "ADT_A01", Act.REGISTER, "ITI-8", "PID", "PV1"),
    _adt("A05", "ADT_A05", Act.REGISTER, "ITI-8", "PID", "PV1"),
    _adt("A08", "ADT_A01", Act.REGISTER, "ITI-8", "PID", "PV1"),
    _adt("A28", "ADT_A05", Act.REGISTER, "ITI-30", "PID", "PV1"),
    _adt("A31", "ADT_A05", Act.REGISTER, "ITI-30", "PID", "PV1"),
    _adt("A40", "ADT_A39", Act.MERGE, "ITI-8, ITI-30", "PID", "MRG"),
    _adt("A24", "ADT_A24", Act.LINK, "ITI-30", "PID", "PID"),
    _adt("A37", "ADT_A37", Act.UNLINK, "ITI-30", "PID", "PID"),
    _adt("A47", "ADT_A30", Act.RENAME, "ITI-30", "PID", "MRG"),
    Trigger(
        kind="QBP",
        event="Q23",
        structure="QBP_Q21",
        act=Act.CROSS_REFERENCE,
        segments=("QPD", "RCP"),
        transaction="ITI-9",
    ),
    Trigger(
        kind="QBP",
        event="Q22",
        structure="QBP_Q21",
        act=Act.DEMOGRAPHICS,
        segments=("QPD", "RCP"),
        transaction="ITI-21",
    ),
    Trigger(
        kind="QCN",
        event="J01",
        structure="QCN_J01",
        act=Act.CANCEL,
        segments=("QID",),
        transaction="ITI-21",
    ),
)
TRIGGERS: Final[Mapping[tuple[str, str], Trigger]] = MappingProxyType(
    {(each.kind, each.event): each for each in _TRIGGERS}
)
KINDS: Final = frozenset(each.kind for each in _TRIGGERS)

HEADER_FIELDS: Final = (3, 4, 5, 6, 7, 9, 10, 11, 12)
"""Fields of MSH that must be there."""

OTHER_HEADER_FIELDS: Final = (18, 19)
"""Fields of MSH that are read if they are there."""

PID_FIELDS: Final = (
    ("PID-3", "CX", "R"),
    ("PID-5", "XPN", "R"),
    ("PID-6", "XPN", "O"),
    ("PID-7", "TS", "O"),
    ("PID-8", "IS", "O"),
    ("PID-11", "XAD", "O"),
    ("PID-13", "XTN", "O"),
    ("PID-14", "XTN", "O"),
    ("PID-23", "ST", "O"),
    ("PID-24", "ID", "O"),
    ("PID-29", "TS", "O"),
    ("PID-30", "ID", "O"),
    ("PID-32", "IS", "O"),
)
OTHER_FIELDS: Final = (
    ("MRG-1", "CX", "R"),
    ("QPD-1", "CE", "R"),
    ("QPD-2", "ST", "R"),
    ("QPD-3", "CX", "R"),
    ("QPD-4", "CX", "O"),
    ("QPD-8", "CX", "O"),
    ("RCP-2", "CQ", "O"),
    ("DSC-1", "ST", "O"),
    ("QID-1", "ST", "R"),
)
"""What is read of the segments beside MSH and PID."""

QUERY_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "@PID.3.1": "number",
        "@PID.3.4": "namespace",
        "@PID.3.4.1": "namespace",
        "@PID.3.4.2": "oid",
        "@PID.3.4.3": "iso",
        "@PID.5.1": "family",
        "@PID.5.1.1": "family",
        "@PID.5.2": "given",
        "@PID.6.1": "mother",
        "@PID.6.1.1": "mother",
        "@PID.7": "birth-date",
        "@PID.7.1": "birth-date",
        "@PID.8": "sex",
        "@PID.11.1": "street",
        "@PID.11.1.1": "street",
        "@PID.11.3": "city",
        "@PID.11.5": "postal-code",
        "@PID.11.6": "country",
        "@PID.13.1": "telecom",
        "@PID.13.12": "telecom",
    }
)
"""What may be asked for in QPD-3 of a Q22, and what of a person that is."""

SEX: Final[Mapping[str, str]] = MappingProxyType(
    {"F": "female", "M": "male", "O": "other", "A": "other", "N": "other", "U": "unknown"}
)
STATES: Final[Mapping[str, str]] = MappingProxyType(
    {"PROV": "provisional", "RECUP": "retrieved", "VALI": "validated", "QUAL": "qualified"}
)
"""PID-32: codes of the French national extension of table 0445, *assumed* [G]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """How a refusal is said: MSA-1, ERR-3 (table 0357), and where, if the refusal does not tell."""

    acknowledgement: str
    code: str
    place: str = ""


TABLE_0357: Final[Mapping[str, str]] = MappingProxyType(
    {
        "100": "Segment sequence error",
        "101": "Required field missing",
        "102": "Data type error",
        "103": "Table value not found",
        "200": "Unsupported message type",
        "201": "Unsupported event code",
        "202": "Unsupported processing id",
        "203": "Unsupported version id",
        "204": "Unknown key identifier",
        "205": "Duplicate key identifier",
        "206": "Application record locked",
        "207": "Application internal error",
    }
)
SAID: Final[Mapping[str, Said]] = MappingProxyType(
    {
        "message-unreadable": Said(acknowledgement="AR", code="100"),
        "message-charset": Said(acknowledgement="AR", code="102", place="MSH^1^18"),
        "message-frame": Said(acknowledgement="AR", code="100"),
        "message-kind-unsupported": Said(acknowledgement="AR", code="200", place="MSH^1^9^1^1"),
        "message-event-unsupported": Said(acknowledgement="AR", code="201", place="MSH^1^9^1^2"),
        "message-processing": Said(acknowledgement="AR", code="202", place="MSH^1^11"),
        "message-version-unsupported": Said(acknowledgement="AR", code="203", place="MSH^1^12"),
        "message-segment-missing": Said(acknowledgement="AE", code="100"),
        "message-field-missing": Said(acknowledgement="AE", code="101"),
        "message-field-wrong": Said(acknowledgement="AE", code="102"),
        "message-control-id-used": Said(acknowledgement="AE", code="205", place="MSH^1^10"),
        "sender-unknown": Said(acknowledgement="AR", code="204", place="MSH^1^4"),
        "sender-foreign": Said(acknowledgement="AR", code="204", place="MSH^1^4"),
        "client-certificate-missing": Said(acknowledgement="AR", code="207"),
        "client-certificate-foreign": Said(acknowledgement="AR", code="207"),
        "client-certificate-revoked": Said(acknowledgement="AR", code="207"),
        "client-certificate-expired": Said(acknowledgement="AR", code="207"),
        "authority-missing": Said(acknowledgement="AE", code="101", place="PID^1^3^1^4"),
        "authority-unknown": Said(acknowledgement="AE", code="204", place="PID^1^3^1^4"),
        "own-number-missing": Said(acknowledgement="AE", code="101", place="PID^1^3"),
        "query-number-unknown": Said(acknowledgement="AE", code="204", place="QPD^1^3^1^1"),
        "query-parameter-unknown": Said(acknowledgement="AE", code="103", place="QPD^1^3"),
        "query-too-broad": Said(acknowledgement="AE", code="207", place="QPD^1^3"),
        "continuation-unknown": Said(acknowledgement="AE", code="204", place="DSC^1^1"),
        "identity-domain-unknown": Said(acknowledgement="AE", code="204", place="PID^1^3^1^4"),
        "identity-domain-foreign": Said(acknowledgement="AE", code="204", place="PID^1^3^1^4"),
        "identity-local-id-wrong": Said(acknowledgement="AE", code="102", place="PID^1^3^1^1"),
        "identity-name-missing": Said(acknowledgement="AE", code="101", place="PID^1^5"),
        "identity-trait-wrong": Said(acknowledgement="AE", code="102", place="PID^1"),
        "directory-matricule-wrong": Said(acknowledgement="AE", code="102", place="PID^1^3"),
        "directory-possibly-real": Said(acknowledgement="AE", code="102", place="PID^1^3"),
        "identity-record-unknown": Said(acknowledgement="AE", code="204", place="MRG^1^1"),
        "identity-person-unknown": Said(acknowledgement="AE", code="204", place="PID^1^3"),
        "identity-not-standing": Said(acknowledgement="AE", code="204", place="PID^1^3"),
        "identity-already-merged": Said(acknowledgement="AE", code="204", place="PID^1^3"),
        "identity-same-person": Said(acknowledgement="AE", code="205", place="PID^1^3"),
        "identity-number-taken": Said(acknowledgement="AE", code="205", place="PID^1^3"),
        "identity-decided-different": Said(acknowledgement="AE", code="207", place="PID^1"),
        "busy": Said(acknowledgement="AR", code="207"),
        "internal": Said(acknowledgement="AR", code="207"),
    }
)
"""A refusal that is not in it is said as AE 207. AR: the message itself will not do, or not now."""

TRAIT_PLACES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "birth_family": "PID^1^5",
        "used_family": "PID^1^5",
        "given": "PID^1^5",
        "birth_date": "PID^1^7",
        "deceased_on": "PID^1^29",
        "birth_place": "PID^1^23",
        "birth_country": "PID^1^11",
        "addresses": "PID^1^11",
        "telecom": "PID^1^13",
        "mothers_maiden_name": "PID^1^6",
    }
)
