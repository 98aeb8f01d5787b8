"""Whatever stands between the lab and a server gets its name: real sockets, real certificates."""

import contextlib
import datetime as dt
import json
import shutil
import socket
import ssl
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from test_suites.doctor.certificates import Certificate
from tests.test_suites.doctor.stand import (
    DAY,
    QUIET,
    Issued,
    Server,
    causes,
    examined,
    hang_up,
    hear,
    issue,
    raw,
    saying,
    server_text,
    serving,
)

ALLOWED = "[[authorised]]\nhost = '{host}'\nperson = 'A. B.'\nuntil = 2099-12-31\n"


@contextlib.contextmanager
def secured(issued: Issued, folder: Path) -> Iterator[Server]:
    """A good server with this certificate, whose authority lies in ca.pem."""
    (folder / "ca.pem").write_text(issued.authority, "ascii")
    with serving(Server(), issued.context(folder)) as running:
        yield running


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def test_a_good_certificate_is_not_blamed(tmp_path: Path) -> None:
    with secured(issue(), tmp_path) as server:
        assert causes(examined(server_text(server.base, trust="ca.pem"), tmp_path)) == []


@pytest.mark.parametrize(
    ("issued", "expected"),
    [
        (issue(begins=-3 * DAY, ends=-DAY), "certificate-expired"),
        (issue(begins=DAY), "certificate-not-yet-valid"),
        (issue("other.test"), "certificate-other-name"),
        (issue(purpose=ExtendedKeyUsageOID.CLIENT_AUTH), "certificate-refused"),
        (issue(ends=2 * DAY), "certificate-ends-soon"),
    ],
)
def test_a_certificate_that_is_wrong_is_told(
    tmp_path: Path, *, issued: Issued, expected: str
) -> None:
    with secured(issued, tmp_path) as server:
        found = examined(server_text(server.base, trust="ca.pem"), tmp_path)
    assert causes(found) == [expected]
    assert found.is_good == (expected == "certificate-ends-soon")


def test_two_things_wrong_with_a_certificate_are_both_told(tmp_path: Path) -> None:
    with secured(issue("other.test", begins=-3 * DAY, ends=-DAY), tmp_path) as server:
        found = examined(server_text(server.base, trust="ca.pem"), tmp_path)
    assert causes(found) == ["certificate-expired", "certificate-other-name"]
    assert "other.test" in found.diagnoses[1].params["names"]


def test_an_authority_that_nobody_knows_is_told(tmp_path: Path) -> None:
    with secured(issue(), tmp_path) as server:
        (tmp_path / "ca.pem").write_text(issue().authority, "ascii")
        found = examined(server_text(server.base, trust="ca.pem"), tmp_path)
        assert causes(found) == ["certificate-unknown-authority"]
        assert (found.diagnoses[0].field, found.diagnoses[0].line) == ("server.trust_pem", 11)
        alone = examined(server_text(server.base), tmp_path)
        assert causes(alone) == ["certificate-unknown-authority"]


def test_an_extra_authority_of_the_environment_is_trusted(tmp_path: Path) -> None:
    with secured(issue(), tmp_path) as server:
        for variable in ("EQUALIS_EXTRA_CA", "SSL_CERT_FILE"):
            around = replace(QUIET, environ={variable: str(tmp_path / "ca.pem")})
            assert causes(examined(server_text(server.base), tmp_path, around)) == []


def test_an_extra_authority_that_is_none_is_told(tmp_path: Path) -> None:
    around = replace(QUIET, environ={"EQUALIS_EXTRA_CA": str(tmp_path / "none.pem")})
    with secured(issue(), tmp_path) as server:
        found = examined(server_text(server.base, trust="ca.pem"), tmp_path, around)
    assert causes(found) == ["extra-ca-unusable"]


def test_old_tls_is_told(tmp_path: Path) -> None:
    issued = issue()
    context = issued.context(tmp_path)
    (tmp_path / "ca.pem").write_text(issued.authority, "ascii")
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with serving(Server(), context) as server:
        found = examined(server_text(server.base, trust="ca.pem"), tmp_path)
    assert causes(found) == ["tls-too-old"]


def test_a_server_that_wants_a_client_certificate_is_told(tmp_path: Path) -> None:
    issued = issue()
    context = issued.context(tmp_path)
    (tmp_path / "ca.pem").write_text(issued.authority, "ascii")
    context.load_verify_locations(tmp_path / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    with serving(Server(), context) as server:
        found = examined(server_text(server.base, trust="ca.pem"), tmp_path)
    assert causes(found) == ["client-certificate-wanted"]


def test_plain_http_on_a_tls_port_and_the_other_way_round_are_told(tmp_path: Path) -> None:
    with serving(Server()) as server:
        text = server_text(server.base.replace("http:", "https:"))
        assert causes(examined(text, tmp_path)) == ["http-where-https"]
    with secured(issue(), tmp_path) as server:
        text = server_text(server.base.replace("https:", "http:"))
        assert causes(examined(text, tmp_path)) == ["https-where-http"]


def test_a_port_that_breaks_tls_off_is_told(tmp_path: Path) -> None:
    with raw(hang_up) as port:
        found = examined(server_text(f"https://127.0.0.1:{port}/erx"), tmp_path)
    assert causes(found) == ["tls-broken"]


def test_a_closed_port_is_told_with_its_line(tmp_path: Path) -> None:
    found = examined(server_text(f"https://127.0.0.1:{closed_port()}/erx"), tmp_path)
    assert causes(found) == ["port-closed"]
    assert (found.diagnoses[0].field, found.diagnoses[0].line) == ("server.base_url", 10)
    states = {check.id: check.state.value for check in found.checks}
    assert states["tls"] == states["http"] == states["metadata"] == "not-reached"


def test_a_black_hole_does_not_hold_the_doctor(tmp_path: Path) -> None:
    with contextlib.ExitStack() as open_things:
        hole = open_things.enter_context(socket.socket())
        hole.bind(("127.0.0.1", 0))
        hole.listen(0)
        for _ in range(4):  # more than the queue holds: whoever comes next is never answered
            waiting = open_things.enter_context(socket.socket())
            waiting.settimeout(0)
            waiting.connect_ex(hole.getsockname())
        began = time.monotonic()
        found = examined(server_text(f"https://127.0.0.1:{hole.getsockname()[1]}/erx"), tmp_path)
    assert causes(found) == ["port-silent"]
    assert time.monotonic() - began < 60, "a connection nobody answers ends after two minutes"


@pytest.mark.parametrize(
    ("scheme", "expected"), [("https", "port-silent"), ("http", "http-silent")]
)
def test_a_port_that_takes_everything_and_says_nothing_is_told(
    tmp_path: Path, *, scheme: str, expected: str
) -> None:
    with raw(hear) as port:
        found = examined(server_text(f"{scheme}://127.0.0.1:{port}/erx"), tmp_path)
    assert causes(found) == [expected]


def test_a_port_that_speaks_something_else_is_told(tmp_path: Path) -> None:
    with raw(saying(b"SSH-2.0-nothing\r\n")) as port:
        found = examined(server_text(f"http://127.0.0.1:{port}/erx"), tmp_path)
    assert causes(found) == ["http-not-spoken"]


def test_a_name_without_address_is_told(tmp_path: Path) -> None:
    allowed = ALLOWED.format(host="nowhere.invalid")
    found = examined(server_text("https://nowhere.invalid/erx", allowed), tmp_path)
    assert causes(found) == ["name-unresolvable"]


def test_a_machine_without_network_and_loopback_is_told(tmp_path: Path) -> None:
    alone = ("unshare", "--map-root-user", "--net")
    if shutil.which(alone[0]) is None or subprocess.run((*alone, "true"), check=False).returncode:
        pytest.skip("this system gives nobody a network of one's own")
    subject = tmp_path / "subject.toml"
    subject.write_text(server_text("http://127.0.0.1:9/erx"), "utf-8")
    words = (sys.executable, "-m", "reports.cli", "doctor", "--json", "--subject", str(subject))
    done = subprocess.run((*alone, *words), check=False, capture_output=True, timeout=60)
    told = [
        one["cause"] for check in json.loads(done.stdout)["checks"] for one in check["diagnoses"]
    ]
    assert done.returncode == 1
    assert {"network-unreachable", "loopback-broken"} <= set(told)


@pytest.mark.parametrize(
    ("proxy", "expected"),
    [
        ("http://127.0.0.1:{closed}", "proxy-unreachable"),
        ("http://", "proxy-malformed"),
        ("http://[", "proxy-malformed"),
        ("http://user:s3cret-word@127.0.0.1:{refusing}", "proxy-refuses"),
    ],
)
def test_a_proxy_in_the_way_is_told(tmp_path: Path, *, proxy: str, expected: str) -> None:
    allowed = ALLOWED.format(host="erx.vendor.test")
    answer = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
    with raw(saying(answer)) as refusing:
        named = proxy.format(closed=closed_port(), refusing=refusing)
        around = replace(QUIET, environ={"HTTPS_PROXY": named, "NO_PROXY": "127.0.0.1"})
        found = examined(server_text("https://erx.vendor.test/erx", allowed), tmp_path, around)
    assert causes(found) == [expected]
    assert "s3cret-word" not in repr(found)


def test_a_host_that_nobody_allows_is_never_asked(tmp_path: Path) -> None:
    found = examined(server_text("https://192.0.2.7/erx"), tmp_path)
    assert causes(found) == ["host-not-authorised"]
    ended = ALLOWED.format(host="192.0.2.7").replace("2099", "2020")
    found = examined(server_text("https://192.0.2.7/erx", ended), tmp_path)
    assert causes(found) == ["authorisation-ended"]
    asked = {check.id for check in found.checks if check.state.value != "not-reached"}
    assert not asked & {"name", "port", "tls", "http"}


@pytest.mark.parametrize(
    ("name", "host", "covered"),
    [
        ("*.test", "a.test", True),
        ("*.test", "a.b.test", False),
        ("A.test", "a.test", True),
        ("a.test", "b.test", False),
    ],
)
def test_a_certificate_covers_its_names(*, name: str, host: str, covered: bool) -> None:
    now = dt.datetime.now(dt.UTC)
    certificate = Certificate(names=(name,), issuer="", begins=now, ends=now)
    assert certificate.covers(host) is covered
