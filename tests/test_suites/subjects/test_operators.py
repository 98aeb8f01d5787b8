"""Operators with a real program, a real terminal conversation, and their troubles."""

import asyncio
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from reference_server.text import LANGUAGES, Catalogue
from scenarios.model import ACTIVITIES, Operation
from scenarios.parameters import KEYS
from test_suites.core.message import JsonValue
from test_suites.core.transcript import StepState
from test_suites.core.verdict import Mode
from test_suites.engine.wishes import OF_MESSAGES
from test_suites.subjects.console import Console
from test_suites.subjects.driver import DriverClient
from test_suites.subjects.operator import Desk, Log, OperatorError
from test_suites.subjects.process import started

PRODUCT = Path(__file__).parent / "product.py"
DESK = Desk(
    session="s-1-laboratory",
    base_url="https://127.0.0.1:1/s-1",
    issuer="https://127.0.0.1:1/s-1/auth",
    fhir_base="https://127.0.0.1:1/s-1/fhir",
    client_id="labo-nord-app",
    organization="90200116",
    trust_pem="-----BEGIN-----",
    private_jwk={"kty": "EC", "d": "secret-of-the-key"},
)


def command(*more: str) -> tuple[str, ...]:
    return (sys.executable, str(PRODUCT), "--port", "{port}", *more)


@pytest.mark.parametrize("more", [(), ("--silent",)], ids=["says READY", "only answers"])
def test_a_program_is_started_driven_and_always_stopped(more: tuple[str, ...]) -> None:
    async def work() -> None:
        async with started(command(*more), act_seconds=5) as (driver, output):
            await driver.seat(DESK)
            outcome = await driver.act(DESK, "dispense", {"number": "B-1"})
            assert outcome.state is StepState.DONE
            assert outcome.shown[0].text == "fait"
            assert outcome.printed[0].content == b"%PDF"
            assert outcome.result["number"] == "B-1"
            unsupported = await driver.act(DESK, "cancel", {})
            assert unsupported.state is StepState.UNSUPPORTED
            assert await driver.log("s-1") == Log(content=b'"a log"')
        assert more or output.content.startswith(b"READY")
        with pytest.raises(OperatorError):
            await DriverClient(driver.url, act_seconds=1).describe()

    asyncio.run(work())


def test_a_program_that_ends_before_it_is_ready_is_named() -> None:
    async def work() -> None:
        async with started(command("--mode", "ends"), act_seconds=5):
            pytest.fail("it was never ready")

    with pytest.raises(OperatorError, match="program-ended"):
        asyncio.run(work())


def test_a_program_that_is_not_there_is_named() -> None:
    async def work() -> None:
        async with started(("/nowhere/at/all",), act_seconds=5):
            pytest.fail("it does not exist")

    with pytest.raises(OperatorError, match="program-not-startable"):
        asyncio.run(work())


@pytest.mark.parametrize(
    ("mode", "detail"), [("stuck", "act-did-not-end"), ("odd", "driver-answer-against-contract")]
)
def test_an_act_that_goes_wrong_is_an_operator_error(mode: str, detail: str) -> None:
    async def work() -> None:
        async with started(command("--mode", mode), act_seconds=0.5) as (driver, _):
            await driver.act(DESK, "dispense", {})

    with pytest.raises(OperatorError, match=detail):
        asyncio.run(work())


class Person:
    """Somebody at a terminal with prepared answers."""

    def __init__(self, *answers: str) -> None:
        self._answers: Iterator[str] = iter(answers)
        self.read: list[str] = []

    async def ask(self, question: str) -> str:
        self.read.append(question)
        return next(self._answers)


def console(person: Person, folder: Path) -> Console:
    texts = Catalogue.load(Path("test_suites/messages"))
    return Console(
        say=person.read.append, ask=person.ask, texts=texts, language="fr", folder=folder
    )


def test_a_person_attests_what_happened(tmp_path: Path) -> None:
    page = tmp_path / "page.pdf"
    page.write_bytes(b"%PDF")
    person = Person("", "9", "1", "refusée", "a", "", "/nowhere", str(page), "B-1", str(page))

    async def work() -> None:
        operator = console(person, tmp_path / "files")
        await operator.seat(DESK)
        outcome = await operator.act(DESK, "dispense", {"paper_base64": "JVBERg=="})
        assert (outcome.state, outcome.mode) == (StepState.DONE, Mode.ATTESTED)
        assert [(each.level, each.text) for each in outcome.shown] == [("warning", "refusée")]
        assert outcome.printed[0].content == b"%PDF"
        assert outcome.result == {"number": "B-1"}
        assert outcome.answers == {"ended": "done", "number": "B-1"}
        assert await operator.log("s-1") == Log(content=b"%PDF", mode=Mode.ATTESTED)

    asyncio.run(work())
    said = "\n".join(person.read)
    assert "secret-of-the-key" not in said
    assert "labo-nord-app" in said
    assert any((tmp_path / "files").iterdir())


PLAYED = set(Operation) - ACTIVITIES - {Operation.RAW, Operation.RAW_MESSAGE}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("operation", sorted(PLAYED))
def test_a_person_is_told_in_words_whatever_there_is_to_do(
    tmp_path: Path, operation: str, language: str
) -> None:
    needed, allowed = KEYS[Operation(operation)]
    keys = (needed | allowed) & OF_MESSAGES
    texts = {key: f"what {key} is" for key in keys - {"only_certain"}}
    known: dict[str, JsonValue] = {**texts}
    if "only_certain" in keys:
        known["only_certain"] = True
    person = Person("1", "", "", "")
    operator = replace(console(person, tmp_path / "files"), language=language)
    outcome = asyncio.run(operator.act(DESK, operation, known))
    assert outcome.state is StepState.DONE
    said = "\n".join(person.read)
    assert not [key for key in known if f"{key} =" in said]
    assert all(text in said for text in texts.values())


def test_a_person_learns_where_messages_go(tmp_path: Path) -> None:
    person = Person("")
    asyncio.run(
        console(person, tmp_path / "files").seat(replace(DESK, messages="mllps://127.0.0.1:2575"))
    )
    assert "mllps://127.0.0.1:2575" in "\n".join(person.read)


def test_a_person_is_handed_a_certificate_and_the_next_one_as_files(tmp_path: Path) -> None:
    person = Person("", "1", "", "", "")
    first = replace(DESK, certificate_pem="CERT-1", certificate_key_pem="KEY-1")
    following = {"certificate_pem": "CERT-2", "certificate_key_pem": "KEY-2"}

    async def work() -> None:
        operator = console(person, tmp_path)
        await operator.seat(first)
        outcome = await operator.act(first, "renew-certificate", following)
        assert outcome.state is StepState.DONE

    asyncio.run(work())
    written = {path.read_text() for path in tmp_path.iterdir()}
    assert {"CERT-1", "KEY-1", "CERT-2", "KEY-2"} <= written
    assert "KEY" not in "\n".join(person.read)
    assert ("certificate_key", b"KEY-1") in first.secrets()
