"""A newcomer's own software, written from a sandbox's START page alone, on the standard library.

Its maker overlooked one sentence of that page: it sends no X-Request-Id.
"""

import argparse
import base64
import datetime as dt
import hashlib
import html.parser
import http.client
import json
import secrets
import ssl
import sys
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

CLIENT = "prescriber-app"
SCOPE = "openid erx.prescribe erx.read"
REDIRECT = "http://127.0.0.1:40123/callback"
OID = "urn:oid:1.3.182.4"
ANALYSES = "https://www.esante.lu/fhir-spec/CodeSystem/BioPrescCodes"
URI = "urn:ietf:rfc:3986"


class Service:
    """One conversation: a connection, its cookies, nothing followed by itself."""

    def __init__(self, base: str, trust: Path) -> None:
        self.base = base
        self.issuer = f"{base}/auth/realms/organization"
        self.fhir = f"{base}/fhir"
        host = urlsplit(base).netloc
        context = ssl.create_default_context(cafile=str(trust))
        self.connection = http.client.HTTPSConnection(host, context=context, timeout=30)
        self.cookies: dict[str, str] = {}

    def ask(
        self, method: str, url: str, body: bytes | None = None, *, kind: str = "", token: str = ""
    ) -> tuple[int, str, bytes]:
        """Return status, address of a redirect, content."""
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {"User-Agent": "Newcomer/1.0"}
        if kind:
            headers["Content-Type"] = kind
        if token:
            headers |= {"Authorization": f"Bearer {token}", "Accept": kind}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        self.connection.request(method, target, body, headers)
        answer = self.connection.getresponse()
        for one in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = one.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, answer.headers.get("Location", ""), answer.read()

    def post_form(self, url: str, fields: Mapping[str, str]) -> tuple[int, str, bytes]:
        body = urlencode(fields).encode()
        return self.ask("POST", url, body, kind="application/x-www-form-urlencoded")


class Form(html.parser.HTMLParser):
    """The sign-in page's form."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.transaction = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "form":
            self.action = told.get("action") or ""
        if told.get("name") == "transaction":
            self.transaction = told.get("value") or ""


def sign_in(service: Service, username: str, password: str) -> str:
    """Return an access token."""
    _, _, told = service.ask("GET", f"{service.issuer}/.well-known/openid-configuration")
    provider = json.loads(told)
    verifier, state = secrets.token_urlsafe(40), secrets.token_urlsafe(12)
    digest = hashlib.sha256(verifier.encode()).digest()
    asked = {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": REDIRECT,
        "scope": SCOPE,
        "state": state,
        "nonce": secrets.token_urlsafe(12),
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
        "resource": service.fhir,
    }
    _, _, page = service.ask("GET", f"{provider['authorization_endpoint']}?{urlencode(asked)}")
    form = Form(page.decode())
    fields = {"transaction": form.transaction, "username": username, "password": password}
    _, location, _ = service.post_form(form.action, fields)
    back = parse_qs(urlsplit(location).query)
    if back.get("state") != [state] or back.get("iss") != [service.issuer]:
        sys.exit("the sign-in came back wrongly")
    redeemed = {
        "grant_type": "authorization_code",
        "code": back["code"][0],
        "redirect_uri": REDIRECT,
        "client_id": CLIENT,
        "code_verifier": verifier,
        "resource": service.fhir,
    }
    _, _, token = service.post_form(provider["token_endpoint"], redeemed)
    return str(json.loads(token)["access_token"])


def urn() -> str:
    """Return a fresh one."""
    return uuid.uuid4().urn


def prescription(wish: Mapping[str, Any], page: bytes) -> dict[str, Any]:
    """Return the Bundle, built as the page says."""
    now = dt.datetime.now().astimezone().isoformat(timespec="seconds")
    people = {"patient": urn(), "doctor": urn(), "page": urn()}
    order, lines = urn(), {urn(): code for code in wish["analyses"]}
    composition = {
        "resourceType": "Composition",
        "status": "final",
        "type": {"coding": [{"system": "http://loinc.org", "code": "57832-8"}]},
        "subject": {"reference": people["patient"]},
        "author": [{"reference": people["doctor"]}],
        "date": now,
        "title": "Ordonnance",
        "section": [
            {"code": {"text": "lines"}, "entry": [{"reference": one} for one in lines]},
            {"code": {"text": "document"}, "entry": [{"reference": people["page"]}]},
        ],
    }
    requests = {
        one: {
            "resourceType": "ServiceRequest",
            "identifier": [{"system": URI, "value": urn()}],
            "requisition": {"system": URI, "value": order},
            "status": "active",
            "intent": "order",
            "code": {"coding": [{"system": ANALYSES, "code": code}]},
            "subject": {"reference": people["patient"]},
            "requester": {"reference": people["doctor"]},
            "authoredOn": now,
        }
        for one, code in lines.items()
    }
    pdf = base64.b64encode(page).decode()
    paper = {"resourceType": "Binary", "contentType": "application/pdf", "data": pdf}
    entries = {urn(): composition, **dict(persons(wish, people)), **requests, people["page"]: paper}
    return {
        "resourceType": "Bundle",
        "type": "document",
        "identifier": {"system": URI, "value": urn()},
        "timestamp": now,
        "entry": [{"fullUrl": key, "resource": one} for key, one in entries.items()],
    }


def persons(
    wish: Mapping[str, Any], people: Mapping[str, str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return patient and practitioner as entries."""
    patient, doctor = wish["patient"], wish["doctor"]
    yield (
        people["patient"],
        {
            "resourceType": "Patient",
            "identifier": [{"system": f"{OID}.4", "value": patient["matricule"]}],
            "name": [{"family": patient["family"], "given": [patient["given"]]}],
            "birthDate": patient["birth_date"],
            "gender": patient["gender"],
        },
    )
    numbers = {f"{OID}.1": doctor["ehealth_id"], f"{OID}.6": doctor["cns_code"]}
    yield (
        people["doctor"],
        {
            "resourceType": "Practitioner",
            "identifier": [{"system": one, "value": value} for one, value in numbers.items()],
            "name": [{"family": doctor["family"], "given": [doctor["given"]]}],
        },
    )


def main() -> int:
    """Read a wish as JSON from standard input, send it, write what the screen shows as JSON."""
    parser = argparse.ArgumentParser()
    for option in ("--base-url", "--trust", "--username", "--password-file", "--page", "--out"):
        parser.add_argument(option, required=True)
    told = parser.parse_args()
    wish = json.load(sys.stdin)
    service = Service(told.base_url, Path(told.trust))
    token = sign_in(service, told.username, Path(told.password_file).read_text().strip())
    body = json.dumps(prescription(wish, Path(told.page).read_bytes())).encode()
    where = f"{service.fhir}/$submit-prescription"
    status, _, content = service.ask("POST", where, body, kind="application/fhir+json", token=token)
    answer = json.loads(content)
    if status == 200:
        given = {one["name"]: one for one in answer["parameter"]}
        Path(told.out).write_bytes(base64.b64decode(given["document"]["resource"]["data"]))
        number = given["prescription-number"]["valueIdentifier"]["value"]
        shown = [f"Ordonnance {number} acceptée"]
    else:
        number = ""
        shown = [issue["details"]["text"] for issue in answer["issue"]]
    json.dump({"status": status, "number": number, "shown": shown}, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
