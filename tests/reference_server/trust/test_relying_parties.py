"""Relying parties that others wrote complete the flows: idpyoidc, openid-client, oidc-client-ts.

Authlib's flows are in `test_interoperability`. The programs of npm are installed as pinned in
`relying/package.json`, or taken from the folder that EQUALIS_RELYING_PARTIES names; without node,
npm or a browser these tests are skipped.
"""

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from playwright.sync_api import Error as BrowserError
from playwright.sync_api import Page, sync_playwright

from reference_server.services.trust.model import Logout
from reference_server.services.trust.operations import register_client
from reference_server.world import Settings, World
from tests.reference_server.standing import CALLBACK, Standing
from tests.reference_server.trust.rp import Rp, confidential_rp, rp_client

RELYING = Path(__file__).parent / "relying"
_INSTALL_SECONDS = 300
_SECONDS = 120


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with our scripts and the libraries of npm beside them."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("node or npm is not on this machine")
    folder = tmp_path_factory.mktemp("relying")
    for path in RELYING.iterdir():
        shutil.copy(path, folder)
    installed = os.environ.get("EQUALIS_RELYING_PARTIES")
    if installed is not None:
        (folder / "node_modules").symlink_to(Path(installed) / "node_modules")
        return folder
    command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(
        command, cwd=folder, timeout=_INSTALL_SECONDS, capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("npm cannot install openid-client and oidc-client-ts here")
    return folder


@pytest.mark.slow
def test_openid_client_pushes_proves_possession_refreshes_and_revokes(
    server: Standing, world: World, programs: Path
) -> None:
    rp = confidential_rp(world, server.trust())
    assert rp.key is not None
    task = {
        "issuer": rp.issuer,
        "client_id": rp.client_id,
        "redirect_uri": CALLBACK,
        "jwk": {**rp.key.as_dict(private=True), "kid": rp.key.kid},
        "api": f"{world.fhir_base}/Task?status=ready",
    }
    with subprocess.Popen(
        [shutil.which("node") or "node", "openid_client.mjs"],
        cwd=programs,
        env={**os.environ, "NODE_EXTRA_CA_CERTS": str(server.authority)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as node:
        assert node.stdin is not None
        assert node.stdout is not None
        node.stdin.write(json.dumps(task) + "\n")
        node.stdin.flush()
        address = node.stdout.readline().strip()
        assert "request_uri=urn" in address
        back = rp.login(rp.http.get(address))
        told, _ = node.communicate(back.headers["location"] + "\n", timeout=_SECONDS)
    said = json.loads(told)
    leave = said.pop("leave")
    assert said == {
        "subject": "9100000017",
        "name": "Claire Meyer",
        "type": "dpop",
        "api": 200,
        "rotated": True,
        "before": True,
        "after": False,
    }
    assert 'role="status"' in rp.http.get(leave).text
    rp.http.close()


@contextmanager
def website(folder: Path) -> Iterator[str]:
    """Serve the browser application's files on this machine; every path but two is its page."""
    files = {
        "/oidc-client-ts.min.js": folder
        / "node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js",
        "/page.js": folder / "page.js",
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.path.partition("?")[0]
            path = files.get(asked, folder / "page.html")
            body = path.read_bytes()
            kind = "text/javascript" if path.suffix == ".js" else "text/html; charset=utf-8"
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as site:
        thread = threading.Thread(target=site.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{site.server_address[1]}"
        finally:
            site.shutdown()
            thread.join()


@contextmanager
def chromium() -> Iterator[Page]:
    """Open a browser that takes the throw-away authority's certificates."""
    with sync_playwright() as playwright:
        found = shutil.which("chromium") or shutil.which("chromium-browser")
        try:
            browser = playwright.chromium.launch(executable_path=found)
        except BrowserError:
            pytest.skip("no Chromium on this machine")
        context = browser.new_context(ignore_https_errors=True, locale="en-GB")
        context.set_default_timeout(_SECONDS * 1000)
        yield context.new_page()
        browser.close()


def told_on(page: Page) -> dict[str, object]:
    page.wait_for_function("document.getElementById('told')?.textContent")
    told: dict[str, object] = json.loads(page.inner_text("#told"))
    return told


@pytest.mark.slow
@pytest.mark.parametrize(
    ("binding", "kind", "name"), [({}, "Bearer", "Claire Meyer"), ({"dpop": "1"}, "DPoP", None)]
)
def test_oidc_client_ts_signs_in_renews_and_signs_out_in_a_browser(
    world: World, programs: Path, binding: dict[str, str], *, kind: str, name: str | None
) -> None:
    with website(programs) as site, chromium() as page:
        uris = (f"{site}/callback",)
        leaving = Logout(redirect_uris=(f"{site}/bye",))
        register_client(world, rp_client("browser-app", redirect_uris=uris, logout=leaving))
        realm = f"{world.base_url}/auth/realms/organization"
        facts = urlencode({"authority": realm, "client_id": "browser-app", **binding})
        page.goto(f"{site}/begin?{facts}")
        page.fill("#username", "9100000017")
        page.fill("#password", "test-9100000017")
        page.click("button[type=submit]")
        page.wait_for_url(f"{site}/callback*")
        assert told_on(page) == {
            "subject": "9100000017",
            "name": name,
            "type": kind,
            "renewed": True,
            "session": None,
        }
        page.goto(f"{site}/go")  # signed in already: no page is shown
        page.wait_for_url(f"{site}/callback*")
        assert told_on(page)["subject"] == "9100000017"
        page.goto(f"{site}/leave")
        page.wait_for_url(f"{site}/bye*")
        assert told_on(page) == {"left": True}
        page.goto(f"{site}/go")
        page.wait_for_selector("#password")


def test_idpyoidc_signs_a_person_in_and_refreshes(server: Standing) -> None:
    # Its assertions always live for ten minutes, five more than this reference lets them.
    world = server.open(Settings(assertion_seconds=600))
    rp_server = confidential_rp(world, server.trust())
    from idpyoidc.client.rp_handler import RPHandler  # noqa: PLC0415 - half a second to import

    assert rp_server.key is not None
    private: dict[str, object] = {**rp_server.key.as_dict(private=True), "use": "sig"}
    handler = RPHandler(
        base_url="http://127.0.0.1",
        client_configs={"equalis": configuration(rp_server, server)},
        keyjar=keys_of(private),
        httpc_params={"verify": str(server.authority)},
    )
    address = handler.begin("equalis")
    back = rp_server.login(rp_server.http.get(address))
    params = dict(httpx.URL(back.headers["location"]).params)
    done = handler.finalize(params["iss"], params)
    assert done["userinfo"]["sub"] == "9100000017"
    assert done["id_token"]["iss"] == rp_server.issuer
    renewed = handler.refresh_access_token(params["state"])
    assert renewed["access_token"] != done["token"]
    rp_server.http.close()
    server.registry.close(world.name)


def configuration(rp: Rp, server: Standing) -> dict[str, object]:
    """Return how idpyoidc is told about its provider and itself."""
    return {
        "issuer": rp.issuer,
        "client_id": rp.client_id,
        "client_type": "oidc",
        "redirect_uris": [CALLBACK],
        "httpc_params": {"verify": str(server.authority)},
        "preference": {
            "scopes_supported": ["openid", "profile", "offline_access"],
            "response_types_supported": ["code"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["ES256"],
        },
        "client_authn_methods": ["private_key_jwt"],
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "ES256",
        "id_token_signed_response_alg": "ES256",
        "response_types_supported": ["code"],
        "scopes_supported": ["openid", "profile"],
        "add_ons": {
            "pkce": {
                "function": "idpyoidc.client.oauth2.add_on.pkce.add_support",
                "kwargs": {"code_challenge_length": 64, "code_challenge_method": "S256"},
            }
        },
    }


def keys_of(private: dict[str, object]) -> object:
    """Return a key jar of cryptojwt with the client's key."""
    from cryptojwt.key_jar import KeyJar  # noqa: PLC0415 - comes with idpyoidc

    jar = KeyJar()
    jar.import_jwks({"keys": [private]}, "")
    jar.import_jwks({"keys": [private]}, "rp-server")
    return jar
