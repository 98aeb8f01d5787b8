"""Sends generated requests to the one service that is meant, one after the other, recorded."""

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

import httpx

from test_suites.checks.robustness import MARK
from test_suites.fuzzing.budget import Budget, Generated

ATTEMPTS: Final = 2
"""A connection that ended may have been an old one: a request is sent once more over a new one."""
BARE_EVERY: Final = 5
"""Of the requests that need a token, one in so many is sent without one, too."""
PATIENCE: Final = 8
"""Who was only ever forbidden an operation after so many requests is tried at one in so many."""
AGENT: Final = "equalis-fuzz"
_FORBIDDEN: Final = 403
_CREATED: Final = 201


@dataclass(slots=True, kw_only=True)
class Sender:
    """Owns what was sent so far. `client` follows no redirect; `base_url` is never left."""

    client: httpx.AsyncClient
    base_url: str
    budget: Budget
    sent: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    unanswered: int = 0
    known: dict[str, str] = field(default_factory=dict)
    """The id of the last resource that was created, by the path of its kind."""
    _number: int = 0
    _seen: Counter[str] = field(default_factory=Counter)
    _tried: Counter[tuple[str, int]] = field(default_factory=Counter)
    _forbidden: Counter[tuple[str, int]] = field(default_factory=Counter)

    async def send(self, generated: Generated, tokens: tuple[str, ...]) -> None:
        """Send a request as everybody who may, and now and then as nobody."""
        if len(generated.body) > self.budget.body or len(generated.target) > self.budget.target:
            self.left_out["too-long"] += 1
            return
        first = self._seen[generated.operation] % BARE_EVERY == 0
        self._seen[generated.operation] += 1
        if not generated.needs_token or first or not tokens:
            await self._once(generated, None)
        for who, token in enumerate(tokens if generated.needs_token else ()):
            role = (generated.operation, who)
            self._tried[role] += 1
            if self._forbidden[role] < PATIENCE or self._tried[role] % PATIENCE == 0:
                status = await self._once(generated, token)
                self._forbidden[role] = self._forbidden[role] + 1 if status == _FORBIDDEN else 0

    async def _once(self, generated: Generated, token: str | None) -> int | None:
        """Send a request; return the status of its answer, None where there was none."""
        url = httpx.URL(self.base_url + generated.target)
        if not generated.target.startswith("/") or url.host != httpx.URL(self.base_url).host:
            self.left_out["elsewhere"] += 1
            return None
        self._number += 1
        self.sent[generated.operation] += 1
        headers = [
            *generated.headers,
            ("User-Agent", AGENT),
            ("X-Request-Id", f"{MARK}{self._number:05d}"),
        ]
        if token is not None:
            headers.append(("Authorization", f"Bearer {token}"))
        request = httpx.Request(
            generated.method, url, headers=headers, content=generated.body or None
        )
        for _ in range(ATTEMPTS):
            try:
                answer = await self.client.send(request)
            except httpx.TransportError:
                continue
            self.client.cookies.clear()
            if answer.status_code == _CREATED:
                self._learn(url.path.removeprefix(httpx.URL(self.base_url).path), answer.content)
            return answer.status_code
        self.unanswered += 1
        return None

    def _learn(self, path: str, content: bytes) -> None:
        """Keep the id of a FHIR resource that was created."""
        try:
            told = json.loads(content)
        except (ValueError, RecursionError):
            return
        if isinstance(told, dict) and isinstance(told.get("id"), str) and "resourceType" in told:
            self.known[path.rstrip("/") + "/"] = quote(told["id"], safe="")
