"""Examines a server under test, from its name to a token that opens its API."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx

from scenarios.document import Place
from test_suites.doctor.answers import (
    ENDPOINTS,
    FHIR_JSON,
    Answer,
    clock_faults,
    discovery_faults,
    general_faults,
    metadata_faults,
)
from test_suites.doctor.around import Surroundings
from test_suites.doctor.door import Door, unanswered
from test_suites.doctor.files import (
    Credential,
    credentials,
    may_ask,
    persona_faults,
    trust_of,
)
from test_suites.doctor.network import (
    SECONDS,
    Target,
    reach,
    reach_proxy,
    resolve,
    secure,
    target_of,
)
from test_suites.doctor.notebook import Fault, Faults, Notebook, fault
from test_suites.doctor.signin import Reception, sign_in_faults
from test_suites.doctor.threads import in_thread
from test_suites.engine.foreign import REALM
from test_suites.engine.players.issuer import Metadata
from test_suites.engine.players.model import Address
from test_suites.engine.route import AuthorityError, foreign_context, proxy_for
from test_suites.subjects.model import Subject
from test_suites.subjects.reader import host_of

HERE: Final[Place] = ("server", "base_url")
NETWORK: Final = ("proxy", "name", "port", "tls")
SPEECH: Final = ("http", "server-clock", "discovery", "metadata", "sign-in")
WELL_KNOWN: Final = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Server:
    """Owns what is known of the server before it is asked."""

    notebook: Notebook
    subject: Subject
    address: Address
    target: Target
    door: Door
    around: Surroundings
    clients: tuple[Credential, ...]


async def examine_server(
    notebook: Notebook,
    subject: Subject,
    folder: Path,
    *,
    around: Surroundings,
    unreadable: frozenset[Place],
    allowed: bool,
) -> None:
    """Examine a server; `unreadable` are the places of files that are told already."""
    notebook.enter("personas", "", tuple(persona_faults(subject, around.population)))
    clients = credentials(subject, folder)
    for client in clients:
        notebook.keep_secret(client.secrets())
    told = (each for client in clients for each in client.faults)
    notebook.enter("credentials", "", tuple(one for one in told if one.place not in unreadable))
    trust_pem, wrong = trust_of(subject, folder)
    if ("server", "trust_pem") in unreadable:
        notebook.skip("authorities")
        trusted = False
    else:
        wrong = (*wrong, *_extra_faults(trust_pem, around))
        trusted = notebook.enter("authorities", "", wrong)
    server = _server(notebook, subject, trust_pem=trust_pem, clients=clients, around=around)
    secured = server.address.base_url.startswith("https:")
    if not allowed:
        _skip(notebook, (*NETWORK, *SPEECH))
    elif not await _reached(server) or not trusted:
        _skip(notebook, (*(("tls",) if secured else ()), *SPEECH))
    elif secured and not await _is_secure(server):
        _skip(notebook, SPEECH)
    else:
        await _speak(server)


def _skip(notebook: Notebook, checks: tuple[str, ...]) -> None:
    for check in checks:
        notebook.skip(check)


def _extra_faults(trust_pem: str, around: Surroundings) -> Iterator[Fault]:
    try:
        foreign_context(trust_pem, around.environ)
    except AuthorityError as error:
        yield fault("extra-ca-unusable", variable=error.variable, file=error.file)


def _server(
    notebook: Notebook,
    subject: Subject,
    *,
    trust_pem: str,
    clients: tuple[Credential, ...],
    around: Surroundings,
) -> _Server:
    base = "" if subject.server is None else subject.server.base_url.rstrip("/")
    today = around.now().date()
    return _Server(
        notebook=notebook,
        subject=subject,
        address=Address(base_url=base, issuer=base + REALM, fhir_base=_fhir_base(subject, base)),
        target=target_of(base, proxy_for(base, around.environ)),
        door=Door(
            trust_pem=trust_pem,
            environ=around.environ,
            allows=lambda host: may_ask(host, subject, today=today),
            now=around.now,
        ),
        around=around,
        clients=clients,
    )


def _fhir_base(subject: Subject, base: str) -> str:
    told = None if subject.server is None else subject.server.fhir_url
    return (told or f"{base}/fhir").rstrip("/")


async def _reached(server: _Server) -> bool:
    """Find the way as far as an open connection."""
    notebook, target = server.notebook, server.target
    if target.proxy is not None:
        probe = in_thread(partial(reach_proxy, target.proxy))
        if not await notebook.ask("proxy", "", probe):
            notebook.skip("port", target.name)
            return False
        if not server.address.base_url.startswith("https:"):
            return True  # plain requests are handed to the proxy, which reaches the port itself
    elif not await notebook.ask("name", target.host, _resolved(target.host), HERE):
        notebook.skip("port", target.name)
        return False
    return await notebook.ask("port", target.name, in_thread(partial(reach, target)), HERE)


async def _is_secure(server: _Server) -> bool:
    context = foreign_context(server.door.trust_pem, server.around.environ)
    declared = server.subject.server
    named = declared is not None and declared.trust_pem is not None
    trust: Place = ("server", "trust_pem") if named else ("server",)
    probe = partial(secure, server.target, context, now=server.around.now(), trust=trust)
    return await server.notebook.ask("tls", server.target.name, in_thread(probe), HERE)


async def _resolved(host: str) -> Faults:
    try:
        async with asyncio.timeout(SECONDS):
            return await in_thread(partial(resolve, host))
    except TimeoutError:
        return (fault("name-unresolvable", HERE, host=host),)


async def _speak(server: _Server) -> None:
    """Ask the issuer, the API, and for a token as each client."""
    notebook, url = server.notebook, server.address.issuer + WELL_KNOWN
    if server.subject.asks_nobody_to_sign_in():
        found = await notebook.faults(_metadata(server), HERE)
        notebook.enter("metadata", f"{server.address.fhir_base}/metadata", found)
        return
    asked = server.around.now()
    answer, faults = await _answer(server, url, accept="application/json")
    answered = server.around.now()
    if answer is None:
        notebook.enter("http", server.target.name, faults)
        _skip(notebook, SPEECH[1:])
        return
    if not notebook.enter("http", server.target.name, tuple(general_faults(answer))):
        _skip(notebook, SPEECH[1:])
        return
    off = tuple(clock_faults(answer, asked=asked, answered=answered))
    on_time = notebook.enter("server-clock", server.target.host, off)
    wrong = tuple(discovery_faults(answer, issuer=server.address.issuer))
    wrong = wrong or tuple(_elsewhere(answer, server))
    discovered = notebook.enter("discovery", url, wrong)
    reception = _reception(answer, server) if discovered and on_time else None
    able = [one for one in server.clients if reception is not None and not one.faults]
    signing = [] if reception is None else [sign_in_faults(reception, one) for one in able]
    told = await asyncio.gather(
        notebook.faults(_metadata(server), HERE),
        *(notebook.faults(one, who.place) for one, who in zip(signing, able, strict=True)),
    )
    notebook.enter("metadata", f"{server.address.fhir_base}/metadata", told[0])
    for client, found in zip(able, told[1:], strict=True):
        notebook.enter("sign-in", client.client.persona, found)
    for client in server.clients:
        if client not in able:
            notebook.skip("sign-in", client.client.persona)


async def _answer(server: _Server, url: str, *, accept: str) -> tuple[Answer | None, Faults]:
    """Return the answer of an address, or why none came."""
    try:
        async with asyncio.timeout_at(server.notebook.ends):
            return await server.door.get(url, accept=accept), ()
    except httpx.RequestError as error:
        found = await in_thread(partial(unanswered, error, url, server.target))
        return None, (found,)
    except TimeoutError:
        return None, (fault("out-of-time", HERE),)


async def _metadata(server: _Server) -> Faults:
    url = f"{server.address.fhir_base}/metadata"
    answer, faults = await _answer(server, url, accept=FHIR_JSON)
    if answer is None:
        return faults
    role = server.subject.role("service")
    claimed = role.capabilities if role is not None else ()
    general = tuple(general_faults(answer))
    return general or tuple(metadata_faults(answer, capabilities=claimed))


def _elsewhere(answer: Answer, server: _Server) -> Iterator[Fault]:
    """Yield a fault for an endpoint at a host that nobody allows."""
    told = answer.value()
    known = told if isinstance(told, dict) else {}
    for name in ENDPOINTS:
        host = host_of(str(known.get(name))) or urlsplit(server.address.base_url).hostname or ""
        if not server.door.allows(host):
            yield fault("endpoint-elsewhere", HERE, host=host)
            return


def _reception(answer: Answer, server: _Server) -> Reception:
    """Return how to sign in; the discovery document was found good."""
    told = answer.value()
    known = told if isinstance(told, dict) else {}
    return Reception(
        door=server.door,
        address=server.address,
        metadata=Metadata(
            issuer=server.address.issuer,
            authorization_endpoint=str(known["authorization_endpoint"]),
            token_endpoint=str(known["token_endpoint"]),
            jwks_uri=str(known["jwks_uri"]),
            names_itself=known.get("authorization_response_iss_parameter_supported") is True,
        ),
        population=server.around.population,
    )
