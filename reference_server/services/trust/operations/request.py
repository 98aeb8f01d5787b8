"""Checking an authorisation request (OpenID Connect Core §3.1.2, RFC 9126); keeps none."""

import re
from collections.abc import Mapping

from reference_server.services.trust import rules
from reference_server.services.trust.errors import (
    InvalidRequest,
    RegistrationNotSupported,
    RequestNotSupported,
    RequestUriNotSupported,
    UnauthorizedClient,
    UnsupportedResponseType,
)
from reference_server.services.trust.model import AuthorizationRequest, Client, Wishes
from reference_server.services.trust.operations.context import issuer_of
from reference_server.services.trust.operations.hint import read_hint
from reference_server.text import LANGUAGES
from reference_server.world import Call

PUSHED_PREFIX = "urn:ietf:params:oauth:request_uri:"
_LONGEST_VALUE = 2048
_LONGER_VALUES: Mapping[str, int] = {"id_token_hint": 8192, "claims": 8192}
_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}")


def check_request(
    call: Call,
    params: Mapping[str, str],
    client: Client,
    *,
    redirect_uri: str,
    is_pushed: bool,
) -> AuthorizationRequest:
    """Return a request that may be put before a person; raises OAuthRefusal."""
    _check_lengths(params)
    _check_kind(params, client, is_pushed=is_pushed)
    claims = rules.check_claims(params.get("claims"))
    return AuthorizationRequest(
        client_id=client.client_id,
        redirect_uri=redirect_uri,
        response_mode=rules.check_response_mode(params.get("response_mode")),
        code_challenge=rules.check_code_challenge(
            params.get("code_challenge"), params.get("code_challenge_method")
        ),
        scopes=rules.check_scope(params.get("scope"), client.scopes),
        resource=rules.check_resource(
            # SMART App Launch 2.2 §3.1.5 calls it `aud`.
            params.get("resource", params.get("aud")),
            issuer_of(call).resources,
        ),
        state=params.get("state"),
        nonce=params.get("nonce"),
        wishes=_wishes(call, params, client, claims),
        id_token_claims=claims.id_token,
        userinfo_claims=claims.userinfo,
        key=_key(params.get("dpop_jkt")),
    )


def _check_lengths(params: Mapping[str, str]) -> None:
    for name, value in params.items():
        if len(value) > _LONGER_VALUES.get(name, _LONGEST_VALUE):
            raise InvalidRequest("parameter-too-long")


def _check_kind(params: Mapping[str, str], client: Client, *, is_pushed: bool) -> None:
    if "request" in params:
        raise RequestNotSupported("request-object")
    if "request_uri" in params:
        raise RequestUriNotSupported("request-uri")
    if "registration" in params:
        raise RegistrationNotSupported("registration")
    if params.get("response_type") is None:
        raise InvalidRequest("response-type-missing")
    if params["response_type"] != "code":
        raise UnsupportedResponseType("response-type")
    if client.systems_only:
        raise UnauthorizedClient("systems-only")
    if (client.binding.pushed or client.binding.fapi) and not is_pushed:
        raise InvalidRequest("pushed-only")


def _wishes(
    call: Call, params: Mapping[str, str], client: Client, claims: rules.ClaimsWanted
) -> Wishes:
    max_age = rules.check_max_age(params.get("max_age"))
    subject = _subject(call, params.get("id_token_hint"), claims.subject)
    return Wishes(
        prompt=rules.check_prompt(params.get("prompt")),
        max_age=client.default_max_age if max_age is None else max_age,
        levels=claims.levels or tuple(params.get("acr_values", "").split()),
        essential=claims.essential,
        subject=subject,
        login_hint=params.get("login_hint", "")[:64],
        language=_language(params.get("ui_locales", "")),
    )


def _subject(call: Call, hint: str | None, claimed: str | None) -> str | None:
    """Return the only person that may answer."""
    if hint is None:
        return claimed
    read = read_hint(call.world, hint)
    if read is None or claimed not in {None, read.subject}:
        raise InvalidRequest("id-token-hint")
    return read.subject


def _language(locales: str) -> str | None:
    """Return the first language of `ui_locales` that we speak."""
    spoken = (tag.partition("-")[0].lower() for tag in locales.split())
    return next((language for language in spoken if language in LANGUAGES), None)


def _key(thumbprint: str | None) -> str | None:
    if thumbprint is not None and not _THUMBPRINT.fullmatch(thumbprint):
        raise InvalidRequest("dpop-key")
    return thumbprint
