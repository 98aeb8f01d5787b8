"""Organisation files: who admits an organisation hands it one, and it opens that one's dossiers."""

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import Field, ValidationError

from reference_server.kernel.store import Store
from reports.portal.office.members import Member
from scenarios.model import Declared

VALID_DAYS: Final = 365
LARGEST: Final = 16 * 1024
_BYTES: Final = 32


class OrganisationFile(Declared):
    """Owns what the file says: the organisation's name, and the key that only it has."""

    format: Literal["equalis-organisation/1"] = "equalis-organisation/1"
    organisation: Annotated[str, Field(min_length=1, max_length=120)]
    role: Literal["vendor", "reviewer"]
    expires: dt.date
    key: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Admissions:
    """Owns which organisations are admitted. Keys are kept as fingerprints only."""

    store: Store
    randomness: Callable[[int], bytes]
    today: Callable[[], dt.date]

    def admit(self, organisation: str, *, is_reviewer: bool) -> OrganisationFile:
        """Admit an organisation for a year; the file is known to nobody else."""
        made = OrganisationFile(
            organisation=organisation,
            role="reviewer" if is_reviewer else "vendor",
            expires=self.today() + dt.timedelta(days=VALID_DAYS),
            key=self.randomness(_BYTES).hex(),
        )
        told = (
            self.randomness(16).hex(),
            _digest(made.key),
            organisation,
            int(is_reviewer),
            made.expires.isoformat(),
        )
        with self.store.write() as tx:
            tx.execute(
                "INSERT INTO admission (id, key_sha256, organisation, is_reviewer, expires_on)"
                " VALUES (?, ?, ?, ?, ?)",
                told,
            )
        return made

    def member(self, content: bytes) -> Member | None:
        """Return who comes with a file; None where it opens nothing (any more).

        What counts is what was admitted, not what the file says of itself.
        """
        try:
            key = OrganisationFile.model_validate_json(content).key
        except (ValidationError, RecursionError):
            return None
        query = "SELECT id, organisation, is_reviewer, expires_on FROM admission"
        with self.store.read() as tx:
            row = tx.execute(f"{query} WHERE key_sha256 = ?", (_digest(key),)).fetchone()
        if row is None or row["expires_on"] < self.today().isoformat():
            return None
        return Member(
            person=row["id"],
            function="",
            organisation=f"file:{row['organisation'].casefold()}",
            called=row["organisation"],
            is_reviewer=bool(row["is_reviewer"]),
        )


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
