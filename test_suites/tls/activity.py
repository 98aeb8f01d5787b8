"""The activity `probe`: looks at the TLS a service offers and keeps what was found."""

import asyncio
import json
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from test_suites.checks.transport import MEASURED
from test_suites.core.transcript import StepState
from test_suites.engine.activity import Activity, Stage
from test_suites.engine.players import LabError
from test_suites.subjects.operator import ActOutcome
from test_suites.tls.handshakes import NobodyThereError, Server
from test_suites.tls.measuring import measure

HTTPS = 443


def make() -> Activity:
    """Return the activity."""
    return Probe()


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Owns nothing: what is looked for is the same at each server."""

    async def __call__(self, stage: Stage) -> ActOutcome:
        """Look at the service and keep the facts."""
        where = stage.environment
        if where is None:
            raise LabError("probe-without-a-service")
        address = urlsplit(where.address.base_url)
        if address.scheme != "https" or address.hostname is None:
            return ActOutcome(state=StepState.FAILED, detail="no-tls")
        host = address.hostname
        server = Server(host=host, port=address.port or HTTPS, name=host)
        trusting = ssl.create_default_context(cadata=where.trust_pem or None)
        try:
            found = await asyncio.to_thread(
                measure, server, trusting=trusting, now=datetime.now(UTC)
            )
        except NobodyThereError as nobody:
            return ActOutcome(state=StepState.FAILED, detail=f"nobody:{nobody.detail}")
        content = json.dumps(found.as_json(), indent=2).encode("utf-8")
        await stage.exhibit(name=MEASURED, media_type="application/json", content=content)
        return ActOutcome(state=StepState.DONE, detail=f"{server.handshakes}")
