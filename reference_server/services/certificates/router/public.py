"""What everybody may fetch, without token or certificate: issuers, lists, OCSP (RFC 5280, 6960)."""

import asyncio
import base64
import binascii
from dataclasses import replace

from cryptography.hazmat.primitives.serialization import Encoding
from starlette.responses import Response

from reference_server.kernel.route import Route, Router
from reference_server.kernel.terms import FHIR_MEDIA_TYPE, Terms
from reference_server.services.certificates.errors import CertificateUnknown, StatusUnavailable
from reference_server.services.certificates.operations.authority import ISSUING, ROOT, Authority
from reference_server.services.certificates.operations.provided import (
    ANSWERS_OUT,
    LISTS_OUT,
    authority_of,
)
from reference_server.services.certificates.operations.status import OCSP_LIFE, crl, ocsp_answer
from reference_server.services.certificates.router.problem import render
from reference_server.world import Call, World

_CERTIFICATE, _LIST = "application/pkix-cert", "application/pkix-crl"
_ASKED, _ANSWER = "application/ocsp-request", "application/ocsp-response"
_PEM = "application/x-pem-file"
_OCSP_LIMIT = 16 * 1024
# A list or an answer may be as old as this, so that a revocation is known within a minute.
_FRESH = f"public, max-age={OCSP_LIFE.seconds // 2}, no-transform, must-revalidate"
_DAY = "public, max-age=86400"


async def issuer(call: Call) -> Response:
    """Return the certificate of the root or of the issuing authority (DER)."""
    authority = await ready(call)
    signers = {ROOT: authority.root, ISSUING: authority.issuing}
    found = signers.get(call.path_values["issuer"])
    if found is None:
        raise CertificateUnknown(serial=call.path_values["issuer"][:40])
    der = found.certificate.public_bytes(Encoding.DER)
    return Response(der, media_type=_CERTIFICATE, headers={"Cache-Control": _DAY})


async def bundle(call: Call) -> Response:
    """Return what clients of this environment trust (PEM)."""
    authority = await ready(call)
    return Response(authority.bundle, media_type=_PEM, headers={"Cache-Control": _DAY})


async def revoked(call: Call) -> Response:
    """Return the list of revoked certificates of the root or of the issuing authority (DER)."""
    if call.world.state.get(LISTS_OUT):
        raise StatusUnavailable
    name = call.path_values["issuer"]
    if name not in {ROOT, ISSUING}:
        raise CertificateUnknown(serial=name[:40])
    der = crl(call.world, await ready(call), name)
    return Response(der, media_type=_LIST, headers={"Cache-Control": _FRESH})


async def ocsp_post(call: Call) -> Response:
    """Answer an OCSP request in the body (RFC 6960 §A.1)."""
    return await _answer(call, call.body)


async def ocsp_get(call: Call) -> Response:
    """Answer an OCSP request in the path, in base64 (RFC 6960 §A.1)."""
    try:
        asked = base64.b64decode(call.path_values["request"], validate=True)
    except (binascii.Error, ValueError):
        asked = b""
    return await _answer(call, asked)


async def _answer(call: Call, asked: bytes) -> Response:
    if call.world.state.get(ANSWERS_OUT):
        raise StatusUnavailable
    der = ocsp_answer(call.world, await ready(call), asked)
    return Response(der, media_type=_ANSWER, headers={"Cache-Control": _FRESH})


async def ready(call: Call) -> Authority:
    """Return the World's authority; its keys are made beside, for RSA takes seconds."""
    authority = authority_of(call.world)
    if not authority.is_made:
        await asyncio.to_thread(lambda: authority.issuing)
    return authority


_OPEN = Terms(says_no=(FHIR_MEDIA_TYPE,)).refusing(CertificateUnknown)
_STATUS = _OPEN.refusing(StatusUnavailable)
ROUTER: Router[World] = Router(
    prefix="/pki",
    render=render,
    terms=_OPEN,
    routes=(
        Route(
            method="GET",
            path="/{issuer}.cer",
            handler=issuer,
            terms=replace(_OPEN, writes=(_CERTIFICATE,)),
            to_all=True,
        ),
        Route(
            method="GET",
            path="/trust.pem",
            handler=bundle,
            terms=replace(_OPEN, writes=(_PEM,)),
            to_all=True,
        ),
        Route(
            method="GET",
            path="/{issuer}.crl",
            handler=revoked,
            terms=replace(_STATUS, writes=(_LIST,)),
            to_all=True,
        ),
        Route(
            method="POST",
            path="/ocsp",
            handler=ocsp_post,
            body_limit=_OCSP_LIMIT,
            terms=replace(_STATUS, reads=(_ASKED,), writes=(_ANSWER,)),
            to_all=True,
        ),
        Route(
            method="GET",
            path="/ocsp/{request:path}",
            handler=ocsp_get,
            terms=replace(_STATUS, writes=(_ANSWER,)),
            to_all=True,
        ),
    ),
)
