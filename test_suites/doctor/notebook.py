"""Keeps what was examined and what was found, in order and in time; asks nothing itself.

A probe that breaks down is the lab's fault, never the product's; one that does not end in time
is told as such, and everything that rests on it is not reached.
"""

import asyncio
import re
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeAlias

from scenarios.document import Place, field_name
from scenarios.wording import visible
from test_suites.doctor.causes import CAUSES, Cause
from test_suites.subjects.reader import Written

LONGEST_TEXT: Final = 300
LEAST_SECRET: Final = 4
_TOKEN: Final = re.compile(r"ey[\w-]{6,}\.[\w-]{4,}(\.[\w-]*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A cause as a probe meets it: the place of the subject file, and what it saw."""

    cause: str
    place: Place = ()
    params: Mapping[str, str] = field(default_factory=dict)


def fault(cause: str, place: Place = (), /, **params: object) -> Fault:
    """Return a fault; its parameters are text."""
    return Fault(cause=cause, place=place, params={name: str(v) for name, v in params.items()})


Faults: TypeAlias = tuple[Fault, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """One cause that was found. `field` and `line` name the place in the subject file."""

    cause: Cause
    field: str
    line: int | None
    params: Mapping[str, str]


class State(StrEnum):
    """How an examination ended."""

    GOOD = "good"
    FOUND = "found"
    NOT_REACHED = "not-reached"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One examination: its sentence is `doctor.check.<id>`; `about` is a host, a persona, …."""

    id: str
    about: str
    state: State
    diagnoses: tuple[Diagnosis, ...] = ()


@dataclass(slots=True, kw_only=True)
class Notebook:
    """Owns the examinations of one subject. `ends` is when all is over, by the loop's clock."""

    written: Written | None
    ends: float
    checks: list[Checked] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)

    def diagnoses(self) -> tuple[Diagnosis, ...]:
        """Return everything found, in the order of the examinations."""
        return tuple(each for check in self.checks for each in check.diagnoses)

    def keep_secret(self, texts: Iterable[str]) -> None:
        """Never tell these texts, whoever says them."""
        self.secrets.update(text for text in texts if len(text) >= LEAST_SECRET)

    def enter(self, check: str, about: str, faults: Faults) -> bool:
        """Note how an examination ended; tell whether what rests on it can go on."""
        found = tuple(self._diagnosis(each) for each in faults)
        state = State.FOUND if found else State.GOOD
        told = self._clean(about)
        self.checks.append(Checked(id=check, about=told, state=state, diagnoses=found))
        return all(each.cause.is_hint for each in found)

    def skip(self, check: str, about: str = "") -> None:
        """Note that an examination was not reached."""
        told = self._clean(about)
        self.checks.append(Checked(id=check, about=told, state=State.NOT_REACHED))

    async def ask(
        self, check: str, about: str, probe: Awaitable[Faults], place: Place = ()
    ) -> bool:
        """Await a probe and note what it found; tell whether what rests on it can go on."""
        return self.enter(check, about, await self.faults(probe, place))

    async def faults(self, probe: Awaitable[Faults], place: Place) -> Faults:
        """Return what a probe found, or that it broke down, or did not end in time."""
        try:
            async with asyncio.timeout_at(self.ends):
                return await probe
        except TimeoutError:
            return (fault("out-of-time", place),)
        except Exception as error:  # noqa: BLE001  the lab's own fault must never be the product's
            return (fault("lab-fault", place, kind=type(error).__name__, detail=error),)

    def _diagnosis(self, found: Fault) -> Diagnosis:
        return Diagnosis(
            cause=CAUSES[found.cause],
            field=visible(field_name(found.place)),
            line=None if self.written is None else self.written.line(found.place),
            params={name: self._clean(value) for name, value in found.params.items()},
        )

    def _clean(self, text: str) -> str:
        """Return a text without secrets, and without signs that would steer a terminal."""
        for secret in sorted(self.secrets, key=len, reverse=True):
            text = text.replace(secret, "***")
        text = visible(_TOKEN.sub("***", text))
        return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "…"
