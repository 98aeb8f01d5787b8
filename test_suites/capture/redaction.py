"""Takes the secrets out of a message so that it can still be judged; decides no verdict.

Everything else stays as it was, byte for byte. A compressed body is kept decoded, because a
secret cannot be found in it otherwise; one that cannot be read at all is taken out whole
where it could hold secrets.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from test_suites.capture.fields import Notes, redact_header, redact_json, redact_pairs
from test_suites.capture.people import Hidden, hide_strangers
from test_suites.capture.raw import RawExchange, RawHeaders
from test_suites.capture.secrets import SessionSecrets
from test_suites.core.message import Redaction, Request, Response, Token

Verify: TypeAlias = Callable[[str], bool | None]
"""Tells whether a compact JWT's signature is right; None where its key is not known."""

LARGEST_DECODED = 32 * 1024 * 1024
_WINDOW = {b"gzip": 31, b"x-gzip": 31, b"deflate": 15}
_FORM = b"application/x-www-form-urlencoded"
_JSON = b"json"


def cannot_tell(_token: str) -> bool | None:
    """Verify nothing: no key is known."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Redacted:
    """A message pair without its secrets, and what was taken out.

    `request_plain` and `response_plain` tell that a body holds no control character.
    """

    request: Request
    response: Response | None
    redactions: tuple[Redaction, ...]
    tokens: tuple[Token, ...]
    request_plain: bool = False
    response_plain: bool = False


@dataclass(slots=True, kw_only=True)
class Redactor:
    """Owns the secrets of one session and the matricules that may be shown."""

    personas: frozenset[bytes] = frozenset()
    verify: Verify = cannot_tell
    secrets: SessionSecrets = field(default_factory=SessionSecrets)
    _valid: dict[str, bool | None] = field(default_factory=dict)

    def exchange(self, raw: RawExchange) -> Redacted:
        """Return the exchange as it may be written down."""
        notes = Notes(secrets=self.secrets, verify=self._cached_verify)
        path, mark, query = raw.target.partition(b"?")
        target = path + mark + redact_pairs(query, "query", notes) if mark else path
        asked = [redact_header(name, value, notes) for name, value in raw.headers]
        body = self._body(raw.headers, raw.body, notes)
        answered = [redact_header(name, value, notes) for name, value in raw.response_headers]
        answer = self._body(raw.response_headers, raw.response_body, notes)
        # Last, because bodies teach secrets that may stand here too.
        if not self._is_clean(target, asked, answered):
            answered = self._headers(answered, notes)
            target = self.text(target, "target", notes)
            asked = self._headers(asked, notes)
        return Redacted(
            request=Request(
                method=raw.method,
                target=target.decode("latin-1"),
                headers=_decoded_pairs(asked),
                body=body.content,
            ),
            response=None
            if raw.status is None
            else Response(status=raw.status, headers=_decoded_pairs(answered), body=answer.content),
            redactions=tuple(dict.fromkeys(notes.redactions)),
            tokens=tuple(notes.tokens),
            request_plain=body.plain,
            response_plain=answer.plain,
        )

    def content(self, content: bytes, where: str) -> tuple[bytes, tuple[Redaction, ...]]:
        """Return an exhibit's or a raw head's bytes as they may be written down."""
        notes = Notes(secrets=self.secrets, verify=self._cached_verify)
        return self.text(content, where, notes), tuple(notes.redactions)

    def wire_head(self, head: bytes) -> tuple[bytes, tuple[Redaction, ...]]:
        """Return a raw request head as it may be written down; what follows it is left out."""
        notes = Notes(secrets=self.secrets, verify=self._cached_verify)
        first, *lines = head.partition(b"\r\n\r\n")[0].split(b"\r\n")
        path, mark, query = first.partition(b"?")
        kept = [redact_pairs(path, "query", notes) + mark + redact_pairs(query, "query", notes)]
        for line in lines:
            name, colon, value = line.partition(b":")
            kept.append(name + colon + redact_header(name.strip(), value, notes)[1])
        return self.text(b"\r\n".join(kept), "wire", notes), tuple(notes.redactions)

    def text(self, content: bytes, where: str, notes: Notes) -> bytes:
        """Replace known secrets, JWTs and strangers' matricules wherever they stand."""
        return self._hidden(content, where, notes).content

    def _hidden(self, content: bytes, where: str, notes: Notes) -> Hidden:
        content, found = self.secrets.scrub(content, where)
        notes.redactions.extend(found)
        hidden = hide_strangers(content, self.personas)
        notes.redactions.extend(
            self.secrets.redaction(where, "matricule", stranger) for stranger in hidden.numbers
        )
        return hidden

    def _is_clean(self, target: bytes, *headers: RawHeaders) -> bool:
        """Tell whether `text` would leave all of these as they are, by one search of them all.

        What stands in one of them stands in their sum too, and a line's end joins no digits.
        """
        joined = b"\n".join([target, *(value for each in headers for _, value in each)])
        notes = Notes(secrets=self.secrets, verify=self._cached_verify)
        return self.text(joined, "head", notes) == joined

    def _headers(self, headers: RawHeaders, notes: Notes) -> RawHeaders:
        return [(name, self.text(value, _place(name), notes)) for name, value in headers]

    def _body(self, headers: RawHeaders, body: bytes, notes: Notes) -> Hidden:
        if not body:
            return Hidden(content=body, numbers=(), plain=True)
        encoding = _header(headers, b"content-encoding")
        if encoding not in (b"", b"identity"):
            decoded = _decoded(body, encoding)
            kind = "content-encoding" if decoded is not None else "unreadable"
            notes.redactions.append(self.secrets.redaction("body", kind, body))
            body = self.secrets.placeholder(kind, body) if decoded is None else decoded
        media_type = _header(headers, b"content-type")
        if media_type.startswith(_FORM):
            body = redact_pairs(body, "form", notes)
        elif _may_name_token(body, media_type):
            body = redact_json(body, notes)
        elif b"\0" in body and _JSON in media_type:
            notes.redactions.append(self.secrets.redaction("body", "unreadable", body))
            body = self.secrets.placeholder("unreadable", body)
        return self._hidden(body, "body", notes)

    def _cached_verify(self, token: str) -> bool | None:
        if token not in self._valid:
            if len(self._valid) > LARGEST_CACHE:
                self._valid.clear()
            self._valid[token] = self.verify(token)
        return self._valid[token]


LARGEST_CACHE = 1000


def _may_name_token(body: bytes, media_type: bytes) -> bool:
    """Tell whether a JSON member may be a token; one byte is sought first, which costs little."""
    if b"_" in body and (b"_token" in body or b"_secret" in body):
        return True
    return b"\\" in body and _JSON in media_type and b"\\u" in body


def _decoded_pairs(headers: RawHeaders) -> tuple[tuple[str, str], ...]:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)


def _place(name: bytes) -> str:
    return f"header:{name.decode('latin-1').lower()}"


def _header(headers: RawHeaders, name: bytes) -> bytes:
    values = (value for key, value in headers if key.lower() == name)
    return next(values, b"").strip().lower()


def _decoded(body: bytes, encoding: bytes) -> bytes | None:
    window = _WINDOW.get(encoding)
    if window is None:
        return None
    stream = zlib.decompressobj(wbits=window)
    try:
        decoded = stream.decompress(body, LARGEST_DECODED)
    except zlib.error:
        return None
    return None if stream.unconsumed_tail else decoded
