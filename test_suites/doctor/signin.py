"""Signs in exactly as the lab's players do, and says why that fails; asks no operation.

A server may answer alike for a client it does not know and for a key it does not know. What
tells them apart is a second try under a name that surely nobody has registered.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote, urlencode

from reference_server.national.identifiers import PRESCRIPTION_NUMBER
from reference_server.population.personas import Population
from scenarios.document import Place
from test_suites.doctor.answers import token_faults
from test_suites.doctor.door import Door
from test_suites.doctor.files import Credential
from test_suites.doctor.notebook import Fault, Faults, fault
from test_suites.engine.players import person, system
from test_suites.engine.players.issuer import AccessToken, Metadata, json_of
from test_suites.engine.players.make import LABORATORY_SCOPES, PRESCRIBER_SCOPES
from test_suites.engine.players.model import Address, Surroundings
from test_suites.engine.players.trouble import (
    Interrupted,
    SignInFailed,
    Trouble,
    Unreadable,
    Untrusted,
)
from test_suites.engine.players.wire import FORM, Wire

NO_PRESCRIPTION: Final = "B-0000-0000-0000"
CALLBACK: Final = "http://127.0.0.1/callback"
_CODES: Final[Mapping[str, str]] = {
    "invalid_client": "assertion-refused",
    "invalid_scope": "scope-refused",
    "invalid_target": "audience-refused",
    "unauthorized_client": "grant-refused",
    "unsupported_grant_type": "grant-refused",
    "unsupported_response_type": "grant-refused",
    "access_denied": "grant-refused",
}
_REFUSED_PAGES: Final = frozenset(f"login-page-{status}" for status in (400, 401, 403, 404))
_AGAIN: Final = frozenset(f"login-{status}" for status in (200, 400, 401, 403, 422))
_FORM_MISSING: Final = frozenset({"login-page-200", "login-form-method"})
_NOT_ALLOWED: Final = frozenset({401, 403})
_SERVER_ERROR: Final = 500
_SERVER_ERRORS: Final = ("-500", "-501", "-502", "-503", "-504")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """Where and as whom the lab signs in."""

    door: Door
    address: Address
    metadata: Metadata
    population: Population

    def scopes(self, credential: Credential) -> tuple[str, ...]:
        """Return what the lab will ask for as this persona."""
        is_person = credential.client.persona in self.population.practitioners
        return PRESCRIBER_SCOPES if is_person else LABORATORY_SCOPES

    def surroundings(self) -> Surroundings:
        """Return real time and real chance."""
        now = self.door.now
        return Surroundings(business_now=now, wire_now=now, random_bytes=secrets.token_bytes)


async def sign_in_faults(reception: Reception, credential: Credential) -> Faults:
    """Return why nobody can sign in as one persona, or what is wrong with the token."""
    async with reception.door.opened() as opened:
        wire = Wire(opened.client, reception.surroundings())
        try:
            if credential.private_jwk is None:
                if await _is_unknown(wire, reception, credential):
                    return (_unknown(credential),)
                token = await _person(wire, reception, credential)
            else:
                token = await _system(wire, reception, credential)
        except Trouble as trouble:
            found = fault_of(trouble, credential, strayed=opened.strayed)
            if found.cause == "assertion-refused" and await _says_the_same(
                wire, reception, credential, trouble
            ):
                return (_unknown(credential),)
            return (found,)
        wrong = tuple(
            token_faults(
                opened.token_answer(),
                scopes=reception.scopes(credential),
                audience=reception.address.fhir_base,
                place=(*credential.place, "client_id"),
            )
        )
        return wrong or await _use(wire, reception, credential, token)


async def _person(wire: Wire, reception: Reception, credential: Credential) -> AccessToken:
    return await person.sign_in(
        wire,
        reception.metadata,
        person.Person(
            client_id=credential.client.client_id,
            username=credential.client.username or "",
            password=credential.password,
            scopes=("openid", *reception.scopes(credential)),
        ),
        resource=reception.address.fhir_base,
        surroundings=reception.surroundings(),
    )


async def _system(wire: Wire, reception: Reception, credential: Credential) -> AccessToken:
    return await system.sign_in(
        wire,
        reception.metadata,
        system.System(
            client_id=credential.client.client_id,
            private_jwk=credential.private_jwk or {},
            scopes=reception.scopes(credential),
        ),
        resource=reception.address.fhir_base,
        surroundings=reception.surroundings(),
    )


async def _is_unknown(wire: Wire, reception: Reception, credential: Credential) -> bool:
    """Tell whether the token endpoint says that it does not know a person's client.

    It is shown a code that nobody issued: whom it knows, it tells that the code is wrong.
    """
    fields = {
        "grant_type": "authorization_code",
        "code": secrets.token_urlsafe(24),
        "redirect_uri": CALLBACK,
        "code_verifier": secrets.token_urlsafe(48),
        "client_id": credential.client.client_id,
    }
    headers = {"Accept": "application/json", "Content-Type": FORM}
    body = urlencode(fields).encode("ascii")
    answer = await wire.ask("POST", reception.metadata.token_endpoint, headers=headers, body=body)
    try:
        json_of(answer, "token")
    except SignInFailed as refused:
        return _code(refused) == "invalid_client"
    except Unreadable:
        return False
    return False


async def _says_the_same(
    wire: Wire, reception: Reception, credential: Credential, trouble: Trouble
) -> bool:
    """Tell whether a client that nobody registered is refused in the very same words."""
    stranger = f"equalis-doctor-{secrets.token_hex(6)}"
    client = credential.client.model_copy(update={"client_id": stranger})
    try:
        await _system(wire, reception, replace(credential, client=client))
    except Trouble as other:
        own = credential.client.client_id
        said = tuple(text.replace(stranger, own) for text in other.reasons)
        return (other.detail, said) == (trouble.detail, trouble.reasons)
    return False


def _unknown(credential: Credential) -> Fault:
    place: Place = (*credential.place, "client_id")
    return fault("client-unknown", place, client=credential.client.client_id)


def fault_of(trouble: Trouble, credential: Credential, *, strayed: list[str]) -> Fault:
    """Return the cause of a sign-in that failed; pure."""
    place: Place = (*credential.place, "client_id")
    client, said = credential.client.client_id, " · ".join(trouble.reasons) or "-"
    if strayed:
        return fault("endpoint-elsewhere", ("server", "base_url"), host=strayed[-1])
    match trouble:
        case Interrupted(detail="429"):
            return fault("sign-in-blocked", place, client=client, seconds=int(trouble.wait))
        case Interrupted(detail="500" | "502" | "503" | "504"):
            return fault("server-unavailable", place, url=client, status=trouble.detail)
        case Untrusted() | Interrupted():
            return fault("sign-in-unreadable", place, client=client, detail=trouble.detail)
        case SignInFailed():
            return _failed(trouble, credential, said=said)
    return fault("sign-in-unreadable", place, client=client, detail=trouble.detail)


def _failed(failed: SignInFailed, credential: Credential, *, said: str) -> Fault:
    client, detail = credential.client, failed.detail
    place: Place = (*credential.place, "client_id")
    if (code := _CODES.get(_code(failed))) is not None:
        key = credential.private_jwk is not None and code == "assertion-refused"
        where: Place = (*credential.place, "private_jwk_file") if key else place
        return fault(code, where, client=client.client_id, said=said)
    if detail in _REFUSED_PAGES:
        return fault("redirect-uri-refused", place, client=client.client_id, uri=CALLBACK)
    if detail in _AGAIN:
        where = (*credential.place, "password_file")
        return fault("password-wrong", where, username=client.username or "-")
    if detail.endswith(_SERVER_ERRORS):
        return fault("server-unavailable", place, url=client.client_id, status=detail[-3:])
    if detail in _FORM_MISSING:
        return fault("login-form-missing", place, client=client.client_id)
    unreadable = detail.startswith("token-")
    cause = "sign-in-unreadable" if unreadable else "sign-in-against-protocol"
    return fault(cause, place, client=client.client_id, detail=f"{detail} {said}")


def _code(failed: SignInFailed) -> str:
    """Return the error code of a refusal: told to the browser, or by the token endpoint."""
    if failed.detail.startswith("token-") and failed.reasons:
        return failed.reasons[0].partition(":")[0]
    return failed.detail


async def _use(
    wire: Wire, reception: Reception, credential: Credential, token: AccessToken
) -> Faults:
    """Show the token to the FHIR API: look for a prescription that cannot be there."""
    query = quote(f"{PRESCRIPTION_NUMBER}|{NO_PRESCRIPTION}", safe="")
    url = f"{reception.address.fhir_base}/Task?identifier={query}"
    headers = {"Accept": "application/fhir+json", "Authorization": f"Bearer {token.token}"}
    try:
        answer = await wire.send("GET", url, headers=headers)
    except Trouble as trouble:
        return (fault_of(trouble, credential, strayed=[]),)
    place: Place = (*credential.place, "client_id")
    if answer.status_code in _NOT_ALLOWED:
        client = credential.client.client_id
        return (fault("token-not-accepted", place, client=client, status=answer.status_code),)
    if answer.status_code >= _SERVER_ERROR:
        path = url.partition("?")[0]
        return (fault("server-unavailable", place, url=path, status=answer.status_code),)
    return ()
