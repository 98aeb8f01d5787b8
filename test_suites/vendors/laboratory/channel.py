"""The laboratory product's way to the network (httpx); knows no token and no prescription."""

from collections.abc import Mapping

import httpx

from test_suites.vendors.kit.answer import Answer, NoAnswer, NotTrusted, NotWelcome
from test_suites.vendors.kit.card import INSISTENCE, REPETITIONS, Card, is_not_ours, is_refused
from test_suites.vendors.kit.tls import client_context
from test_suites.vendors.laboratory.behaviour import Behaviour

TIMEOUT = httpx.Timeout(15.0, connect=5.0)


class Channel:
    """Owns the connections of one session. Raises OSError for an authority that cannot be read."""

    def __init__(
        self, trust_pem: str | None, *, behaviour: Behaviour, card: Card | None = None
    ) -> None:
        self._trust_pem, self._tls = trust_pem, behaviour.tls
        self._care = behaviour.certificate
        self._card = card if self._care.shows else None  # else defect: shows-no-certificate
        self._client = self._new_client()
        self._follows = behaviour.follows_redirects

    def _new_client(self) -> httpx.Client:
        return httpx.Client(
            verify=client_context(self._trust_pem, self._tls, self._card),
            timeout=TIMEOUT,
            trust_env=False,  # no proxy and no other authority than the one we were given
            follow_redirects=False,
        )

    @property
    def card(self) -> Card | None:
        """The certificate that connections show."""
        return self._card

    def renew(self, card: Card | None) -> None:
        """Show another certificate from the next connection on; none stands any longer."""
        self._card = card
        before, self._client = self._client, self._new_client()
        before.close()

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
        """Ask once. Raises NoAnswer, NotTrusted or NotWelcome."""
        try:
            came = self._ours(method, url, headers, body, form)
            if came.is_redirect and self._follows:  # defect: follows-redirects
                came = self._once(method, came.headers["location"], headers, body, form)
        except httpx.ConnectError as fault:
            # A reset during the handshake comes here too; only a bad certificate is final.
            if "CERTIFICATE_VERIFY_FAILED" in str(fault):
                raise NotTrusted from fault
            raise _final(fault) or NoAnswer("connect") from fault
        except httpx.RequestError as fault:
            raise _final(fault) or NoAnswer(type(fault).__name__) from fault
        headers_came = {name.lower(): value for name, value in came.headers.items()}
        return Answer(status=came.status_code, headers=headers_came, body=came.content)

    def _ours(  # noqa: PLR0917  a request has that many parts
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        form: Mapping[str, str] | None,
    ) -> httpx.Response:
        """Ask once; whatever else happens where our certificate is a person's is a defect."""
        came = self._shown(method, url, headers, body, form)
        if not is_not_ours(came.status_code, came.content):
            return came
        if not self._care.keeps_what_is_not_ours:  # defect: drops-anothers-certificate
            self.renew(None)
            return self._shown(method, url, headers, body, form)
        # defect: repeats-with-anothers-certificate
        for _ in range(0 if self._care.stops_when_not_ours else REPETITIONS):
            came = self._shown(method, url, headers, body, form)
        return came

    def _shown(  # noqa: PLR0917  a request has that many parts
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        form: Mapping[str, str] | None,
    ) -> httpx.Response:
        """Ask once; whatever else happens after our certificate was refused is a defect."""
        # The loop is for insists-with-refused-certificate; the good product goes through it once.
        for _ in range(1 if self._care.gives_up_when_refused else INSISTENCE):
            try:
                return self._once(method, url, headers, body, form)
            except httpx.RequestError as fault:
                if not is_refused(fault):
                    raise
        if self._care.never_without:
            raise NotWelcome
        self.renew(None)  # defect: goes-on-without-certificate
        return self._once(method, url, headers, body, form)

    def _once(  # noqa: PLR0917  a request has that many parts
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        form: Mapping[str, str] | None,
    ) -> httpx.Response:
        return self._client.request(method, url, headers=dict(headers), content=body, data=form)


def _final(fault: httpx.RequestError) -> NotWelcome | None:
    """Return that our certificate was refused, where that was the fault."""
    return NotWelcome() if is_refused(fault) else None
