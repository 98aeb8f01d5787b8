"""A person at the terminal makes the product act and attests what was seen; knows no judge.

One act at a time, whatever runs beside it: a person has one pair of hands. What a person
tells is evidence in mode attested.
"""

import asyncio
import base64
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from reference_server.text import Catalogue
from test_suites.core.message import JsonValue
from test_suites.core.transcript import StepState
from test_suites.core.verdict import Mode
from test_suites.subjects.instructions import CERTIFICATE, PAPER, instructions
from test_suites.subjects.operator import ActOutcome, Desk, Log, Printed, Shown

T = TypeVar("T")
PDF: Final = "application/pdf"
LEVELS: Final[Mapping[str, str]] = {"i": "info", "a": "warning", "e": "error"}
STATES: Final[Mapping[str, StepState]] = {
    "1": StepState.DONE,
    "2": StepState.FAILED,
    "3": StepState.UNSUPPORTED,
}
_SETTINGS: Final = ("base_url", "issuer", "fhir_base", "client_id", "organization", "username")


@dataclass(slots=True, kw_only=True)
class Console:
    """Owns the conversation with one person. `say` writes a line, `ask` waits for one.

    `ask` raises PersonLeftError when nobody will answer any more.
    `folder` takes what the person needs as files: the authority to trust, papers to scan.
    """

    say: Callable[[str], None]
    ask: Callable[[str], Awaitable[str]]
    texts: Catalogue
    language: str
    folder: Path
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _count: int = 0

    async def seat(self, desk: Desk) -> None:
        """Tell the person how to configure the product, and wait until it is done."""
        async with self._turn:
            self._tell("seat", session=desk.session)
            for name in _SETTINGS:
                self.say(f"  {name} = {getattr(desk, name) or ''}")
            if desk.messages:
                self.say(f"  messages = {desk.messages}")
            if desk.trust_pem:
                self._file(f"{desk.session}.pem", desk.trust_pem.encode("ascii"))
            if desk.certificate_pem:
                self._file(f"{desk.session}.certificate.pem", desk.certificate_pem.encode("ascii"))
            for kind, secret in desk.secrets():
                self._file(f"{desk.session}.{kind}", secret)
            await self._answer("seated")

    async def act(
        self, desk: Desk, operation: str, parameters: Mapping[str, JsonValue]
    ) -> ActOutcome:
        """Ask the person to do one thing; return what the person attests."""
        async with self._turn:
            self._count += 1
            self.say("")
            self._tell("act", act=self._text(f"do.{operation}"), session=desk.session)
            for line in instructions(parameters, self._text):
                self.say(f"  {line}")
            for name in CERTIFICATE:
                if name in parameters:
                    content = str(parameters[name]).encode("ascii")
                    self._file(f"{desk.session}.{name.removesuffix('_pem')}-new.pem", content)
            if PAPER in parameters:
                self._file(f"paper-{self._count}.pdf", base64.b64decode(str(parameters[PAPER])))
            return await self._attested()

    async def _attested(self) -> ActOutcome:
        state = await self._choice("ended", STATES)
        shown: list[Shown] = []
        while text := await self._answer("shown"):
            shown.append(Shown(level=await self._choice("level", LEVELS), text=text))
        printed = await self._printed()
        number = await self._answer("number")
        answers = {"ended": state.value, "number": number}
        return ActOutcome(
            state=state,
            shown=tuple(shown),
            printed=printed,
            result={"number": number} if number else {},
            mode=Mode.ATTESTED,
            answers={name: answer for name, answer in answers.items() if answer},
        )

    async def _printed(self) -> tuple[Printed, ...]:
        self._tell("printed")
        found = await self._named_file()
        if found is None:
            return ()
        name, content = found
        return (Printed(name=name, media_type=PDF, content=content),)

    async def _named_file(self) -> tuple[str, bytes] | None:
        """Return name and bytes of a file the person names, None where there is none."""
        while name := await self._answer("file"):
            try:
                return Path(name).name, await asyncio.to_thread(Path(name).read_bytes)
            except OSError:
                self._tell("not-readable", file=name)
        return None

    async def log(self, session: str) -> Log | None:
        """Ask for the product's log of a desk; None where the person has none."""
        async with self._turn:
            self._tell("log", session=session)
            content = await self._named_file()
        return None if content is None else Log(content=content[1], mode=Mode.ATTESTED)

    async def leave(self, session: str) -> None:
        """Tell the person that a desk is no longer needed."""
        self._tell("leave", session=session)

    async def close(self) -> None:
        """Do nothing: the person keeps the product."""

    def _file(self, name: str, content: bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_bytes(content)
        self._tell("file", file=str(self.folder / name))

    def _text(self, what: str, **params: object) -> str:
        return self.texts.render(f"engine.console.{what}", params, self.language)

    def _tell(self, what: str, **params: object) -> None:
        self.say(self._text(what, **params))

    async def _answer(self, what: str) -> str:
        return (await self.ask(self._text(f"ask-{what}"))).strip()

    async def _choice(self, what: str, choices: Mapping[str, T]) -> T:
        while True:
            answer = (await self._answer(what)).lower()
            if answer in choices:
                return choices[answer]
