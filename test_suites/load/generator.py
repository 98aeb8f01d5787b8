"""The load itself, a Locust program of its own: `python -m test_suites.load.generator S R`.

S is a file of Settings, R the file that it leaves with what it Measured. It ends as soon as its
standard input does, so that it never outlives the lab. Locust patches the standard library for
gevent when it is imported: nothing of ours that starts asyncio may ever be imported here.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any, Final
from uuid import uuid4

from locust import FastHttpUser, task  # before gevent's own modules: it patches
from locust.env import Environment
from locust.exception import StopUser

import gevent  # type: ignore[import-untyped]  # isort:skip  # gevent publishes no types
from gevent import os as lifeline  # isort:skip
from gevent import ssl  # isort:skip

from test_suites.load import journey
from test_suites.load.ledger import Call, Ledger
from test_suites.load.pace import Pace
from test_suites.load.protocol import Outcome, Settings, Tokens, read, write

FHIR_JSON: Final = "application/fhir+json"
OK: Final = 200
SPAWN_SECONDS: Final = 10.0
POLL_SECONDS: Final = 0.02
RENEW_SECONDS: Final = 1.0


class Round:
    """Owns one round: its settings, its plan, its ledger, and the tokens as they are just now."""

    def __init__(self, settings: Settings) -> None:
        warm_up = settings.rate * settings.warm_up
        total = warm_up + settings.rate * settings.seconds
        self.settings = settings
        self.pace = Pace(rate=settings.rate, warm_up=warm_up, total=total)
        self.ledger = Ledger(instant=self.pace.instant, warm_up=warm_up)
        self.tokens = read(Path(settings.tokens), Tokens)

    def renew(self) -> None:
        """Take up, each second, the tokens that the lab has renewed."""
        while True:
            gevent.sleep(RENEW_SECONDS)
            self.tokens = read(Path(self.settings.tokens), Tokens)

    def listen(self, response_time: float, context: dict[str, Any], **_: object) -> None:
        """Hear from Locust of a request that has ended."""
        self.ledger.write(context["call"], response_time)

    def travel(self, session: Any, number: int) -> None:  # noqa: ANN401  Locust gives no types
        """Send one journey, until something goes wrong."""
        template = self.settings.templates[number % len(self.settings.templates)]
        call = Call(operation=0, number=number, began=self.pace.instant(number))
        body = journey.fresh(template.body, lambda: str(uuid4()))
        answer = self._post(session, call, "$submit-prescription", body)
        if answer is None:
            return
        prescription, task_id = journey.accepted(answer)
        steps = (
            ("$retrieve-prescription", journey.retrieval(prescription, template.birth_date)),
            (f"Task/{task_id}/$reserve", journey.NOTHING),
            (f"Task/{task_id}/$dispense", journey.dispensation(str(uuid4()))),
        )
        for operation, (path, asked) in enumerate(steps, start=1):
            call = Call(operation=operation, number=number, began=perf_counter(), task_id=task_id)
            if self._post(session, call, path, asked) is None:
                return
        self.ledger.travelled(number)

    def _post(self, session: Any, call: Call, path: str, body: bytes) -> bytes | None:  # noqa: ANN401  as above
        """Send one request; return the answer where it is what it should be.

        The time limit is that of the whole request: Locust's own begins anew with each byte.
        """
        tokens = self.tokens
        headers = {
            "Authorization": f"Bearer {tokens.laboratory if call.operation else tokens.prescriber}",
            "Content-Type": FHIR_JSON,
            "Accept": FHIR_JSON,
            "User-Agent": "eQualis-Lab-load",
            "X-Request-Id": call.request_id,
        }
        with (
            self.ledger.open(call),
            gevent.Timeout(self.settings.timeout),
            session.post(
                f"/{path}",
                data=body,
                headers=headers,
                name=call.name,
                catch_response=True,
                allow_redirects=False,
                context={"call": call},
            ) as answer,
        ):
            content = answer.content or b""
            judge(call, answer, content)
            if call.outcome is Outcome.ANSWERED:
                answer.success()
                return bytes(content)
            answer.failure(call.outcome.value)
        return None


def judge(call: Call, answer: Any, content: bytes) -> None:  # noqa: ANN401  Locust gives no types
    """Note at a call how it ended."""
    call.status = int(answer.status_code or 0)
    error = getattr(answer, "error", None)
    error = getattr(error, "original", None) or error  # what "retries exceeded" hides
    if call.status == 0:
        is_late = isinstance(error, gevent.Timeout | TimeoutError)
        call.outcome = Outcome.TIMEOUT if is_late else Outcome.CONNECTION
        call.code = "" if is_late else journey.plain(type(error).__name__)
        return
    told = journey.plain((answer.headers or {}).get("x-request-id", ""))
    call.request_id = told or call.request_id
    if call.status != OK:
        call.outcome, call.code = Outcome.REFUSED, journey.refusal_code(content)
        return
    try:
        if call.operation == 0:
            journey.accepted(content)
        else:
            is_last = call.name == "dispense"
            journey.same_task(content, call.task_id, status="completed" if is_last else None)
        call.outcome = Outcome.ANSWERED
    except journey.UnreadableError:
        call.outcome = Outcome.UNREADABLE
    except journey.MistakenError:
        call.outcome = Outcome.MISTAKEN


def laboratories(going: Round) -> type[FastHttpUser]:
    """Return the user of this round; by itself Locust would trust any certificate."""
    settings = going.settings
    context = None
    if settings.fhir_base.startswith("https:"):
        context = ssl.create_default_context(cadata=settings.trust_pem or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2

    def trust(cafile: str | None = None) -> Any:  # noqa: ANN401  gevent publishes no types
        """Return the context for every connection; the file offered is not what we trust."""
        del cafile
        return context

    class Laboratories(FastHttpUser):
        """Prescribes, retrieves, reserves and dispenses, whenever it is its turn."""

        host = settings.fhir_base
        insecure = False
        ssl_context_factory = staticmethod(trust)
        network_timeout = settings.timeout
        connection_timeout = settings.timeout
        max_redirects = 0
        max_retries = 0

        @task
        def journey(self) -> None:
            number = going.pace.next()
            if number is None:
                raise StopUser
            try:
                going.travel(self.client, number)
            except (Exception, gevent.Timeout) as error:  # noqa: BLE001  the ledger has it as a failure
                sys.stderr.write(f"journey {number}: {type(error).__name__}: {error}\n")

    return Laboratories


def main(settings_file: str, result_file: str) -> int:
    """Play a round."""
    going = Round(read(Path(settings_file), Settings))
    settings, pace = going.settings, going.pace
    gevent.spawn(end_with_parent)
    gevent.spawn(going.renew)
    environment = Environment(user_classes=[laboratories(going)])
    environment.events.request.add_listener(going.listen)  # type: ignore[no-untyped-call]  # Locust's own
    runner = environment.create_local_runner()
    runner.start(settings.users, spawn_rate=settings.users)
    wait_until(lambda: pace.is_quiet(settings.users), SPAWN_SECONDS)
    pace.run()
    wait_until(lambda: pace.is_quiet(settings.users), settings.patience)
    measured = going.ledger.measured(
        planned=pace.total - pace.warm_up,
        not_begun=pace.end(),
        cpu_seconds=pace.cpu,
        late=pace.late,
        lag=pace.lag,
    )
    write(Path(result_file), measured)
    runner.quit()
    return 0


def wait_until(condition: Callable[[], bool], seconds: float) -> None:
    """Return when a condition holds, or the time is over."""
    deadline = perf_counter() + seconds
    while not condition() and perf_counter() < deadline:
        gevent.sleep(POLL_SECONDS)


def end_with_parent() -> None:
    """End at once when the lab is gone: its end of our standard input closes."""
    while lifeline.tp_read(sys.stdin.fileno(), 1):
        continue
    os._exit(1)


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
