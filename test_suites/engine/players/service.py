"""The prescription service's operations as a client calls them; knows no screen and no paper."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

from reference_server.national.identifiers import (
    ERX_CANCEL_REASON,
    PRESCRIPTION_NUMBER,
    URI_SYSTEM,
)
from test_suites.core.message import JsonValue
from test_suites.engine.players.answers import (
    Accepted,
    Line,
    Retrieved,
    Task,
    read_accepted,
    read_found,
    read_moved,
    read_retrieved,
    read_task,
)
from test_suites.engine.players.api import Api, json_bytes

_NOTHING: Final[dict[str, JsonValue]] = {"resourceType": "Parameters"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """One line, and how often it is dispensed now."""

    line: Line
    count: int


class PrescriptionService:
    """Owns nothing but the names of things on the wire. Every method raises Trouble."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def submit(self, document: bytes) -> Accepted:
        return read_accepted(await self._api.post("/$submit-prescription", document))

    async def retrieve_by_code(self, code: str) -> Retrieved:
        return await self._retrieve({"name": "code", "valueString": code})

    async def retrieve_by_number(self, number: str, birth_date: str) -> Retrieved:
        return await self._retrieve(
            {"name": "number", "valueString": number},
            {"name": "birth-date", "valueDate": birth_date},
        )

    async def reserve(self, task_id: str) -> Task:
        return await self._move(task_id, "reserve", _NOTHING)

    async def release(self, task_id: str) -> Task:
        return await self._move(task_id, "release", _NOTHING)

    async def dispense(
        self, task_id: str, *, dispensation: str, portions: Sequence[Portion]
    ) -> Task:
        """Report a dispensation; no portions means all that is left."""
        identified: JsonValue = {
            "name": "dispensation",
            "valueIdentifier": {"system": URI_SYSTEM, "value": dispensation},
        }
        parts = [identified, *(_portion(portion) for portion in portions)]
        return await self._move(task_id, "dispense", _parameters(*parts))

    async def cancel(self, task_id: str, reason: str) -> Task:
        coded: JsonValue = {"coding": [{"system": ERX_CANCEL_REASON, "code": reason}]}
        given: JsonValue = {"name": "reason", "valueCodeableConcept": coded}
        return await self._move(task_id, "cancel", _parameters(given))

    async def read(self, task_id: str) -> Task:
        answer = await self._api.get(f"/Task/{quote(task_id, safe='')}")
        return read_task(dict(answer))

    async def find(self, number: str) -> Task | None:
        """Return the prescription of a number, None where the caller may not see one."""
        query = urlencode({"identifier": f"{PRESCRIPTION_NUMBER}|{number}"})
        return read_found(await self._api.get(f"/Task?{query}"))

    async def _retrieve(self, *parts: JsonValue) -> Retrieved:
        body = json_bytes(_parameters(*parts))
        return read_retrieved(await self._api.post("/$retrieve-prescription", body))

    async def _move(self, task_id: str, operation: str, given: dict[str, JsonValue]) -> Task:
        path = f"/Task/{quote(task_id, safe='')}/${operation}"
        return read_moved(await self._api.post(path, json_bytes(given)))


def _parameters(*parts: JsonValue) -> dict[str, JsonValue]:
    return {"resourceType": "Parameters", "parameter": list(parts)}


def _portion(portion: Portion) -> JsonValue:
    return {
        "name": "line",
        "part": [
            {"name": "identifier", "valueIdentifier": portion.line.identifier},
            {"name": "count", "valuePositiveInt": portion.count},
        ],
    }
