"""The real generator as a process, against a tiny server that can be told to go wrong."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import cycle
from pathlib import Path

import pytest

from test_suites.load.figures import report
from test_suites.load.process import PROGRAM, generate
from test_suites.load.protocol import (
    OPERATIONS,
    OUTCOMES,
    Measured,
    Outcome,
    Settings,
    Template,
    Tokens,
    write,
)
from tests.test_suites.load.peer import Answer, Json, Peer, refuses, running
from tests.test_suites.vendors.tls import make_authority

TOKENS = Tokens(prescriber="p-token", laboratory="l-token")
MARK = "00000000-0000-4000-8000-000000000000"
STARVED = (
    "import sys\n"
    "import test_suites.load.generator as g, gevent, time\n"
    "def hog():\n"
    "    while True:\n"
    "        end = time.perf_counter() + 0.3\n"
    "        while time.perf_counter() < end: pass\n"
    "        gevent.sleep(0.001)\n"
    "gevent.spawn(hog)\n"
    "raise SystemExit(g.main(*sys.argv[1:]))\n"
)


async def same(tokens: Tokens) -> Tokens:
    """Renew nothing."""
    return tokens


def settings(peer: Peer, **changed: object) -> Settings:
    """Return a short round of twenty journeys."""
    base = Settings(
        fhir_base=peer.base,
        trust_pem="",
        rate=20,
        seconds=1,
        warm_up=0,
        users=20,
        timeout=5.0,
        patience=5.0,
        templates=(Template(body=f'{{"a":"{MARK}","b":"{MARK}"}}', birth_date="1980-02-03"),),
    )
    return replace(base, **changed)  # type: ignore[arg-type]  # each is of its field's type


def round_of(
    asked: Settings,
    *,
    renewed: Callable[[Tokens], Awaitable[Tokens]] = same,
    program: tuple[str, ...] = PROGRAM,
) -> Measured:
    """Return what one round measured."""

    async def go() -> Measured:
        return await generate(asked, TOKENS, renewed, program=program)

    return asyncio.run(go())


def outcomes(measured: Measured, operation: str) -> list[Outcome]:
    """Return how every request of one kind ended."""
    place = OPERATIONS.index(operation)
    return [OUTCOMES[end] for own, _, _, end in measured.samples if own == place]


def test_every_journey_goes_its_way_with_identifiers_and_tokens_of_its_own() -> None:
    with running() as peer:
        measured = round_of(settings(peer, warm_up=1))
    assert (measured.planned, measured.succeeded, measured.failures) == (20, 20, ())
    assert len(measured.samples) == 4 * 20
    assert len(measured.completed) == 40
    assert all(outcomes(measured, each) == [Outcome.ANSWERED] * 20 for each in OPERATIONS)
    ids = [headers["X-Request-Id"] for _, headers, _ in peer.seen]
    assert len(set(ids)) == len(ids) == 4 * 40
    submitted = [body for operation, _, body in peer.seen if operation == "submit-prescription"]
    assert len(set(submitted)) == 40
    assert MARK.encode() not in b"".join(submitted)
    bearers = {(operation, headers["Authorization"]) for operation, headers, _ in peer.seen}
    assert bearers == {
        ("submit-prescription", "Bearer p-token"),
        ("retrieve-prescription", "Bearer l-token"),
        ("reserve", "Bearer l-token"),
        ("dispense", "Bearer l-token"),
    }


def test_journeys_begin_when_planned_and_the_time_of_a_held_up_one_counts_from_then() -> None:
    free = threading.Event()
    clock = threading.Timer(2.0, free.set)

    def stuck(operation: str, body: Json) -> Answer | None:
        del operation, body
        if not clock.ident:
            clock.start()
        free.wait(10)
        return None

    with running(stuck) as peer:
        measured = round_of(settings(peer, rate=10, users=2))
    first = [took for operation, _, took, _ in measured.samples if operation == 0]
    assert len(first) == measured.planned == 10
    # Two users were stuck; the others' journeys waited for them, and that is in their time.
    assert min(first) > 500
    assert max(measured.late) < 1000


def test_a_server_that_refuses_everything_is_a_figure_and_no_crash() -> None:
    with running(refuses(500, "internal-error")) as peer:
        measured = round_of(settings(peer))
    assert outcomes(measured, "submit-prescription") == [Outcome.REFUSED] * 20
    assert (measured.succeeded, measured.completed) == (0, ())
    (failure,) = measured.failures
    assert (failure.status, failure.code, failure.count) == (500, "internal-error", 20)
    sent = {headers["X-Request-Id"] for _, headers, _ in peer.seen}
    assert len(failure.examples) == 3
    assert {example for example, _ in failure.examples} <= sent


@pytest.mark.slow
def test_the_request_id_of_an_answer_is_the_one_that_is_kept() -> None:
    def renames(operation: str, body: Json) -> Answer | None:
        del operation, body
        return Answer(status=503, headers=(("X-Request-Id", "of-the-server"),))

    with running(renames) as peer:
        measured = round_of(settings(peer))
    (failure,) = measured.failures
    assert {example for example, _ in failure.examples} == {"of-the-server"}


def test_answers_that_never_come_are_counted_with_the_time_waited_and_users_recover() -> None:
    calls = iter(range(1000))
    held = threading.Event()

    def hangs(operation: str, body: Json) -> Answer | None:
        del operation, body
        if next(calls) < 15:
            held.wait(10)
        return None

    with running(hangs) as peer:
        measured = round_of(settings(peer, users=1, rate=10, timeout=0.1))
        held.set()
    ends = outcomes(measured, "submit-prescription")
    assert Outcome.TIMEOUT in ends
    assert all(t >= 100 for _, _, t, end in measured.samples if OUTCOMES[end] is Outcome.TIMEOUT)


@pytest.mark.slow
def test_what_has_no_answer_and_what_never_began_is_told_at_the_end() -> None:
    held = threading.Event()

    def hangs(operation: str, body: Json) -> Answer | None:
        del operation, body
        held.wait(10)
        return None

    with running(hangs) as peer:
        measured = round_of(settings(peer, users=2, rate=10, patience=0.2, timeout=9.0))
        held.set()
    ends = outcomes(measured, "submit-prescription")
    assert sorted(set(ends)) == [Outcome.NOT_BEGUN, Outcome.UNANSWERED]
    assert len(ends) == measured.planned == 10
    assert sum(failure.count for failure in measured.failures) == 10


@pytest.mark.slow
def test_an_answer_about_another_prescription_is_a_failure() -> None:
    other = {
        "resourceType": "Parameters",
        "parameter": [{"name": "task", "resource": {"id": "other", "status": "ready"}}],
    }

    def mixes(operation: str, body: Json) -> Answer | None:
        del body
        text = str(other).replace("'", '"').encode()
        return Answer(body=text) if operation == "retrieve-prescription" else None

    with running(mixes) as peer:
        measured = round_of(settings(peer))
    assert outcomes(measured, "retrieve-prescription") == [Outcome.MISTAKEN] * 20


def test_an_answer_that_is_none_is_a_failure() -> None:
    answers = cycle((Answer(body=b"<html>"), Answer(body=b""), Answer(close=True), None))
    with running(lambda *_: next(answers)) as peer:
        measured = round_of(settings(peer, users=1))
    kinds = {failure.outcome for failure in measured.failures}
    assert kinds == {Outcome.UNREADABLE, Outcome.CONNECTION}


@pytest.mark.slow
def test_a_redirection_is_not_followed() -> None:
    with running() as elsewhere:
        moved = Answer(status=307, headers=(("Location", f"{elsewhere.base}/x"),))
        with running(lambda *_: moved) as peer:
            measured = round_of(settings(peer))
        assert elsewhere.seen == []
    assert {failure.status for failure in measured.failures} == {307}


def test_a_server_nobody_vouches_for_gets_no_request() -> None:
    authority, other = make_authority(), make_authority()
    with running(tls=authority.context()) as peer:
        refused = round_of(settings(peer, trust_pem=other.trust_pem))
        assert peer.seen == []
    assert outcomes(refused, "submit-prescription") == [Outcome.CONNECTION] * 20
    assert {failure.code for failure in refused.failures} == {"SSLCertVerificationError"}


@pytest.mark.slow
def test_renewed_tokens_are_taken_up_while_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("test_suites.load.process.RENEW_SECONDS", 0.2)

    async def renewed(_: Tokens) -> Tokens:
        return Tokens(prescriber="p-token-2", laboratory="l-token-2")

    with running() as peer:
        round_of(settings(peer, rate=5, seconds=3), renewed=renewed)
    bearers = [headers["Authorization"] for _, headers, _ in peer.seen]
    assert bearers[-1] == "Bearer l-token-2"


@pytest.mark.slow
def test_a_starved_generator_says_so() -> None:
    with running() as peer:
        asked = settings(peer, rate=10, seconds=2)
        measured = round_of(asked, program=(sys.executable, "-c", STARVED))
    generator = report(measured, asked, machine={})["generator"]
    assert isinstance(generator, dict)
    lag = generator["lag_ms"]
    assert isinstance(lag, dict)
    assert float(str(lag["p95"])) > 100


def test_it_ends_by_itself_when_the_lab_is_gone(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("settings", "result", "tokens")]
    begun = threading.Event()

    def begins(operation: str, body: Json) -> Answer | None:
        del operation, body
        begun.set()
        return None

    with running(begins) as peer:
        write(files[2], TOKENS)
        write(files[0], settings(peer, seconds=600, tokens=str(files[2])))
        words = (*PROGRAM, str(files[0]), str(files[1]))
        with subprocess.Popen(words, stdin=subprocess.PIPE) as process:
            assert begun.wait(30)
            process.communicate(timeout=30)
    assert process.returncode == 1
    assert not files[1].exists()
