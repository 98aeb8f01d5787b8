"""No secret reaches the journal, its exhibits or a log; what is left can still be judged."""

import asyncio
import base64
import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from test_suites.capture.chain import content, records
from test_suites.capture.journal import JournalWriter, Kind
from test_suites.capture.raw import RawExchange, RawHeaders, RawWire
from test_suites.capture.recorder import RawExhibit, Recorder
from test_suites.capture.redaction import Redacted, Redactor
from test_suites.capture.secrets import MOST_SOUGHT, SessionSecrets
from test_suites.core.message import JsonValue, WireKind
from test_suites.core.transcript import ExhibitKind
from test_suites.core.verdict import Mode

PERSONA = "1984031790315"
STRANGER = "2018052492772"
JSON = [(b"Content-Type", b"application/json")]
FORM = [(b"content-type", b"application/x-www-form-urlencoded")]


def jwt(name: str) -> str:
    parts = ({"alg": "ES256", "kid": "k1"}, {"sub": name, "aud": "x"})
    head = ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts
    )
    return f"{head}.c2lnbmF0dXJl{name}"


def escaped(text: str) -> str:
    return "".join(f"\\u{ord(char):04x}" for char in text)


TOKEN = jwt("canary-token")
SIGNATURE = TOKEN.rpartition(".")[2]


def raw(
    *,
    target: str = "/x",
    headers: RawHeaders | None = None,
    body: bytes = b"",
    answer: bytes = b"",
    answer_headers: RawHeaders | None = None,
) -> RawExchange:
    return RawExchange(
        base_url="https://a",
        began=0,
        ended=1,
        method="POST",
        target=target.encode(),
        headers=headers or [],
        body=body,
        status=200,
        response_headers=answer_headers or [],
        response_body=answer,
        session="s-1",
    )


def redacted(exchange: RawExchange) -> Redacted:
    return Redactor(personas=frozenset({PERSONA.encode()}), verify=lambda _: True).exchange(
        exchange
    )


def everything(found: Redacted) -> str:
    answer = found.response
    assert answer is not None
    heads = [f"{name}: {value}" for name, value in (*found.request.headers, *answer.headers)]
    bodies = [found.request.body.decode("latin-1"), answer.body.decode("latin-1")]
    return "\n".join([found.request.target, *heads, *bodies])


CANARIES = {
    "bearer": raw(headers=[(b"Authorization", f"Bearer {TOKEN}".encode())]),
    "bearer in small letters": raw(headers=[(b"authorization", f"bearer {TOKEN}".encode())]),
    "opaque bearer": raw(headers=[(b"Authorization", f"Bearer {SIGNATURE}".encode())]),
    "basic": raw(headers=[(b"Authorization", f"Basic {SIGNATURE}".encode())]),
    "no scheme": raw(headers=[(b"Authorization", SIGNATURE.encode())]),
    "cookie": raw(headers=[(b"Cookie", f"a=1; sid={SIGNATURE}".encode())]),
    "set-cookie": raw(answer_headers=[(b"Set-Cookie", f"sid={SIGNATURE}; Path=/".encode())]),
    "location": raw(answer_headers=[(b"Location", f"http://l/cb?code={SIGNATURE}&s=1".encode())]),
    "fragment": raw(answer_headers=[(b"Location", f"http://l/cb#code={SIGNATURE}".encode())]),
    "query": raw(target=f"/cb?state=1&code={SIGNATURE}"),
    "query, key encoded": raw(target=f"/cb?c%6fde={SIGNATURE}"),
    "token in the address": raw(target=f"/fhir/Task?access_token={TOKEN}"),
    "token in the path": raw(target=f"/fhir/{TOKEN}/Task"),
    "token in a header of its own": raw(headers=[(b"X-Token", TOKEN.encode())]),
    "verifier": raw(headers=FORM, body=f"a=b&code_verifier={SIGNATURE}".encode()),
    "password": raw(headers=FORM, body=f"username=1&password={SIGNATURE}".encode()),
    "assertion": raw(headers=FORM, body=f"client_assertion={TOKEN}".encode()),
    "refresh": raw(headers=FORM, body=f"refresh_token={SIGNATURE}".encode()),
    "json": raw(answer=json.dumps({"a": [{"access_token": TOKEN}]}).encode()),
    "json, spaced": raw(answer=f'{{"id_token" :  "{TOKEN}"}}'.encode()),
    "json, broken": raw(answer=f'{{"refresh_token": "{SIGNATURE}", "x'.encode()),
    "json, key twice": raw(
        answer=f'{{"access_token": "{SIGNATURE}", "access_token": "b"}}'.encode()
    ),
    "json, escaped": raw(
        answer_headers=JSON,
        answer=('{"access_token": "' + escaped(SIGNATURE) + '"}').encode(),
    ),
    "json, key escaped": raw(
        answer_headers=JSON, answer=f'{{"\\u0061ccess_token": "{SIGNATURE}"}}'.encode()
    ),
    "gzip": raw(
        answer_headers=[*JSON, (b"Content-Encoding", b"gzip")],
        answer=gzip.compress(json.dumps({"access_token": TOKEN}).encode()),
    ),
    "client secret in json": raw(answer=f'{{"client_secret": "{SIGNATURE}"}}'.encode()),
    "many dots before": raw(body=b"." * 3000 + TOKEN.encode()),
    "learned in the body, shown in a header": raw(
        headers=FORM,
        body=f"code={SIGNATURE}".encode(),
        answer_headers=[(b"X-Echo", f"you sent {SIGNATURE}".encode())],
    ),
    "learned in the answer, shown in the target": raw(
        target=f"/x/{SIGNATURE}", answer=json.dumps({"refresh_token": SIGNATURE}).encode()
    ),
    "utf-16": raw(
        answer_headers=JSON, answer=json.dumps({"access_token": SIGNATURE}).encode("utf-16")
    ),
    "a stranger": raw(body=f'{{"value":"{STRANGER}"}}'.encode()),
}


@pytest.mark.parametrize("exchange", CANARIES.values(), ids=CANARIES.keys())
def test_no_canary_is_left(exchange: RawExchange) -> None:
    text = everything(redacted(exchange))
    for canary in (SIGNATURE, STRANGER, SIGNATURE.encode("utf-16").decode("latin-1")):
        assert canary not in text


def test_a_token_keeps_header_and_claims_and_whether_it_was_signed() -> None:
    found = redacted(CANARIES["bearer"])
    (token,) = found.tokens
    assert (token.where, token.header["kid"]) == ("header:authorization", "k1")
    assert (token.claims["sub"], token.signature_valid) == ("canary-token", True)
    assert token.length == len(TOKEN)
    stand_in = f"Bearer redacted.access_token.{token.sha256[:16]}"
    assert found.request.header("authorization") == stand_in


def test_what_was_taken_out_is_listed() -> None:
    found = redacted(CANARIES["verifier"])
    (redaction,) = found.redactions
    assert (redaction.where, redaction.kind) == ("form:code_verifier", "code_verifier")
    assert redaction.length == len(SIGNATURE)


def test_equal_secrets_of_one_session_compare_equal_and_of_two_do_not() -> None:
    one, other = Redactor(), Redactor()
    first = one.exchange(CANARIES["query"]).redactions[0].sha256
    again = one.exchange(raw(headers=FORM, body=f"code={SIGNATURE}".encode())).redactions[0].sha256
    assert first == again
    assert other.exchange(CANARIES["query"]).redactions[0].sha256 != first


def test_a_secret_seen_once_is_found_again_anywhere() -> None:
    redactor = Redactor()
    redactor.exchange(CANARIES["password"])
    log, found = redactor.content(f"signing in with {SIGNATURE}!".encode(), "exhibit")
    assert SIGNATURE.encode() not in log
    assert found[0].kind == "password"


def test_everything_else_keeps_its_bytes() -> None:
    body = f'{{ "resourceType":"Bundle",\n"n": 13.50, "é": "{PERSONA}", "d": "2026"}}'.encode()
    exchange = raw(
        target=f"/fhir/Patient?identifier=urn%3Aoid|{PERSONA}&_count=%31",
        headers=[(b"X-MiXed", b"\xe9 v")],
        body=body,
        answer=b"\x00\xff%PDF",
    )
    found = redacted(exchange)
    assert found.request.body == body
    assert found.request.target.encode() == exchange.target
    assert found.request.headers == (("X-MiXed", "\xe9 v"),)
    assert found.response is not None
    assert found.response.body == b"\x00\xff%PDF"
    assert not found.redactions


def test_a_strangers_number_stays_a_number() -> None:
    found = redacted(raw(body=f'{{"at": {STRANGER}}}'.encode()))
    assert json.loads(found.request.body) == {"at": int("9" * 13)}


class Nowhere:
    """Describes nothing."""

    def exchange(self, raw: RawExchange, redacted: Redacted) -> Mapping[str, JsonValue]:
        del raw, redacted
        return {"case": None}

    def wire(self, raw: RawWire) -> Mapping[str, JsonValue]:
        del raw
        return {"case": None}


def _files(folder: Path) -> Iterator[bytes]:
    return (path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_no_canary_reaches_the_disk_by_any_way(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    redactor = Redactor(personas=frozenset({PERSONA.encode()}))

    async def work() -> None:
        writer = JournalWriter(folder=folder)
        with Recorder(writer, describe=Nowhere(), redactor=lambda _: redactor) as recorder:
            for exchange in CANARIES.values():
                recorder.exchange(exchange)
            big = json.dumps({"access_token": TOKEN, "fill": "x" * 300_000}).encode()
            recorder.exchange(raw(answer=big))
            head = f"GET /cb?code={SIGNATURE} HTTP/1.1\r\nCookie: a={SIGNATURE}\r\n\r\n{SIGNATURE}"
            recorder.wire(RawWire(at=1, kind=WireKind.HALF_SENT, detail="d", head=head.encode()))
            recorder.write(Kind.STEP, {"session": "s", "detail": f"refused {TOKEN}"})
            log = f"token {TOKEN} password {SIGNATURE} patient {STRANGER}".encode()
            await recorder.exhibit(
                RawExhibit(
                    session="s",
                    kind=ExhibitKind.LOG,
                    name="log.txt",
                    media_type="text/plain",
                    content=log,
                    mode=Mode.AUTOMATIC,
                    facts={"case": None},
                )
            )
            await recorder.settled()

    asyncio.run(work())
    for held in _files(folder):
        assert SIGNATURE.encode() not in held
        assert STRANGER.encode() not in held
    assert SIGNATURE not in caplog.text
    (log,) = [record.data for record in records(folder) if record.kind is Kind.EXHIBIT]
    assert content(folder, log["body"]).startswith(b"token redacted.")


def test_a_recorder_that_cannot_write_says_so(folder: Path) -> None:
    async def work() -> None:
        writer = JournalWriter(folder=folder)
        with Recorder(writer, describe=Nowhere(), redactor=lambda _: Redactor()) as recorder:
            writer.close()
            recorder.write(Kind.NOTE, {})
            await recorder.settled()

    with pytest.raises(Exception, match="Bad file descriptor"):
        asyncio.run(work())


@pytest.mark.parametrize("secret", [b"with_underscore", b"plainletters", jwt("x").encode()])
def test_a_secret_is_found_again_whatever_it_is_made_of(secret: bytes) -> None:
    redactor = Redactor()
    redactor.secrets.learn("code", secret)
    for around in (b"%b", b"a_b.c %b", b"." * 5000 + b"%b", b"{" + b"x" * 50_000 + b"%b}"):
        content, _ = redactor.content(around % secret, "exhibit")
        assert secret not in content
        assert b"redacted.code." in content


def test_a_forgotten_secret_is_sought_no_more_and_the_youngest_still_is() -> None:
    secrets = SessionSecrets()
    for number in range(MOST_SOUGHT + 1):
        secrets.learn("code", b"secret_%08d" % number)
    assert len(secrets.known()) == MOST_SOUGHT
    assert secrets.scrub(b"secret_%08d" % 0, "body")[1] == ()
    assert secrets.scrub(b"secret_%08d" % MOST_SOUGHT, "body")[1]


def test_digits_of_two_headers_are_no_number_together() -> None:
    found = redacted(raw(headers=[(b"A", STRANGER[:6].encode()), (b"B", STRANGER[6:].encode())]))
    assert found.redactions == ()
    assert [value for _, value in found.request.headers] == [STRANGER[:6], STRANGER[6:]]


def test_a_body_with_control_characters_is_kept_as_it_is(folder: Path) -> None:
    body = b'{"a":\n\t"\x00\x01 \\ \xc3\xab"}'
    with Recorder(
        JournalWriter(folder=folder), describe=Nowhere(), redactor=lambda _: Redactor()
    ) as recorder:
        recorder.exchange(
            raw(body=body, answer=body.replace(b"\n\t", b"").replace(b"\x00\x01", b""))
        )
    (record,) = records(folder)
    request, response = record.data["request"], record.data["response"]
    assert isinstance(request, dict)
    assert isinstance(response, dict)
    assert content(folder, request["body"]) == body
    assert content(folder, response["body"]) == b'{"a":" \\ \xc3\xab"}'
