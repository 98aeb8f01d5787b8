"""The implementation guide for establishments: tables made from those that the code asks.

The worked messages are written and read by the same functions that speak on the wire.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Final

from reference_server.hl7v2.er7 import CHARSETS, read, segment
from reference_server.hl7v2.frames import BEGIN, END
from reference_server.kernel.mllp import MllpLimits
from reference_server.kernel.service import Table
from reference_server.national.identifiers import MATRICULE
from reference_server.services.patients.errors.messages import AuthorityMissing
from reference_server.services.patients.mllp import answers
from reference_server.services.patients.mllp.answers import Reply
from reference_server.services.patients.mllp.pid import write_number, write_pid
from reference_server.services.patients.mllp.query import KEPT, MOST_AT_ONCE, MOST_FOUND
from reference_server.services.patients.mllp.tables import (
    HEADER_FIELDS,
    OTHER_FIELDS,
    OTHER_HEADER_FIELDS,
    PID_FIELDS,
    QUERY_FIELDS,
    REMEMBERED,
    SAID,
    SEX,
    STATES,
    TABLE_0357,
    TRIGGERS,
    VERSIONS,
)
from reference_server.services.patients.model.index import IdentityState
from reference_server.services.patients.model.traits import (
    PERSON_IDENTIFIER,
    Address,
    Identifier,
    Sex,
    Traits,
    local_domain,
)
from reference_server.text import Catalogue

_NORTH: Final = "90200116"
_WHEN: Final = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
_ANNA: Final = Traits(
    birth_family="Weber",
    given=("Anna",),
    sex=Sex.FEMALE,
    birth_date="1984-03-17",
    addresses=(Address(line=("12, rue des Fleurs",), postal_code="1234", city="Luxembourg"),),
)
_EVN: Final = "EVN||20260301093000+0000"
_OWN: Final = Identifier(system=local_domain(_NORTH), value="P-100")
_OLD: Final = Identifier(system=local_domain(_NORTH), value="P-101")
_NATIONAL: Final = Identifier(system=MATRICULE, value="1984031790315")
_CODES: Final = {
    "MSH-12": VERSIONS,
    "MSH-18": tuple(each for each in CHARSETS if each),
    "PID-8": tuple(SEX),
    "PID-32": tuple(STATES),
}


_RULES: Final = ("durable", "again", "own", "whole", "merge", "possible", "search", "told")
_MEANING: Final = frozenset({"meaning"})


@cache
def tables() -> tuple[Table, ...]:
    """Return the guide: transport, rules, events, fields, queries, codes, errors, messages."""
    return (
        Table(
            name="hl7-transport",
            columns=("topic", "value"),
            rows=tuple((f"guide.wire.{name}", value) for name, value in _wire()),
            worded=frozenset({"topic"}),
        ),
        Table(
            name="hl7-rules",
            columns=("topic", "rule"),
            rows=tuple((f"guide.rule.{each}", f"guide.rule.{each}.is") for each in _RULES),
            worded=frozenset({"topic", "rule"}),
        ),
        *_events_and_fields(),
        Table(
            name="hl7-codes",
            columns=("field", "values"),
            rows=tuple((field, ", ".join(values)) for field, values in _CODES.items()),
        ),
        Table(
            name="hl7-errors",
            columns=("code", "meaning", "acknowledgement", "err-3", "place"),
            rows=tuple(
                (
                    code,
                    f"cause.{code}",
                    said.acknowledgement,
                    f"{said.code} {TABLE_0357[said.code]}",
                    said.place or "-",
                )
                for code, said in SAID.items()
            ),
            worded=_MEANING,
        ),
        Table(name="hl7-messages", columns=("name", "message"), rows=tuple(_worked())),
    )


def _wire() -> Iterator[tuple[str, str]]:
    limits = MllpLimits()
    yield "frame", f"{BEGIN.hex().upper()} … {END.hex(' ').upper()}"
    yield "segment", "0D"
    yield "tls", "TLS 1.2, TLS 1.3"
    yield "largest", f"{limits.message} B"
    yield "arrive", f"{limits.arrive:g} s"
    yield "idle", f"{limits.idle:g} s"
    yield "ahead", str(limits.ahead)
    yield "most", str(MOST_FOUND)
    yield "page", str(MOST_AT_ONCE)
    yield "continued", f"{KEPT.total_seconds() / 60:g} min"
    yield "remembered", f"{REMEMBERED.days} d"


def _events_and_fields() -> Iterator[Table]:
    yield Table(
        name="hl7-events",
        columns=("message", "structure", "segments", "act", "transaction"),
        rows=tuple(
            (
                f"{each.kind}^{each.event}",
                each.structure,
                " ".join(("MSH", *each.segments)),
                f"guide.act.{each.act.value}",
                each.transaction,
            )
            for each in TRIGGERS.values()
        ),
        worded=frozenset({"act"}),
    )
    header = [(number, "R") for number in HEADER_FIELDS]
    header += [(number, "O") for number in OTHER_HEADER_FIELDS]
    yield Table(
        name="hl7-header",
        columns=("field", "usage", "meaning"),
        rows=tuple((f"MSH-{number}", usage, f"guide.msh-{number}") for number, usage in header),
        worded=_MEANING,
    )
    for name, fields in (("hl7-patient", PID_FIELDS), ("hl7-segments", OTHER_FIELDS)):
        yield Table(
            name=name,
            columns=("field", "type", "usage", "meaning"),
            rows=tuple((*each, f"guide.{each[0].lower()}") for each in fields),
            worded=_MEANING,
        )
    yield Table(
        name="hl7-query",
        columns=("name", "meaning"),
        rows=tuple((name, f"guide.query.{of}") for name, of in QUERY_FIELDS.items()),
        worded=_MEANING,
    )


def _worked() -> Iterator[tuple[str, str]]:
    pid = write_pid(_ANNA, (_OWN, _NATIONAL), state=IdentityState.VALIDATED)
    fed = _message("ADT^A28^ADT_A05", _EVN, pid, "PV1|1|N")
    yield "A28", _shown(fed)
    yield "ACK AA", _shown(answers.acknowledge(_reply(fed)))
    lacking = fed.replace(b"^^^&1.3.182.3.1.1.90200116.2&ISO", b"", 1)
    refusal = AuthorityMissing(field="PID-3", expression="PID^1^3^1^4")
    yield "ACK AE", _shown(answers.refuse(_reply(lacking), refusal))
    kept = write_pid(_ANNA, (_OWN,), state=IdentityState.VALIDATED)
    mrg = segment("MRG", write_number(_OLD))
    merged = _message("ADT^A40^ADT_A39", _EVN, kept, mrg)
    yield "A40", _shown(merged)
    asked = f"QPD|IHE PIX Query|q-1|{write_number(_OWN)}"
    query = _message("QBP^Q23^QBP_Q21", asked, "RCP|I")
    yield "Q23", _shown(query)
    mpi = Identifier(system=PERSON_IDENTIFIER, value="4711081500")
    numbers = "~".join(map(write_number, (mpi, _NATIONAL)))
    found = segment("PID", "", "", numbers, "", "~^^^^^^S")
    yield "K23", _shown(answers.respond(_reply(query), status="OK", found=(found,), total=1))
    yield from _searched(pid)
    person = segment("PID", "", "", write_number(mpi))
    own = segment("PID", "", "", write_number(_OWN))
    yield "A24", _shown(_message("ADT^A24^ADT_A24", _EVN, own, person))
    yield "A37", _shown(_message("ADT^A37^ADT_A37", _EVN, own, person))
    renamed = segment("PID", "", "", write_number(_OWN))
    yield "A47", _shown(_message("ADT^A47^ADT_A30", _EVN, renamed, mrg))


def _searched(pid: str) -> Iterator[tuple[str, str]]:
    search = "QPD|IHE PDQ Query|q-2|@PID.5.1.1^Weber~@PID.7^19840317"
    query = _message("QBP^Q22^QBP_Q21", search, "RCP|I|1^RD")
    yield "Q22", _shown(query)
    found = answers.respond(_reply(query), status="OK", found=(pid,), more="0002", total=2)
    yield "K22", _shown(found)
    yield "Q22 …", _shown(_message("QBP^Q22^QBP_Q21", search, "RCP|I|1^RD", "DSC|0002|I"))
    yield "J01", _shown(_message("QCN^J01^QCN_J01", "QID|q-2|IHE PDQ Query"))


def _message(kind: str, *segments: str) -> bytes:
    head = (
        f"MSH|^~\\&|HIS|{_NORTH}|MPI|LU|20260301093000+0000||{kind}|0001|T|2.5||||||UNICODE UTF-8"
    )
    return "".join(f"{each}\r" for each in (head, *segments)).encode()


def _reply(raw: bytes) -> Reply:
    return Reply(
        message=read(raw),
        now=_WHEN,
        control_id="0002",
        world="integration",
        catalogue=Catalogue.load(
            files("reference_server.services.patients") / "messages",
            files("reference_server.text") / "messages",
        ),
    )


def _shown(raw: bytes) -> str:
    return raw.decode().rstrip("\r").replace("\r", "\n")
