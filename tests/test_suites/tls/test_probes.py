"""The probes find what a server really offers, weak or strong, and the tables rate it."""

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reports.cli.front import main
from scenarios.tricks import Flaw
from test_suites.checks.transport import rows
from test_suites.deviations.impostors import Authorities, Shown
from test_suites.engine.shown import shown_context
from test_suites.match.tls_levels import (
    Anssi,
    Mozilla,
    is_broken,
    lacks_forward_secrecy,
    of_key,
    of_suite,
    of_version,
    overall,
)
from test_suites.tls.handshakes import NobodyThereError, Server
from test_suites.tls.measuring import Measured, measure

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def authorities() -> Authorities:
    return Authorities.make(now=NOW)


@contextmanager
def serving(context: ssl.SSLContext) -> Iterator[int]:
    """Take up TLS with whoever comes, on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listening.accept()
                    with client, suppress(OSError):
                        client.settimeout(5)
                        context.wrap_socket(client, server_side=True).close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield int(listening.getsockname()[1])
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=30)


def look(shown: Shown, folder: Path, trust_pem: str) -> Measured:
    with serving(shown_context(shown, folder)) as port:
        server = Server(host="127.0.0.1", port=port, name="127.0.0.1")
        trusting = ssl.create_default_context(cadata=trust_pem)
        return measure(server, trusting=trusting, now=NOW)


def test_the_right_server_is_found_as_it_is(authorities: Authorities, tmp_path: Path) -> None:
    found = look(authorities.right(), tmp_path, authorities.trust_pem)
    assert found.versions == ("TLSv1.2", "TLSv1.3")
    assert set(found.suites["TLSv1.3"]) == {
        "TLS_AES_256_GCM_SHA384",
        "TLS_AES_128_GCM_SHA256",
        "TLS_CHACHA20_POLY1305_SHA256",
    }
    assert all(suite.startswith("TLS_ECDHE_ECDSA_WITH_") for suite in found.suites["TLSv1.2"])
    assert (found.trusted, found.anonymous) == (True, False)
    assert (found.certificate["key"], found.certificate["bits"]) == ("EC", 256)
    assert overall(rows(found.as_json())) == (Mozilla.INTERMEDIATE, Anssi.RECOMMENDED)


@pytest.mark.parametrize(
    ("flaw", "versions", "seen"),
    [
        (Flaw.TLS_1_0, ("TLSv1.0",), ""),
        (Flaw.TLS_1_1, ("TLSv1.1",), ""),
        (Flaw.CBC_ONLY, ("TLSv1.2",), "_CBC_"),
        (Flaw.NO_FORWARD_SECRECY, ("TLSv1.2",), "TLS_RSA_WITH_"),
        (Flaw.NO_ENCRYPTION, ("TLSv1.2",), "_NULL_"),
        (Flaw.NO_AUTHENTICATION, (), ""),
    ],
)
def test_what_a_modern_library_would_not_offer_is_found(  # noqa: PLR0917  three and two fixtures
    flaw: Flaw, versions: tuple[str, ...], seen: str, authorities: Authorities, tmp_path: Path
) -> None:
    found = look(authorities.flawed(flaw), tmp_path, authorities.trust_pem)
    assert found.versions == versions
    assert found.anonymous == (flaw is Flaw.NO_AUTHENTICATION)
    suites = found.suites.get("TLSv1.2", ())
    assert all(seen in suite for suite in suites)
    assert bool(suites) == bool(seen)


@pytest.mark.parametrize("flaw", [Flaw.EXPIRED, Flaw.OTHER_HOST, Flaw.UNKNOWN_AUTHORITY])
def test_a_certificate_that_no_careful_client_trusts_is_told_with_the_reason(
    flaw: Flaw, authorities: Authorities, tmp_path: Path
) -> None:
    found = look(authorities.flawed(flaw), tmp_path, authorities.trust_pem)
    assert found.trusted is False
    assert found.distrust
    assert found.certificate["in_force"] == (flaw is not Flaw.EXPIRED)


def test_where_nobody_listens_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    server = Server(host="127.0.0.1", port=port, name="127.0.0.1")
    with pytest.raises(NobodyThereError):
        measure(server, trusting=None, now=NOW)


def test_the_tables_rate_versions_suites_and_keys() -> None:
    assert of_version("TLSv1.0").anssi is Anssi.NONE
    assert of_suite("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256").mozilla is Mozilla.INTERMEDIATE
    assert of_suite("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256").anssi is Anssi.DEGRADED
    assert of_suite("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384").mozilla is Mozilla.OLD
    assert of_suite("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384").anssi is Anssi.DEGRADED
    assert of_suite("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA").anssi is Anssi.NONE
    assert of_suite("TLS_RSA_WITH_RC4_128_MD5").mozilla is Mozilla.NONE
    assert is_broken("TLS_RSA_WITH_RC4_128_MD5")
    assert lacks_forward_secrecy("TLS_RSA_WITH_AES_128_GCM_SHA256")
    assert of_key("RSA", 1024).mozilla is Mozilla.NONE
    assert of_key("RSA", 2048).mozilla is Mozilla.INTERMEDIATE
    assert overall(()) == (Mozilla.NONE, Anssi.NONE)


def test_the_command_looks_at_this_machine_and_nowhere_else(
    authorities: Authorities, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trust = tmp_path / "ca.pem"
    trust.write_text(authorities.trust_pem)
    with serving(shown_context(authorities.right(), tmp_path)) as port:
        address = f"127.0.0.1:{port}"
        code = main(["tls", address, "--trust", str(trust), "--json"])
    told = json.loads(capsys.readouterr().out)
    assert (code, told["trusted"], told["levels"]["mozilla"]) == (0, True, "intermediate")
    assert "5.7" in told["sources"]["mozilla"]
    assert main(["tls", "example.org:443", "--language", "en"]) == 2
    assert "example.org" in capsys.readouterr().err


def test_the_command_says_no_to_a_weak_server_and_to_nonsense(
    authorities: Authorities, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = authorities.flawed(Flaw.NO_ENCRYPTION)
    with serving(shown_context(shown, tmp_path)) as port:
        assert main(["tls", f"127.0.0.1:{port}", "--language", "en"]) == 1
    assert "NULL" in capsys.readouterr().out
    assert main(["tls", "127.0.0.1:none"]) == 2
    assert main(["tls", "127.0.0.1:1", "--trust", str(tmp_path / "absent.pem")]) == 2
