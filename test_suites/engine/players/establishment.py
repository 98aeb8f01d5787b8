"""The lab as an establishment's software: it tells and asks the index of patients, by HL7 v2."""

import asyncio
import re
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from reference_server.hl7v2.er7 import Message, components, escape, read, segment, write
from reference_server.hl7v2.frames import FrameFault
from reference_server.kernel.mllp import exchange
from test_suites.core.persona import Persona
from test_suites.engine.players.desk import Act, Desk, Work
from test_suites.engine.players.model import ActResult, LabError, Spoken

_LOCAL: Final = "1.3.182.3.1.1"
_MATRICULE: Final = "1.3.182.4.4"
_STRUCTURES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("A01", "A04", "A08"), "ADT_A01"),
    **dict.fromkeys(("A05", "A28", "A31"), "ADT_A05"),
    "A40": "ADT_A39",
    "A24": "ADT_A24",
    "A37": "ADT_A37",
    "A47": "ADT_A30",
    **dict.fromkeys(("Q22", "Q23"), "QBP_Q21"),
}
_WITH_VISIT: Final = frozenset({"A01", "A04", "A05", "A08", "A28", "A31"})
_SEXES: Final = {"female": "F", "male": "M", "other": "O", "unknown": "U"}
_TRIES: Final = 3
_PAUSE: Final = 0.2


@dataclass(slots=True)
class Establishment:
    """Owns the acts of one establishment in one case."""

    desk: Desk
    messages: str | None
    trust: ssl.SSLContext | None
    spoken: Callable[[Spoken], None] | None = None
    _pointer: str = ""
    """Where the last answer said that a query goes on (DSC-1)."""

    def acts(self) -> Mapping[str, Act]:
        """Return what it can be asked to do."""
        return {
            "register-patient": self.register,
            "update-patient": self.update,
            "merge-patients": self.merge,
            "link-patients": self.link,
            "unlink-patients": self.unlink,
            "change-number": self.renumber,
            "cross-reference": self.cross_reference,
            "find-patient": self.find,
            "raw-message": self.raw,
        }

    async def register(self, work: Work) -> ActResult:
        """A28, or the event asked for."""
        return await self._tell(work, str(work.parameters.get("event", "A28")))

    async def update(self, work: Work) -> ActResult:
        """A31, or the event asked for."""
        return await self._tell(work, str(work.parameters.get("event", "A31")))

    async def merge(self, work: Work) -> ActResult:
        """A40: `local_id` stands for `old_id` from now on."""
        return await self._with_old(work, "A40")

    async def renumber(self, work: Work) -> ActResult:
        """A47: `local_id` in the place of `old_id`."""
        return await self._with_old(work, "A47")

    async def link(self, work: Work) -> ActResult:
        """A24."""
        return await self._both(work, "A24")

    async def unlink(self, work: Work) -> ActResult:
        """A37."""
        return await self._both(work, "A37")

    async def cross_reference(self, work: Work) -> ActResult:
        """Q23: which numbers has the patient elsewhere."""
        asked = self._number(str(work.parameters["local_id"]))
        domain = work.parameters.get("domain")
        wanted = "" if domain is None else components("", "", "", ("", str(domain), "ISO"))
        qpd = segment("QPD", "IHE PIX Query", self._tag(), asked, wanted)
        answer = await self._ask(work, "QBP", "Q23", (qpd, segment("RCP", "I")))
        for pid in () if answer is None else answer.all("PID"):
            for text in pid.repetitions(3):
                work.screen.say(text.split("^")[0])
        return work.screen.result()

    async def find(self, work: Work) -> ActResult:
        """Q22: who may it be; each is shown, none is chosen for the person."""
        given = self._traits(work)
        told = [
            components(name, value)
            for name, value in (
                ("@PID.5.1.1", given["family"]),
                ("@PID.5.2", given["given"]),
                ("@PID.7", given["birth_date"].replace("-", "")),
            )
            if value
        ]
        qpd = segment("QPD", "IHE PDQ Query", self._tag(), "~".join(told))
        answer = await self._ask(work, "QBP", "Q22", (qpd, segment("RCP", "I")))
        for pid in () if answer is None else answer.all("PID"):
            work.screen.say(f"{pid.value(5)} {pid.value(5, component=2)} {pid.value(7)}")
        return work.screen.result()

    async def raw(self, work: Work) -> ActResult:
        """Send segments as they are told, under a header that may be told otherwise.

        `{pointer}` is where the answer before said that its query goes on.
        """
        given = work.parameters
        segments, header = given["segments"], given.get("header", {})
        if not isinstance(segments, list) or not isinstance(header, dict):
            raise LabError("raw-message-malformed")
        lines = tuple(str(each).replace("{pointer}", self._pointer) for each in segments)
        kind, event = str(given["kind"]), str(given["event"])
        await self._ask(work, kind, event, lines, header={k: str(v) for k, v in header.items()})
        return work.screen.result()

    async def _tell(self, work: Work, event: str) -> ActResult:
        await self._ask(work, "ADT", event, (self._evn(), self._pid(work, "local_id")))
        return work.screen.result()

    async def _with_old(self, work: Work, event: str) -> ActResult:
        mrg = segment("MRG", self._number(str(work.parameters["old_id"])))
        await self._ask(work, "ADT", event, (self._evn(), self._pid(work, "local_id"), mrg))
        return work.screen.result()

    async def _both(self, work: Work, event: str) -> ActResult:
        pids = (self._pid(work, "local_id"), self._pid(work, "other_id"))
        await self._ask(work, "ADT", event, (self._evn(), *pids))
        return work.screen.result()

    async def _ask(
        self,
        work: Work,
        kind: str,
        event: str,
        lines: Sequence[str],
        *,
        header: Mapping[str, str] | None = None,
    ) -> Message | None:
        """Send a message, again where no answer came; show why nothing was done, if so."""
        tail = ("PV1|1|N",) if kind == "ADT" and event in _WITH_VISIT and header is None else ()
        charset = (header or {}).get("18", str(work.parameters.get("charset", "UNICODE UTF-8")))
        version = str(work.parameters.get("version", "2.5"))
        msh = self._msh((kind, event), version, charset, changed=header or {})
        raw = write((msh, *lines, *tail), charset)
        answer = await self._delivered(raw)
        if answer is None:
            work.screen.alarm("player.trouble.interrupted", detail="hl7")
            return None
        dsc = answer.first("DSC")
        self._pointer = "" if dsc is None else dsc.value(1)
        msa = answer.first("MSA")
        if msa is None or msa.value(1) != "AA":
            err = answer.first("ERR")
            why = "" if err is None else err.value(8) or err.field(3)
            work.screen.repeat((why or "AE",))
            return None
        return answer

    async def _delivered(self, raw: bytes) -> Message | None:
        if self.messages is None:
            raise LabError("messages-not-offered")
        where = urlsplit(self.messages)
        for attempt in range(_TRIES):
            if attempt:
                await asyncio.sleep(_PAUSE * 2**attempt)
            tls = self.trust if where.scheme == "mllps" else None
            answer, began = None, time.monotonic_ns()
            try:
                answer = await exchange(
                    raw, host=str(where.hostname), port=int(where.port or 0), tls=tls
                )
                return read(answer)
            except (OSError, FrameFault, ValueError):
                continue
            finally:
                self._tell_of(raw, answer, began)
        return None

    def _tell_of(self, raw: bytes, answer: bytes | None, began: int) -> None:
        """Let what was said be evidence, where the lab itself is the only one to see it."""
        if self.spoken is not None:
            ended = time.monotonic_ns()
            self.spoken(Spoken(message=raw, answer=answer, began=began, ended=ended))

    def _msh(
        self, what: tuple[str, str], version: str, charset: str, *, changed: Mapping[str, str]
    ) -> str:
        kind, event = what
        structure = _STRUCTURES.get(event, "") if version == "2.5" else ""
        now = self.desk.surroundings.wire_now()
        fields = [""] * 18
        fields[1] = "^~\\&"
        fields[2:6] = "EQUALIS", self.desk.persona.cns_code or "", "MPI", "LU"
        fields[6] = now.strftime("%Y%m%d%H%M%S+0000")
        fields[8] = components(kind, event, structure)
        fields[9] = self.desk.surroundings.uuid().replace("-", "")[:20]
        fields[10], fields[11], fields[17] = "T", version, charset
        for number, value in changed.items():
            fields[int(number) - 1] = value
        return segment("MSH", *fields[1:])

    def _evn(self) -> str:
        now = self.desk.surroundings.wire_now()
        return segment("EVN", "", now.strftime("%Y%m%d%H%M%S+0000"))

    def _pid(self, work: Work, key: str) -> str:
        given = self._traits(work)
        own = self._number(str(work.parameters[key]))
        matricule = given["matricule"]
        numbers = [own]
        if matricule and key == "local_id":
            numbers.append(components(matricule, "", "", ("", _MATRICULE, "ISO")))
        name = components(given["family"], given["given"], "", "", "", "", "L")
        born = given["birth_date"].replace("-", "")
        return segment("PID", "1", "", "~".join(numbers), "", name, "", born, given["sex"])

    def _traits(self, work: Work) -> dict[str, str]:
        named = work.parameters.get("patient")
        who = self.desk.person(named) if isinstance(named, str) else None
        told = _of(who)
        for key in ("family", "given", "birth_date", "matricule"):
            if key in work.parameters:
                told[key] = str(work.parameters[key])
        return told

    def _number(self, value: str) -> str:
        oid = f"{_LOCAL}.{self.desk.persona.cns_code}.2"
        return components(value, "", "", ("", oid, "ISO"))

    def _tag(self) -> str:
        return escape(re.sub("-", "", self.desk.surroundings.uuid())[:12])


def _of(who: Persona | None) -> dict[str, str]:
    if who is None:
        return {"family": "", "given": "", "birth_date": "", "matricule": "", "sex": "U"}
    return {
        "family": who.family or "",
        "given": who.given or "",
        "birth_date": who.birth_date or "",
        "matricule": who.matricule or "",
        "sex": _SEXES.get(who.gender or "", "U"),
    }
