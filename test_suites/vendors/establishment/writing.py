"""Messages as the product writes them, with the library hl7; knows no line and no screen."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import hl7

from test_suites.vendors.establishment.behaviour import Behaviour
from test_suites.vendors.establishment.wishes import How, Person

LOCAL = "1.3.182.3.1.1"
MATRICULE = "1.3.182.4.4"
STRUCTURES = {
    **dict.fromkeys(("A01", "A04", "A08"), "ADT_A01"),
    **dict.fromkeys(("A05", "A28", "A31"), "ADT_A05"),
    "A40": "ADT_A39",
    "A24": "ADT_A24",
    "A37": "ADT_A37",
    "A47": "ADT_A30",
    **dict.fromkeys(("Q22", "Q23"), "QBP_Q21"),
}
VISITS = {"A01": "I", "A04": "O", "A05": "P", "A08": "O"}
CODECS = {"8859/1": "latin-1", "8859/15": "iso8859-15"}
SEXES = {"female": "F", "male": "M", "other": "O", "unknown": "U"}
NATIONAL = {"female": "W", "male": "H"}
LONGEST_ID = 20


@dataclass(slots=True, kw_only=True)
class Writer:
    """Owns how this copy writes messages of one organisation (its CNS provider code)."""

    organization: str
    behaviour: Behaviour
    first: Person | None = field(default=None)

    def adt(self, event: str, segments: Sequence[str], how: How) -> bytes:
        """Return a message of a feed."""
        visit = VISITS.get(event, "N")
        with_visit = event in {*VISITS, "A28", "A31"} and self.behaviour.visit
        tail = [f"PV1|1|{visit}"] if with_visit else []
        return self._message("ADT", event, [f"EVN||{self._now()}", *segments, *tail], how)

    def query(self, event: str, qpd: str, how: How) -> bytes:
        """Return a query."""
        name = {"Q22": "IHE PDQ Query", "Q23": "IHE PIX Query"}[event]
        tag = uuid.uuid4().hex[:12] if self.behaviour.query_tag else ""
        return self._message("QBP", event, [f"QPD|{name}|{tag}|{qpd}", "RCP|I"], how)

    def pid(self, who: Person, number: str, how: How, *, main: bool = True) -> str:
        """Return PID of a patient under a local number."""
        who = self._meant(who)
        numbers = [self.number(number)]
        if who.matricule and self.behaviour.matricule and main:
            numbers.append(self._cx(who.matricule, MATRICULE))
        family = (how.family if how.family is not None else who.family)[
            : self.behaviour.longest_name
        ]
        given = how.given if how.given is not None else who.given
        born = how.birth_date or who.birth_date
        if self.behaviour.given_first:  # defect: exchanges-names
            family, given = given, family
        kind = "L" if self.behaviour.name_type else ""
        name = "^".join((self.text(family), self.text(given), "", "", "", "", kind)).rstrip("^")
        codes = {**SEXES, **NATIONAL} if self.behaviour.national_sex_codes else SEXES
        sex = codes.get(who.gender, "U")
        return f"PID|1||{'~'.join(numbers)}||{name}||{self._date(born)}|{sex}"

    def number(self, value: str, *, retired: bool = False) -> str:
        """Return a local number as CX."""
        if not self.behaviour.keeps_zeros:  # defect: drops-leading-zeros
            value = value.lstrip("0")
        if retired and not self.behaviour.retired_authority:  # defect: merges-without-authority
            return value
        return self._cx(value, f"{LOCAL}.{self.organization}.2")

    def text(self, value: str) -> str:
        """Return a text that separates nothing."""
        if not self.behaviour.escapes:  # defect: forgets-escapes
            return value
        signs = {"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\"}
        return "".join(signs.get(sign, sign) for sign in value)

    def _message(self, kind: str, event: str, segments: Sequence[str], how: How) -> bytes:
        structure = ""
        if how.version == "2.5" and self.behaviour.names_structure:
            structure = f"^{STRUCTURES[event]}"
        control = uuid.uuid4().hex[:LONGEST_ID]
        if not self.behaviour.fresh_control_id:  # defect: reuses-control-id
            control = "1"
        head = (
            f"MSH|^~\\&|ADMIPLUS|{self.organization}|MPI|LU|{self._now()}||{kind}^{event}{structure}"
            f"|{control}|{self.behaviour.processing}|{how.version}||||||{how.charset}"
        )
        text = "\r".join((head, *segments)) + "\r"
        hl7.parse(text)  # what the library cannot read is not sent
        return text.encode(self._codec(how.charset), "replace")

    def _codec(self, charset: str) -> str:
        codec = CODECS.get(charset, "utf-8")
        if not self.behaviour.tells_charset_it_uses:  # defect: declares-another-charset
            return "latin-1" if codec == "utf-8" else codec
        if not self.behaviour.keeps_accents_in_latin and codec != "utf-8":
            return "utf-8"  # defect: mangles-latin-1
        return codec

    def _meant(self, who: Person) -> Person:
        if self.behaviour.previous_patient:  # defect: sends-previous-patient
            self.first = self.first or who
            return self.first
        return who

    def _cx(self, value: str, oid: str) -> str:
        if not self.behaviour.authority:  # defect: loses-authority
            return value
        return f"{value}^^^&{oid}&ISO"

    def _date(self, date: str) -> str:
        year, month, day = (*date.split("-"), "", "")[:3]
        if self.behaviour.day_before_month:  # defect: exchanges-day-and-month
            month, day = day, month
        return f"{year}{month}{day}"

    def _now(self) -> str:
        return datetime.now(UTC).strftime("%Y%m%d%H%M%S+0000")
