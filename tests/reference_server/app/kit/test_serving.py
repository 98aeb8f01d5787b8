"""A sandbox that is served: by name, from elsewhere, telling of each request in one line."""

import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.reference_server.app.kit.boxes import equalis, made, run, served

NAME = "lab.praxis.test"
SECONDS = 120
HERE, THERE = "192.0.2.10", "192.0.2.11"
EVERYWHERE = "0.0.0.0"  # noqa: S104 - what the names are for
DISCOVERY = "auth/realms/organization/.well-known/openid-configuration"


class Resolver(httpx.BaseTransport):
    """Finds one name at an address of its own, as a hosts file would; TLS still asks for it."""

    def __init__(self, authority: Path, *, address: str) -> None:
        self.inner = httpx.HTTPTransport(verify=ssl.create_default_context(cafile=authority))
        self.address = address

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        name = request.url.host
        request.url = request.url.copy_with(host=self.address)
        request.extensions["sni_hostname"] = name
        return self.inner.handle_request(request)

    def close(self) -> None:
        self.inner.close()


def trusting(authority: Path) -> httpx.Client:
    context = ssl.create_default_context(cafile=authority)
    return httpx.Client(verify=context, timeout=SECONDS)


def asked(url: str, authority: Path) -> httpx.Response:
    """Ask over a connection of its own."""
    with httpx.Client(transport=Resolver(authority, address="127.0.0.1"), timeout=SECONDS) as http:
        return http.get(url)


def test_it_is_served_where_and_as_its_file_says(tmp_path: Path) -> None:
    told = made(tmp_path / "box", "--port", "0", "--name", "praxis")
    with served(tmp_path / "box", "--quiet") as running:
        assert running.base == told["base_url"]
        with trusting(tmp_path / "box/ca.pem") as http:
            assert http.get(f"{running.base}/health").json() == {"status": "pass"}
            served_now = http.get(f"{running.base}/openapi.json").json()
    kept = json.loads((tmp_path / "box/openapi.json").read_bytes())
    assert kept == served_now


def test_a_client_that_knows_it_by_name_trusts_it_and_stays_on_that_name(tmp_path: Path) -> None:
    box = tmp_path / "box"
    told = made(box, "--port", "0", "--host", EVERYWHERE, "--reached-as", NAME)
    with served(box) as running:
        assert running.base == told["base_url"] == f"https://{NAME}:{told['port']}/sandbox"
        found = asked(f"{running.base}/{DISCOVERY}", box / "ca.pem").json()
        assert found["issuer"] == f"{running.base}/auth/realms/organization"
        assert found["token_endpoint"].startswith(f"https://{NAME}:")
        other = running.base.replace(NAME, "other.praxis.test")
        with pytest.raises(httpx.ConnectError, match="ostname mismatch"):
            asked(f"{other}/health", box / "ca.pem")


def test_serve_takes_names_without_a_sandbox_too(tmp_path: Path) -> None:
    command = equalis("serve", "--folder", str(tmp_path), "--port", "0", "--json",
                      "--reached-as", NAME, "--reached-as", "second.test")  # fmt: skip
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process,
        ExitStack() as over,
    ):
        over.callback(process.terminate)
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        for name in (NAME, "second.test", "localhost"):
            origin = told["origin"].replace(NAME, name)
            answer = asked(f"{origin}/integration/health", tmp_path / "ca.pem")
            assert answer.status_code == 200


@pytest.mark.parametrize("workers", ["1", "2"])
def test_each_request_is_told_in_one_line_without_its_query(tmp_path: Path, workers: str) -> None:
    box, mine = tmp_path / "box", str(uuid4())
    made(box, "--port", "0")
    with served(box, "--workers", workers) as running:
        with trusting(box / "ca.pem") as http:
            for _ in range(20):  # every worker has had its turn, or is still starting
                url = f"{running.base}/fhir/Task?identifier=secret"
                answer = http.get(url, headers={"X-Request-Id": mine, "Connection": "close"})
                assert answer.status_code == 401
        lines = running.lines.read_text("utf-8").splitlines()
    told = [line for line in lines if mine in line]
    assert len(told) == 20
    assert all("GET" in line and "/fhir/Task" in line and " 401 " in line for line in told)
    assert "secret" not in "".join(lines)


def test_who_asks_for_quiet_hears_nothing(tmp_path: Path) -> None:
    box = tmp_path / "box"
    made(box, "--port", "0")
    with served(box, "--quiet", "--workers", "2") as running:
        with trusting(box / "ca.pem") as http:
            assert http.get(f"{running.base}/health").status_code == 200
        assert running.lines.read_bytes() == b""


def test_what_the_file_decides_cannot_be_said_twice(tmp_path: Path) -> None:
    made(tmp_path / "box")
    for words in (("--port", "8444"), ("--folder", "elsewhere"), ("--plain-http",)):
        ended = run("serve", "--sandbox", str(tmp_path / "box"), *words)
        assert (ended.returncode, "sandbox.json" in ended.stderr) == (2, True)


def test_a_folder_that_is_none_and_an_address_without_a_name_are_wrong_input(
    tmp_path: Path,
) -> None:
    none = run("serve", "--sandbox", str(tmp_path), "--language", "en")
    assert (none.returncode, "is no sandbox" in none.stderr) == (2, True)
    nameless = run("serve", "--host", EVERYWHERE, "--folder", str(tmp_path), "--language", "en")
    assert (nameless.returncode, "--reached-as" in nameless.stderr) == (2, True)


@contextmanager
def two_machines() -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Two network namespaces with a cable between them; the second's hosts file knows the name."""
    if os.geteuid() != 0 or not shutil.which("ip") or not shutil.which("unshare"):
        pytest.skip("network namespaces need root, ip and unshare")
    first, second = (f"eq-{uuid4().hex[:8]}" for _ in range(2))
    cable = (f"v{first[3:]}", f"v{second[3:]}")
    with ExitStack() as over:
        for space in (first, second):
            if _ip("netns", "add", space) != 0:
                pytest.skip("this machine makes no network namespaces")
            over.callback(_ip, "netns", "del", space)
        if _ip("link", "add", cable[0], "netns", first, "type", "veth",
               "peer", "name", cable[1], "netns", second) != 0:  # fmt: skip
            pytest.skip("this machine makes no virtual network cables")
        for space, end, address in ((first, cable[0], HERE), (second, cable[1], THERE)):
            assert _ip("-n", space, "addr", "add", f"{address}/24", "dev", end) == 0
            assert _ip("-n", space, "link", "set", end, "up") == 0
            assert _ip("-n", space, "link", "set", "lo", "up") == 0
        yield ("ip", "netns", "exec", first), ("ip", "netns", "exec", second)


def _ip(*words: str) -> int:
    return subprocess.run(["ip", *words], check=False, capture_output=True).returncode  # noqa: S607 - ip is where PATH says


WITH_HOSTS = 'mount --bind "$1" /etc/hosts && shift && exec "$@"'


@pytest.mark.slow
def test_another_machine_reaches_it_by_name_and_sends_a_prescription(tmp_path: Path) -> None:
    box, hosts = tmp_path / "box", tmp_path / "hosts"
    made(box, "--host", EVERYWHERE, "--reached-as", NAME)
    hosts.write_text(f"127.0.0.1 localhost\n{HERE} {NAME}\n", encoding="utf-8")
    with two_machines() as (here, there), served(box, within=here) as running:
        assert running.base == f"https://{NAME}:8443/sandbox"
        sample = (sys.executable, "-I", str(box / "samples/python/first_prescription.py"))
        ended = subprocess.run(
            [*there, "unshare", "--mount", "sh", "-c", WITH_HOSTS, "sh", str(hosts), *sample],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stdout + ended.stderr
        assert ended.stdout.startswith("OK B-")
        assert socket.gethostname() not in running.base
