"""Signs the prescriber in (OIDC code flow with PKCE, through Authlib); knows no prescription."""

import time
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc6749.parameters import parse_authorization_code_response

from test_suites.vendors.kit.answer import (
    OK,
    Answer,
    NotReadable,
    SignInRefused,
    Trouble,
    string,
)
from test_suites.vendors.kit.desk import JsonObject
from test_suites.vendors.kit.logbook import Logbook
from test_suites.vendors.kit.product import Surroundings
from test_suites.vendors.kit.settings import Settings
from test_suites.vendors.prescriber.behaviour import Behaviour
from test_suites.vendors.prescriber.caution import Caution
from test_suites.vendors.prescriber.channel import TIMEOUT, Channel, network_faults, read
from test_suites.vendors.prescriber.id_token import Expected
from test_suites.vendors.prescriber.login_form import read_login_form
from test_suites.vendors.prescriber.logout_notice import check_logout_token
from test_suites.vendors.prescriber.provider import Provider
from test_suites.vendors.prescriber.session import Left, holder_of, renewal

SCOPE = "openid erx.prescribe erx.read"
PUBLIC_CLIENT = "none"
"""Authentication method: software on a desk can keep no client secret."""
OTHER_API = "vidalrest/excalibur-service/api"
MOST_REDIRECTS = 5
EARLY = 30.0
"""Seconds before its end at which a token is no longer used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An access token and the local moment until which we use it."""

    access_token: str
    good_until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """One signing in: values that must never be used for another."""

    state: str
    nonce: str
    verifier: str


@dataclass(slots=True, kw_only=True)
class Identity:
    """Owns the token of one session."""

    provider: Provider
    settings: Settings
    channel: Channel
    logbook: Logbook
    surroundings: Surroundings
    behaviour: Behaviour
    left: Left = field(default_factory=Left)
    _token: Token | None = None
    _this: SignIn | None = None
    _weaker: bool = False
    _heard: set[str] = field(default_factory=set)

    def token(self) -> str:
        """Return a token that is still good, signing in when there is none.

        Raises Unreachable, NotTrusted, NotReadable or SignInRefused.
        """
        if self._token is None or time.monotonic() >= self._token.good_until:
            self.provider.discover()
            if not self._renewed():
                self.provider.patiently(self._sign_in)
        if self._token is None:
            raise SignInRefused
        return self._token.access_token

    def forget_token(self) -> None:
        """Do not use the present token again."""
        self._token = None

    def sign_out(self) -> bool:
        """End the session here and at the provider; False where nobody was signed in.

        Raises Unreachable, NotTrusted, NotReadable or SignInRefused.
        """
        left, was_signed_in = self.left, self._token is not None
        if self._caution.drops_tokens:  # else defect: keeps-tokens-after-sign-out
            self._token, self.left = None, Left()
        endpoint = self.provider.discover().get("end_session_endpoint")
        told = self._caution.ends_provider_session  # else defect: signs-out-here-only
        if was_signed_in and told and isinstance(endpoint, str):
            url = f"{endpoint}?{left.leaving(self.settings.client_id)}"
            with self.channel.browser() as browser:
                browser.cookies.update(left.cookies)
                page = browser.get(url, timeout=TIMEOUT, allow_redirects=False)
            if not page.ok:
                raise SignInRefused
        self.logbook.note("signed out")
        return was_signed_in

    def hear_logout(self, token: str) -> bool:
        """End the session of which the provider tells; False where the notice is not believed."""
        caution, settings = self._caution, self.settings
        try:
            signed = check_logout_token(
                token,
                keys=self.provider.keys(),
                issuer=settings.issuer,
                client_id=settings.client_id,
                caution=caution,
            )
        except Trouble as wrong:
            self.logbook.note(f"sign-out notice not believed ({type(wrong).__name__})")
            return False
        if signed.jti in self._heard and caution.logout_once:
            return False
        self._heard.add(signed.jti)
        ours = self.left.is_of(signed) or not caution.logout_once  # else defect: repeats-logout
        if ours and caution.heeds_logout:  # else defect: ignores-logout-notice
            self._token, self.left = None, Left()
        self.logbook.note("signed out by the provider")
        return True

    def _renewed(self) -> bool:
        """Get a token with the refresh token; False where the person must sign in (anew)."""
        token = self.left.refresh_token
        for _ in range(0 if token is None else self._caution.refresh_attempts):
            answer = self.provider.patiently(lambda: self._ask_renewal(str(token)))
            self.logbook.note(f"refresh answered {answer.status}")
            if answer.status == OK:
                told = answer.json()
                if "id_token" in told:
                    self._check_id_token(told, None)
                self._take(told)
                return True
        # Refused, it is no good any more (RFC 6749 §5.2): more than one attempt is the defect
        # insists-on-refresh-token.
        self.left.refresh_token = None
        if token is not None and not self._caution.signs_in_anew:
            raise SignInRefused  # defect: gives-up-after-refresh
        return False

    def _ask_renewal(self, token: str) -> Answer:
        form = renewal(token, client_id=self.settings.client_id, resource=self._resource())
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
            **self.provider.traced(),
        }
        endpoint = self.provider.endpoint("token_endpoint")
        body = urlencode(form).encode("ascii")
        return self.channel.send("POST", endpoint, headers=headers, body=body)

    def traced(self) -> dict[str, str]:
        """Return the header by which the service's log and ours can be laid side by side."""
        return self.provider.traced()

    @property
    def _caution(self) -> Caution:
        return self.behaviour.caution

    def _sign_in(self) -> Answer:
        """Go once through the whole flow; keeps the token when all of it holds.

        Never repeated in part: code, state, nonce and verifier belong to one attempt.
        """
        self._token = None
        if self._this is None or self._caution.fresh_values:  # else: reuses-sign-in-values
            self._this = self._new_sign_in()
        this = self._this
        with OAuth2Session(
            client_id=self.settings.client_id,
            scope=SCOPE,
            redirect_uri=f"http://127.0.0.1:{self.surroundings.port}/callback",
            code_challenge_method="S256",
            token_endpoint_auth_method=PUBLIC_CLIENT,
            default_timeout=TIMEOUT,
        ) as client:
            self.channel.safe(client)
            location = self._log_in(client, this)
            if isinstance(location, Answer):
                return location
            if self._is_refused_method(location):  # defect: downgrades-pkce
                self._weaker = True
                location = self._log_in(client, this)
            if isinstance(location, Answer):
                return location
            return self._redeem(client, this, location)

    def _is_refused_method(self, location: str) -> bool:
        told = parse_qs(urlsplit(location).query)
        return told.get("error") == ["invalid_request"] and not self._caution.no_downgrade

    def _new_sign_in(self) -> SignIn:
        return SignIn(
            state=generate_token(32),
            nonce=generate_token(32),
            verifier=generate_token(self._caution.verifier_characters),
        )

    def _log_in(self, client: OAuth2Session, this: SignIn) -> Answer | str:
        """Let the person log in; return where the browser is sent, or the answer in the way."""
        back = str(client.redirect_uri)
        with self.channel.browser() as browser:
            page = browser.get(
                self._authorization_url(client, this), timeout=TIMEOUT, allow_redirects=False
            )
            for _ in range(MOST_REDIRECTS):
                if not page.is_redirect or page.headers["Location"].startswith(back):
                    break
                target = urljoin(page.url, page.headers["Location"])
                page = browser.get(target, timeout=TIMEOUT, allow_redirects=False)
            form = read_login_form(page.text, url=page.url) if page.ok else None
            if form:
                fields = {
                    **form.hidden,
                    "username": self.settings.username or "",
                    "password": self.settings.password or "",
                }
                page = browser.post(
                    form.action, data=fields, timeout=TIMEOUT, allow_redirects=False
                )
            self.left = Left(cookies=browser.cookies)
        if not page.is_redirect:
            return read(page)
        return page.headers["Location"]

    def _authorization_url(self, client: OAuth2Session, this: SignIn) -> str:
        asked = {"resource": self._resource()}
        if self.behaviour.sends_nonce:
            asked["nonce"] = this.nonce
        hashed = self._hashes_challenge()
        if not hashed:
            asked |= {"code_challenge": this.verifier, "code_challenge_method": "plain"}
        url, _ = client.create_authorization_url(
            self.provider.endpoint("authorization_endpoint"),
            state=this.state,
            code_verifier=this.verifier if hashed else None,
            **asked,
        )
        if not self.behaviour.sends_state:  # defect: no-state; Authlib would make one up
            url = url.replace(f"&state={this.state}", "")
        return str(url)

    def _hashes_challenge(self) -> bool:
        """Tell whether S256 is used; always, but for a defect."""
        if not self.behaviour.hashed_pkce or self._weaker:  # defects: plain-pkce, downgrades-pkce
            return False
        announced = self.provider.discover().get("code_challenge_methods_supported")
        offered = isinstance(announced, list) and "S256" in announced
        return offered or self._caution.s256_whatever_is_announced  # else: obeys-weak-discovery

    def _resource(self) -> str:
        """Return the API the token is for (RFC 8707)."""
        if not self.behaviour.right_audience:  # defect: wrong-audience
            return f"{self.settings.base_url}/{OTHER_API}"
        return self.settings.fhir_base

    def _redeem(self, client: OAuth2Session, this: SignIn, location: str) -> Answer:
        """Exchange the code for tokens and look closely at them."""
        came: list[Answer] = []

        def keep(response: requests.Response) -> requests.Response:
            came.append(read(response))
            return response

        client.register_compliance_hook("access_token_response", keep)
        if "error" in parse_qs(urlsplit(location).query) and not self._caution.denial:
            return self._redeem_nothing(client)  # defect: ignores-denial
        self._check_return(location, this)
        if self.behaviour.logs_code:  # defect: logs-code
            self.logbook.note(f"sent back to {location}")
        with network_faults():
            try:
                told = client.fetch_token(
                    self.provider.endpoint("token_endpoint"),
                    authorization_response=location,
                    state=self._state_to_check(this),
                    code_verifier=this.verifier,
                    resource=self._resource(),
                    headers={"Accept": "application/json", **self.provider.traced()},
                    allow_redirects=self._caution.follows_redirects,
                )
            except (AuthlibBaseError, requests.HTTPError, ValueError) as refused:
                if came and came[-1].status != OK:
                    self.logbook.note(f"token endpoint answered {came[-1].status}")
                    return came[-1]
                raise NotReadable from refused
        if self._caution.token_type and str(told.get("token_type")).lower() != "bearer":
            raise NotReadable
        claims = self._check_id_token(dict(told), this)
        self.left.subject, self.left.sid = claims.get("sub"), claims.get("sid")
        self.left.holder = self._holder(dict(told), claims.get("sub"))
        self._take(dict(told))
        self.logbook.note("signed in")
        return came[-1]

    def _take(self, told: JsonObject) -> None:
        """Keep the tokens of an answer that was looked at."""
        seconds = told.get("expires_in")
        lasts = float(seconds) if isinstance(seconds, int | float | str) and seconds else 0.0
        self._token = Token(
            access_token=string(told, "access_token"),
            good_until=time.monotonic() + lasts - EARLY,
        )
        self.left.keep(told, self._caution)
        if self.behaviour.logs_token:  # defect: logs-token
            self.logbook.note(f"token {self._token.access_token}")

    def _holder(self, told: JsonObject, subject: object) -> str | None:
        """Return the name of who signed in, where the provider tells it."""
        endpoint = self.provider.discover().get("userinfo_endpoint")
        if not isinstance(endpoint, str):
            return None
        bearer = f"Bearer {string(told, 'access_token')}"
        headers = {"Accept": "application/json", "Authorization": bearer, **self.provider.traced()}
        answer = self.provider.patiently(
            lambda: self.channel.send("GET", endpoint, headers=headers)
        )
        if answer.status != OK:
            return None
        return holder_of(answer.json(), subject=subject, caution=self._caution)

    def _redeem_nothing(self, client: OAuth2Session) -> Answer:
        """Ask for a token although nothing was given that one could be asked with."""
        form = {
            "grant_type": "authorization_code",
            "code": "",
            "client_id": self.settings.client_id,
            "redirect_uri": str(client.redirect_uri),
        }
        endpoint = self.provider.endpoint("token_endpoint")
        with network_faults():
            return read(requests.post(endpoint, data=form, verify=client.verify, timeout=TIMEOUT))

    def _check_return(self, location: str, this: SignIn) -> None:
        """Look at where the browser was sent: our state, the issuer's name (RFC 9207)."""
        told = parse_qs(urlsplit(location).query)
        if "error" in told:
            raise SignInRefused
        try:
            parse_authorization_code_response(location, state=self._state_to_check(this))
        except AuthlibBaseError as wrong:
            raise SignInRefused from wrong
        if "iss" in told and self._caution.issuer and told["iss"] != [self.settings.issuer]:
            raise SignInRefused
        announced = (
            self.provider.discover().get("authorization_response_iss_parameter_supported") is True
        )
        if "iss" not in told and announced and self._caution.silent_issuer:
            raise SignInRefused

    def _state_to_check(self, this: SignIn) -> str | None:
        """Return our state; None where nobody compares: defects no-state, ignores-state."""
        return this.state if self.behaviour.sends_state and self._caution.state else None

    def _check_id_token(self, told: JsonObject, this: SignIn | None) -> JsonObject:
        """Check the ID token, with the provider's keys read anew once when none fits.

        Return its claims. Of a refresh (`this` is None) it bears no nonce (§12.2).
        """
        expected = Expected(
            issuer=self.settings.issuer,
            client_id=self.settings.client_id,
            nonce=this.nonce if this is not None and self.behaviour.sends_nonce else None,
            access_token=string(told, "access_token"),
        )
        if "id_token" not in told and not self._caution.id_token_needed:
            return {}  # defect: needs-no-id-token
        return self.provider.believed(string(told, "id_token"), expected)
