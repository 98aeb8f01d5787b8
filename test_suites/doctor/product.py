"""Asks a client product under test: its driver, or the program that offers it."""

import socket
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

import httpx

from scenarios.document import Place
from test_suites.doctor.contract import introduction_faults, reason_faults
from test_suites.doctor.network import reach, target_of
from test_suites.doctor.notebook import Fault, Faults, fault
from test_suites.doctor.threads import in_thread
from test_suites.match.jsontext import read_json
from test_suites.subjects.model import ProcessOperator, Subject
from test_suites.subjects.operator import OperatorError
from test_suites.subjects.process import started

SECONDS: Final = 4.0
DESK: Final = "equalis-doctor"
URL: Final[Place] = ("operator", "url")
COMMAND: Final[Place] = ("operator", "command")
LOOPBACK: Final = "127.0.0.1"
_OK, _NO_CONTENT, _NOT_FOUND, _NOT_IMPLEMENTED = 200, 204, 404, 501
_NOWHERE: Final = "http://127.0.0.1:9/"
_SETTINGS: Final = {
    "base_url": _NOWHERE,
    "issuer": f"{_NOWHERE}auth/realms/organization",
    "fhir_base": f"{_NOWHERE}fhir",
    "client_id": DESK,
}
_NO_SUCH_ACT: Final = {"session": DESK, "act": "equalis-none", "parameters": {}}
_CAUSES: Final = {
    "program-not-startable": "program-not-startable",
    "program-ended": "program-ended",
    "program-not-ready": "program-not-ready",
}


async def reach_driver(url: str) -> Faults:
    """Find out whether the driver's port takes connections."""
    causes = {"port-silent": "driver-silent"}
    found = await in_thread(partial(reach, target_of(url, None)))
    return tuple(fault(causes.get(one.cause, "driver-closed"), URL, url=url) for one in found)


async def driver_faults(url: str, subject: Subject) -> Faults:
    """Return what a driver does otherwise than the contract says."""
    async with httpx.AsyncClient(base_url=url, timeout=SECONDS, trust_env=False) as http:
        try:
            answer = await http.get("/")
            told = read_json(answer.content)
            if answer.status_code != _OK or told is None:
                shown = answer.headers.get("content-type", "?")
                status = answer.status_code
                return (fault("driver-not-json", URL, url=url, status=status, media_type=shown),)
            wrong = tuple(introduction_faults(told, subject))
            if any(one.cause == "driver-against-contract" for one in wrong):
                return wrong
            return (*wrong, *await _desk_faults(http))
        except httpx.TimeoutException:
            return (fault("driver-silent", URL, url=url),)
        except httpx.TransportError:
            return (fault("driver-not-json", URL, url=url, status="-", media_type="-"),)


async def _desk_faults(http: httpx.AsyncClient) -> Faults:
    """Return what is wrong with how a desk is configured and forgotten, and what is not known."""
    desk, unknown = f"/sessions/{DESK}", "/acts/equalis-none"
    put = await http.put(desk, json=_SETTINGS)
    if put.status_code != _NO_CONTENT:
        return (_otherwise("PUT /sessions", _NO_CONTENT, put),)
    act = await http.get(unknown)
    if act.status_code != _NOT_FOUND:
        return (_otherwise("GET /acts/{id}", _NOT_FOUND, act),)
    wrong = tuple(reason_faults(read_json(act.content), request="GET /acts/{id}"))
    cannot = await http.post("/acts", json=_NO_SUCH_ACT)
    if cannot.status_code != _NOT_IMPLEMENTED:
        wrong = (*wrong, _otherwise("POST /acts", _NOT_IMPLEMENTED, cannot))
    delete = await http.delete(desk)
    if delete.status_code != _NO_CONTENT:
        return (*wrong, _otherwise("DELETE /sessions", _NO_CONTENT, delete))
    return wrong


def _otherwise(request: str, expected: int, answer: httpx.Response) -> Fault:
    found = answer.status_code
    return fault("driver-session", URL, request=request, expected=expected, found=found)


def port_faults(command: Sequence[str]) -> Iterator[Fault]:
    """Yield every port that a command names and somebody else listens on already."""
    for before, word in zip(("", *command), command, strict=False):
        option, _, value = word.rpartition("=")
        named = "port" in (option or before).lower() and value.isdigit()
        if named and not _is_free(int(value)):
            yield fault("port-taken", COMMAND, port=value)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except (OSError, OverflowError):
            return False
        return True


async def program_faults(
    operator: ProcessOperator, subject: Subject, *, ready_seconds: float
) -> Faults:
    """Start a product, ask its driver, stop it; return what went wrong."""
    try:
        async with started(operator.command, act_seconds=SECONDS, ready_seconds=ready_seconds) as (
            driver,
            output,
        ):
            found = await driver_faults(driver.url, subject)
    except OperatorError as failed:
        cause = _CAUSES.get(failed.detail, "program-not-ready")
        program = operator.command[0]
        return (fault(cause, COMMAND, program=program, seconds=int(ready_seconds)),)
    if output.code != 0:
        return (*found, fault("program-does-not-end", COMMAND, code=output.code))
    return found
