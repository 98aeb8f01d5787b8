"""One request as a page sees it, whoever received it; knows no page and no service."""

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Self

from starlette.requests import Request

from reference_server.kernel.call import Call, Environment
from reference_server.kernel.intake import read_headers, read_query
from reference_server.kernel.language import CHOICE, Voice, asked_for, language_of
from reference_server.kernel.web.addresses import path_of, with_query
from reference_server.kernel.web.session import Session
from reference_server.text import Catalogue

_NONCE_BYTES: Final = 18


def new_nonce() -> str:
    """Return what no page before or after allows its own style and script with."""
    return base64.b64encode(secrets.token_bytes(_NONCE_BYTES)).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What is known of a visitor's request.

    `root` stands before every path of ours (`/integration`, or nothing), `path` is the whole path,
    `origin` is `https://host:port`. `session` is the visitor's where the page has sessions.
    """

    voice: Voice
    root: str
    path: str
    origin: str
    method: str = "GET"
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    session: Session | None = None
    nonce: str = field(default_factory=new_nonce)

    @property
    def language(self) -> str:
        """`fr`, `en` or `de`."""
        return self.voice.language

    @property
    def is_https(self) -> bool:
        """Whether cookies may be kept from connections that anybody can read."""
        return self.origin.startswith("https:")

    def text(self, message_id: str, **params: str | int) -> str:
        """Return a sentence in the visitor's language."""
        return self.voice.text(message_id, **params)

    def link(self, path: str, **query: object) -> str:
        """Return the address of one of our pages, in the language that this page's names."""
        pairs = [(name, str(value)) for name, value in query.items() if value not in (None, "")]
        named = asked_for(self.query)
        if named is not None and CHOICE not in query:
            pairs.append((CHOICE, named))
        return with_query(self.root + path, pairs)

    def in_language(self, language: str) -> str:
        """Return the address of this page in a language."""
        return self.here(**{CHOICE: language})

    def here(self, **query: object) -> str:
        """Return the address of this page with parts of its query changed; None takes one out."""
        kept = [(name, value) for name, value in self.query if name not in query]
        new = [(name, str(value)) for name, value in query.items() if value not in (None, "")]
        return with_query(path_of(self.path), [*kept, *new])

    def asked(self, name: str, default: str = "") -> str:
        """Return a parameter of the query; of several the first."""
        return next((value for key, value in self.query if key == name), default)

    def within(self, session: Session) -> Self:
        """Return the visit with the visitor's session, for its forms and flashes."""
        return replace(self, session=session)


def visit_of(call: Call[Environment]) -> Visit:
    """Return the visit of a service's call."""
    origin = call.world.base_url.removesuffix(f"/{call.world.name}")
    root = f"/{call.world.name}"
    return Visit(
        voice=call.voice,
        root=root,
        path=root + call.path,
        origin=origin,
        method=call.method,
        query=call.query,
        headers=call.headers,
        body=call.body,
    )


def visit_of_request(
    request: Request,
    body: bytes = b"",
    *,
    catalogue: Catalogue,
    request_id: str = "",
    root: str = "",
) -> Visit:
    """Return the visit of a Starlette request, whose body was read within limits."""
    headers, query = read_headers(request.scope), read_query(request.scope)
    voice = Voice(catalogue=catalogue, language=language_of(query, headers), request_id=request_id)
    return Visit(
        voice=voice,
        root=root,
        path=request.url.path,
        origin=f"{request.url.scheme}://{request.url.netloc}",
        method=request.method,
        query=query,
        headers=headers,
        body=body,
    )
