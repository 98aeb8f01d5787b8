"""HL7 v2 as an establishment's software writes it, and an index that answers it in this process."""

from collections.abc import Sequence

from reference_server.app.wiring import SERVICES, full_catalogue
from reference_server.hl7v2.er7 import Message, read
from reference_server.kernel.mllp import Received
from reference_server.ports.messages import MESSAGES
from tests.reference_server.patients.index import NORTH, Index

STRUCTURES = {
    "A01": "ADT_A01",
    "A04": "ADT_A01",
    "A05": "ADT_A05",
    "A08": "ADT_A01",
    "A28": "ADT_A05",
    "A31": "ADT_A05",
    "A40": "ADT_A39",
    "A24": "ADT_A24",
    "A37": "ADT_A37",
    "A47": "ADT_A30",
    "Q23": "QBP_Q21",
    "Q22": "QBP_Q21",
}
OID = "1.3.182.3.1.1.{}.2"


def cx(value: str, who: str = NORTH) -> str:
    return f"{value}^^^&{OID.format(who)}&ISO"


def msh(
    event: str,
    control: str,
    *,
    who: str = NORTH,
    version: str = "2.5",
    kind: str = "ADT",
    charset: str = "UNICODE UTF-8",
    language: str = "EN",
) -> str:
    structure = f"^{STRUCTURES.get(event, '')}" if version == "2.5" else ""
    return (
        f"MSH|^~\\&|HIS|{who}|MPI|LU|20260101120000||{kind}^{event}{structure}|{control}|T"
        f"|{version}||||||{charset}|{language}"
    )


def pid(numbers: str, name: str = "Schmit^Anna^Maria", born: str = "19840317") -> str:
    return f"PID|1||{numbers}||{name}^^^^L||{born}|F|||12, rue des Fleurs^^Luxembourg^^1234^LU"


def adt(event: str, control: str, *segments: str, **header: str) -> bytes:
    tail = ("PV1|1|N",) if event in {"A01", "A04", "A05", "A08", "A28", "A31"} else ()
    charset = header.get("charset", "UNICODE UTF-8")
    codec = {"8859/1": "latin-1", "8859/15": "iso8859-15"}.get(charset, "utf-8")
    lines = (msh(event, control, **header), "EVN||20260101120000", *segments, *tail)
    return "".join(f"{line}\r" for line in lines).encode(codec)


def qbp(event: str, control: str, qpd: str, *more: str, who: str = NORTH, rcp: str = "I") -> bytes:
    name = {"Q23": "IHE PIX Query", "Q22": "IHE PDQ Query"}[event]
    head = msh(event, control, who=who, kind="QBP")
    lines = (head, f"QPD|{name}|tag-1|{qpd}", f"RCP|{rcp}", *more)
    return "".join(f"{line}\r" for line in lines).encode()


class Speaker:
    """Sends messages to an index and reads what it says."""

    def __init__(self, index: Index) -> None:
        catalogue = full_catalogue(tuple(each.name for each in SERVICES))
        self._respondent = index.world.port(MESSAGES).respondent(catalogue)

    def raw(self, message: bytes) -> bytes:
        return self._respondent.answer([Received(message=message)])[0]

    def all(self, messages: Sequence[bytes]) -> list[bytes]:
        return self._respondent.answer([Received(message=each) for each in messages])

    def say(self, message: bytes) -> Message:
        return read(self.raw(message))


def code(answer: Message) -> str:
    msa = answer.first("MSA")
    assert msa is not None
    return msa.value(1)


def error(answer: Message) -> tuple[str, str, str]:
    """Return acknowledgement code, code of table 0357 and place."""
    err = answer.first("ERR")
    assert err is not None
    return code(answer), err.value(3), err.field(2)
