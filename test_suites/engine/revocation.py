"""How the lab's own client asks for the state of a server's certificate before it sends anything.

It shakes hands once without a word, asks OCSP, and only then begins. It knows no case.
"""

import asyncio
import ssl
from dataclasses import dataclass

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

_DER = serialization.Encoding.DER
_OK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedTransport(httpx.AsyncBaseTransport):
    """Sends over `inner` what a server with a good certificate may have."""

    inner: httpx.AsyncBaseTransport
    context: ssl.SSLContext

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Ask for the state, then send; raises httpx.ConnectError where it is not good."""
        state = await _state(request.url, self.context)
        if state is not ocsp.OCSPCertStatus.GOOD:
            untrusted = ssl.SSLCertVerificationError("certificate not known to be good")
            untrusted.verify_message = "revoked or unknown"
            raise httpx.ConnectError("CERTIFICATE_VERIFY_FAILED", request=request) from untrusted
        return await self.inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close what it sends over."""
        await self.inner.aclose()


async def _state(url: httpx.URL, context: ssl.SSLContext) -> ocsp.OCSPCertStatus | None:
    """Return what OCSP says of the certificate that a server shows; None where nothing is said."""
    try:
        _, writer = await asyncio.open_connection(url.host, url.port or 443, ssl=context)
    except ssl.SSLCertVerificationError as error:
        raise httpx.ConnectError("CERTIFICATE_VERIFY_FAILED") from error
    except OSError as error:
        raise httpx.ConnectError(type(error).__name__) from error
    der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    leaf = x509.load_der_x509_certificate(der)
    access = leaf.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    places = {each.access_method: str(each.access_location.value) for each in access}
    async with httpx.AsyncClient(trust_env=False) as http:
        shown = await http.get(places[AuthorityInformationAccessOID.CA_ISSUERS])
        if shown.status_code != _OK:
            return None
        issuer = x509.load_der_x509_certificate(shown.content)
        request = ocsp.OCSPRequestBuilder().add_certificate(leaf, issuer, hashes.SHA256()).build()
        answer = await http.post(
            places[AuthorityInformationAccessOID.OCSP],
            content=request.public_bytes(_DER),
            headers={"Content-Type": "application/ocsp-request"},
        )
    if answer.status_code != _OK:
        return None
    return ocsp.load_der_ocsp_response(answer.content).certificate_status
