"""The lab as a laboratory's software: retrieve, reserve, release, dispense."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from test_suites.core.transcript import BoundPrescription
from test_suites.engine.players.answers import Retrieved, Task
from test_suites.engine.players.desk import Act, Desk, Work
from test_suites.engine.players.model import ActResult, LabError
from test_suites.engine.players.paper import read_code, stray_page, tampered
from test_suites.engine.players.service import Portion
from test_suites.engine.players.trouble import (
    Interrupted,
    NothingToBeginWith,
    Refused,
    Trouble,
    Unreadable,
)
from test_suites.engine.players.wishes import Dispense, LineWish, Named, Retrieve, understood

RESERVED = "in-progress"
PARTLY_DISPENSED = "partially-dispensed"
_Meant: TypeAlias = tuple[str, tuple[tuple[str, int], ...]]
"""A dispensation as the person means it: the Task, and line identifiers with counts."""


class Laboratory:
    """Owns the Tasks it has seen, by number, and dispensations of which no answer came."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._seen: dict[str, Task] = {}
        self._unconfirmed: dict[_Meant, str] = {}

    def acts(self) -> Mapping[str, Act]:
        """Return what a laboratory can be asked to do."""
        return {
            "retrieve": self.retrieve,
            "reserve": self.reserve,
            "release": self.release,
            "dispense": self.dispense,
            "dispense-rest": self.dispense_rest,
        }

    async def retrieve(self, work: Work) -> ActResult:
        """Fetch what a patient presents and show it."""
        await self._fetch(understood(Retrieve, work.parameters), work)
        return work.screen.result()

    async def reserve(self, work: Work) -> ActResult:
        """Keep a prescription for this laboratory."""
        task_id = await self._task_id(work)
        self._show(await self._desk.service.reserve(task_id), work)
        return work.screen.result()

    async def release(self, work: Work) -> ActResult:
        """Give a reserved prescription back."""
        task_id = await self._task_id(work)
        self._show(await self._desk.service.release(task_id), work)
        return work.screen.result()

    async def dispense(self, work: Work) -> ActResult:
        """Fetch, reserve and report some lines, or all that is left."""
        wish = understood(Dispense, work.parameters)
        found = await self._fetch(wish, work)
        if found is None:
            return work.screen.result()
        if found.task.is_final:
            work.screen.alarm("player.nothing-left", state=work.screen.state(found.task.state))
            return work.screen.result()
        portions = _portions(found, wish.lines or (), work)
        if portions is None:
            return work.screen.result()
        after = await self._dispense(found.task.id, portions, work)
        if wish.keep_reserved and after.state == PARTLY_DISPENSED:
            self._show(await self._desk.service.reserve(after.id), work)
        return work.screen.result()

    async def dispense_rest(self, work: Work) -> ActResult:
        """Report everything that is left of a prescription seen before."""
        await self._dispense(await self._task_id(work), (), work)
        return work.screen.result()

    async def _fetch(self, wish: Retrieve, work: Work) -> Retrieved | None:
        """Return what is presented; None where the page bears no code, which is shown."""
        service = self._desk.service
        if wish.paper is not None or wish.stray:
            code = read_code(stray_page() if wish.paper is None else _page(wish.paper, work))
            if code is None:
                work.screen.alarm("player.no-code")
                return None
            shown = tampered(code) if wish.tamper else code
            found = await service.retrieve_by_code(shown)
        else:
            number, birth_date = self._plan_b(wish, work)
            found = await service.retrieve_by_number(number, birth_date)
        self._show(found.task, work)
        return found

    def _plan_b(self, wish: Retrieve, work: Work) -> tuple[str, str]:
        bound = work.bound(wish.number or "")
        birth_date = self._desk.person(wish.birth_date_of or "").birth_date
        if birth_date is None:
            raise LabError(f"persona-without-birth-date:{wish.birth_date_of}")
        if bound.number is None:
            raise NothingToBeginWith(f"number-missing:{wish.number}")
        return bound.number, birth_date

    async def _dispense(self, task_id: str, portions: Sequence[Portion], work: Work) -> Task:
        """Reserve and report. A report of which no answer came is sent again as it was."""
        service, meant = self._desk.service, _meant(task_id, portions)
        dispensation = self._unconfirmed.pop(meant, None)
        if dispensation is None:
            dispensation = self._desk.surroundings.urn()
            await service.reserve(task_id)
        try:
            after = await service.dispense(task_id, dispensation=dispensation, portions=portions)
        except (Interrupted, Unreadable):
            self._unconfirmed[meant] = dispensation
            raise
        except Refused:
            await self._give_back(task_id, work)
            raise
        self._show(after, work)
        return after

    async def _give_back(self, task_id: str, work: Work) -> None:
        """Release what this act alone had reserved, so that another laboratory can take it."""
        seen = next((task for task in self._seen.values() if task.id == task_id), None)
        if seen is not None and seen.state == RESERVED:
            return
        try:
            await self._desk.service.release(task_id)
        except Trouble:
            work.screen.alarm("player.still-reserved")

    async def _task_id(self, work: Work) -> str:
        """Return the Task of a prescription this laboratory has seen, now or in the past."""
        name = understood(Named, work.parameters).prescription
        bound = work.bound(name)
        if bound.number is None:
            return _task_id(bound, name)
        seen = self._seen.get(_plain(bound.number))
        if seen is not None:
            return seen.id
        found = await self._desk.service.find(bound.number)
        return found.id if found is not None else _task_id(bound, name)

    def _show(self, task: Task, work: Work) -> None:
        if task.number is not None:
            self._seen[_plain(task.number)] = task
        work.screen.tell_state(task.number, task.state)


def _page(name: str, work: Work) -> bytes:
    paper = work.bound(name).paper
    if paper is None:
        raise NothingToBeginWith(f"paper-missing:{name}")
    return work.known.papers(paper)


def _task_id(bound: BoundPrescription, name: str) -> str:
    if bound.task_id is None:
        raise NothingToBeginWith(f"number-missing:{name}")
    return bound.task_id


def _plain(number: str) -> str:
    return number.replace("-", "").upper()


def _portions(
    found: Retrieved, wishes: Sequence[LineWish], work: Work
) -> tuple[Portion, ...] | None:
    """Return the lines meant by their codes; None where one is not there, which is shown."""
    left = list(found.lines)
    portions = []
    for wish in wishes:
        line = next((each for each in left if each.code == wish.code), None)
        if line is None:
            work.screen.alarm("player.line-not-there", code=wish.code)
            return None
        left.remove(line)
        portions.append(Portion(line=line, count=wish.count or 1))
    return tuple(portions)


def _meant(task_id: str, portions: Sequence[Portion]) -> _Meant:
    return task_id, tuple((str(each.line.identifier), each.count) for each in portions)
