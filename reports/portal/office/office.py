"""What the vendors' pages work with: admissions, dossiers, files, publications; knows no page."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from joserfc.jwk import ECKey

from reference_server.kernel.store import Store
from reports.portal.office.admissions import Admissions
from reports.portal.office.dossiers import Dossiers
from reports.portal.office.files import Files
from reports.portal.office.provider import Provider, ProviderSettings
from reports.portal.office.publishing import Publications


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Owns everything behind the vendors' pages; without a `provider` people come with a file."""

    admissions: Admissions
    dossiers: Dossiers
    files: Files
    publications: Publications
    provider: Provider | None

    @classmethod
    def over(
        cls,
        store: Store,
        *,
        key: ECKey,
        provider: ProviderSettings | None,
        now: Callable[[], dt.datetime],
        randomness: Callable[[int], bytes],
    ) -> Self:
        """Return it over a store whose tables are made."""

        def today() -> dt.date:
            return now().date()

        return cls(
            admissions=Admissions(store=store, randomness=randomness, today=today),
            dossiers=Dossiers(store=store, randomness=randomness, now=now),
            files=Files(store=store, randomness=randomness, now=now),
            publications=Publications(store=store, key=key, today=today),
            provider=None if provider is None else Provider(provider, now=now),
        )

    def close(self) -> None:
        """Close the connections to the provider."""
        if self.provider is not None:
            self.provider.close()
