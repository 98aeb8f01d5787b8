"""A caller's certificate reaches the service that is asked, verified, over real handshakes."""

import hashlib
import socket
import ssl
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import msgspec
import pytest
from starlette.responses import Response

from reference_server.app.wiring import SERVICES
from reference_server.kernel.client_certificate import ClientCertificates
from reference_server.kernel.outcome import fhir_refusal
from reference_server.kernel.route import Route, Router
from reference_server.kernel.service import Service
from reference_server.kernel.terms import FHIR_OPEN
from reference_server.world import Call, Settings, World
from reference_server.world.authority import ClientTrust, ServerIdentity, server_context
from tests.reference_server.app.process import served
from tests.reference_server.certificates.papers import DAY, Desk
from tests.reference_server.standing import Standing, refusal_codes, standing_server

TLS_VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]
OFF = ClientCertificates.OFF
OPTIONAL, REQUIRED = ClientCertificates.OPTIONAL, ClientCertificates.REQUIRED


async def mirror(call: Call) -> Response:
    """Tell a caller what it showed."""
    shown = call.certificate
    told = (
        None
        if shown is None
        else {
            "ehealth_id": shown.ehealth_id,
            "profession": shown.profession,
            "common_name": shown.common_name,
            "x5t#S256": shown.thumbprint,
            "sha256": hashlib.sha256(shown.der).hexdigest(),
            "issuer": shown.issuer,
        }
    )
    return Response(msgspec.json.encode(told), media_type="application/json")


MIRROR: Service[World] = Service(
    name="mirror",
    title="Mirror",
    router=Router(
        prefix="/mirror",
        render=fhir_refusal,
        terms=FHIR_OPEN,
        routes=(
            Route(method="GET", path="/me", handler=mirror),
            Route(method="GET", path="/anybody", handler=mirror, to_all=True),
        ),
    ),
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk.open(tmp_path_factory.mktemp("known"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, desk: Desk) -> Iterator[Standing]:
    folder = tmp_path_factory.mktemp("server")
    clients = ClientTrust(authorities=desk.authority)
    with standing_server(folder, clients=clients, services=(*SERVICES, MIRROR)) as standing:
        yield standing


@pytest.fixture(scope="module")
def strangers(tmp_path_factory: pytest.TempPathFactory, desk: Desk) -> Mapping[str, Desk]:
    return {"stranger": Desk.open(tmp_path_factory.mktemp("stranger")), "expired": desk}


def world_of(server: Standing, mode: ClientCertificates) -> World:
    return server.open(Settings(client_certificates=mode, foreign_certificates=True))


@pytest.mark.parametrize("version", TLS_VERSIONS)
def test_a_service_learns_who_the_certificate_belongs_to(
    server: Standing, desk: Desk, version: ssl.TLSVersion
) -> None:
    paper = desk.issue("dr-weber", ehealth_id="2000000015", profession="PS-001")
    context = paper.load(server.trust())
    context.minimum_version = context.maximum_version = version
    world = world_of(server, OPTIONAL)
    with httpx.Client(verify=context) as http:
        first, told = (http.get(f"{world.base_url}/mirror/me").json() for _ in range(2))
    assert first == told  # the second request of a connection knows it, too
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(paper.chain.read_text()))
    assert told == {
        "ehealth_id": "2000000015",
        "profession": "PS-001",
        "common_name": "dr-weber",
        "x5t#S256": urlsafe_b64encode(digest.digest()).decode().rstrip("="),
        "sha256": digest.hexdigest(),
        "issuer": "CN=Desk known0",
    }


def test_a_serial_number_that_is_no_ehealth_id_is_none(server: Standing, desk: Desk) -> None:
    paper = desk.issue("labo", ehealth_id="99-1")
    world = world_of(server, OPTIONAL)
    with httpx.Client(verify=paper.load(server.trust())) as http:
        told = http.get(f"{world.base_url}/mirror/me").json()
    assert told["ehealth_id"] is None
    assert told["profession"] is None


@pytest.mark.parametrize(
    ("mode", "shown", "path", "status"),
    [
        (OFF, False, "me", 200),
        (OFF, True, "me", 200),
        (OPTIONAL, False, "me", 200),
        (OPTIONAL, True, "me", 200),
        (REQUIRED, False, "me", 403),
        (REQUIRED, True, "me", 200),
        (REQUIRED, False, "anybody", 200),
        (REQUIRED, True, "anybody", 200),
    ],
)
def test_each_world_decides_whether_it_wants_one(
    server: Standing, desk: Desk, mode: ClientCertificates, *, shown: bool, path: str, status: int
) -> None:
    context = server.trust()
    if shown:
        desk.issue("somebody").load(context)
    world = world_of(server, mode)
    with httpx.Client(verify=context) as http:
        answer = http.get(f"{world.base_url}/mirror/{path}")
    assert answer.status_code == status
    if status == 403:
        assert refusal_codes(answer) == ["client-certificate-missing"]
        assert "WWW-Authenticate" not in answer.headers
    else:
        assert (answer.json() is not None) == (shown and mode is not OFF)


@contextmanager
def handshake(origin: str, context: ssl.SSLContext) -> Iterator[ssl.SSLSocket]:
    url = httpx.URL(origin)
    with (
        socket.create_connection((url.host, url.port or 0), timeout=10) as raw,
        context.wrap_socket(raw, server_hostname=url.host) as wire,
    ):
        # In TLS 1.3 the client is done before the server has looked at its certificate.
        wire.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        wire.recv(1)
        yield wire


@pytest.mark.parametrize("version", TLS_VERSIONS)
@pytest.mark.parametrize(
    ("whose", "alert"),
    [("stranger", "UNKNOWN_CA"), ("expired", "CERTIFICATE_EXPIRED")],
)
def test_a_certificate_that_does_not_hold_ends_the_handshake_with_its_alert(
    server: Standing,
    strangers: Mapping[str, Desk],
    *,
    whose: str,
    alert: str,
    version: ssl.TLSVersion,
) -> None:
    issuer = strangers[whose]
    until = datetime.now(UTC) - DAY / 24 if whose == "expired" else None
    context = issuer.issue(whose, until=until).load(server.trust())
    context.minimum_version = context.maximum_version = version
    with pytest.raises(ssl.SSLError, match=alert), handshake(server.origin, context):
        pass


def test_a_listener_that_requires_one_says_so_in_its_alert(desk: Desk, tmp_path: Path) -> None:
    clients = ClientTrust(authorities=desk.authority, required=True)
    with standing_server(tmp_path, clients=clients) as strict:
        refused = pytest.raises(ssl.SSLError, match="CERTIFICATE_REQUIRED")
        with refused, handshake(strict.origin, strict.trust()):
            pass
        with handshake(strict.origin, desk.issue("me").load(strict.trust())) as wire:
            assert wire.version() == "TLSv1.3"


def test_no_session_is_resumed_where_certificates_count(server: Standing, desk: Desk) -> None:
    context = desk.issue("again").load(server.trust())
    with handshake(server.origin, context) as wire:
        assert wire.session is None or not wire.session.has_ticket


def test_only_suites_with_forward_secrecy_and_authenticated_encryption(
    server: Standing,
) -> None:
    identity = ServerIdentity(
        authority=server.authority,
        chain=server.authority.with_name("server.pem"),
        key=server.authority.with_name("server-key.pem"),
    )
    offered = {suite["name"] for suite in server_context(identity).get_ciphers()}
    assert offered
    for name in offered:
        assert name.startswith(("TLS_", "ECDHE-")), name
        assert "GCM" in name or "CHACHA20" in name, name


def test_the_served_environment_asks_as_its_options_say(tmp_path: Path) -> None:
    desk = Desk.open(tmp_path / "desk")
    asked = ("--client-certificates", "required", "--client-authorities", str(desk.authority))
    with served(tmp_path / "served", *asked) as running:
        url = f"{running.told['origin']}/integration/fhir/metadata"
        with httpx.Client(verify=running.trust()) as http:
            assert refusal_codes(http.get(url)) == ["client-certificate-missing"]
        with httpx.Client(verify=desk.issue("me").load(running.trust())) as http:
            assert http.get(url).status_code == 200
        strange = Desk.open(tmp_path / "stranger").issue("me").load(running.trust())
        with pytest.raises(ssl.SSLError, match="UNKNOWN_CA"), handshake(url, strange):
            pass
