"""The laboratory product's way to the network (httpx); knows no token and no prescription."""

from collections.abc import Mapping

import httpx

from test_suites.vendors.kit.answer import Answer, NoAnswer, NotTrusted
from test_suites.vendors.kit.tls import client_context
from test_suites.vendors.laboratory.behaviour import Behaviour

TIMEOUT = httpx.Timeout(15.0, connect=5.0)


class Channel:
    """Owns the connections of one session. Raises OSError for an authority that cannot be read."""

    def __init__(self, trust_pem: str | None, *, behaviour: Behaviour) -> None:
        self._client = httpx.Client(
            verify=client_context(trust_pem, behaviour.tls),
            timeout=TIMEOUT,
            trust_env=False,  # no proxy and no other authority than the one we were given
            follow_redirects=False,
        )
        self._follows = behaviour.follows_redirects

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
            came = self._once(method, url, headers, body, form)
            if came.is_redirect and self._follows:  # defect: follows-redirects
                came = self._once(method, came.headers["location"], headers, body, form)
        except httpx.ConnectError as fault:
            # A reset during the handshake comes here too; only a bad certificate is final.
            if "CERTIFICATE_VERIFY_FAILED" in str(fault):
                raise NotTrusted from fault
            raise NoAnswer("connect") from fault
        except httpx.RequestError as fault:
            raise NoAnswer(type(fault).__name__) from fault
        headers_came = {name.lower(): value for name, value in came.headers.items()}
        return Answer(status=came.status_code, headers=headers_came, body=came.content)

    def _once(  # noqa: PLR0917  a request has that many parts
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        form: Mapping[str, str] | None,
    ) -> httpx.Response:
        return self._client.request(method, url, headers=dict(headers), content=body, data=form)
