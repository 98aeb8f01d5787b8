"""The laboratory product's way to the network (httpx); knows no token and no prescription."""

import ssl
from collections.abc import Mapping

import httpx

from test_suites.vendors.kit.answer import Answer, NoAnswer, NotTrusted
from test_suites.vendors.laboratory.behaviour import Behaviour

TIMEOUT = httpx.Timeout(15.0, connect=5.0)


def _trust(trust_pem: str | None, *, behaviour: Behaviour) -> ssl.SSLContext:
    """Return how a server must prove who it is. Raises OSError for a broken authority."""
    context = ssl.create_default_context(cadata=trust_pem)
    if not behaviour.verifies_tls:  # defect: skips-tls-verification
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


class Channel:
    """Owns the connections of one session. Raises OSError for an authority that cannot be read."""

    def __init__(self, trust_pem: str | None, *, behaviour: Behaviour) -> None:
        self._client = httpx.Client(
            verify=_trust(trust_pem, behaviour=behaviour),
            timeout=TIMEOUT,
            trust_env=False,  # no proxy and no other authority than the one we were given
            follow_redirects=False,
        )

    def close(self) -> None:
        """Close connections."""
        self._client.close()

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        form: Mapping[str, str] | None = None,
    ) -> Answer:
        """Ask once. Raises NoAnswer or NotTrusted."""
        try:
            came = self._client.request(method, url, headers=dict(headers), content=body, data=form)
        except httpx.ConnectError as fault:
            # A reset during the handshake comes here too; only a bad certificate is final.
            if "CERTIFICATE_VERIFY_FAILED" in str(fault):
                raise NotTrusted from fault
            raise NoAnswer("connect") from fault
        except httpx.RequestError as fault:
            raise NoAnswer(type(fault).__name__) from fault
        headers_came = {name.lower(): value for name, value in came.headers.items()}
        return Answer(status=came.status_code, headers=headers_came, body=came.content)
