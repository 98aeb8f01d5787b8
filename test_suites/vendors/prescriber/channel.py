"""The prescriber product's way to the network (requests); knows no token and no prescription."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

import requests
import urllib3
from requests.adapters import HTTPAdapter

from test_suites.vendors.kit.answer import Answer, NoAnswer, NotTrusted, NotWelcome
from test_suites.vendors.kit.card import INSISTENCE, REPETITIONS, Card, is_not_ours, is_refused
from test_suites.vendors.kit.tls import Strictness, client_context
from test_suites.vendors.prescriber.behaviour import Behaviour

S = TypeVar("S", bound=requests.Session)
TIMEOUT = (5.0, 15.0)
"""Seconds to connect, and between two pieces of an answer."""


@contextmanager
def network_faults() -> Iterator[None]:
    """Turn what requests raises into NoAnswer, NotTrusted or NotWelcome."""
    try:
        yield
    except requests.exceptions.SSLError as fault:
        # A reset during the handshake is an SSLError too; only a bad certificate is final.
        if "CERTIFICATE_VERIFY_FAILED" in str(fault):
            raise NotTrusted from fault
        if is_refused(fault):
            raise NotWelcome from fault
        raise NoAnswer("tls") from fault
    except requests.exceptions.RequestException as fault:
        raise NoAnswer(type(fault).__name__) from fault


class _Demanding(HTTPAdapter):
    """Owns what is demanded of every server that a session reaches."""

    def __init__(self, trust_pem: str | None, tls: Strictness, card: Card | None) -> None:
        self._trust_pem, self._tls, self._card = trust_pem, tls, card
        super().__init__()

    def init_poolmanager(self, *sizes: Any, **more: Any) -> None:  # noqa: ANN401  as its parent
        context = client_context(self._trust_pem, self._tls, self._card)
        if not self._tls.host:  # defect: ignores-host-name
            more["assert_hostname"] = False
        super().init_poolmanager(*sizes, **more, ssl_context=context)


class Channel:
    """Owns the connections of one session and the file with the authority it trusts.

    Raises OSError for an authority that cannot be read.
    """

    def __init__(
        self, trust_pem: str | None, *, behaviour: Behaviour, card: Card | None = None
    ) -> None:
        self._owned = ExitStack()
        self.verify: str | bool = True
        if trust_pem:
            client_context(trust_pem, behaviour.tls)  # raises OSError for what is none
            # requests takes an authority as a file only; this one goes when the session does.
            named = tempfile.NamedTemporaryFile(mode="w", suffix=".pem")  # noqa: SIM115 - in _owned
            authority = self._owned.enter_context(named)
            authority.write(trust_pem)
            authority.flush()
            self.verify = authority.name
        self._care = behaviour.certificate
        self._card = card if self._care.shows else None  # else defect: shows-no-certificate
        client_context(trust_pem, behaviour.tls, self._card)  # raises OSError for broken PEM
        self._tls = behaviour.tls
        self._trust_pem = trust_pem
        if not behaviour.tls.certificate:  # defect: accepts-any-certificate
            self.verify = False
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        self._follows = behaviour.caution.follows_redirects
        self._session = self._owned.enter_context(self._new_session())

    def close(self) -> None:
        """Close connections and remove the file."""
        self._owned.close()

    def _new_session(self) -> requests.Session:
        return self.safe(requests.Session())

    def safe(self, session: S) -> S:
        """Have a session reach servers as this product demands."""
        session.trust_env = False  # no proxy and no other authority than the one we were given
        session.verify = self.verify
        session.mount("https://", _Demanding(self._trust_pem, self._tls, self._card))
        return session

    def send(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None
    ) -> Answer:
        """Ask once. Raises NoAnswer, NotTrusted or NotWelcome."""
        with network_faults():
            came = self._ours(method, url, headers, body)
            if came.is_redirect and self._follows:  # defect: follows-redirects
                came = self._once(method, came.headers["Location"], headers, body)
        return read(came)

    def _once(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> requests.Response:
        return self._session.request(
            method, url, headers=dict(headers), data=body, timeout=TIMEOUT, allow_redirects=False
        )

    def _ours(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> requests.Response:
        """Ask once; whatever else happens where our certificate is not the person's is a defect."""
        came = self._shown(method, url, headers, body)
        if not is_not_ours(came.status_code, came.content):
            return came
        if not self._care.keeps_what_is_not_ours:  # defect: drops-anothers-certificate
            self.renew(None)
            return self._shown(method, url, headers, body)
        # defect: repeats-with-anothers-certificate
        for _ in range(0 if self._care.stops_when_not_ours else REPETITIONS):
            came = self._shown(method, url, headers, body)
        return came

    def _shown(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> requests.Response:
        """Ask once; whatever else happens after our certificate was refused is a defect."""
        # The loop is for insists-with-refused-certificate; the good product goes through it once.
        for _ in range(1 if self._care.gives_up_when_refused else INSISTENCE):
            try:
                return self._once(method, url, headers, body)
            except requests.exceptions.SSLError as fault:
                if not is_refused(fault):
                    raise
        if self._care.never_without:
            raise NotWelcome
        self.renew(None)  # defect: goes-on-without-certificate
        return self._once(method, url, headers, body)

    @property
    def card(self) -> Card | None:
        """The certificate that connections show."""
        return self._card

    def renew(self, card: Card | None) -> None:
        """Show another certificate from the next connection on; none stands any longer."""
        self._card = card
        self._session.close()
        self.safe(self._session)

    @contextmanager
    def browser(self) -> Iterator[requests.Session]:
        """Lend a fresh browser with its own cookies, as the person's one would be."""
        with self._new_session() as session, network_faults():
            yield session


def read(came: requests.Response) -> Answer:
    """Return what came in our own shape."""
    headers = {name.lower(): value for name, value in came.headers.items()}
    return Answer(status=came.status_code, headers=headers, body=came.content)
