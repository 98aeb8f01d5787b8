"""The registration office as an API: JSON in and out, a token for each request."""

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import msgspec
from starlette.responses import Response

from reference_server.kernel.body import parse_object
from reference_server.kernel.errors import MediaTypeUnsupported, ScopeInsufficient, TokenMissing
from reference_server.kernel.route import Handler, Route, Router
from reference_server.kernel.terms import FHIR_MEDIA_TYPE, JSON_MEDIA_TYPE, Terms
from reference_server.services.certificates.errors import (
    ApplicationFaulty,
    ApplicationStateWrong,
    ApplicationUnknown,
)
from reference_server.services.certificates.model.life import CertificateAct
from reference_server.services.certificates.model.records import Application, Issued, Letter
from reference_server.services.certificates.operations.authority import make_key
from reference_server.services.certificates.operations.office import applications, delivery
from reference_server.services.certificates.router.problem import render
from reference_server.services.certificates.router.public import ready
from reference_server.world import Call, World

_LIMIT: Final = 64 * 1024
_NAMES: Final = ("family", "key", "csr", "email", "renews")


async def apply(call: Call) -> Response:
    """Put in an application for a certificate of one's own."""
    told = _told(call)
    given = {name: _text(told, name) for name in _NAMES if name in told}
    if "family" not in given:
        raise ApplicationFaulty(field="family")
    wish = applications.Wish(**given, names=_texts(told, "names"))
    made = applications.apply(call, wish)
    answer = _json(_application(made), status=201)
    answer.headers["Location"] = f"{call.world.base_url}/certificates/applications/{made.id}"
    return answer


async def every(call: Call) -> Response:
    """Tell one's own applications; an officer all of them."""
    return _json({"applications": [_application(each) for each in applications.applications(call)]})


async def one(call: Call) -> Response:
    """Tell how an application stands."""
    return _json(_application(applications.application(call, call.path_values["id"])))


async def identify(call: Call) -> Response:
    """Record the proof of the applicant's identity (an officer)."""
    proof = _text(_told(call), "proof")
    return _json(_application(applications.identify(call, call.path_values["id"], proof=proof)))


async def approve(call: Call) -> Response:
    """Approve an application that another officer identified."""
    return _json(_application(applications.approve(call, call.path_values["id"])))


async def reject(call: Call) -> Response:
    """Refuse an application, with the reason (an officer)."""
    reason = _text(_told(call), "reason")
    return _json(_application(applications.reject(call, call.path_values["id"], reason=reason)))


async def withdraw(call: Call) -> Response:
    """Take one's own application back."""
    return _json(_application(applications.withdraw(call, call.path_values["id"])))


async def deliver(call: Call) -> Response:
    """Take the certificate; where the key was made here, as PKCS#12 with its password, once."""
    await ready(call)
    kind = delivery.needs_key(call, call.path_values["id"])
    key = None if kind is None else await asyncio.to_thread(make_key, kind)
    handed = delivery.deliver(call, call.path_values["id"], key=key)
    told: dict[str, object] = {
        "certificate": _certificate(handed.issued),
        "chain": handed.chain.decode(),
    }
    if handed.pkcs12 is not None:
        told["pkcs12"] = base64.b64encode(handed.pkcs12).decode()
        told["password"] = handed.password
    return _json(told)


async def certificates(call: Call) -> Response:
    """Tell one's own certificates; an officer the latest of all."""
    return _json({"certificates": [_certificate(each) for each in delivery.held(call)]})


async def certificate(call: Call) -> Response:
    """Tell one's own certificate; an officer any."""
    return _json(_certificate(delivery.certificate(call, call.path_values["serial"])))


async def suspend(call: Call) -> Response:
    """Suspend a certificate (certificateHold)."""
    return _changed(call, CertificateAct.SUSPEND)


async def lift(call: Call) -> Response:
    """Lift a suspension (an officer)."""
    return _changed(call, CertificateAct.LIFT)


async def revoke(call: Call) -> Response:
    """Revoke a certificate for ever, with the reason."""
    return _changed(call, CertificateAct.REVOKE, reason=_text(_told(call), "reason"))


async def letters(call: Call) -> Response:
    """Tell what the office wrote; no mail leaves it."""
    return _json({"letters": [_letter(call, each) for each in applications.letters(call)]})


def _changed(call: Call, act: CertificateAct, *, reason: str | None = None) -> Response:
    changed = delivery.change_state(call, call.path_values["serial"], act, reason=reason)
    return _json(_certificate(changed))


def _told(call: Call) -> Mapping[str, object]:
    declared = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared != JSON_MEDIA_TYPE:
        raise MediaTypeUnsupported(media_type=declared[:80])
    return parse_object(call.body)


def _text(told: Mapping[str, object], name: str) -> str:
    value = told.get(name)
    if not isinstance(value, str):
        raise ApplicationFaulty(field=name)
    return value


def _texts(told: Mapping[str, object], name: str) -> tuple[str, ...]:
    value = told.get(name, [])
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ApplicationFaulty(field=name)
    return tuple(value)


def _application(kept: Application) -> dict[str, object]:
    told: dict[str, object] = {
        "id": kept.id,
        "state": kept.state,
        "family": kept.family,
        "applicant": kept.applicant,
        "holder": {
            "common_name": kept.holder.common_name,
            "ehealth_id": kept.holder.ehealth_id,
            "profession": kept.holder.profession,
            "names": kept.holder.names,
        },
        "made_at": kept.made_at.isoformat(),
        "key": "yours" if kept.csr else kept.key,
    }
    further = {
        "renews": kept.renews,
        "proof": kept.proof,
        "identified_by": kept.identified_by,
        "approved_by": kept.approved_by,
        "reason": kept.reason,
        "serial": kept.serial,
    }
    return told | {name: value for name, value in further.items() if value is not None}


def _certificate(kept: Issued) -> dict[str, object]:
    return {
        "serial": kept.serial,
        "family": kept.family,
        "subject": kept.subject,
        "ehealth_id": kept.ehealth_id,
        "not_before": kept.not_before.isoformat(),
        "not_after": kept.not_after.isoformat(),
        "state": kept.state,
        "reason": kept.reason,
        "pem": kept.pem,
    }


def _letter(call: Call, kept: Letter) -> dict[str, object]:
    return {
        "number": kept.number,
        "at": kept.at.isoformat(),
        "to": kept.to,
        "text": call.voice.text(kept.message_id, **dict(kept.params)),
    }


def _json(told: Mapping[str, object], *, status: int = 200) -> Response:
    return Response(msgspec.json.encode(told), status_code=status, media_type=JSON_MEDIA_TYPE)


_TERMS: Final = Terms(
    writes=(JSON_MEDIA_TYPE,), says_no=(FHIR_MEDIA_TYPE,), needs_token=True
).refusing(TokenMissing, ScopeInsufficient, ApplicationUnknown)
_CHANGES: Final = replace(_TERMS, reads=(JSON_MEDIA_TYPE,)).refusing(
    ApplicationFaulty, ApplicationStateWrong, MediaTypeUnsupported
)


def _get(path: str, handler: Handler[World], action: str) -> Route[World]:
    return Route(method="GET", path=path, handler=handler, action=action, to_all=True)


def _post(path: str, handler: Handler[World], action: str, terms: Terms = _CHANGES) -> Route[World]:
    return Route(
        method="POST",
        path=path,
        handler=handler,
        action=action,
        body_limit=_LIMIT,
        terms=terms,
        to_all=True,
    )


OFFICE: Router[World] = Router(
    prefix="/certificates",
    render=render,
    terms=_TERMS,
    routes=(
        _get("", certificates, "list-certificates"),
        _get("/applications", every, "list-applications"),
        _post("/applications", apply, "apply-certificate", replace(_CHANGES, success=201)),
        _get("/applications/{id}", one, "read-application"),
        _post("/applications/{id}/identify", identify, "identify-applicant"),
        _post("/applications/{id}/approve", approve, "approve-application"),
        _post("/applications/{id}/reject", reject, "reject-application"),
        _post("/applications/{id}/withdraw", withdraw, "withdraw-application"),
        _post("/applications/{id}/deliver", deliver, "deliver-certificate"),
        _get("/letters", letters, "read-letters"),
        _get("/{serial}", certificate, "read-certificate"),
        _post("/{serial}/suspend", suspend, "suspend-certificate"),
        _post("/{serial}/lift", lift, "lift-certificate"),
        _post("/{serial}/revoke", revoke, "revoke-certificate"),
    ),
)
