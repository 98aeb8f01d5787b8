"""The keys with which a run's systems sign in; knows no case."""

from collections.abc import Mapping
from dataclasses import dataclass

from joserfc.jwk import ECKey

from reference_server.population.personas import Population
from reference_server.services.trust.model import PublicKey
from test_suites.core.message import JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Systems:
    """The keys with which the population's systems sign in, made for one run."""

    keys: Mapping[str, ECKey]

    @classmethod
    def make(cls, population: Population) -> "Systems":
        """Make a key for each system."""
        named = [key for key, client in population.clients.items() if client.organization]
        return cls(keys={key: ECKey.generate_key("P-256", auto_kid=True) for key in named})

    def public(self) -> dict[str, PublicKey]:
        """Return what the identity provider registers."""
        found = {}
        for client_id, key in self.keys.items():
            jwk = key.as_dict(private=False)
            found[client_id] = PublicKey(kid=str(key.kid), x=str(jwk["x"]), y=str(jwk["y"]))
        return found

    def private(self, client_id: str) -> dict[str, JsonValue] | None:
        """Return a system's private JWK; None for a client of people."""
        key = self.keys.get(client_id)
        if key is None:
            return None
        return {**{name: str(value) for name, value in key.as_dict(private=True).items()},
                "alg": "ES256"}  # fmt: skip
