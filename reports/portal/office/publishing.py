"""Publishes what a supplier answers for its customers, signed with the lab's key; knows no page."""

import datetime as dt
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from joserfc.jwk import ECKey

from reference_server.kernel.store import Store
from reports.cesar.banks import load_instrument
from reports.cesar.dossier.model import Dossier
from reports.cesar.supplied import AnswerSet, SuppliedAnswer, SupplierError, signed, verified
from reports.portal.office.dossiers import Offer

VALID_DAYS: Final = 365
KEY: Final = "publication.pem"
_OWNER_ONLY: Final = 0o600


def publication_key(file: Path) -> ECKey:
    """Return the portal's key, made where there is none yet; raises OSError, ValueError."""
    made = ECKey.generate_key("P-256")
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    except FileExistsError:
        return ECKey.import_key(file.read_bytes())
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(made.as_pem(private=True))
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Publications:
    """Owns what is published from the dossiers of one store."""

    store: Store
    key: ECKey
    today: Callable[[], dt.date]
    _read: dict[str, AnswerSet | None] = field(default_factory=dict)

    def keys(self) -> dict[str, object]:
        """Return the public half, as whoever admits the lab's word needs it."""
        own = {**self.key.as_dict(private=False), "kid": self.key.thumbprint(), "lab": True}
        return {"keys": [own]}

    def publish(self, own: str, dossier: Dossier, offer: Offer) -> None:
        """Sign and publish an offer in the place of the one before.

        Everything stays declared (C): a review is of the vendor's own questions, not of these.
        """
        today = self.today()
        answers = AnswerSet(
            supplier=dossier.organisation[:120],
            product=f"{dossier.product} {dossier.product_version}"[:120],
            issued=today,
            expires=today + dt.timedelta(days=VALID_DAYS),
            version=load_instrument("professional").version,
            answers={name: SuppliedAnswer(level=level) for name, level in offer.levels.items()},
        )
        with self.store.write() as tx:
            tx.execute(
                "INSERT INTO published (dossier, signed) VALUES (?, ?)"
                " ON CONFLICT (dossier) DO UPDATE SET signed = excluded.signed",
                (own, signed(answers, self.key)),
            )

    def withdraw(self, own: str) -> None:
        """Take back what was published of a dossier."""
        with self.store.write() as tx:
            tx.execute("DELETE FROM published WHERE dossier = ?", (own,))

    def text(self, own: str) -> str | None:
        """Return what is published of a dossier as its compact JWS; None where nothing is."""
        with self.store.read() as tx:
            row = tx.execute("SELECT signed FROM published WHERE dossier = ?", (own,)).fetchone()
        return None if row is None else str(row["signed"])

    def of(self, own: str) -> AnswerSet | None:
        """Return what is published of a dossier, valid today."""
        text = self.text(own)
        return None if text is None else self._valid(text)

    def sets(self) -> tuple[AnswerSet, ...]:
        """Return everything that is published and valid today."""
        with self.store.read() as tx:
            rows = tx.execute("SELECT signed FROM published ORDER BY dossier").fetchall()
        found = (self._valid(str(row["signed"])) for row in rows)
        return tuple(one for one in found if one is not None)

    def _valid(self, text: str) -> AnswerSet | None:
        today = self.today()
        if text not in self._read:
            try:
                self._read[text] = verified(text, self.keys(), today=today)
            except SupplierError:
                self._read[text] = None  # signed with a key that this portal has no more
        read = self._read[text]
        return read if read is not None and read.issued <= today <= read.expires else None
