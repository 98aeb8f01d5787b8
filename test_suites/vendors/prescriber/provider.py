"""The identity provider as the prescriber's product knows it: metadata, keys; no sign-in."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from test_suites.vendors.kit.answer import OK, Answer, NotReadable, SignInRefused, string
from test_suites.vendors.kit.desk import JsonObject
from test_suites.vendors.kit.logbook import Logbook
from test_suites.vendors.kit.patience import persist
from test_suites.vendors.kit.product import Surroundings
from test_suites.vendors.kit.settings import Settings
from test_suites.vendors.prescriber.behaviour import Behaviour
from test_suites.vendors.prescriber.caution import Caution
from test_suites.vendors.prescriber.channel import Channel
from test_suites.vendors.prescriber.id_token import Expected, UnknownKey, check_id_token


@dataclass(slots=True, kw_only=True)
class Provider:
    """Owns what was read of one provider. Its functions raise Trouble."""

    settings: Settings
    channel: Channel
    logbook: Logbook
    surroundings: Surroundings
    behaviour: Behaviour
    _metadata: JsonObject | None = None
    _keys: JsonObject | None = None

    @property
    def caution(self) -> Caution:
        """How closely this copy of the product looks."""
        return self.behaviour.caution

    def traced(self) -> dict[str, str]:
        """Return the header by which the service's log and ours can be laid side by side."""
        if not self.behaviour.request_id:  # defect: no-request-id
            return {}
        return {"X-Request-Id": str(uuid4())}

    def patiently(self, call: Callable[[], Answer]) -> Answer:
        """Ask until the provider really answers."""
        return persist(
            call,
            patience=self.behaviour.patience,
            pause=self.surroundings.pause,
            logbook=self.logbook,
        )

    def discover(self) -> JsonObject:
        """Return the provider's metadata (OpenID Connect Discovery 1.0 §4), read once."""
        if self._metadata is None:
            issuer = self.settings.issuer
            metadata = self._get_json(f"{issuer}/.well-known/openid-configuration")
            if self.caution.discovery_issuer and metadata.get("issuer") != issuer:
                raise NotReadable
            if self.caution.https_only and issuer.startswith("https:"):
                _all_https(metadata)
            self._metadata = metadata
        return self._metadata

    def endpoint(self, name: str) -> str:
        """Return the address that the metadata tell under a name."""
        return string(self.discover(), name)

    def believed(self, token: str, expected: Expected) -> JsonObject:
        """Return an ID token's claims, with the provider's keys read anew once when none fits."""
        caution = self.caution
        try:
            return check_id_token(token, keys=self.keys(), expected=expected, caution=caution)
        except UnknownKey:
            if not caution.rereads_keys:  # defect: never-rereads-keys
                raise
            self._keys = None
            return check_id_token(token, keys=self.keys(), expected=expected, caution=caution)

    def keys(self) -> JsonObject:
        """Return the keys that the provider publishes, read once."""
        if self._keys is None:
            self._keys = self._get_json(self.endpoint("jwks_uri"))
        return self._keys

    def _get_json(self, url: str) -> JsonObject:
        headers = {"Accept": "application/json", **self.traced()}
        answer = self.patiently(lambda: self.channel.send("GET", url, headers=headers))
        if answer.status != OK:
            raise SignInRefused
        return answer.json()


def _all_https(metadata: JsonObject) -> None:
    """Raise NotReadable where an endpoint is to be reached without TLS."""
    for name, value in metadata.items():
        if name.endswith(("_endpoint", "_uri")) and not str(value).startswith("https:"):
            raise NotReadable
