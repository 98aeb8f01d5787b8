"""What is said: ACK and RSP, in the version and character set of the message; decides nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from reference_server.hl7v2.er7 import (
    CHARSETS,
    Message,
    can_say,
    components,
    control_id,
    escape,
    segment,
    write,
)
from reference_server.kernel.access import Caller
from reference_server.kernel.errors import Refusal
from reference_server.services.patients.mllp.tables import (
    SAID,
    TABLE_0357,
    TRAIT_PLACES,
    VERSIONS,
    Act,
    Said,
)
from reference_server.text import Catalogue

OLD = "2.3.1"
_UNKNOWN = Said(acknowledgement="AE", code="207")
_LANGUAGES = {"FR": "fr", "EN": "en", "DE": "de"}
_NAME = "MPI"
_REAL = "production"


@dataclass(slots=True, kw_only=True)
class Reply:
    """To what is answered: grows with what is understood of the message.

    `now` is the wire's time, `control_id` the answer's own MSH-10, `world` the environment's name;
    `act` and `caller` are known once the header was understood. `raw` is the message as it came.
    """

    message: Message | None
    now: datetime
    control_id: str
    world: str
    catalogue: Catalogue
    act: Act | None = None
    caller: Caller | None = None
    raw: bytes = b""

    @property
    def version(self) -> str:
        """The version of the answer: the message's, if it is one of those spoken here."""
        told = "" if self.message is None else self.message.header.value(12)
        return told if told in VERSIONS else VERSIONS[-1]

    def sentence(self, refusal: Refusal) -> str:
        """Return why, in the language of MSH-19, else in French."""
        told = "" if self.message is None else self.message.header.value(19).upper()[:2]
        language = _LANGUAGES.get(told, "fr")
        return self.catalogue.render(refusal.message_id, refusal.params, language)


def said_of(refusal: Refusal) -> Said:
    """Return how a refusal is said: acknowledgement code, table 0357, and its place."""
    said = SAID.get(refusal.code, _UNKNOWN)
    trait = TRAIT_PLACES.get(str(refusal.params.get("trait", "")), "")
    place = refusal.expression or trait or said.place
    return Said(acknowledgement=said.acknowledgement, code=said.code, place=place)


def acknowledge(reply: Reply) -> bytes:
    """Return AA: it is done, and durable."""
    return _message(reply, "ACK", [_msa(reply, "AA")])


def refuse(reply: Reply, refusal: Refusal) -> bytes:
    """Return AE or AR with what is wrong, where, and how to mend it; nothing was done."""
    said, text = said_of(refusal), reply.sentence(refusal)
    msa = _msa(reply, said.acknowledgement, text if reply.version == OLD else "")
    return _message(reply, "ACK", [msa, _err(reply, refusal, said, text)])


def respond(
    reply: Reply, *, status: str, found: Iterable[str] = (), more: str = "", total: int = 0
) -> bytes:
    """Return RSP with QAK (`OK` or `NF`), the query as it came, and what was found.

    `more` is the pointer of what is not told yet, `total` how many there are in all.
    """
    segments = [_msa(reply, "AA"), _qak(reply, status, total), _qpd(reply), *found]
    if more:
        segments.append(segment("DSC", more, "I"))
    return _message(reply, "RSP", segments)


def respond_no(reply: Reply, refusal: Refusal) -> bytes:
    """Return RSP with AE, ERR and the query: the query itself is wrong."""
    said, text = said_of(refusal), reply.sentence(refusal)
    msa = _msa(reply, said.acknowledgement, text if reply.version == OLD else "")
    err = _err(reply, refusal, said, text)
    return _message(reply, "RSP", [msa, err, _qak(reply, said.acknowledgement, 0), _qpd(reply)])


def header(
    reply: Reply,
    kind: str,
    *,
    receiver: tuple[str, str] = ("", ""),
    charset: str = "UNICODE UTF-8",
    processing: str = "",
) -> str:
    """Return MSH of a message that the index writes; without `processing` as the World's."""
    application, facility = receiver
    at = reply.now.strftime("%Y%m%d%H%M%S+0000")
    processing = processing or ("P" if reply.world == _REAL else "T")
    return (
        f"MSH|^~\\&|{_NAME}|{escape(reply.world)}|{application}|{facility}|{at}||{kind}"
        f"|{escape(reply.control_id)}|{escape(processing)}|{reply.version}"
        f"{'||||||' if charset else ''}{charset}"
    )


def _message(reply: Reply, kind: str, segments: Sequence[str]) -> bytes:
    told = reply.message
    charset, receiver = "UNICODE UTF-8", ("", "")
    if told is not None:
        charset = told.charset
        receiver = (told.header.field(3), told.header.field(4))
    absent = charset == "" and not all(each.isascii() for each in segments)
    if absent or (kind == "RSP" and not can_say(segments, charset)):
        charset = "UNICODE UTF-8"  # a name is told whole, and MSH-18 says how
    processing = "" if told is None else told.header.value(11)
    msh = header(
        reply, _kind(reply, kind), receiver=receiver, charset=charset, processing=processing
    )
    return write([msh, *segments], charset if charset in CHARSETS else "UNICODE UTF-8")


def _kind(reply: Reply, kind: str) -> str:
    event = "" if reply.message is None else reply.message.header.value(9, component=2)
    if kind == "ACK":
        return components("ACK", event, "" if reply.version == OLD else "ACK")
    answering = {"Q23": "K23", "Q22": "K22"}.get(event, event)
    structure = {"Q23": "RSP_K23", "Q22": "RSP_K21"}.get(event, "")
    return components("RSP", answering, structure)


def _msa(reply: Reply, code: str, text: str = "") -> str:
    control = control_id(reply.raw) if reply.message is None else reply.message.header.field(10)
    return segment("MSA", code, control, escape(text))


def _err(reply: Reply, refusal: Refusal, said: Said, text: str) -> str:
    name = TABLE_0357[said.code]
    place = tuple(said.place.split("^")) if said.place else ()
    if reply.version == OLD:  # ERR-1: segment ^ sequence ^ field ^ code & text & table
        where = (*place, "", "", "")[:3]
        return segment("ERR", components(*where, (said.code, name, "HL70357")))
    return segment(
        "ERR",
        "",
        components(*place),
        components(said.code, name, "HL70357"),
        "E",
        components(refusal.code, "", "99LU"),
        "",
        "",
        escape(text),
    )


def _qak(reply: Reply, status: str, total: int) -> str:
    told = reply.message
    qpd = None if told is None else told.first("QPD")
    tag, name = ("", "") if qpd is None else (qpd.field(2), qpd.field(1))
    return segment("QAK", tag, status, name, str(total) if total else "")


def _qpd(reply: Reply) -> str:
    qpd = None if reply.message is None else reply.message.first("QPD")
    return "QPD" if qpd is None else qpd.text
