"""Many clients of the identity provider at once, in a process of their own; takes times only.

Started as `python -m test_suites.proof.bench.trust_clients`: a job for each line of stdin, its
timing on a line of stdout.
"""

import asyncio
import base64
import hashlib
import re
import secrets
import ssl
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from enum import StrEnum
from itertools import count
from typing import Final
from urllib.parse import parse_qs, urlsplit

import aiohttp
import msgspec
import uvloop
from joserfc import jwt
from joserfc.jwk import ECKey

from reference_server.population.seed import token_secret
from reference_server.services.trust.operations.client_authentication import ASSERTION_TYPE
from reference_server.services.trust.operations.one_time_code import STEP_SECONDS, code_at
from test_suites.proof.bench.generator import CycleError, Timing

REDIRECT_URI: Final = "http://127.0.0.1/callback"
_OK, _SEE_OTHER = 200, 303
_TRANSACTION = re.compile(r'name="transaction" value="([^"]+)"')


class Kind(StrEnum):
    """What the clients do: sign a person in, authenticate a system, refresh."""

    LOGIN = "login"
    SYSTEM = "system"
    REFRESH = "refresh"


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What the parent asks for; nobody of `people` is needed twice within two minutes."""

    kind: Kind
    issuer: str
    trust_file: str
    person_client: str
    system_client: str
    system_key: dict[str, str]
    people: tuple[str, ...]
    clients: int
    seconds: float


class Clients:
    """All clients of a job; each knows what the others have used up."""

    def __init__(self, job: Job, session: aiohttp.ClientSession) -> None:
        self._job = job
        self._session = session
        self._people: Iterator[str] = iter(job.people)
        self._key = ECKey.import_key(job.system_key)  # type: ignore[arg-type]  # checked by the library
        self._numbers = count()
        self._refresh_tokens: list[str] = []

    async def run(self) -> Timing:
        """Act from every client until the time is over; raises CycleError on any refusal."""
        acts: dict[Kind, Callable[[], Awaitable[None]]] = {
            Kind.LOGIN: self._log_in,
            Kind.SYSTEM: self._ask_as_system,
            Kind.REFRESH: self._refresh,
        }
        if self._job.kind is Kind.REFRESH:
            for _ in range(self._job.clients):
                await self._log_in()
        act, took = acts[self._job.kind], list[float]()
        began, cpu = time.perf_counter(), time.process_time()
        deadline = began + self._job.seconds

        async def client() -> None:
            while (start := time.perf_counter()) < deadline:
                await act()
                took.append(time.perf_counter() - start)

        await asyncio.gather(*(client() for _ in range(self._job.clients)))
        elapsed = time.perf_counter() - began
        used = time.process_time() - cpu
        return Timing(elapsed=elapsed, cycles=tuple(took), generator_cpu=used)

    async def _log_in(self) -> None:
        """Sign a person in: request, two pages, code with PKCE, tokens."""
        person, verifier = next(self._people), secrets.token_urlsafe(48)
        page, cookie = await self._page(verifier)
        asked = {"transaction": page, "username": person, "password": ""}
        await self._form("login", asked, cookie, expected=_OK)
        step = int(time.time()) // STEP_SECONDS
        typed = {"transaction": page, "code": code_at(token_secret(person), step)}
        address = await self._form("login/token", typed, cookie, expected=_SEE_OTHER)
        told = await self._token(
            grant_type="authorization_code",
            code=parse_qs(urlsplit(address).query)["code"][0],
            redirect_uri=REDIRECT_URI,
            client_id=self._job.person_client,
            code_verifier=verifier,
        )
        self._refresh_tokens.append(str(told["refresh_token"]))

    async def _page(self, verifier: str) -> tuple[str, str]:
        digest = hashlib.sha256(verifier.encode()).digest()
        params = {
            "response_type": "code",
            "client_id": self._job.person_client,
            "redirect_uri": REDIRECT_URI,
            "scope": "openid erx.read",
            "state": secrets.token_urlsafe(16),
            "nonce": secrets.token_urlsafe(16),
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        url = f"{self._job.issuer}/protocol/openid-connect/auth"
        async with self._session.get(url, params=params) as answer:
            found = _TRANSACTION.search(await answer.text())
            if found is None:
                raise CycleError(f"auth: {answer.status}")
            return found[1], answer.headers["Set-Cookie"].partition(";")[0]

    async def _form(self, path: str, form: dict[str, str], cookie: str, *, expected: int) -> str:
        url, headers = f"{self._job.issuer}/{path}", {"Cookie": cookie}
        async with self._session.post(
            url, data=form, headers=headers, allow_redirects=False
        ) as answer:
            text = await answer.text()
            if answer.status != expected:
                raise CycleError(f"{path}: {answer.status} {text[-300:]}")
            return answer.headers.get("Location", "")

    async def _ask_as_system(self) -> None:
        now, client = int(time.time()), self._job.system_client
        claims = {"iss": client, "sub": client, "aud": self._job.issuer, "exp": now + 60}
        header = {"alg": "ES256", "kid": self._job.system_key["kid"]}
        await self._token(
            grant_type="client_credentials",
            client_assertion_type=ASSERTION_TYPE,
            client_assertion=jwt.encode(header, {**claims, "jti": str(uuid.uuid4())}, self._key),
        )

    async def _refresh(self) -> None:
        presented = self._refresh_tokens.pop()
        told = await self._token(
            grant_type="refresh_token",
            refresh_token=presented,
            client_id=self._job.person_client,
        )
        self._refresh_tokens.append(str(told["refresh_token"]))

    async def _token(self, **form: str) -> dict[str, object]:
        url = f"{self._job.issuer}/protocol/openid-connect/token"
        async with self._session.post(url, data=form) as answer:
            body = await answer.read()
            if answer.status != _OK:
                raise CycleError(f"token: {answer.status} {body[:300]!r}")
            return msgspec.json.decode(body, type=dict[str, object])


async def _run(job: Job) -> Timing:
    trust = ssl.create_default_context(cafile=job.trust_file)
    connector = aiohttp.TCPConnector(limit=job.clients, ssl=trust)
    # Each person has a browser of their own: cookies are carried by hand.
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(connector=connector, cookie_jar=jar) as session:
        return await Clients(job, session).run()


def main() -> int:
    """Run the jobs on stdin, one after the other, and print each one's Timing as JSON."""
    for line in sys.stdin.buffer:
        timing = uvloop.run(_run(msgspec.json.decode(line, type=Job)))
        sys.stdout.buffer.write(msgspec.json.encode(timing) + b"\n")
        sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
