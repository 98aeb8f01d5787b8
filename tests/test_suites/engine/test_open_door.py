"""A supplier of identities at an open door: a server of its own, asked without any token."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from scenarios import load_catalogue
from scenarios.model import Programme
from test_suites.core.verdict import Verdict
from test_suites.engine.evaluate import evaluate
from test_suites.engine.plan import make_plan
from test_suites.engine.run import Options, run_campaign
from test_suites.proof.campaign import ignore, worst_verdicts
from test_suites.subjects.reader import parse_subject

CATALOGUE = load_catalogue()
ASKED = frozenset({"idp-match-nobody", "idp-match-refused", "idp-find-refused"})
REFUSED = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "invalid"}]}
EMPTY = {"resourceType": "Bundle", "type": "searchset", "total": 0}


class Stranger(ThreadingHTTPServer):
    """Knows nobody, refuses what it cannot understand, and keeps who asked how."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Door)
        self.asked: list[tuple[str, str | None]] = []


class Door(BaseHTTPRequestHandler):
    server: Stranger

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer(understood=b'"resource"' in body)

    def do_GET(self) -> None:
        self._answer(understood="yesterday" not in self.path)

    def _answer(self, *, understood: bool) -> None:
        self.server.asked.append((self.path, self.headers.get("Authorization")))
        content = json.dumps(EMPTY if understood else REFUSED).encode()
        self.send_response(200 if understood else 400)
        self.send_header("Content-Type", "application/fhir+json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def stranger() -> Iterator[Stranger]:
    with Stranger() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_who_names_no_client_is_asked_without_a_token_where_fhir_is_spoken(
    stranger: Stranger, tmp_path: Path
) -> None:
    base = f"http://127.0.0.1:{stranger.server_address[1]}"
    text = (
        "[product]\nvendor = 'V'\nname = 'N'\nversion = '1'\n"
        "[[roles]]\nactor = 'service'\ncapabilities = ['pdqm', 'pdqm-match']\n"
        f"[server]\nbase_url = '{base}'\nfhir_url = '{base}/index/r4'\n"
    )
    subject = parse_subject(text, file="subject.toml", today=datetime.now(UTC).date())
    plan = make_plan(subject, CATALOGUE, programme=Programme.IDENTITY, scenarios=ASKED)
    assert {case.scenario for case in plan.cases} == ASKED
    out = tmp_path / "run"
    run_campaign(subject, plan, out, ignore, options=Options(seed=1))
    found = worst_verdicts(subject, plan, evaluate(out, CATALOGUE), CATALOGUE)
    wanted = {f"IDX-SFH-{number:03}" for number in (12, 19, 20)}
    assert {one for one, verdict in found.items() if verdict is Verdict.PASS} == wanted
    assert len(stranger.asked) == 3
    assert {token for _, token in stranger.asked} == {None}
    assert all(path.startswith("/index/r4/Patient") for path, _ in stranger.asked)
